import { isAsset, type Asset } from '#base/asset.ts'
import { iso, SECOND, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Purpose } from '#ledger/types.ts'
import { decode, INSTANT, pageOf } from '../page.ts'
import { spanOf, type TimeFilter } from '../filter.ts'

/** A job that the scheduler still has. Amounts are GPU-seconds of `asset`. */
export type JobView = {
  readonly cluster: string
  readonly job: string
  readonly name: string
  readonly state: 'held' | 'waiting' | 'running' | 'suspended' | 'ending'
  readonly verdict: string
  /** In words for its person: why it is refused, or what is odd about it. */
  readonly reason: string | null
  /** Why it waits, in the scheduler's words. */
  readonly waits_for: string
  /** Null: which GPU time it uses is not known, or it uses none. */
  readonly asset: Asset | null
  readonly allowance: string
  readonly purpose: Purpose
  readonly gpus: number
  /** Of an array, those that wait together. */
  readonly tasks: number
  readonly time_limit_seconds: number | null
  readonly submitted_at: string
  readonly eligible_at: string | null
  readonly started_at: string | null
  /** The scheduler's estimate; null: it has none. */
  readonly expected_at: string | null
  readonly nodes: readonly string[]
  readonly restarts: number
  /** How often runs of it were preempted so far. */
  readonly preempted: number
  /** What the ledger holds for it now, and by which holds. */
  readonly held: bigint
  readonly holds: readonly string[]
  /** What its run has used until now, at most what is held for it; 0 while it waits. */
  readonly so_far: bigint
}

export type JobsView = {
  readonly as_of: string
  readonly jobs: readonly JobView[]
  /** Where it comes from, and when each cluster was last seen. */
  readonly clusters: readonly SourceView[]
}

export type SourceView = {
  readonly name: string
  readonly scheduler: string
  readonly software: string
  readonly mode: string
  /** Null: nobody looks at it, its records were read from a file. */
  readonly seen_at: string | null
}

const MOST_JOBS = 500

type JobRow = Omit<
  JobView,
  | 'gpus'
  | 'time_limit_seconds'
  | 'submitted_at'
  | 'eligible_at'
  | 'started_at'
  | 'expected_at'
  | 'asset'
  | 'so_far'
> & {
  readonly asset: string | null
  readonly gpus: bigint
  readonly limit_s: bigint | null
  readonly submitted_at: Millis
  readonly eligible_at: Millis | null
  readonly started_at: Millis | null
  readonly expected_at: Millis | null
}

/** What runs, then what waits, each the oldest first. Index: job_person, hold's unique, record_job. */
export async function jobs(sql: Sql, person: string, now: Millis): Promise<JobsView> {
  const rows = await sql.query<JobRow>(
    `select c.name as cluster, j.job, j.name, j.state, j.verdict, j.reason, j.waits_for, j.asset, j.allowance, j.purpose, j.gpus,
       j.tasks, j.time_limit_s as limit_s, j.submitted_at, j.eligible_at, j.started_at, j.expected_at, j.nodes, j.restarts,
       coalesce(h.held, 0)::bigint as held, coalesce(h.holds, '{}') as holds, coalesce(p.preempted, 0)::int as preempted
     from cluster.job j join cluster.cluster c on c.id = j.cluster_id
       left join lateral (
         select sum(lh.amount) as held, array_agg(o.id::text order by o.n) as holds
         from cluster.hold o join ledger.hold lh on lh.id = o.id
         where o.cluster_id = j.cluster_id and o.root = j.root and o.submitted_at = j.submitted_at and o.unit = j.unit
           and o.state in ('placed', 'bound')
       ) h on true
       left join lateral (
         select count(*) as preempted from cluster.record r
         where r.cluster_id = j.cluster_id and r.job = j.job and r.person_id = j.person_id and r.state = 'preempted'
           and r.submitted_at >= j.submitted_at - interval '60 days'
       ) p on true
     where j.person_id = $1 and j.state <> 'gone'
     order by j.started_at is null, coalesce(j.started_at, j.submitted_at), j.job limit $2`,
    [person, MOST_JOBS],
  )
  return { as_of: iso(now), jobs: rows.map((row) => jobView(row, now)), clusters: await sources(sql, person) }
}

function jobView({ limit_s: limit, ...row }: JobRow, now: Millis): JobView {
  const ran = row.started_at === null ? 0 : Math.max(0, Math.floor((now - row.started_at) / SECOND))
  const used = row.gpus * BigInt(ran)
  return {
    ...row,
    asset: row.asset !== null && isAsset(row.asset) ? row.asset : null,
    gpus: Number(row.gpus),
    time_limit_seconds: limit === null ? null : Number(limit),
    submitted_at: iso(row.submitted_at),
    eligible_at: instant(row.eligible_at),
    started_at: instant(row.started_at),
    expected_at: instant(row.expected_at),
    so_far: row.held > 0n && used > row.held ? row.held : used,
  }
}

const instant = (at: Millis | null): string | null => (at === null ? null : iso(at))

/** The clusters at which a person has a login or has run anything; null: all of them. */
export async function sources(sql: Sql, person: string | null): Promise<readonly SourceView[]> {
  const rows = await sql.query<Omit<SourceView, 'seen_at'> & { seen_at: Millis | null }>(
    `select c.name, c.scheduler, c.software, c.mode, b.at as seen_at
     from cluster.cluster c left join cluster.beat b on b.cluster_id = c.id and b.part = 'agent'
     where c.ended_at is null and ($1::uuid is null
       or exists (select 1 from cluster.login l where l.cluster_id = c.id and l.person_id = $1))
     order by c.name`,
    [person],
  )
  return rows.map((row) => ({ ...row, seen_at: instant(row.seen_at) }))
}

/** One run that has ended, as the accounting has it. Amounts are GPU-seconds of `asset`. */
export type EndedRunView = {
  readonly id: string
  readonly cluster: string
  readonly job: string
  readonly name: string
  readonly state: string
  readonly state_text: string
  /** `usual`, or why its person did not pay for all of it. */
  readonly class: string
  readonly asset: Asset | null
  readonly purpose: Purpose
  readonly gpus: number
  readonly nodes: readonly string[]
  readonly submitted_at: string
  readonly eligible_at: string | null
  readonly started_at: string | null
  readonly ended_at: string
  readonly elapsed_seconds: number
  readonly used: bigint
  readonly charged: bigint
  readonly absorbed: bigint
  readonly lost: bigint
  /** The ledger's transfer; several runs without a hold may share one. Null: it is not in the ledger. */
  readonly transfer: string | null
}

export type RunsView = {
  readonly runs: readonly EndedRunView[]
  /** Of everything that the filter meets. */
  readonly count: number
  readonly used: bigint
  readonly charged: bigint
  readonly absorbed: bigint
  readonly lost: bigint
  readonly next: string | null
}

export type RunFilter = TimeFilter & {
  readonly asset?: Asset | undefined
  readonly state?: string | undefined
}

type EndedRow = Omit<
  EndedRunView,
  'gpus' | 'elapsed_seconds' | 'submitted_at' | 'eligible_at' | 'started_at' | 'ended_at' | 'asset' | 'id'
> & {
  readonly record: string
  readonly asset: string | null
  readonly gpus: bigint
  readonly elapsed_s: bigint
  readonly submitted_at: Millis
  readonly eligible_at: Millis | null
  readonly started_at: Millis | null
  readonly ended_at: Millis
  readonly key: string
}

const RUN = `c.name as cluster, r.record, r.job, r.name, r.state, r.state_text, r.class, r.asset, r.purpose, r.gpus, r.nodes, r.submitted_at,
  r.eligible_at, r.started_at, r.ended_at, r.elapsed_s, r.gpus * (r.elapsed_s - least(r.suspended_s, r.elapsed_s)) as used,
  r.charged, r.absorbed, r.lost, r.transfer`

/** Newest first, with the sums over all pages. The filter's days are those of the end. Index: record_person. */
export async function endedRuns(
  sql: Sql,
  person: string,
  filter: RunFilter,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<RunsView> {
  const [ended = null, record = null] = cursor === undefined ? [] : decode(cursor, [INSTANT, /^.{1,120}$/])
  const { from, until } = spanOf(filter)
  const rows = await sql.query<EndedRow & { n: number; sums: readonly bigint[] }>(
    `with met as materialized (
       select ${RUN}, c.name || '/' || r.record as key from cluster.record r join cluster.cluster c on c.id = r.cluster_id
       where r.person_id = $1 and r.ended_at is not null and ($2::text is null or r.asset = $2) and ($3::text is null or r.state = $3)
         and ($4::timestamptz is null or r.ended_at >= $4) and ($5::timestamptz is null or r.ended_at < $5)
     ), total as (
       select count(*)::int as n, array[coalesce(sum(used), 0), coalesce(sum(charged), 0), coalesce(sum(absorbed), 0),
         coalesce(sum(lost), 0)]::bigint[] as sums from met
     ), page as (
       select * from met where $6::timestamptz is null or (ended_at, key) < ($6, $7) order by ended_at desc, key desc limit $8
     )
     select total.*, page.* from total left join page on true order by page.ended_at desc, page.key desc`,
    [person, filter.asset ?? null, filter.state ?? null, from, until, ended, record, limit + 1],
  )
  const [first] = rows
  const page = pageOf(
    rows.filter((row) => row.record !== null),
    limit,
    (row) => [iso(row.ended_at), row.key],
  )
  const [used, charged, absorbed, lost] = (first?.sums ?? []).map(BigInt)
  return {
    runs: page.rows.map(endedView),
    count: first?.n ?? 0,
    used: used ?? 0n,
    charged: charged ?? 0n,
    absorbed: absorbed ?? 0n,
    lost: lost ?? 0n,
    next: page.next,
  }
}

function endedView(row: EndedRow): EndedRunView {
  return {
    id: row.key,
    cluster: row.cluster,
    job: row.job,
    name: row.name,
    state: row.state,
    state_text: row.state_text,
    class: row.class,
    asset: row.asset !== null && isAsset(row.asset) ? row.asset : null,
    purpose: row.purpose,
    gpus: Number(row.gpus),
    nodes: row.nodes,
    submitted_at: iso(row.submitted_at),
    eligible_at: instant(row.eligible_at),
    started_at: instant(row.started_at),
    ended_at: iso(row.ended_at),
    elapsed_seconds: Number(row.elapsed_s),
    used: row.used,
    charged: row.charged,
    absorbed: row.absorbed,
    lost: row.lost,
    transfer: row.transfer,
  }
}
