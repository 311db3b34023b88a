import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'

export type EndpointRow = {
  readonly id: string
  readonly person_id: string | null
  readonly url: string
  readonly types: string[] | null
  readonly secret: Buffer
  readonly old_secret: Buffer | null
  readonly old_until: Millis | null
  readonly created_at: Millis
  readonly failing_since: Millis | null
  readonly disabled_at: Millis | null
  readonly disabled_why: string | null
}

const COLUMNS =
  'id, person_id, url, types, secret, old_secret, old_until, created_at, failing_since, disabled_at, disabled_why'

/** The company's (null) or a person's, oldest first. */
export const endpoints = (sql: Sql, person: string | null, limit: number): Promise<EndpointRow[]> =>
  sql.query<EndpointRow>(
    `select ${COLUMNS} from webhooks.endpoint where person_id is not distinct from $1
     order by created_at, id limit $2`,
    [person, limit],
  )

export async function endpoint(sql: Sql, id: string): Promise<EndpointRow | null> {
  const rows = await sql.query<EndpointRow>(`select ${COLUMNS} from webhooks.endpoint where id = $1`, [id])
  return rows[0] ?? null
}

/** As `endpoint`, and nobody else changes it before this transaction ends. */
export async function locked(sql: Sql, id: string): Promise<EndpointRow | null> {
  const rows = await sql.query<EndpointRow>(
    `select ${COLUMNS} from webhooks.endpoint where id = $1 for update`,
    [id],
  )
  return rows[0] ?? null
}

/** Makes it, or writes what has changed. */
export const put = (sql: Sql, row: EndpointRow): Promise<unknown> =>
  sql.query(
    `insert into webhooks.endpoint (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (id) do update set url = excluded.url, types = excluded.types, secret = excluded.secret,
       old_secret = excluded.old_secret, old_until = excluded.old_until, failing_since = excluded.failing_since,
       disabled_at = excluded.disabled_at, disabled_why = excluded.disabled_why`,
    [
      row.id,
      row.person_id,
      row.url,
      row.types,
      row.secret,
      row.old_secret,
      isoOrNull(row.old_until),
      iso(row.created_at),
      isoOrNull(row.failing_since),
      isoOrNull(row.disabled_at),
      row.disabled_why,
    ],
  )

export async function remove(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql.query('delete from webhooks.endpoint where id = $1 returning id', [id])
  return rows.length > 0
}

export const insertTest = (
  sql: Sql,
  row: { endpoint: string; event: string; now: Millis },
): Promise<unknown> =>
  sql.query(
    `insert into webhooks.delivery (endpoint_id, event_id, type, at, person_id, body, state, next_at)
     select id, $2, 'webhook.test', $3, person_id, '{}', 'waiting', $3 from webhooks.endpoint where id = $1`,
    [row.endpoint, row.event, iso(row.now)],
  )

export type Claimed = {
  readonly endpoint: string
  readonly event: string
  readonly type: string
  readonly at: Millis
  readonly person: { readonly id: string; readonly name: string } | null
  readonly body: unknown
  /** This attempt included. */
  readonly attempts: number
}

/** What is due, the longest waiting first; each is in one hand, and comes back by itself should that hand be lost. */
export const claim = (
  sql: Sql,
  { now, until, limit }: { now: Millis; until: Millis; limit: number },
): Promise<Claimed[]> =>
  sql.query<Claimed>(
    `with due as (
       select d.endpoint_id, d.event_id from webhooks.delivery d
       join webhooks.endpoint e on e.id = d.endpoint_id
       where d.state = 'waiting' and d.next_at <= $1 and e.disabled_at is null
       order by d.next_at limit $3 for update of d skip locked
     ), taken as (
       update webhooks.delivery d set next_at = $2, attempts = d.attempts + 1, tried_at = $1
       from due where d.endpoint_id = due.endpoint_id and d.event_id = due.event_id
       returning d.*
     )
     select t.endpoint_id as endpoint, t.event_id as event, t.type, t.at, t.body, t.attempts,
       case when p.id is null then null else jsonb_build_object('id', p.id, 'name', p.name) end as person
     from taken t left join people.person p on p.id = t.person_id order by t.at, t.event_id`,
    [iso(now), iso(until), limit],
  )

export const finish = (
  sql: Sql,
  row: {
    endpoint: string
    event: string
    state: 'waiting' | 'delivered' | 'failed'
    nextAt: Millis
    status: number | null
    error: string | null
  },
): Promise<unknown> =>
  sql.query(
    `update webhooks.delivery set state = $3, next_at = $4, status = $5, error = $6
     where endpoint_id = $1 and event_id = $2`,
    [row.endpoint, row.event, row.state, iso(row.nextAt), row.status, row.error],
  )

export const succeeded = (sql: Sql, id: string): Promise<unknown> =>
  sql.query('update webhooks.endpoint set failing_since = null where id = $1 and failing_since is not null', [
    id,
  ])

/** `disable`: why nothing more is sent, or null while it may come back. */
export const failed = (
  sql: Sql,
  { id, now, disable }: { id: string; now: Millis; disable: string | null },
): Promise<unknown> =>
  sql.query(
    `update webhooks.endpoint set failing_since = coalesce(failing_since, $2),
       disabled_at = case when $3::text is null then disabled_at else coalesce(disabled_at, $2) end,
       disabled_why = coalesce(disabled_why, $3)
     where id = $1`,
    [id, iso(now), disable],
  )

export type DeliveryRow = {
  readonly event: string
  readonly type: string
  readonly at: Millis
  readonly state: 'waiting' | 'delivered' | 'failed'
  readonly attempts: number
  readonly next_at: Millis
  readonly tried_at: Millis | null
  readonly status: number | null
  readonly error: string | null
}

export const deliveries = (sql: Sql, endpointId: string, limit: number): Promise<DeliveryRow[]> =>
  sql.query<DeliveryRow>(
    `select event_id as event, type, at, state, attempts, next_at, tried_at, status, error
     from webhooks.delivery where endpoint_id = $1 order by at desc, event_id desc limit $2`,
    [endpointId, limit],
  )

/** Deliveries that ended before then. */
export async function sweep(sql: Sql, before: Millis): Promise<number> {
  const rows = await sql.query(
    `delete from webhooks.delivery where (endpoint_id, event_id) in (
       select endpoint_id, event_id from webhooks.delivery where state <> 'waiting' and at < $1 limit 10000
     ) returning event_id`,
    [iso(before)],
  )
  return rows.length
}

const isoOrNull = (at: Millis | null): string | null => (at === null ? null : iso(at))
