import { DAY, SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import { gpusText } from './gpus.ts'
import { liveJobs } from './job-store.ts'
import type { Health, NodeState, Scheduler } from './port.ts'
import { cursor, setCursor } from './record-store.ts'
import type { Map as ClusterMap } from './types.ts'
import * as store from './watch-store.ts'
import { tierOf } from './whose.ts'

/** When we have not looked for longer than that, we were away. */
const AWAY_AFTER = 30 * SECOND

/** Watches whether a cluster can be seen: what nobody saw is nobody's to pay. */
export function openWatch({ db, world }: { db: Db; world: World }) {
  return {
    /** Asks who answers, and keeps the times in which somebody did not. */
    async beat({ cluster }: ClusterMap, scheduler: Scheduler): Promise<Health> {
      const health = await scheduler.ping()
      const now = world.now()
      await db.tx(async (sql) => {
        const seen = new Map((await store.beats(sql, cluster.id)).map(({ part, at }) => [part, at]))
        const parts = [
          { part: 'controller', up: health.controller },
          { part: 'accounting', up: health.accounting },
          { part: 'agent', up: true },
        ] as const
        for (const { part, up } of parts) {
          const last = seen.get(part) ?? now
          // It begins where it was last seen to work: what ended after that may not have been seen. That we ourselves were away says
          // nothing of the controller.
          const slept = part === 'agent' && now - last > AWAY_AFTER
          if (!up || slept) await store.openOutage(sql, cluster.id, part, world.id(), last)
          if (!up) continue
          await store.closeOutage(sql, cluster.id, part, now)
          await store.beat(sql, cluster.id, part, now)
        }
      })
      return health
    },

    /** What could be had, by accelerator, and which nodes did not serve. */
    async nodes(map: ClusterMap, scheduler: Scheduler): Promise<number> {
      const { cluster } = map
      const now = world.now()
      const before = await cursor(db, cluster.id, 'nodes')
      const from = Math.max(cluster.adoptedAt - DAY, (before?.upto ?? cluster.adoptedAt) - 2 * DAY)
      const [states, events] = [await scheduler.nodes(), await scheduler.nodeEvents({ from, to: now })]
      const jobs = await liveJobs(db, cluster.id)
      const givesWay = new Map<string, bigint>()
      for (const job of jobs) {
        const tier = tierOf(map, job.allowance)
        if (job.state !== 'running' || tier === null || !cluster.rules.tiers[tier].givesWay) continue
        const type = typeOf(map, job.asset)
        if (type !== null) givesWay.set(type, (givesWay.get(type) ?? 0n) + job.gpus)
      }
      await db.tx(async (sql) => {
        await store.insertCapacity(sql, cluster.id, now, capacityOf(states, givesWay))
        await store.putNodeEvents(
          sql,
          cluster.id,
          [...new Map(events.map((event) => [`${event.node} ${event.from}`, event])).values()].map(
            (event) => ({
              node: event.node,
              from: event.from,
              to: event.to,
              state: event.state,
              planned: event.planned,
              reason: event.reason,
              gpus: gpusText(event.gpus),
            }),
          ),
        )
        await setCursor(sql, cluster.id, 'nodes', now, now)
      })
      return events.length
    },

    outages: (cluster: string, since: Millis) => store.outages(db, cluster, 'controller', since),
    accountingOutages: (cluster: string, since: Millis) => store.outages(db, cluster, 'accounting', since),
  }
}

const typeOf = ({ accelerators }: ClusterMap, asset: string | null): string | null =>
  [...accelerators].find(([, accelerator]) => accelerator === asset?.split('/')[1])?.[0] ?? null

function capacityOf(
  nodes: readonly NodeState[],
  givesWay: ReadonlyMap<string, bigint>,
): readonly store.CapacityRow[] {
  const rows = new Map<string, { total: bigint; up: bigint; used: bigint }>()
  for (const node of nodes) {
    for (const { type, count } of node.gpus) {
      const key = type ?? '?'
      const row = rows.get(key) ?? { total: 0n, up: 0n, used: 0n }
      const used = node.used.filter((one) => one.type === type).reduce((sum, one) => sum + one.count, 0n)
      rows.set(key, {
        total: row.total + count,
        up: row.up + (node.up ? count : 0n),
        used: row.used + used,
      })
    }
  }
  return [...rows].map(([type, row]) => {
    const gives = givesWay.get(type) ?? 0n
    return { type, ...row, preemptible: gives < row.used ? gives : row.used }
  })
}
