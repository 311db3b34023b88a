import { uuidOf } from '#base/id.ts'
import { iso, type Millis } from '#base/time.ts'
import { rollingOver } from '#grants/changes.ts'
import type { ExpiryRule } from '#grants/expiry.ts'
import { rolloverOrder } from '#grants/leaving.ts'
import { rollover } from '#grants/rollover.ts'
import { bookOf, expiringLots, lockWallets, type OpenLot } from '#ledger/contracts.ts'
import type { Sql } from '#db/sql.ts'
import type { LifeParts } from './parts.ts'
import { several } from './several.ts'

const BATCH = 200
const ROUNDS = 10_000

/**
 * Ends what is past its expiry: first what rolls over goes on, then the rest expires. Safe on every replica at once: a lot
 * rolls over once, in the transaction that expires its rest. Returns how many lots ended.
 */
export async function expireDue(parts: LifeParts, now: Millis): Promise<number> {
  let ended = 0
  for (let rounds = 0; rounds < ROUNDS; rounds += 1) {
    const due = await rollingOver(parts.db, now, BATCH)
    await several(due, async ({ grant, expiry }) => {
      const lots = await parts.db.tx((sql) => rollGrant(parts, sql, { grant, expiry, now }))
      ended += lots
    })
    if (due.length < BATCH) break
  }
  return ended + (await parts.ledger.expire(now))
}

async function rollGrant(
  parts: LifeParts,
  sql: Sql,
  { grant, expiry, now }: { grant: string; expiry: ExpiryRule; now: Millis },
): Promise<number> {
  // The grant is locked first, as every command does, so that a leaving and this never take the same lots.
  await parts.grants.locked(sql, grant)
  const book = await bookOf(sql, grant)
  if (!book) return 0
  await lockWallets(sql, [book.wallet], now)
  const lots = await expiringLots(sql, [grant], now)
  for (const lot of lots) await rollLot(parts, sql, { lot, expiry, now })
  return lots.length
}

async function rollLot(
  { ledger }: LifeParts,
  sql: Sql,
  { lot, expiry, now }: { lot: OpenLot; expiry: ExpiryRule; now: Millis },
): Promise<void> {
  const { id, available: left, expired, expiresAt } = lot
  if (expiresAt === null) return
  const rolled = rollover(expiry, { left, expired, expiresAt, carried: lot.carriedFrom !== null })
  if (rolled) {
    const { amount } = rolled
    const to = { expiresAt: rolled.expiresAt, effectiveAt: expiresAt }
    const reason = `rolled over at its expiry on ${iso(expiresAt)}`
    await ledger.carried(sql, now, { id: rolloverOrder(id), lot: id, amount, to, reason })
  }
  const rest = left - (rolled?.amount ?? 0n)
  if (rest === 0n) return
  const order = { id: uuidOf('expired', id, String(expired)), lot: id, amount: rest, reason: 'its expiry' }
  await ledger.endedEarly(sql, now, order)
}
