import { Fault } from '#base/fault.ts'
import { addDays, dayOf, startOfDay, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { checkOpen } from '#offers/check.ts'
import type { Offer } from '#offers/offer.ts'
import type { OfferLink } from '#offers/offers.ts'
import { noLink } from '#offers/over.ts'
import { checkNamed } from './plan.ts'
import type { OfferMoved, OfferParts, OfferSent } from './parts.ts'
import { tell } from './tell.ts'

type By = { readonly offer: string; readonly by: string }

/** After the last day that matters, so that an answer can be looked at again. */
const KEPT_DAYS = 30

/** approved → sent. A link that works long enough is kept: it shows what is sent now. */
export async function send(parts: OfferParts, sql: Sql, { offer: id, by }: By): Promise<OfferSent> {
  const { offers, world } = parts
  const now = world.now()
  const offer = await offers.locked(sql, id)
  const moved = await offers.move(sql, offer, 'send', now)
  const standing = (await working(parts, sql, id, now))[0] ?? null
  if (!moved) return { offer, link: standing, replayed: true }
  checkOpen(offer.expiresOn, dayOf(now))
  await checkNamed(parts, sql, offer)
  const version = await offers.version(sql, id, offer.version)
  await tell(parts, sql, moved, { kind: 'sent', by, body: { content_hash: version?.contentHash ?? '' } })
  const enough = standing !== null && standing.expiresAt >= endFor(offer, now)
  const link = enough ? standing : await make(parts, sql, { offer, by, now })
  return { offer: moved, link, replayed: false }
}

/** A new link in place of those that work. */
export async function newLink(parts: OfferParts, sql: Sql, { offer: id, by }: By): Promise<OfferSent> {
  const { offers, world } = parts
  const now = world.now()
  const offer = await offers.locked(sql, id)
  if (!(await offers.lastEvent(sql, id, 'sent')) || isHidden(offer))
    throw new Fault('conflict', `the offer is ${offer.status}; send it, which makes a link`, {
      param: 'status',
    })
  await offers.revokeLinks(sql, id, by, now)
  return { offer, link: await make(parts, sql, { offer, by, now }), replayed: false }
}

/** No link of it works any more. */
export async function revoke(
  { offers, world }: OfferParts,
  sql: Sql,
  { offer: id, by }: By,
): Promise<OfferMoved> {
  const offer = await offers.locked(sql, id)
  const revoked = await offers.revokeLinks(sql, id, by, world.now())
  return { offer, replayed: revoked === 0 }
}

/**
 * The offer behind a link, locked where somebody acts on it. What nobody may see is no link: one that was revoked or is over,
 * and an offer that was withdrawn, or is written anew, before anybody had seen it.
 */
export async function linked(
  { offers, world }: OfferParts,
  sql: Sql,
  id: string,
  lock: boolean,
): Promise<{ readonly offer: Offer; readonly link: OfferLink }> {
  const found = await offers.link(sql, id)
  if (!found) throw noLink()
  const offer = await (lock ? offers.locked(sql, found.offer) : offers.offer(sql, found.offer))
  // Whoever revokes it locks the offer first.
  const link = lock ? await offers.link(sql, id) : found
  if (!link || link.revokedAt !== null || link.expiresAt <= world.now()) throw noLink()
  const hidden = isHidden(offer) || offer.status === 'withdrawn'
  if (hidden && !(await offers.lastEvent(sql, offer.id, 'viewed'))) throw noLink()
  return { offer, link }
}

const isHidden = ({ status }: Offer): boolean =>
  status === 'draft' || status === 'pending' || status === 'approved'

/** The newest first. */
async function working(
  { offers }: OfferParts,
  sql: Sql,
  offer: string,
  now: Millis,
): Promise<readonly OfferLink[]> {
  return (await offers.links(sql, offer)).filter(
    ({ revokedAt, expiresAt }) => revokedAt === null && expiresAt > now,
  )
}

function endFor({ expiresOn, position }: Offer, now: Millis): Millis {
  const days = [expiresOn, position.startsOn, dayOf(now)].toSorted()
  return startOfDay(addDays(days.at(-1)!, KEPT_DAYS + 1))
}

async function make(
  { offers, world }: OfferParts,
  sql: Sql,
  { offer, by, now }: { readonly offer: Offer; readonly by: string; readonly now: Millis },
): Promise<OfferLink> {
  const link: OfferLink = {
    id: world.id(),
    offer: offer.id,
    expiresAt: endFor(offer, now),
    createdAt: now,
    createdBy: by,
    revokedAt: null,
  }
  await offers.addLink(sql, link)
  return link
}
