import type { Sql } from '#db/sql.ts'
import type { Offer, OfferEventKind } from '#offers/offer.ts'
import type { OfferParts } from './parts.ts'

/** One thing that happened to an offer. False when the id stands. */
export const tell = (
  { offers, world }: Pick<OfferParts, 'offers' | 'world'>,
  sql: Sql,
  offer: Pick<Offer, 'id' | 'version'>,
  event: {
    readonly id?: string
    readonly kind: OfferEventKind
    /** Null: the candidate, or the clock. */
    readonly by: string | null
    readonly body?: Readonly<Record<string, string>>
  },
): Promise<boolean> =>
  offers.tell(sql, {
    id: event.id ?? world.id(),
    offer: offer.id,
    version: offer.version,
    kind: event.kind,
    at: world.now(),
    by: event.by,
    body: event.body ?? {},
  })
