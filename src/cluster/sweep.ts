import { MINUTE, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import type { Jobs } from '#spending/jobs.ts'
import { HOLD_FOR } from './agent.ts'
import * as store from './job-store.ts'
import type { Health } from './port.ts'
import { cursor, insertReviews } from './record-store.ts'
import { lockCluster } from './store.ts'
import type { Map as ClusterMap } from './types.ts'

/** A job that neither the queue nor the accounting knows for so long, both of them seen to work, never was. */
export const LOST_AFTER = 10 * MINUTE
/** A hold is given more time when less than that is left. */
const RENEW_BEFORE = HOLD_FOR / 2
const CHUNK = 1_000

export type Swept = { readonly renewed: number; readonly lost: number; readonly expired: number }

/** Every hold ends: with its record, with its job when that was lost, or when nobody kept it alive. */
export function openSweep({
  db,
  world,
  jobs,
  lostAfter = LOST_AFTER,
}: {
  db: Db
  world: World
  jobs: Jobs
  lostAfter?: Millis
}) {
  const tell = (
    sql: Sql,
    cluster: string,
    holds: readonly store.HoldRow[],
    state: 'open' | 'kept',
    what: string,
  ): Promise<void> =>
    insertReviews(
      sql,
      cluster,
      holds.map((hold) => ({
        id: world.id(),
        record: `hold ${hold.id}`,
        kind: 'missing',
        gpuSeconds: hold.amount,
        state,
        detail: `Job ${hold.root} was held for and ${what}.`,
      })),
      world.now(),
    )

  return {
    async holds({ cluster }: ClusterMap, health: Health): Promise<Swept> {
      const read = await cursor(db, cluster.id, 'records')
      return db.tx(async (sql) => {
        await lockCluster(sql, cluster.id)
        const now = world.now()
        const open = await store.openHolds(sql, cluster.id)
        const gone = new Set(
          await store.goneHolds(
            sql,
            open.map(({ id }) => id),
          ),
        )
        await store.endHolds(
          sql,
          [...gone],
          { state: 'expired', reason: 'Nobody kept it alive for two weeks.' },
          now,
        )
        const standing = open.filter(({ id }) => !gone.has(id))
        const live = new Set(
          (await store.liveJobs(sql, cluster.id)).map((row) => `${row.root} ${row.submitted_at}`),
        )
        const absent = standing.filter((hold) => !live.has(keyOf(hold)))
        const unended = await store.unended(
          sql,
          cluster.id,
          absent.map(({ root, submitted_at: submittedAt }) => ({ root, submittedAt })),
        )
        const seen = new Set(absent.map(({ id }) => id))
        const found = standing.filter(({ id, missing_since: since }) => since !== null && !seen.has(id))
        await store.setMissing(sql, idsOf(found), null)
        // While one of them cannot be asked, nobody is missed.
        const asked = health.controller && health.accounting
        if (asked)
          await store.setMissing(sql, idsOf(absent.filter((hold) => hold.missing_since === null)), now)
        const due = absent.filter(
          ({ missing_since: since }) =>
            asked && since !== null && now - since >= lostAfter && read !== null && read.upto >= since,
        )
        // What the accounting counts on is somebody's to end; until then it may still cost what was held.
        const runaway = due.filter((hold) => unended.has(keyOf(hold)))
        await tell(
          sql,
          cluster.id,
          runaway,
          'open',
          'is counted on by the accounting, and the controller does not know it',
        )
        const lost = due.filter((hold) => !unended.has(keyOf(hold)))
        if (lost.length > 0) {
          const ids = idsOf(lost)
          await jobs.release(sql, ids)
          await store.endHolds(sql, ids, { state: 'released', reason: 'The scheduler lost its job.' }, now)
          await tell(sql, cluster.id, lost, 'kept', 'is in neither the queue nor the accounting')
        }
        const ended = new Set(idsOf(lost))
        const renew = standing
          .filter(({ id, expires_at: until }) => !ended.has(id) && until - now < RENEW_BEFORE)
          .slice(0, CHUNK)
          .map(({ id }) => id)
        if (renew.length > 0) {
          const until = now + HOLD_FOR
          const prolonged = await jobs.prolong(sql, renew, until)
          await store.setExpiry(sql, [...prolonged], until)
        }
        return { renewed: renew.length, lost: lost.length, expired: gone.size }
      })
    },

    /** What a cluster held whose accounting began anew: none of its jobs can be told any more. */
    async ended(cluster: string): Promise<number> {
      return db.tx(async (sql) => {
        await lockCluster(sql, cluster)
        const open = await store.openHolds(sql, cluster)
        const ids = open.map(({ id }) => id)
        if (ids.length === 0) return 0
        const gone = new Set(await store.goneHolds(sql, ids))
        await jobs.release(
          sql,
          ids.filter((id) => !gone.has(id)),
        )
        await store.endHolds(
          sql,
          ids,
          { state: 'released', reason: 'The accounting of its cluster began anew.' },
          world.now(),
        )
        return ids.length
      })
    },
  }
}

const idsOf = (holds: readonly { readonly id: string }[]): string[] => holds.map(({ id }) => id)

const keyOf = ({ root, submitted_at: submittedAt }: { root: string; submitted_at: Millis }): string =>
  `${root} ${submittedAt}`
