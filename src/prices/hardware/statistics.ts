import { invariant } from '#base/invariant.ts'
import { add, compare, floor, mul, ONE, rational, sub, type Rational } from '#base/rational.ts'

/** Of at least one value, in any order; between the two in the middle of an even number. */
export const median = (values: readonly Rational[]): Rational => quantile(values, rational(1n, 2n))

/** By linear interpolation between order statistics (type 7 of Hyndman and Fan), exactly. `share` from 0 to 1. */
export function quantile(values: readonly Rational[], share: Rational): Rational {
  invariant(values.length > 0, 'a quantile is of something')
  const sorted = values.toSorted(compare)
  const place = mul(rational(BigInt(sorted.length - 1)), share)
  const below = floor(place)
  const low = sorted[Number(below)]!
  const high = sorted[Number(below) + 1] ?? low
  return add(low, mul(sub(high, low), sub(place, rational(below))))
}

const distance = (a: Rational, b: Rational): Rational => (compare(a, b) < 0 ? sub(b, a) : sub(a, b))

/** 3.5 deviations, and what makes the median absolute deviation one of them for normal errors. */
const REACH = mul(rational(35n, 10n), rational(14_826n, 10_000n))

/**
 * Which values lie farther from the median than 3.5 × 1.4826 × MAD. None where more than half are equal: the MAD is then 0 and
 * would call every other price wrong.
 */
export function outliers(values: readonly Rational[]): ReadonlySet<number> {
  if (values.length < 3) return new Set()
  const middle = median(values)
  const deviation = median(values.map((value) => distance(value, middle)))
  if (deviation.n === 0n) return new Set()
  const reach = mul(REACH, deviation)
  return new Set(
    values.flatMap((value, index) => (compare(distance(value, middle), reach) > 0 ? [index] : [])),
  )
}

/** For a whole number of times, 0 among them. */
export function power(base: Rational, times: number): Rational {
  let product = ONE
  for (let step = 0; step < times; step += 1) product = mul(product, base)
  return product
}
