import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { plain, quoted } from './columns.ts'
import type { Span } from './verdict.ts'

/** What could be seen of a cluster, and when not. Statements only. */

export type Part = 'controller' | 'accounting' | 'agent'

export const beats = (sql: Sql, cluster: string): Promise<{ part: Part; at: Millis }[]> =>
  sql.query('select part, at from cluster.beat where cluster_id = $1', [cluster])

export const beat = (sql: Sql, cluster: string, part: Part, at: Millis): Promise<object[]> =>
  sql.query(
    `insert into cluster.beat as b (cluster_id, part, at) values ($1, $2, $3)
     on conflict (cluster_id, part) do update set at = greatest(b.at, excluded.at)`,
    [cluster, part, iso(at)],
  )

/** A time begins in which a part could not be seen; it is one as long as it goes on. */
export const openOutage = (
  sql: Sql,
  cluster: string,
  part: Part,
  id: string,
  from: Millis,
): Promise<object[]> =>
  sql.query(
    `insert into cluster.outage (id, cluster_id, part, from_at) values ($1, $2, $3, $4)
     on conflict (cluster_id, part) where to_at is null do nothing`,
    [id, cluster, part, iso(from)],
  )

export const closeOutage = (sql: Sql, cluster: string, part: Part, to: Millis): Promise<object[]> =>
  sql.query(
    'update cluster.outage set to_at = greatest(from_at, $3::timestamptz) where cluster_id = $1 and part = $2 and to_at is null returning id',
    [cluster, part, iso(to)],
  )

/** Outages of a part that overlap a time, oldest first. */
export const outages = (sql: Sql, cluster: string, part: Part, since: Millis): Promise<Span[]> =>
  sql.query(
    `select from_at as "from", to_at as "to" from cluster.outage
     where cluster_id = $1 and part = $2 and (to_at is null or to_at >= $3) order by from_at limit 10000`,
    [cluster, part, iso(since)],
  )

export type NodeEventRow = {
  readonly node: string
  readonly from: Millis
  readonly to: Millis | null
  readonly state: string
  readonly planned: boolean
  readonly reason: string
  readonly gpus: string
}

export async function putNodeEvents(sql: Sql, cluster: string, rows: readonly NodeEventRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql.query(
    `insert into cluster.node_event as e (cluster_id, node, from_at, to_at, state, planned, reason, gpus)
     select $1, c.node, to_timestamp(c.from_at / 1000::float8), to_timestamp(c.to_at / 1000::float8), c.state, c.planned, c.reason, c.gpus
     from unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::boolean[], $7::text[], $8::text[])
       as c(node, from_at, to_at, state, planned, reason, gpus)
     on conflict (cluster_id, node, from_at) do update set to_at = excluded.to_at, state = excluded.state, planned = excluded.planned,
       reason = excluded.reason, gpus = excluded.gpus
     where (e.to_at, e.state, e.planned, e.reason, e.gpus)
       is distinct from (excluded.to_at, excluded.state, excluded.planned, excluded.reason, excluded.gpus)`,
    [
      cluster,
      quoted(rows.map(({ node }) => node)),
      plain(rows.map(({ from }) => from)),
      plain(rows.map(({ to }) => to)),
      quoted(rows.map(({ state }) => state)),
      plain(rows.map(({ planned }) => planned)),
      quoted(rows.map(({ reason }) => reason)),
      quoted(rows.map(({ gpus }) => gpus)),
    ],
  )
}

export type CapacityRow = {
  readonly type: string
  readonly total: bigint
  readonly up: bigint
  readonly used: bigint
  readonly preemptible: bigint
}

export const insertCapacity = (
  sql: Sql,
  cluster: string,
  at: Millis,
  rows: readonly CapacityRow[],
): Promise<void> =>
  insertLooks(
    sql,
    cluster,
    rows.map((row) => ({ ...row, at })),
  )

/** What was found whenever somebody looked, all in one statement. */
export async function insertLooks(
  sql: Sql,
  cluster: string,
  looks: readonly (CapacityRow & { readonly at: Millis })[],
): Promise<void> {
  if (looks.length === 0) return
  await sql.query(
    `insert into cluster.capacity (cluster_id, at, type, total, up, used, preemptible)
     select $1, to_timestamp(c.at / 1000::float8), c.type, c.total, c.up, c.used, c.preemptible
     from unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
       as c(at, type, total, up, used, preemptible)
     on conflict do nothing`,
    [
      cluster,
      plain(looks.map(({ at }) => at)),
      quoted(looks.map(({ type }) => type)),
      plain(looks.map(({ total }) => total)),
      plain(looks.map(({ up }) => up)),
      plain(looks.map(({ used }) => used)),
      plain(looks.map(({ preemptible }) => preemptible)),
    ],
  )
}
