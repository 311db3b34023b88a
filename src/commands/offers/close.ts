import { invariant } from '#base/invariant.ts'
import { dayOf, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { checkReason } from '#grants/agreements.ts'
import type { OfferMoved, OfferParts } from './parts.ts'
import { tell } from './tell.ts'

type By = { readonly offer: string; readonly by: string }

/** Before it is answered the company may take it back, whatever it is. */
export async function withdraw(
  parts: OfferParts,
  sql: Sql,
  ask: By & { readonly reason: string },
): Promise<OfferMoved> {
  const { offers, world } = parts
  const reason = checkReason(ask.reason)
  const offer = await offers.locked(sql, ask.offer)
  const moved = await offers.move(sql, offer, 'withdraw', world.now())
  if (!moved) return { offer, replayed: true }
  await tell(parts, sql, moved, { kind: 'withdrawn', by: ask.by, body: { reason } })
  return { offer: moved, replayed: false }
}

/** Back to a draft of the next version; what was sent is no longer shown, and starts without approvals. */
export async function revise(parts: OfferParts, sql: Sql, ask: By): Promise<OfferMoved> {
  const { offers, world } = parts
  const offer = await offers.locked(sql, ask.offer)
  const moved = await offers.move(sql, offer, 'revise', world.now())
  if (!moved) return { offer, replayed: true }
  await tell(parts, sql, moved, { kind: 'revised', by: ask.by, body: { from: offer.status } })
  return { offer: moved, replayed: false }
}

const BATCH = 100

/** Ends what is past its last day. Safe on every replica at once: each is in one hand, and ends once. */
export async function expireDue(parts: OfferParts, now: Millis, limit: number): Promise<number> {
  const { db, offers } = parts
  let ended = 0
  while (ended < limit) {
    const size = Math.min(BATCH, limit - ended)
    const batch = await db.tx(async (sql) => {
      const due = await offers.expiring(sql, dayOf(now), size)
      for (const offer of due) {
        const moved = await offers.move(sql, offer, 'expire', now)
        invariant(moved, 'what was approved or sent can expire')
        await tell(parts, sql, moved, { kind: 'expired', by: null })
      }
      return due.length
    })
    ended += batch
    if (batch < size) break
  }
  return ended
}
