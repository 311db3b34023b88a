import type { OfferRow } from '../../lib/contract.ts'
import { table } from '../../lib/csv.ts'

/** The list as it was read: amounts are billionths of the offer's currency, no rounding. */
export const offersCsv = (offers: readonly OfferRow[]): string =>
  table([
    [
      'id',
      'candidate',
      'email',
      'title',
      'level',
      'family',
      'status',
      'version',
      'starts_on',
      'expires_on',
      'currency',
      'total_cap_nano',
      'total_expected_nano',
    ],
    ...offers.map(({ candidate, total, ...offer }) => [
      offer.id,
      candidate.name,
      candidate.email,
      offer.title,
      offer.level,
      offer.family,
      offer.status,
      offer.version,
      offer.starts_on,
      offer.expires_on,
      offer.currency,
      total?.total_cap ?? null,
      total?.total_expected ?? null,
    ]),
  ])
