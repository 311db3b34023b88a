import type { Exchangeable } from '#base/asset.ts'
import { setImmediate as turn } from 'node:timers/promises'
import { Fault } from '#base/fault.ts'
import { DAY, dayOf, HOUR, MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { Rate } from '#prices/exchange.ts'
import { openJobs } from '#spending/jobs.ts'
import { openAgent, type Look } from './agent.ts'
import { openClusters } from './clusters.ts'
import { openCredits } from './credits.ts'
import { openIntake, NOTHING_TAKEN, type Taken } from './intake.ts'
import { openKeeper, type Kept } from './keep.ts'
import type { AccountingRecord, Health, Scheduler } from './port.ts'
import { readingOf, type Reading } from './reading.ts'
import * as records from './record-store.ts'
import { endedWithHolds, people } from './store.ts'
import { openSweep, type Swept } from './sweep.ts'
import type { Cluster, GpuAsset, Map as ClusterMap } from './types.ts'
import { openWatch } from './watch.ts'
import type { NextVest } from './words.ts'

/** How far behind what was read the next reading begins, and how often one goes back far, for what the accounting learned late. */
const OVERLAP = 10 * MINUTE
const DEEP_OVERLAP = 2 * DAY
const DEEP_EVERY = HOUR
const DEEPEST = 60 * DAY
/** Records that are taken in one transaction. */
const BATCH = 40_000
/** The scheduler's clock may go before ours. */
const AHEAD = MINUTE

export type ClusterParts = {
  readonly db: Db
  readonly world: World
  readonly ledger: Ledger
  readonly rateOf: (from: Exchangeable, to: Exchangeable, at: Millis) => Rate | null
  readonly nextVest: (person: string, asset: GpuAsset) => Promise<NextVest | null>
  readonly lostAfter?: Millis
}

export type ClusterRoom = ReturnType<typeof openCluster>

/** GPU clusters: what was granted becomes their limits, and what was used comes into the ledger. */
export function openCluster({ db, world, ledger, rateOf, nextVest, lostAfter }: ClusterParts) {
  const jobs = openJobs({ ledger, rateOf, world })
  const clusters = openClusters({ db, world })
  const intake = openIntake({ db, world, jobs })
  const keeper = openKeeper({ db, world, ledger, jobs })
  const watch = openWatch({ db, world })
  const sweep = openSweep({ db, world, jobs, ...(lostAfter === undefined ? {} : { lostAfter }) })
  const credits = openCredits({ db, world, jobs, clusters })
  const agent = openAgent({
    db,
    world,
    jobs,
    nextVest,
    left: async (sql, payer, cluster) => {
      const { available, worth } = jobs.reach(await ledger.lotsOf(sql, payer.person), { ...payer, cluster })
      return available + worth
    },
  })
  const deepAt = new Map<string, Millis>()

  const mapOf = async (cluster: Cluster): Promise<ClusterMap> => clusters.mapOf(db, cluster)

  /** Who has left, and whether the contract ends their jobs. */
  async function leaversOf(map: ClusterMap): Promise<ReadonlyMap<string, boolean>> {
    const ids = [...new Set([...map.logins.values()].flatMap((list) => list.map(({ person }) => person)))]
    const rows = await people(db, ids, dayOf(world.now()))
    return new Map(rows.filter(({ left }) => left).map(({ id, endsJobs }) => [id, endsJobs]))
  }

  /**
   * Takes what ended in a time, many pages in one transaction, because what a wallet pays for runs without a hold is charged together. While the
   * database works, the next are read, and no more than those, so that memory does not grow with what is read.
   */
  async function take(
    map: ClusterMap,
    pages: AsyncIterable<readonly AccountingRecord[]>,
    since: Millis,
  ): Promise<Taken> {
    const outages = await watch.outages(map.cluster.id, since - DAY)
    let all = NOTHING_TAKEN
    let working: Promise<Taken> = Promise.resolve(NOTHING_TAKEN)
    const put = async (batch: readonly Reading[]): Promise<void> => {
      const taken = await working
      working = intake.take(map, batch)
      // It is waited for with the next one; until then nobody else would hear that it failed.
      working.catch(() => {})
      all = {
        read: all.read + taken.read,
        fresh: all.fresh + taken.fresh,
        repeated: all.repeated + taken.repeated,
        changed: all.changed + taken.changed,
        settled: all.settled + taken.settled,
        gpuSeconds: all.gpuSeconds + taken.gpuSeconds,
      }
    }
    try {
      let batch: Reading[] = []
      for await (const page of pages) {
        for (const record of page) batch.push(readingOf(map, record, outages))
        // The database is heard, and told on, between two pages.
        await turn()
        if (batch.length < BATCH) continue
        await put(batch)
        batch = []
      }
      await put(batch)
      await put([])
    } finally {
      // What was begun comes to its end, also when nothing more can be read.
      await working.catch(() => {})
    }
    return all
  }

  return {
    ...clusters,
    credits,
    take,

    /** Throws Fault `conflict` when the accounting is not the one that was adopted: then nothing of it can be trusted to mean what it did. */
    async check(cluster: Cluster, scheduler: Scheduler): Promise<void> {
      const { cluster: name, incarnation } = await scheduler.identity()
      if (name === cluster.scheduler && incarnation === cluster.incarnation) return
      throw new Fault(
        'conflict',
        `the accounting of "${cluster.name}" is ${name} (${incarnation}), not ${cluster.scheduler} (${cluster.incarnation}) that was adopted; ` +
          'if it began anew, add it again with perq cluster add',
        { param: 'incarnation' },
      )
    },

    /** Sees jobs, holds for them and lets them go. */
    async look(cluster: Cluster, scheduler: Scheduler): Promise<Look> {
      const map = await mapOf(cluster)
      return agent.look(map, scheduler, await leaversOf(map))
    },

    /** Reads what the accounting told since the last time, and some of what it told before, and settles it. */
    async settle(cluster: Cluster, scheduler: Scheduler): Promise<Taken> {
      const map = await mapOf(cluster)
      const now = world.now()
      const before = await records.cursor(db, cluster.id, 'records')
      const last = deepAt.get(cluster.id)
      const away = await watch.accountingOutages(cluster.id, last ?? now)
      const deep = last === undefined || now - last >= DEEP_EVERY || away.length > 0
      // What has not ended is told in every reading; what ended long ago and was told late, only in one that goes back so far.
      const unended = deep ? await records.oldestUnended(db, cluster.id) : null
      const back = deep ? DEEP_OVERLAP : OVERLAP
      const reach = before === null ? cluster.chargedFrom - DAY : before.upto - back
      const from = unended === null ? reach : Math.min(reach, Math.max(unended, now - DEEPEST))
      const taken = await take(map, scheduler.records({ from, to: now + AHEAD }), from)
      await records.setCursor(db, cluster.id, 'records', now, now)
      if (deep) deepAt.set(cluster.id, now)
      return taken
    },

    /** Makes the scheduler's limits what the grants say. */
    keep: async (cluster: Cluster, scheduler: Scheduler): Promise<Kept> =>
      keeper.turn(await mapOf(cluster), scheduler),

    beat: async (cluster: Cluster, scheduler: Scheduler): Promise<Health> =>
      watch.beat(await mapOf(cluster), scheduler),

    nodes: async (cluster: Cluster, scheduler: Scheduler): Promise<number> =>
      watch.nodes(await mapOf(cluster), scheduler),

    /** Ends holds whose jobs are lost, and keeps the others alive. */
    async sweep(cluster: Cluster, scheduler: Scheduler): Promise<Swept> {
      for (const { id } of await endedWithHolds(db)) await sweep.ended(id)
      return sweep.holds(await mapOf(cluster), await scheduler.ping())
    },
  }
}

export type ClusterDuty = {
  readonly name: string
  readonly every: Millis
  /** Also while the scheduler does not say who it is, as when it cannot be reached. */
  readonly always?: true
  readonly run: (cluster: Cluster, scheduler: Scheduler) => Promise<unknown>
}

/** What has to happen by itself at a cluster, and how often. Each is safe to do at once and twice. */
export const clusterDuties = (room: ClusterRoom): readonly ClusterDuty[] => [
  { name: 'cluster jobs', every: 2 * SECOND, run: room.look },
  { name: 'cluster pulse', every: 5 * SECOND, always: true, run: room.beat },
  { name: 'cluster limits', every: 15 * SECOND, run: room.keep },
  { name: 'cluster records', every: 30 * SECOND, run: room.settle },
  { name: 'cluster nodes', every: MINUTE, run: room.nodes },
  { name: 'cluster holds', every: MINUTE, run: room.sweep },
]
