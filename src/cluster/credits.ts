import { Fault } from '#base/fault.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import type { Jobs } from '#spending/jobs.ts'
import type { Clusters } from './clusters.ts'
import { move } from './correct.ts'
import { payerOf } from './reading.ts'
import * as store from './record-store.ts'
import { lockCluster } from './store.ts'
import { least } from './verdict.ts'

export type Decision = {
  readonly review: string
  readonly credited: boolean
  readonly by: string | null
  readonly reason: string
}

/** Runs that somebody looks at: the company takes over what is credited, by entries that reverse. */
export function openCredits({
  db,
  world,
  jobs,
  clusters,
}: {
  db: Db
  world: World
  jobs: Jobs
  clusters: Pick<Clusters, 'all' | 'mapOf'>
}) {
  return {
    /** GPU-seconds that went back to the person. A review is decided once; the same decision again changes nothing. */
    async decide({ review, credited, by, reason }: Decision): Promise<bigint> {
      return db.tx(async (sql) => {
        const [asked] = await store.lockReview(sql, review)
        if (!asked) throw new Fault('not_found', `there is no review ${review}`, { param: 'review' })
        const state = credited ? 'credited' : 'kept'
        if (asked.state === state) return 0n
        if (asked.state !== 'open')
          throw new Fault('conflict', `review ${review} was decided before: ${asked.state}`, {
            param: 'review',
          })
        const now = world.now()
        await store.decideReview(sql, review, state, by, now)
        if (!credited) return 0n
        await lockCluster(sql, asked.cluster_id)
        const cluster = (await clusters.all(sql)).find(({ id }) => id === asked.cluster_id)
        const [known] = await store.known(sql, asked.cluster_id, [asked.record])
        if (!cluster || !known?.settled_at)
          throw new Fault('conflict', `the run of review ${review} was never charged`, { param: 'review' })
        const map = await clusters.mapOf(sql, cluster)
        const amount = least(asked.gpu_seconds, known.charged)
        const wallets = await jobs.ready(sql, [{ payer: payerOf(known, cluster.name), most: 0n }], [])
        const target = { charged: known.charged - amount, absorbed: known.absorbed + amount }
        const parts = await move({ sql, jobs, world, map, wallets }, known, target, reason)
        await store.setParts(
          sql,
          cluster.id,
          known.record,
          { charged: parts.charged, absorbed: parts.absorbed, class: 'credited' },
          now,
        )
        return amount
      })
    },
  }
}
