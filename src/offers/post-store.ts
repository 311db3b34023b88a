import { toJson } from '#base/json.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Post, PostAsk, PostStatus } from './post.ts'

type Body = Omit<PostAsk, 'until' | 'title' | 'salary' | 'compute'> & {
  readonly salary: { readonly currency: string; readonly least: string; readonly most: string } | null
  readonly compute: readonly { readonly template: string; readonly least: string; readonly most: string }[]
}

type Row = {
  readonly id: string
  readonly status: PostStatus
  readonly title: string
  readonly body: Body
  readonly until: DateText
  readonly createdBy: string
  readonly createdAt: Millis
  readonly changedAt: Millis
  readonly openedAt: Millis | null
}

const POST = `id, status, title, body, until_day as until, created_by as "createdBy", created_at as "createdAt",
  changed_at as "changedAt", opened_at as "openedAt"`

/** False when the id is taken. */
export async function insertPost(sql: Sql, post: Post): Promise<boolean> {
  const rows = await sql.query(
    `insert into offers.post (id, status, title, body, until_day, created_by, created_at, changed_at, opened_at)
     values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9) on conflict do nothing returning id`,
    valuesOf(post),
  )
  return rows.length > 0
}

export const updatePost = (sql: Sql, post: Post): Promise<unknown> =>
  sql.query(
    `update offers.post set status = $2, title = $3, body = $4::jsonb, until_day = $5, created_by = $6, created_at = $7,
       changed_at = $8, opened_at = $9
     where id = $1`,
    valuesOf(post),
  )

const valuesOf = ({ id, status, title, until, createdBy, createdAt, changedAt, openedAt, ...body }: Post) => [
  id,
  status,
  title,
  toJson(body),
  until,
  createdBy,
  iso(createdAt),
  iso(changedAt),
  openedAt === null ? null : iso(openedAt),
]

/** `lock`: nobody else changes it before this transaction ends. */
export async function post(sql: Sql, id: string, lock = false): Promise<Post | null> {
  const rows = await sql.query<Row>(
    `select ${POST} from offers.post where id = $1${lock ? ' for update' : ''}`,
    [id],
  )
  return rows[0] ? postOf(rows[0]) : null
}

/** Newest first. `open`: only those that one can apply for on that day. */
export async function posts(
  sql: Sql,
  ask: { open: DateText | null; limit: number },
): Promise<readonly Post[]> {
  const rows = await sql.query<Row>(
    `select ${POST} from offers.post
     where $1::date is null or (status = 'open' and until_day >= $1)
     order by created_at desc, id desc limit $2`,
    [ask.open, ask.limit],
  )
  return rows.map(postOf)
}

const postOf = ({ body, ...row }: Row): Post => ({
  ...row,
  ...body,
  salary: body.salary && {
    currency: body.salary.currency,
    least: BigInt(body.salary.least),
    most: BigInt(body.salary.most),
  },
  compute: body.compute.map(({ template, least, most }) => ({
    template,
    least: BigInt(least),
    most: BigInt(most),
  })),
})
