import { never } from '#base/invariant.ts'
import type { Rational } from '#base/rational.ts'

/** The integer allocation types of the Open Cap Format; its FRACTIONAL has no integers and is not offered. */
export const ALLOCATION_TYPES = [
  'CUMULATIVE_ROUNDING',
  'CUMULATIVE_ROUND_DOWN',
  'FRONT_LOADED',
  'BACK_LOADED',
  'FRONT_LOADED_TO_SINGLE_TRANCHE',
  'BACK_LOADED_TO_SINGLE_TRANCHE',
] as const
export type AllocationType = (typeof ALLOCATION_TYPES)[number]

/**
 * Whole amounts for exact shares, in vesting order. For every type the sum is floor(quantity × Σ shares): with shares
 * that sum to 1 exactly the quantity. No amount is negative.
 *
 * Cumulative types round the running total: down, or to the nearest (a half goes up, never past the final sum).
 * The others give each installment the floor of its exact amount and hand out what is left: one unit each to the
 * first (last) installments whose exact amount is not whole, or everything to the first (last) one with a share.
 */
export function allocate(quantity: bigint, shares: readonly Rational[], type: AllocationType): bigint[] {
  const exact = overOneDenominator(quantity, shares)
  switch (type) {
    case 'CUMULATIVE_ROUND_DOWN':
      return cumulativeDown(exact)
    case 'CUMULATIVE_ROUNDING':
      return cumulativeNearest(exact)
    case 'FRONT_LOADED':
      return handOut(exact, 'first')
    case 'BACK_LOADED':
      return handOut(exact, 'last')
    case 'FRONT_LOADED_TO_SINGLE_TRANCHE':
      return toOne(exact, 'first')
    case 'BACK_LOADED_TO_SINGLE_TRANCHE':
      return toOne(exact, 'last')
    default:
      return never(type)
  }
}

/** One exact amount: whole + rest / d, where 0 ≤ rest < d. */
type Exact = { readonly whole: bigint; readonly rest: bigint; readonly isZero: boolean }
type ExactAmounts = { readonly amounts: readonly Exact[]; readonly d: bigint }

/**
 * Bringing the shares to one denominator turns the sums into integer additions. Installments of a run have the very
 * same share object, so the multiplication and division happen once a run, not once an installment.
 */
function overOneDenominator(quantity: bigint, shares: readonly Rational[]): ExactAmounts {
  const distinct = new Set(shares)
  let d = 1n
  for (const share of distinct) d = (d / gcd(d, share.d)) * share.d
  const known = new Map<Rational, Exact>()
  for (const share of distinct) {
    const product = quantity * share.n * (d / share.d)
    known.set(share, { whole: product / d, rest: product % d, isZero: share.n === 0n })
  }
  return { amounts: shares.map((share) => known.get(share)!), d }
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** The rest is carried along: an amount gets one more whenever the carried rests make up a unit. */
function cumulativeDown({ amounts, d }: ExactAmounts): bigint[] {
  let carried = 0n
  return amounts.map(({ whole, rest }) => {
    carried += rest
    if (carried < d) return whole
    carried -= d
    return whole + 1n
  })
}

function cumulativeNearest(exact: ExactAmounts): bigint[] {
  const final = sumOf(exact)
  let wholes = 0n
  let rests = 0n
  let vested = 0n
  return exact.amounts.map(({ whole, rest }) => {
    wholes += whole
    rests += rest
    const nearest = wholes + (2n * rests + exact.d) / (2n * exact.d)
    const due = nearest < final ? nearest : final
    const amount = due - vested
    vested = due
    return amount
  })
}

function handOut(exact: ExactAmounts, end: 'first' | 'last'): bigint[] {
  let left = leftOver(exact)
  const result = exact.amounts.map(({ whole }) => whole)
  for (let step = 0; step < result.length && left > 0n; step += 1) {
    const index = end === 'first' ? step : result.length - 1 - step
    if (exact.amounts[index]!.rest === 0n) continue
    result[index] = result[index]! + 1n
    left -= 1n
  }
  return result
}

const hasShare = (amount: Exact): boolean => !amount.isZero

function toOne(exact: ExactAmounts, end: 'first' | 'last'): bigint[] {
  const result = exact.amounts.map(({ whole }) => whole)
  const index = end === 'first' ? exact.amounts.findIndex(hasShare) : exact.amounts.findLastIndex(hasShare)
  if (index !== -1) result[index] = result[index]! + leftOver(exact)
  return result
}

/** What the floors leave of the sum: fewer units than there are installments with a rest. */
const leftOver = ({ amounts, d }: ExactAmounts): bigint =>
  amounts.reduce((sum, { rest }) => sum + rest, 0n) / d

const sumOf = (exact: ExactAmounts): bigint =>
  exact.amounts.reduce((sum, { whole }) => sum + whole, 0n) + leftOver(exact)
