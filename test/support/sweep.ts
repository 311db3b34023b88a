import { SECOND } from '#base/time.ts'
import type { Db } from '#db/sql.ts'
import { openLedger } from '#ledger/ledger.ts'
import { realWorld } from '#main/world.ts'

/**
 * What a living process does about those that died, without its twenty seconds of waiting: it looks at their heartbeats
 * with a clock that is set on. Whoever still lives must have no calls, or it would be taken for dead as well.
 */
export async function sweepTheDead(db: Db): Promise<void> {
  const ledger = openLedger({ db, owner: 'sweeper' })
  const now = realWorld().now()
  for (const later of [0, 10 * SECOND, 20 * SECOND]) {
    await ledger.heartbeat(now + later)
    await ledger.lapse(now + later)
  }
}
