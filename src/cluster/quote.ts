import type { Tier } from '#base/asset.ts'
import { SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { Purpose } from '#ledger/types.ts'
import type { Jobs } from '#spending/jobs.ts'
import { demandOf } from './demand.ts'
import { resolveGpus } from './gpus.ts'
import type { Gpus, SeenJob } from './port.ts'
import type { Cluster, GpuAsset, Map as ClusterMap } from './types.ts'
import { assetFor } from './whose.ts'

/** A job as its person means to submit it. */
export type QuoteAsk = {
  /** Absent: the only one there is. */
  readonly cluster?: string | undefined
  /** In the scheduler's words or those of the reference table; `type` null: not said. */
  readonly gpus: Gpus
  /** What the job is to run under. Absent: the one of `tier`, or the only one the person has of these GPUs. */
  readonly allowance?: string | undefined
  readonly tier?: Tier | undefined
  readonly timeLimitSeconds: number | null
  readonly tasks: number
  readonly purpose: Purpose
}

/** What a job will hold before it may run, and whether there is so much. Amounts are GPU-seconds. */
export type Quote =
  | { readonly kind: 'free'; readonly cluster: string }
  /** It would be refused; in words for its person. */
  | { readonly kind: 'refused'; readonly cluster: string | null; readonly reason: string }
  | {
      readonly kind: 'fits' | 'short'
      readonly cluster: string
      readonly mode: string
      readonly asset: GpuAsset
      readonly allowance: string
      /** The scheduler's word for the GPUs. */
      readonly type: string
      readonly gpus: bigint
      readonly tasks: number
      readonly timeLimitSeconds: bigint
      /** Held until it has ended; what it does not use comes back. */
      readonly hold: bigint
      /** The most that it can use, if it runs to its limit. */
      readonly most: bigint
      /** In the wallet of these hours. */
      readonly available: bigint
      /** What can be exchanged into them besides. */
      readonly exchangeable: bigint
      /** Held by other jobs. */
      readonly held: bigint
    }

/** What a job will cost before it runs: asked of the very code that decides it when it is submitted. */
export function openQuotes({
  db,
  world,
  clusters,
  jobs,
  ledger,
}: {
  db: Db
  world: World
  clusters: {
    all(sql: Sql): Promise<readonly Cluster[]>
    mapOf(sql: Sql, cluster: Cluster): Promise<ClusterMap>
  }
  jobs: Pick<Jobs, 'reach'>
  ledger: Pick<Ledger, 'lotsOf'>
}) {
  return (person: string, ask: QuoteAsk): Promise<Quote> =>
    db.tx(async (sql) => {
      await sql.query('set transaction isolation level repeatable read, read only')
      const all = await clusters.all(sql)
      const cluster = ask.cluster === undefined ? all[0] : all.find(({ name }) => name === ask.cluster)
      if (!cluster)
        return no(null, ask.cluster === undefined ? NO_CLUSTER : `There is no cluster "${ask.cluster}".`)
      if (ask.cluster === undefined && all.length > 1)
        return no(null, `Say at which cluster: ${all.map(({ name }) => name).join(', ')}.`)
      const map = await clusters.mapOf(sql, cluster)
      const asked = jobOf(map, person, ask, world.now())
      if (asked.kind === 'no') return no(cluster.name, asked.reason)
      const { job } = asked
      const demand = demandOf(map, { root: job.job, submittedAt: job.submittedAt, jobs: [job] })
      if (demand.kind === 'refused') return no(cluster.name, demand.reason)
      const need = demand.kind === 'needs' ? demand.needs[0] : undefined
      if (!need) return { kind: 'free', cluster: cluster.name }
      const hold = need.amount * BigInt(need.tasks)
      const payer = { ...need.payer, cluster: cluster.name }
      const { available, held, worth } = jobs.reach(await ledger.lotsOf(sql, person), payer)
      return {
        kind: available + worth >= hold ? 'fits' : 'short',
        cluster: cluster.name,
        mode: map.modes.get(`${person} ${need.payer.asset}`) ?? cluster.mode,
        asset: need.payer.asset,
        allowance: job.allowance,
        type: job.gpus[0]?.type ?? '',
        gpus: need.gpus,
        tasks: need.tasks,
        timeLimitSeconds: need.timeLimitSeconds,
        hold,
        most: need.gpus * need.timeLimitSeconds * BigInt(need.tasks),
        available,
        exchangeable: worth,
        held,
      }
    })
}

const NO_CLUSTER = 'No cluster has been added to Perq yet; ask your platform team.'
const no = (cluster: string | null, reason: string): Quote => ({ kind: 'refused', cluster, reason })

type No = { readonly kind: 'no'; readonly reason: string }

/** The job as the controller would show it, were it submitted now. */
function jobOf(
  map: ClusterMap,
  person: string,
  ask: QuoteAsk,
  now: Millis,
): { readonly kind: 'job'; readonly job: SeenJob } | No {
  const login = [...map.logins.values()].flat().find((one) => one.person === person && one.to === null)
  if (!login)
    return {
      kind: 'no',
      reason: `You have no login at ${map.cluster.name} that Perq knows; ask your platform team.`,
    }
  const gpus = { ...ask.gpus, type: typeOf(map, ask.gpus.type) }
  const allowance = ask.allowance ?? usualOf(map, person, gpus, ask.tier)
  if (typeof allowance !== 'string') return allowance
  const job: SeenJob = {
    job: 'quote',
    submittedAt: now,
    state: 'held',
    name: '',
    login: login.login,
    account: login.account,
    allowance,
    partition: '',
    gpus: [gpus],
    timeLimit: ask.timeLimitSeconds === null ? null : ask.timeLimitSeconds * SECOND,
    tasks: ask.tasks,
    array: null,
    part: null,
    restarts: 0,
    eligibleAt: null,
    startedAt: null,
    expectedAt: null,
    nodes: [],
    reason: '',
    comment: `purpose=${ask.purpose}`,
  }
  return { kind: 'job', job }
}

/** The scheduler's word, also for whoever names the accelerator as the reference table does. */
const typeOf = ({ accelerators }: ClusterMap, said: string | null): string | null =>
  [...accelerators].find(([type, accelerator]) => type === said || accelerator === said)?.[0] ?? said

/** What a person would run these GPUs under who does not say it. */
function usualOf(map: ClusterMap, person: string, gpus: Gpus, tier: Tier | undefined): string | No {
  const found = resolveGpus([gpus], map.accelerators)
  // Which GPUs are meant is told before what they run under.
  if (found.kind !== 'one') return ''
  const own = map.lines.filter(
    (line) => line.person === person && line.asset.startsWith(`GPU_SECOND/${found.accelerator}/`),
  )
  const meant =
    tier === undefined ? own : own.filter(({ asset }) => asset === assetFor(found.accelerator, tier))
  const [one, ...others] = meant
  if (!one)
    return {
      kind: 'no',
      reason: `You have no ${found.accelerator} hours${tier === undefined ? '' : ` in the ${tier} tier`} at ${map.cluster.name}.`,
    }
  if (others.length === 0) return one.allowance
  return { kind: 'no', reason: `Say under what: ${meant.map(({ allowance }) => allowance).join(' or ')}.` }
}
