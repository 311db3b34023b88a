import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { canonicalJson } from '#base/json.ts'
import { dayOf } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { askOf } from '#offers/ask-json.ts'
import { checkAsk } from '#offers/check.ts'
import type { OfferAsk } from '#offers/offer.ts'
import { checkChangeable } from '#offers/status.ts'
import { checkNamed } from './plan.ts'
import type { OfferMoved, OfferParts } from './parts.ts'
import { tell } from './tell.ts'

export const sameAsk = (a: OfferAsk, b: OfferAsk): boolean =>
  canonicalJson(askOf(a)) === canonicalJson(askOf(b))

/** Writes an offer that nobody has agreed to yet. */
export async function draft(
  parts: OfferParts,
  sql: Sql,
  { id, ask: said, by }: { readonly id: string; readonly ask: OfferAsk; readonly by: string },
): Promise<OfferMoved> {
  const { offers, world } = parts
  const now = world.now()
  const ask = checkAsk(said, dayOf(now))
  const standing = await offers.find(sql, id)
  if (!standing) await checkNamed(parts, sql, ask)
  const made = !standing && (await offers.create(sql, { id, ask, by }, now))
  const offer = await offers.find(sql, id)
  invariant(offer, 'an offer that was made, or stood, is seen')
  if (made) await tell(parts, sql, offer, { kind: 'drafted', by })
  else if (offer.createdBy !== by || !sameAsk(offer, ask))
    throw new Fault('conflict', `offer ${id} already stands with other terms; use an id of its own`, {
      param: 'id',
    })
  return { offer, replayed: !made }
}

/** The whole of a draft anew. Refused (`frozen`) for what was submitted. */
export async function change(
  parts: OfferParts,
  sql: Sql,
  { offer: id, ask: said, by }: { readonly offer: string; readonly ask: OfferAsk; readonly by: string },
): Promise<OfferMoved> {
  const { offers, world } = parts
  const now = world.now()
  const before = await offers.locked(sql, id)
  checkChangeable(before.status)
  const ask = checkAsk(said, dayOf(now))
  if (sameAsk(before, ask)) return { offer: before, replayed: true }
  await checkNamed(parts, sql, ask)
  const offer = await offers.change(sql, before, ask, now)
  await tell(parts, sql, offer, { kind: 'changed', by })
  return { offer, replayed: false }
}
