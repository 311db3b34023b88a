import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Rules } from './rules.ts'
import type { GpuAsset, Line, Login, Mode } from './types.ts'

/** Clusters, whose logins, which accelerators, which lines. Statements only. */

export type ClusterRow = {
  id: string
  name: string
  scheduler: string
  incarnation: string
  software: string
  root: string
  prefix: string
  mode: Mode
  kill_wait_ms: bigint
  rules: unknown
  charged_from: Millis
  adopted_at: Millis
  ended_at: Millis | null
}

export const clusters = (sql: Sql): Promise<ClusterRow[]> =>
  sql.query('select * from cluster.cluster where ended_at is null order by name')

/** Of ended lives holds may still be open. */
export const endedWithHolds = (sql: Sql): Promise<{ id: string; name: string }[]> =>
  sql.query(
    `select c.id, c.name from cluster.cluster c where c.ended_at is not null
       and exists (select from cluster.hold h where h.cluster_id = c.id and h.state in ('placed', 'bound'))`,
  )

/** One at a time changes what stands of a cluster. */
export const lockName = (sql: Sql, name: string): Promise<object[]> =>
  sql.query("select pg_advisory_xact_lock(hashtextextended('perq cluster ' || $1, 0))", [name])

/** One at a time takes what a cluster tells. */
export const lockCluster = (sql: Sql, id: string): Promise<object[]> =>
  sql.query("select pg_advisory_xact_lock(hashtextextended('perq cluster of ' || $1, 0))", [id])

export const insertCluster = (
  sql: Sql,
  row: Omit<ClusterRow, 'rules' | 'kill_wait_ms' | 'ended_at'> & {
    rules: Partial<Rules>
    killWait: Millis
    by: string | null
  },
): Promise<object[]> =>
  sql.query(
    `insert into cluster.cluster (id, name, scheduler, incarnation, software, root, prefix, mode, kill_wait_ms, rules, charged_from,
       adopted_at, adopted_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      row.id,
      row.name,
      row.scheduler,
      row.incarnation,
      row.software,
      row.root,
      row.prefix,
      row.mode,
      row.killWait,
      JSON.stringify(row.rules),
      iso(row.charged_from),
      iso(row.adopted_at),
      row.by,
    ],
  )

export const changeCluster = (
  sql: Sql,
  id: string,
  change: { mode: Mode; rules: unknown; software: string; killWait: Millis },
): Promise<object[]> =>
  sql.query(
    'update cluster.cluster set mode = $2, rules = $3, software = $4, kill_wait_ms = $5 where id = $1',
    [id, change.mode, JSON.stringify(change.rules), change.software, change.killWait],
  )

export const endCluster = (sql: Sql, id: string, now: Millis): Promise<object[]> =>
  sql.query('update cluster.cluster set ended_at = $2 where id = $1', [id, iso(now)])

export const setAccelerators = (
  sql: Sql,
  cluster: string,
  pairs: readonly { readonly type: string; readonly accelerator: string }[],
): Promise<object[]> =>
  sql.query(
    `insert into cluster.accelerator (cluster_id, type, accelerator) select $1, c.type, c.accelerator
     from unnest($2::text[], $3::text[]) as c(type, accelerator)
     on conflict (cluster_id, type) do update set accelerator = excluded.accelerator`,
    [cluster, pairs.map(({ type }) => type), pairs.map(({ accelerator }) => accelerator)],
  )

export const accelerators = (sql: Sql, cluster: string): Promise<{ type: string; accelerator: string }[]> =>
  sql.query('select type, accelerator from cluster.accelerator where cluster_id = $1 order by type', [
    cluster,
  ])

export const logins = (sql: Sql, cluster: string): Promise<Login[]> =>
  sql.query(
    `select login, person_id as person, account, from_at as "from", to_at as "to" from cluster.login
     where cluster_id = $1 order by from_at desc`,
    [cluster],
  )

export const closeLogin = (sql: Sql, cluster: string, login: string, at: Millis): Promise<object[]> =>
  sql.query(
    'update cluster.login set to_at = $3 where cluster_id = $1 and login = $2 and to_at is null and from_at < $3',
    [cluster, login, iso(at)],
  )

export const insertLogin = (sql: Sql, cluster: string, login: Login): Promise<{ login: string }[]> =>
  sql.query(
    `insert into cluster.login (cluster_id, login, person_id, account, from_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning login`,
    [cluster, login.login, login.person, login.account, iso(login.from)],
  )

export const lines = (sql: Sql, cluster: string): Promise<Line[]> =>
  sql.query(
    `select person_id as person, asset, allowance, used from cluster.line where cluster_id = $1 order by person_id, asset`,
    [cluster],
  )

export const insertLines = (
  sql: Sql,
  cluster: string,
  rows: readonly { readonly person: string; readonly asset: GpuAsset; readonly allowance: string }[],
  now: Millis,
): Promise<object[]> =>
  sql.query(
    `insert into cluster.line (cluster_id, person_id, asset, allowance, made_at) select $1, c.person, c.asset, c.allowance, $5
     from unnest($2::uuid[], $3::text[], $4::text[]) as c(person, asset, allowance) on conflict do nothing`,
    [
      cluster,
      rows.map(({ person }) => person),
      rows.map(({ asset }) => asset),
      rows.map(({ allowance }) => allowance),
      iso(now),
    ],
  )

/** Where a grant with something left says otherwise than the cluster: every mode that the grants of a wallet have. */
export const grantModes = (
  sql: Sql,
  usual: Mode,
): Promise<{ person: string; asset: GpuAsset; modes: Mode[] }[]> =>
  sql.query(
    `select w.person_id as person, w.asset, array_agg(distinct coalesce(m.mode, $1)) as modes
     from ledger.wallet w join ledger.lot l on l.wallet_id = w.id and l.open join ledger.grant_book b on b.grant_id = l.grant_id
       left join cluster.grant_mode m on m.grant_id = coalesce(b.converted_from, b.grant_id)
     where w.asset like 'GPU\\_SECOND/%' and exists (select from cluster.grant_mode)
     group by w.person_id, w.asset having count(m.mode) > 0`,
    [usual],
  )

export const setGrantMode = (
  sql: Sql,
  ask: { grant: string; mode: Mode; by: string | null },
  now: Millis,
): Promise<object[]> =>
  sql.query(
    `insert into cluster.grant_mode (grant_id, mode, set_at, set_by) values ($1, $2, $3, $4)
     on conflict (grant_id) do update set mode = excluded.mode, set_at = excluded.set_at, set_by = excluded.set_by`,
    [ask.grant, ask.mode, iso(now), ask.by],
  )

export type PersonRow = { id: string; left: boolean; endsJobs: boolean }

/** Who of these has left, by the day, and whose jobs end with it. */
export const people = (sql: Sql, ids: readonly string[], day: string): Promise<PersonRow[]> =>
  sql.query(
    `select p.id, coalesce(p.left_on <= $2, false) and coalesce(p.access_until <= $2, true) as left,
       coalesce(bool_or(l.ends_jobs), false) and coalesce(p.left_on <= $2, false) as "endsJobs"
     from people.spender p left join people.left_people l on l.person_id = p.id and l.left_on = p.left_on
     where p.id = any ($1) group by p.id, p.left_on, p.access_until`,
    [ids, day],
  )
