import { isAsset, type Asset, type Tier } from '#base/asset.ts'
import { iso, SECOND, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { sources, type SourceView } from './jobs.ts'
import { periodOf, type MonthText } from './month.ts'
import { gpusAtOnce } from './promised.ts'
import { companyAudits, type Audit } from './sla.ts'
import { laneOf } from './store.ts'
import { queueWaits } from './waits.ts'

/** How the clusters stand now, and what of this month's promises was delivered. GPUs and GPU-seconds. */
export type OverviewView = {
  readonly as_of: string
  readonly month: MonthText
  readonly clusters: readonly (SourceView & { readonly troubles: readonly TroubleView[] })[]
  readonly capacity: readonly CapacityView[]
  readonly lanes: readonly LaneView[]
  readonly starved: readonly StarvedView[]
  readonly borrowing: readonly BorrowingView[]
  readonly drift: readonly DriftView[]
  readonly reviews: number
}

/** A part that cannot be seen to work. */
export type TroubleView = { readonly part: string; readonly since: string }

export type CapacityView = {
  readonly accelerator: string
  readonly at: string
  readonly total: number
  readonly up: number
  readonly used: number
  readonly preemptible: number
  /** Guaranteed at once to all people together, in every tier. */
  readonly promised: number
}

/** One accelerator and tier. */
export type LaneView = {
  readonly asset: Asset
  readonly accelerator: string
  readonly tier: Tier
  readonly people: number
  /** GPUs guaranteed at once, those of everybody together. */
  readonly promised_gpus: number
  readonly running_gpus: number
  readonly waiting_gpus: number
  /** This month, GPU-seconds. */
  readonly promised: bigint
  readonly offered: bigint
  readonly sampled: bigint
  readonly delivered: bigint
  /** What people can still spend of it. */
  readonly available: bigint
  readonly held: bigint
  readonly breaches: number
}

type Whose = { readonly id: string; readonly name: string }

/** Waits longer than was promised, and is within what is guaranteed. */
export type StarvedView = {
  readonly person: Whose
  readonly asset: Asset
  readonly cluster: string
  readonly job: string
  readonly gpus: number
  readonly waiting_seconds: number
  /** Null: no wait was promised. */
  readonly promised_seconds: number | null
  readonly waits_for: string
}

/** Uses more at once than is guaranteed. */
export type BorrowingView = {
  readonly person: Whose
  readonly asset: Asset
  readonly running_gpus: number
  readonly guaranteed_gpus: number
}

export type DriftView = {
  readonly cluster: string
  readonly kind: string
  readonly name: string
  readonly wanted: unknown
  readonly found: unknown
  readonly found_at: string
  readonly repaired_at: string | null
}

const MOST = 100
/** Without a promise of how long, whoever waits longer than this is starved. */
const USUAL_WAIT_SECONDS = 600

export async function overview(sql: Sql, month: MonthText, now: Millis): Promise<OverviewView> {
  const audits = await companyAudits(sql, month, now)
  const live = await liveJobs(sql)
  return {
    as_of: iso(now),
    month,
    clusters: await clusters(sql),
    capacity: await capacities(sql, audits),
    lanes: await lanes(sql, audits, live, await deliveredBy(sql, month, now)),
    starved: await starved(sql, audits, live, now),
    borrowing: borrowing(live, audits),
    drift: await drift(sql),
    reviews: await openReviews(sql),
  }
}

async function clusters(sql: Sql): Promise<OverviewView['clusters']> {
  const known = await sources(sql, null)
  const rows = await sql.query<{ name: string; part: string; from_at: Millis }>(
    `select c.name, o.part, o.from_at from cluster.outage o join cluster.cluster c on c.id = o.cluster_id
     where o.to_at is null and c.ended_at is null order by c.name, o.part`,
  )
  return known.map((one) => ({
    ...one,
    troubles: rows
      .filter(({ name }) => name === one.name)
      .map(({ part, from_at: from }) => ({ part, since: iso(from) })),
  }))
}

/** The last look at each kind of GPU. Index: capacity's key. */
async function capacities(sql: Sql, audits: readonly Audit[]): Promise<readonly CapacityView[]> {
  const rows = await sql.query<{
    accelerator: string
    at: Millis
    total: bigint
    up: bigint
    used: bigint
    preemptible: bigint
  }>(
    `select a.accelerator, max(k.at) as at, sum(k.total)::bigint as total, sum(k.up)::bigint as up, sum(k.used)::bigint as used,
       sum(k.preemptible)::bigint as preemptible
     from cluster.cluster c join cluster.accelerator a on a.cluster_id = c.id
       join lateral (
         select * from cluster.capacity where cluster_id = c.id and type = a.type order by at desc limit 1
       ) k on true
     where c.ended_at is null group by a.accelerator order by a.accelerator`,
  )
  return rows.map(({ accelerator, at, total, up, used, preemptible }) => ({
    accelerator,
    at: iso(at),
    total: Number(total),
    up: Number(up),
    used: Number(used),
    preemptible: Number(preemptible),
    promised: audits
      .filter(({ lane }) => laneOf(lane.asset).accelerator === accelerator)
      .reduce((sum, { view }) => sum + (view.hours.gpus_at_once ?? 0), 0),
  }))
}

type LiveJob = {
  readonly person_id: string
  readonly person_name: string
  readonly cluster: string
  readonly job: string
  readonly asset: string
  readonly gpus: bigint
  readonly tasks: number
  readonly eligible_at: Millis | null
  readonly started_at: Millis | null
  readonly waits_for: string
}

/** Index: job_live. */
const liveJobs = (sql: Sql): Promise<LiveJob[]> =>
  sql.query<LiveJob>(
    `select j.person_id, p.name as person_name, c.name as cluster, j.job, j.asset, j.gpus, j.tasks, j.eligible_at, j.started_at,
       j.waits_for
     from cluster.job j join cluster.cluster c on c.id = j.cluster_id join people.person p on p.id = j.person_id
     where j.state <> 'gone' and j.state <> 'held' and j.asset is not null and j.verdict <> 'refused'
     order by j.eligible_at nulls last, j.job limit 20000`,
  )

const gpusOf = (jobs: readonly LiveJob[]): number =>
  jobs.reduce((sum, { gpus, tasks }) => sum + Number(gpus) * tasks, 0)
const isRunning = ({ started_at: at }: LiveJob): boolean => at !== null

async function lanes(
  sql: Sql,
  audits: readonly Audit[],
  live: readonly LiveJob[],
  delivered: ReadonlyMap<string, bigint>,
): Promise<readonly LaneView[]> {
  const rows = await sql.query<{ asset: string; people: number; available: bigint; held: bigint }>(
    `select w.asset, count(distinct w.person_id)::int as people, coalesce(sum(l.available), 0)::bigint as available,
       coalesce(sum(l.held), 0)::bigint as held
     from ledger.wallet w join ledger.lot l on l.wallet_id = w.id
     where w.asset like 'GPU\\_SECOND/%' group by w.asset`,
  )
  const all = new Set([
    ...rows.map(({ asset }) => asset),
    ...audits.map(({ lane }) => lane.asset as string),
    ...live.map(({ asset }) => asset),
    ...delivered.keys(),
  ])
  return [...all]
    .filter(isAsset)
    .toSorted()
    .map((asset): LaneView => {
      const own = audits.filter(({ lane }) => lane.asset === asset).map(({ view }) => view)
      const jobs = live.filter((one) => one.asset === asset)
      const row = rows.find((one) => one.asset === asset)
      const sum = (of: (one: Audit['view']) => bigint): bigint =>
        own.reduce((total, one) => total + of(one), 0n)
      return {
        asset,
        ...laneOf(asset),
        people: row?.people ?? 0,
        promised_gpus: own.reduce((total, { hours }) => total + (hours.gpus_at_once ?? 0), 0),
        running_gpus: gpusOf(jobs.filter(isRunning)),
        waiting_gpus: gpusOf(jobs.filter((job) => !isRunning(job))),
        promised: sum(({ hours }) => hours.promised ?? 0n),
        offered: sum(({ hours }) => hours.offered),
        sampled: sum(({ hours }) => hours.sampled),
        delivered: delivered.get(asset) ?? 0n,
        available: row?.available ?? 0n,
        held: row?.held ?? 0n,
        breaches: own.reduce((total, { breaches }) => total + breaches.length, 0),
      }
    })
}

/**
 * GPU-seconds of use that everybody's runs had in the month, promised or not, as `delivered.ts` adds them up: a run's first part counts,
 * and its parts in two months sum to it.
 */
async function deliveredBy(sql: Sql, month: MonthText, now: Millis): Promise<ReadonlyMap<string, bigint>> {
  const { from, until } = periodOf(month, now)
  const by = (place: string): string =>
    `least(gpus * greatest(0, floor(extract(epoch from ${place}::timestamptz - started_at)))::bigint, useful)`
  const rows = await sql.query<{ asset: string; delivered: bigint }>(
    `select asset, sum(${by('$2')} - ${by('$1')})::bigint as delivered
     from (
       select asset, gpus, started_at, case when class in ('usual', 'history', 'unowned')
           then gpus * (elapsed_s - least(suspended_s, elapsed_s)) else charged end as useful
       from cluster.record
       where asset is not null and person_id is not null and ended_at > $1 and started_at < $2
     ) r group by asset`,
    [iso(from), iso(Math.min(until, now))],
  )
  return new Map(rows.map((row) => [row.asset, row.delivered]))
}

/** Waits that are not over, of runs within a guarantee, longer than it promises. */
async function starved(
  sql: Sql,
  audits: readonly Audit[],
  live: readonly LiveJob[],
  now: Millis,
): Promise<readonly StarvedView[]> {
  const people = await sql.query<Whose>('select id, name from people.person where id = any ($1)', [
    audits.map(({ lane }) => lane.person),
  ])
  const all = audits.flatMap(({ lane, facts, statement: { terms } }) => {
    const promised = terms.queueWait === null ? null : terms.queueWait.value.most / SECOND
    // Also those that have waited since before the month began.
    const ever = { from: 0, until: now + 1, asOf: now }
    return queueWaits(facts.runs, ever, gpusAtOnce(terms))
      .filter(({ guaranteed, over, run, wait }) => {
        const most = (promised ?? USUAL_WAIT_SECONDS) * SECOND
        return guaranteed && !over && run.endedAt === null && wait > most
      })
      .map(({ run, wait }): StarvedView => ({
        person: { id: lane.person, name: people.find(({ id }) => id === lane.person)?.name ?? '' },
        asset: lane.asset,
        cluster: run.cluster,
        job: run.job,
        gpus: run.gpus,
        waiting_seconds: Math.floor(wait / SECOND),
        promised_seconds: promised,
        waits_for:
          live.find(({ cluster, job }) => cluster === run.cluster && job === run.job)?.waits_for ?? '',
      }))
  })
  return all.toSorted((a, b) => b.waiting_seconds - a.waiting_seconds).slice(0, MOST)
}

function borrowing(live: readonly LiveJob[], audits: readonly Audit[]): readonly BorrowingView[] {
  const use = new Map<string, BorrowingView>()
  for (const job of live) {
    if (!isRunning(job) || !isAsset(job.asset)) continue
    const key = `${job.person_id} ${job.asset}`
    const told = audits.find(({ lane }) => lane.person === job.person_id && lane.asset === job.asset)
    const before = use.get(key)?.running_gpus ?? 0
    use.set(key, {
      person: { id: job.person_id, name: job.person_name },
      asset: job.asset,
      running_gpus: before + Number(job.gpus) * job.tasks,
      guaranteed_gpus: told?.view.hours.gpus_at_once ?? 0,
    })
  }
  return [...use.values()]
    .filter(({ running_gpus: running, guaranteed_gpus: most }) => running > most)
    .toSorted((a, b) => b.running_gpus - b.guaranteed_gpus - (a.running_gpus - a.guaranteed_gpus))
    .slice(0, MOST)
}

/** What is open, then what was repaired last. Index: drift_at. */
async function drift(sql: Sql): Promise<readonly DriftView[]> {
  const rows = await sql.query<
    Omit<DriftView, 'found_at' | 'repaired_at'> & { found_at: Millis; repaired_at: Millis | null }
  >(
    `select c.name as cluster, d.kind, d.name, d.wanted, d.found, d.found_at, d.repaired_at
     from cluster.drift d join cluster.cluster c on c.id = d.cluster_id
     order by d.repaired_at is not null, d.found_at desc limit 50`,
  )
  return rows.map((row) => ({
    ...row,
    found_at: iso(row.found_at),
    repaired_at: row.repaired_at === null ? null : iso(row.repaired_at),
  }))
}

async function openReviews(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `select count(*)::int as count from cluster.review where state = 'open'`,
  )
  return row?.count ?? 0
}
