import { iso, type Millis } from '#base/time.ts'
import type { Db, Sql } from '#db/sql.ts'

export type BatchState = 'holding' | 'sent' | 'open' | 'settled' | 'dropped'

export type BatchRow = {
  readonly id: string
  readonly person: string
  readonly upstreamId: string
  readonly upstream: string
  readonly state: BatchState
  readonly calls: number
  readonly providerId: string | null
  readonly createdAt: Millis
  readonly deletedAt: Millis | null
  readonly prices: unknown
  readonly body: unknown
  readonly beta: string | null
}

export type BatchCallRow = { readonly id: string; readonly customId: string; readonly model: string }

const COLUMNS = `id, person_id as person, upstream_id as "upstreamId", upstream, state, calls, provider_id as "providerId",
  created_at as "createdAt", deleted_at as "deletedAt", prices, body, beta`

/** A batch and its calls, before anything is held for them. */
export async function insert(
  db: Db,
  batch: Pick<BatchRow, 'id' | 'person' | 'upstreamId' | 'upstream' | 'createdAt' | 'beta'> & {
    readonly prices: string
    readonly dueAt: Millis
  },
  calls: readonly BatchCallRow[],
): Promise<void> {
  const { id, person, upstreamId, upstream, createdAt, beta, prices, dueAt } = batch
  await db.tx(async (sql) => {
    await sql.query(
      `insert into gateway.batch (id, person_id, upstream_id, upstream, state, calls, created_at, due_at, prices, beta)
       values ($1, $2, $3, $4, 'holding', $5, $6, $7, $8::jsonb, $9)`,
      [id, person, upstreamId, upstream, calls.length, iso(createdAt), iso(dueAt), prices, beta],
    )
    await sql.query(
      `insert into gateway.batch_call (id, batch_id, custom_id, model)
       select c.id, $1, c.custom_id, c.model from unnest($2::uuid[], $3::text[], $4::text[]) as c(id, custom_id, model)`,
      [id, calls.map((call) => call.id), calls.map((call) => call.customId), calls.map((call) => call.model)],
    )
  })
}

/** True when the batch was in the first state and is in the second now. */
export async function move(
  sql: Sql,
  { id, from, to, dueAt }: { id: string; from: BatchState; to: BatchState; dueAt: Millis },
): Promise<boolean> {
  const rows = await sql.query(
    'update gateway.batch set state = $3, due_at = $4 where id = $1 and state = $2 returning id',
    [id, from, to, iso(dueAt)],
  )
  return rows.length > 0
}

/** The provider has given it a name. */
export async function opened(
  sql: Sql,
  { id, providerId, body, dueAt }: { id: string; providerId: string; body: string; dueAt: Millis },
): Promise<boolean> {
  const rows = await sql.query(
    `update gateway.batch set state = 'open', provider_id = $2, body = $3::jsonb, due_at = $4
     where id = $1 and state = 'sent' returning id`,
    [id, providerId, body, iso(dueAt)],
  )
  return rows.length > 0
}

export const heard = (sql: Sql, id: string, body: string): Promise<object[]> =>
  sql.query('update gateway.batch set body = $2::jsonb where id = $1', [id, body])

export const deleted = (sql: Sql, id: string, at: Millis): Promise<object[]> =>
  sql.query('update gateway.batch set deleted_at = coalesce(deleted_at, $2) where id = $1', [id, iso(at)])

/** A person's own batch under the provider's name for it. */
export async function named(sql: Sql, person: string, providerId: string): Promise<BatchRow | null> {
  const rows = await sql.query<BatchRow>(
    `select ${COLUMNS} from gateway.batch
     where person_id = $1 and provider_id = $2 and deleted_at is null limit 1`,
    [person, providerId],
  )
  return rows[0] ?? null
}

/** Newest first. `after` and `before` are names of batches of this person. */
export const list = (
  sql: Sql,
  person: string,
  { after, before, limit }: { after: string | null; before: string | null; limit: number },
): Promise<BatchRow[]> =>
  sql.query<BatchRow>(
    `select * from (
       select ${COLUMNS} from gateway.batch b
       where person_id = $1 and provider_id is not null and deleted_at is null
         and ($2::text is null or (created_at, id) < (select created_at, id from gateway.batch where person_id = $1 and provider_id = $2))
         and ($3::text is null or (created_at, id) > (select created_at, id from gateway.batch where person_id = $1 and provider_id = $3))
       order by case when $3::text is null then created_at end desc, case when $3::text is not null then created_at end, id desc
       limit $4
     ) page order by "createdAt" desc, id desc`,
    [person, after, before, limit],
  )

/** Takes those that are due for this process: their next turn is put off before they are looked at. */
export const take = (sql: Sql, now: Millis, next: Millis, limit: number): Promise<BatchRow[]> =>
  sql.query<BatchRow>(
    `update gateway.batch set due_at = $2
     where id in (
       select id from gateway.batch where state in ('holding', 'sent', 'open') and due_at <= $1
       order by due_at limit $3 for update skip locked
     )
     returning ${COLUMNS}`,
    [iso(now), iso(next), limit],
  )

export const calls = (sql: Sql, batch: string): Promise<BatchCallRow[]> =>
  sql.query<BatchCallRow>(
    'select id, custom_id as "customId", model from gateway.batch_call where batch_id = $1 order by id',
    [batch],
  )

/** Which of the provider's names are known here. */
export async function known(
  sql: Sql,
  upstream: string,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ name: string }>(
    'select provider_id as name from gateway.batch where upstream_id = $1 and provider_id = any ($2)',
    [upstream, names],
  )
  return new Set(rows.map(({ name }) => name))
}
