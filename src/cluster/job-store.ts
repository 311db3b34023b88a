import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Purpose } from '#ledger/types.ts'
import { plain, quoted } from './columns.ts'
import type { GpuAsset, Mode } from './types.ts'

/** Jobs as they were seen, and their holds. Statements only. */

export type Verdict = 'undecided' | 'released' | 'refused' | 'unheld' | 'free'
export type SeenState = 'held' | 'waiting' | 'running' | 'suspended' | 'ending' | 'gone'

export type JobRow = {
  job: string
  submitted_at: Millis
  root: string
  unit: number
  task: string | null
  tasks: number
  name: string
  login: string
  account: string
  allowance: string
  partition: string
  person_id: string | null
  asset: GpuAsset | null
  gpus: bigint
  time_limit_s: bigint | null
  mode: Mode
  state: SeenState
  waits_for: string
  restarts: number
  purpose: Purpose
  eligible_at: Millis | null
  started_at: Millis | null
  expected_at: Millis | null
  nodes: string[]
}

export type LiveRow = JobRow & { verdict: Verdict; reason: string | null }

export const liveJobs = (sql: Sql, cluster: string): Promise<LiveRow[]> =>
  sql.query(
    `select job, submitted_at, root, unit, task, tasks, name, login, account, allowance, partition, person_id, asset, gpus, time_limit_s,
       mode, state, waits_for, restarts, purpose, eligible_at, started_at, expected_at, nodes, verdict, reason
     from cluster.job where cluster_id = $1 and state <> 'gone'`,
    [cluster],
  )

const time = (at: Millis | null): number | null => at

/** Writes how jobs are now; what was decided of those that stand is left. */
export async function putJobs(
  sql: Sql,
  cluster: string,
  rows: readonly JobRow[],
  now: Millis,
): Promise<void> {
  if (rows.length === 0) return
  await sql.query(
    `insert into cluster.job as j (cluster_id, job, submitted_at, root, unit, task, tasks, name, login, account, allowance, partition,
       person_id, asset, gpus, time_limit_s, mode, state, verdict, waits_for, restarts, purpose, eligible_at, started_at, expected_at,
       nodes, first_seen_at, last_seen_at)
     select $1, c.job, to_timestamp(c.submitted / 1000::float8), c.root, c.unit, c.task, c.tasks, c.name, c.login, c.account, c.allowance,
       c.partition, c.person, c.asset, c.gpus, c.time_limit, c.mode, c.state, 'undecided', c.waits_for, c.restarts, c.purpose,
       to_timestamp(c.eligible / 1000::float8), to_timestamp(c.started / 1000::float8), to_timestamp(c.expected / 1000::float8),
       string_to_array(c.nodes, ','), $2, $2
     from unnest($3::text[], $4::bigint[], $5::text[], $6::int[], $7::text[], $8::int[], $9::text[], $10::text[], $11::text[], $12::text[],
         $13::text[], $14::uuid[], $15::text[], $16::bigint[], $17::bigint[], $18::text[], $19::text[], $20::text[], $21::int[], $22::text[],
         $23::bigint[], $24::bigint[], $25::bigint[], $26::text[])
       as c(job, submitted, root, unit, task, tasks, name, login, account, allowance, partition, person, asset, gpus, time_limit, mode,
         state, waits_for, restarts, purpose, eligible, started, expected, nodes)
     order by c.job, c.submitted
     on conflict (cluster_id, job, submitted_at) do update set task = excluded.task, tasks = excluded.tasks, account = excluded.account,
       allowance = excluded.allowance, partition = excluded.partition, person_id = excluded.person_id, asset = excluded.asset,
       gpus = excluded.gpus, time_limit_s = excluded.time_limit_s, mode = excluded.mode, state = excluded.state,
       waits_for = excluded.waits_for, restarts = excluded.restarts, purpose = excluded.purpose, eligible_at = excluded.eligible_at,
       started_at = excluded.started_at, expected_at = excluded.expected_at, nodes = excluded.nodes, last_seen_at = excluded.last_seen_at`,
    [
      cluster,
      iso(now),
      quoted(rows.map((row) => row.job)),
      plain(rows.map((row) => row.submitted_at)),
      quoted(rows.map((row) => row.root)),
      plain(rows.map((row) => row.unit)),
      quoted(rows.map((row) => row.task)),
      plain(rows.map((row) => row.tasks)),
      quoted(rows.map((row) => row.name)),
      quoted(rows.map((row) => row.login)),
      quoted(rows.map((row) => row.account)),
      quoted(rows.map((row) => row.allowance)),
      quoted(rows.map((row) => row.partition)),
      quoted(rows.map((row) => row.person_id)),
      quoted(rows.map((row) => row.asset)),
      plain(rows.map((row) => row.gpus)),
      plain(rows.map((row) => row.time_limit_s)),
      quoted(rows.map((row) => row.mode)),
      quoted(rows.map((row) => row.state)),
      quoted(rows.map((row) => row.waits_for)),
      plain(rows.map((row) => row.restarts)),
      quoted(rows.map((row) => row.purpose)),
      plain(rows.map((row) => time(row.eligible_at))),
      plain(rows.map((row) => time(row.started_at))),
      plain(rows.map((row) => time(row.expected_at))),
      quoted(rows.map((row) => row.nodes.join(','))),
    ],
  )
}

type Ref = { readonly job: string; readonly submittedAt: Millis }

const refs = (jobs: readonly Ref[]): [string, string] => [
  quoted(jobs.map(({ job }) => job)),
  plain(jobs.map(({ submittedAt }) => submittedAt)),
]

const REFS = 'unnest($2::text[], $3::bigint[]) as c(job, submitted)'
const IS_REF =
  'j.cluster_id = $1 and j.job = c.job and j.submitted_at = to_timestamp(c.submitted / 1000::float8)'

export const markGone = (sql: Sql, cluster: string, jobs: readonly Ref[], now: Millis): Promise<object[]> =>
  sql.query(`update cluster.job j set state = 'gone', last_seen_at = $4 from ${REFS} where ${IS_REF}`, [
    cluster,
    ...refs(jobs),
    iso(now),
  ])

export const decide = (
  sql: Sql,
  cluster: string,
  jobs: readonly Ref[],
  verdict: Verdict,
  reason: string | null,
  now: Millis,
): Promise<object[]> =>
  sql.query(
    `update cluster.job j set verdict = $4, reason = $5, decided_at = $6 from ${REFS}
     where ${IS_REF} and (j.verdict, j.reason) is distinct from ($4, $5)`,
    [cluster, ...refs(jobs), verdict, reason, iso(now)],
  )

export type HoldRow = {
  id: string
  root: string
  submitted_at: Millis
  unit: number
  n: number
  person_id: string
  wallet_id: string
  asset: GpuAsset
  purpose: Purpose
  gpus: bigint
  time_limit_s: bigint
  amount: bigint
  state: 'placed' | 'bound' | 'settled' | 'released' | 'expired'
  expires_at: Millis
  missing_since: Millis | null
  ended_at: Millis | null
}

const HOLD = `id, root, submitted_at, unit, n, person_id, wallet_id, asset, purpose, gpus, time_limit_s, amount, state, expires_at,
  missing_since, ended_at`

/** All of a cluster that are open. */
export const openHolds = (sql: Sql, cluster: string): Promise<HoldRow[]> =>
  sql.query(
    `select ${HOLD} from cluster.hold where cluster_id = $1 and state in ('placed', 'bound') order by root, submitted_at, unit, n`,
    [cluster],
  )

/** Those of some jobs, locked. */
export const holdsOf = (
  sql: Sql,
  cluster: string,
  roots: readonly { readonly root: string; readonly submittedAt: Millis }[],
): Promise<HoldRow[]> =>
  sql.query(
    `select ${HOLD.split(',')
      .map((column) => `h.${column.trim()}`)
      .join(', ')} from cluster.hold h
     join (select distinct root, submitted from unnest($2::text[], $3::bigint[]) as c(root, submitted)) c
       on h.root = c.root and h.submitted_at = to_timestamp(c.submitted / 1000::float8)
     where h.cluster_id = $1 order by h.root, h.submitted_at, h.unit, h.n for no key update of h`,
    [cluster, quoted(roots.map(({ root }) => root)), plain(roots.map(({ submittedAt }) => submittedAt))],
  )

export const openHoldsOfRoot = (sql: Sql, cluster: string, root: string): Promise<HoldRow[]> =>
  sql.query(
    `select ${HOLD} from cluster.hold where cluster_id = $1 and root = $2 and state in ('placed', 'bound')
     order by submitted_at, unit, n`,
    [cluster, root],
  )

export const insertHolds = (
  sql: Sql,
  cluster: string,
  rows: readonly Omit<HoldRow, 'missing_since' | 'ended_at' | 'state'>[],
  now: Millis,
): Promise<object[]> =>
  sql.query(
    `insert into cluster.hold (cluster_id, id, root, submitted_at, unit, n, person_id, wallet_id, asset, purpose, gpus, time_limit_s, amount,
       state, placed_at, expires_at)
     select $1, c.id, c.root, to_timestamp(c.submitted / 1000::float8), c.unit, c.n, c.person, c.wallet, c.asset, c.purpose, c.gpus,
       c.time_limit, c.amount, 'placed', $2, to_timestamp(c.expires / 1000::float8)
     from unnest($3::uuid[], $4::text[], $5::bigint[], $6::int[], $7::int[], $8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::bigint[],
         $13::bigint[], $14::bigint[], $15::bigint[])
       as c(id, root, submitted, unit, n, person, wallet, asset, purpose, gpus, time_limit, amount, expires)`,
    [
      cluster,
      iso(now),
      plain(rows.map((row) => row.id)),
      quoted(rows.map((row) => row.root)),
      plain(rows.map((row) => row.submitted_at)),
      plain(rows.map((row) => row.unit)),
      plain(rows.map((row) => row.n)),
      plain(rows.map((row) => row.person_id)),
      plain(rows.map((row) => row.wallet_id)),
      quoted(rows.map((row) => row.asset)),
      quoted(rows.map((row) => row.purpose)),
      plain(rows.map((row) => row.gpus)),
      plain(rows.map((row) => row.time_limit_s)),
      plain(rows.map((row) => row.amount)),
      plain(rows.map((row) => row.expires_at)),
    ],
  )

export const bindHolds = (
  sql: Sql,
  cluster: string,
  of: { readonly root: string; readonly submittedAt: Millis },
): Promise<object[]> =>
  sql.query(
    `update cluster.hold set state = 'bound' where cluster_id = $1 and root = $2 and submitted_at = $3 and state = 'placed'`,
    [cluster, of.root, iso(of.submittedAt)],
  )

export const endHolds = (
  sql: Sql,
  ids: readonly string[],
  end: { readonly state: 'released' | 'expired'; readonly reason: string },
  now: Millis,
): Promise<object[]> =>
  sql.query(
    `update cluster.hold set state = $2, reason = $3, ended_at = $4 where id = any ($1) and state in ('placed', 'bound')`,
    [ids, end.state, end.reason, iso(now)],
  )

export const settleHolds = (
  sql: Sql,
  ends: readonly { readonly id: string; readonly record: string }[],
  now: Millis,
): Promise<object[]> =>
  sql.query(
    `update cluster.hold h set state = 'settled', record = c.record, ended_at = $3
     from unnest($1::uuid[], $2::text[]) as c(id, record) where h.id = c.id`,
    [plain(ends.map(({ id }) => id)), quoted(ends.map(({ record }) => record)), iso(now)],
  )

export const setMissing = (sql: Sql, ids: readonly string[], since: Millis | null): Promise<object[]> =>
  sql.query('update cluster.hold set missing_since = $2 where id = any ($1)', [ids, since && iso(since)])

export const setExpiry = (sql: Sql, ids: readonly string[], until: Millis): Promise<object[]> =>
  sql.query('update cluster.hold set expires_at = $2 where id = any ($1)', [ids, iso(until)])

/** Of these, those that the ledger does not hold any more: they ran out of time while nobody kept them alive. */
export const goneHolds = async (sql: Sql, ids: readonly string[]): Promise<string[]> =>
  (
    await sql.query<{ id: string }>(
      'select c.id from unnest($1::uuid[]) as c(id) where not exists (select from ledger.hold h where h.id = c.id)',
      [ids],
    )
  ).map(({ id }) => id)

/** Roots whose accounting has a record that has not ended yet. */
export const unended = async (
  sql: Sql,
  cluster: string,
  roots: readonly { readonly root: string; readonly submittedAt: Millis }[],
): Promise<ReadonlySet<string>> =>
  new Set(
    (
      await sql.query<{ root: string; submitted: bigint }>(
        `select distinct c.root, c.submitted from unnest($2::text[], $3::bigint[]) as c(root, submitted)
         join cluster.record r on r.cluster_id = $1 and r.root = c.root
           and r.submitted_at = to_timestamp(c.submitted / 1000::float8) and r.ended_at is null`,
        [cluster, quoted(roots.map(({ root }) => root)), plain(roots.map(({ submittedAt }) => submittedAt))],
      )
    ).map(({ root, submitted }) => `${root} ${submitted}`),
  )
