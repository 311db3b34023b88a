import type { Asset } from '#base/asset.ts'
import { formatUsd } from '#base/money.ts'
import { DAY, startOfDay, type DateText } from '#base/time.ts'
import type { Db } from '#db/sql.ts'
import type { OfferBasis, Pay } from '#offers/offer.ts'
import { worthOf, type LinePrice, type PlannedLine, type Share, type Worth } from '#offers/worth.ts'
import type { Mark } from '#prices/hardware/mark.ts'
import { snapshot } from '../snapshot.ts'
import { DELIVERED, deliveredOf } from '../value/assumptions.ts'
import { openUnitPrices, type PriceRooms, type UnitPrice } from '../value/prices.ts'
import { expectedUse } from './use.ts'

export type WorthAsk = {
  readonly pay: Pay
  readonly lines: readonly PlannedLine[]
  readonly startsOn: DateText
  readonly level: string
  readonly basis: OfferBasis
  /** The day of the prices. */
  readonly on: DateText
}

const BASIS_WORDS: Readonly<Record<OfferBasis, string>> = {
  list: 'what is posted',
  replacement: 'what another would cost',
  index: 'what an index says',
  cost: 'what owning costs',
}
const SHARE_PLACES = 4

/**
 * What an offer is worth on a day: its grants at the price of the basis, what of them becomes work by their tier, and what of
 * that is expected to be used, as people of the level really use theirs. Marks are frozen as they are asked.
 */
export const openOfferWorth =
  ({ db, hardware, exchange }: PriceRooms & { readonly db: Db }) =>
  async ({ pay, lines, startsOn, level, basis, on }: WorthAsk): Promise<Worth> => {
    const prices = openUnitPrices({ hardware, exchange })
    const assets = [...new Set(lines.map(({ asset }) => asset))]
    const now = startOfDay(on) + DAY - 1
    const used = await snapshot(db, async (sql) => {
      const found = new Map<Asset, Share>()
      for (const asset of assets) found.set(asset, await expectedUse(sql, { asset, level, now }))
      return found
    })
    const priced = await Promise.all(
      lines.map(async (line) => ({
        ...line,
        price: priceOf(await prices.price(line.asset, basis, on), basis),
        delivered: deliveredShare(line.asset),
        used: used.get(line.asset)!,
      })),
    )
    return worthOf(pay, priced, { startsOn, day: on, basis })
  }

/** Of hours that are promised, those that become work. */
export function deliveredShare(asset: Asset): Share {
  const { availability, efficiency, why } = deliveredOf({ delivered: DELIVERED }, asset)
  return { share: (availability * efficiency).toFixed(SHARE_PLACES).replace(/\.?0+$/, ''), why }
}

export function priceOf(found: UnitPrice, basis: OfferBasis): LinePrice {
  if (found.kind === 'unpriced') return { kind: 'unpriced', reason: found.reason }
  const { mark } = found
  if (mark === null) return { kind: 'priced', nanoUsd: found.price, how: found.how, mark: null }
  return {
    kind: 'priced',
    nanoUsd: found.price,
    how: `${found.how}. ${markWords(mark, basis)}`,
    mark: {
      hash: mark.hash,
      day: mark.question.asOf,
      source: sourceOf(mark),
      stale: mark.step === 'stale',
    },
  }
}

/** The mark in words: what it is of, how sure it is, how old. */
function markWords(mark: Mark, basis: OfferBasis): string {
  const { question, mid, n, level, staleDays, step } = mark
  const board = question.form === null ? question.accelerator : `${question.accelerator}-${question.form}`
  const kept = question.tier === 'spot' ? 'that can be taken away' : 'that stays'
  const seen = step === 'owning' ? 'from what such a machine costs to own' : `from ${counted(n, 'provider')}`
  const sure =
    level === 2
      ? 'level 2 of the fair-value ladder, quoted prices of the thing itself'
      : 'level 3 of the fair-value ladder, something had to be assumed'
  const age =
    step === 'stale' ? `, taken from prices ${staleDays} days old and marked down for their age` : ''
  return `An hour of an ${board} ${kept}: ${formatUsd(mid)} on ${question.asOf} (${BASIS_WORDS[basis]}), ${seen}, ${sure}${age}`
}

const sourceOf = (mark: Mark): string =>
  mark.sources.length === 0 ? 'the company’s own terms' : mark.sources.map(({ source }) => source).join(', ')

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
