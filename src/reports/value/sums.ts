import type { Asset } from '#base/asset.ts'
import { PER_UNIT } from '#base/quantity.ts'
import { denominationOf } from '#base/asset.ts'
import { halfEven, mul, rational, type Rational } from '#base/rational.ts'
import { BASES, type Basis } from '#prices/hardware/mark.ts'
import { attribute, sumParts, worth, type Parts, type Shares } from './attribution.ts'
import { STAGES, type Stage } from './fair.ts'
import { AT_CAP, sharesBetween, type HoldingValue, type Point } from './valued.ts'

/** Sums over holdings, each rounded once and then added as whole nano-dollars, so that every table adds up. */

export type Split = { readonly total: bigint; readonly unvested: bigint; readonly vested: bigint }

export type Missing = { readonly asset: Asset; readonly code: string; readonly reason: string }

export type BasisSum = {
  readonly basis: Basis
  /** All that is owed at the mark. */
  readonly cap: Split
  /** The same at the bid and at the ask; null where nobody bids or asks. */
  readonly bid: bigint | null
  readonly ask: bigint | null
  /** After forfeiture, time and use. */
  readonly expected: Split
  /** Of the cap, what follows no price of hardware: dollars, and what has a stated rate. */
  readonly dollars: bigint
  /** What has no price on this basis and is in none of these sums. */
  readonly missing: readonly Missing[]
}

const NOTHING: Split = { total: 0n, unvested: 0n, vested: 0n }

/** What one end of a holding is worth, by what will vest and what has; the two add up to the whole. */
export function splitOf({ owed }: Pick<Point, 'owed'>, price: Rational, shares: Shares): Split {
  const total = worth({ owed, price, shares })
  const vested = worth({ owed: { unvested: 0n, vested: owed.vested }, price, shares })
  return { total, vested, unvested: total - vested }
}

const plus = (a: Split, b: Split): Split => ({
  total: a.total + b.total,
  unvested: a.unvested + b.unvested,
  vested: a.vested + b.vested,
})

export const sumBases = (all: readonly HoldingValue[]): readonly BasisSum[] =>
  BASES.map((basis) => sumBasis(all, basis))

export function sumBasis(all: readonly HoldingValue[], basis: Basis): BasisSum {
  let [cap, expected, dollars] = [NOTHING, NOTHING, 0n]
  let [bid, ask]: [bigint | null, bigint | null] = [0n, 0n]
  const missing = new Map<Asset, Missing>()
  for (const { holding, closing } of all) {
    const found = closing.prices[basis]
    const { unvested, vested } = closing.owed
    if (unvested + vested === 0n) continue
    if (found.kind === 'unpriced') {
      missing.set(holding.asset, { asset: holding.asset, code: found.code, reason: found.reason })
      continue
    }
    const own = splitOf(closing, found.price, AT_CAP())
    cap = plus(cap, own)
    expected = plus(expected, splitOf(closing, found.price, closing.chain.expected))
    if (found.mark === null) dollars += own.total
    const at = (price: Rational | null): bigint | null =>
      price && worth({ owed: closing.owed, price, shares: AT_CAP() })
    bid = both(bid, at(found.bid))
    ask = both(ask, at(found.ask))
  }
  return { basis, cap, bid, ask, expected, dollars, missing: [...missing.values()] }
}

const both = (a: bigint | null, b: bigint | null): bigint | null => (a === null || b === null ? null : a + b)

export type Change = {
  readonly opening: bigint
  readonly closing: bigint
  readonly parts: Parts
}
/** `opening_price`: assets without a price at the first of the two days, told at that of the last. */
export type Changes = {
  readonly cap: Change
  readonly expected: Change
  readonly openingPrice: readonly Asset[]
}

/** Why the value on one basis changed between the two days: at the cap, and as expected to be used. */
export function changes(all: readonly HoldingValue[], basis: Basis): Changes {
  const late = new Set<Asset>()
  const of = (chained: boolean): Change => {
    const parts: Parts[] = []
    let [opening, closing] = [0n, 0n]
    for (const one of all) {
      const ends = pricesOf(one, basis)
      if (!ends) continue
      if (ends.late) late.add(one.holding.asset)
      const shares = sharesBetween(one, chained ? (chain) => chain.expected : AT_CAP)
      const first = { owed: one.opening.owed, price: ends.opening, shares: shares.opening }
      const last = { owed: one.closing.owed, price: ends.closing, shares: shares.closing }
      parts.push(attribute(first, one.holding.moves, last))
      opening += worth(first)
      closing += worth(last)
    }
    return { opening, closing, parts: sumParts(parts) }
  }
  return { cap: of(false), expected: of(true), openingPrice: [...late] }
}

function pricesOf(
  { opening, closing }: HoldingValue,
  basis: Basis,
): { opening: Rational; closing: Rational; late: boolean } | null {
  const [before, after] = [opening.prices[basis], closing.prices[basis]]
  if (after.kind === 'unpriced') return null
  return before.kind === 'unpriced'
    ? { opening: after.price, closing: after.price, late: true }
    : { opening: before.price, closing: after.price, late: false }
}

/** From the cap to the expected-use value, step by step, on one basis. */
export type Steps = Readonly<Record<'cap' | Stage, bigint>>

export function steps(all: readonly HoldingValue[], basis: Basis): Steps {
  const sum = (of: (point: Point) => Shares): bigint =>
    all.reduce((total, { closing }) => {
      const found = closing.prices[basis]
      return found.kind === 'unpriced' ? total : total + splitOf(closing, found.price, of(closing)).total
    }, 0n)
  return {
    cap: sum(AT_CAP),
    ...(Object.fromEntries(STAGES.map((stage) => [stage, sum(({ chain }) => chain[stage])])) as Record<
      Stage,
      bigint
    >),
  }
}

export type OwnCost = {
  /** If everything that is owed is asked for. */
  readonly cap: bigint
  /** After forfeiture, time and expected use. */
  readonly expected: bigint
  readonly missing: readonly Missing[]
}

/** What keeping the promise costs the company, at its own cost. */
export function ownCost(all: readonly HoldingValue[]): OwnCost {
  let [cap, expected] = [0n, 0n]
  const missing = new Map<Asset, Missing>()
  for (const { holding, closing } of all) {
    if (closing.owed.unvested + closing.owed.vested === 0n) continue
    const found = closing.ownCost
    if (found.kind === 'unpriced') {
      missing.set(holding.asset, { asset: holding.asset, code: found.code, reason: found.reason })
      continue
    }
    cap += worth({ owed: closing.owed, price: found.price, shares: AT_CAP() })
    expected += worth({ owed: closing.owed, price: found.price, shares: closing.chain.expected })
  }
  return { cap, expected, missing: [...missing.values()] }
}

/** Nano-dollars for what people count one of: an hour, a dollar, an exaFLOP-day. */
export const perUnit = (asset: Asset, price: Rational): bigint =>
  halfEven(mul(price, rational(PER_UNIT[denominationOf(asset)])))
