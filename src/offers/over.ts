import { Fault } from '#base/fault.ts'
import type { DateText } from '#base/time.ts'
import type { Offer } from './offer.ts'
import type { OfferStatus } from './status.ts'

type Dated = Pick<Offer, 'status' | 'expiresOn'>

/** Where an offer stands on a day, whether or not a worker has been there since its last one. */
export const statusOn = ({ status, expiresOn }: Dated, day: DateText): OfferStatus =>
  (status === 'sent' || status === 'approved') && expiresOn < day ? 'expired' : status

/** An answer comes in time or not at all. Throws Fault `conflict`. */
export function checkAnswerable(offer: Dated, day: DateText): void {
  if (statusOn(offer, day) !== 'expired') return
  const message = `the offer could be answered until ${offer.expiresOn}; ask whoever sent it for a new one`
  throw new Fault('conflict', message, { param: 'expires_on' })
}

/** Whatever is wrong with a link, whoever holds it learns the same. */
export const NO_LINK = 'This link does not work. Ask whoever sent it for a new one.'
export const noLink = (): Fault => new Fault('not_found', NO_LINK)
