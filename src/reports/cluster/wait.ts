import { compare, fromDecimal, mul, ONE, rational, sub, type Rational } from '#base/rational.ts'
import { invariant } from '#base/invariant.ts'
import type { Millis } from '#base/time.ts'

/** One wait in the queue. `over` false: it had lasted so long when it was last seen, and how long it became is not known. */
export type Wait = { readonly wait: Millis; readonly over: boolean }

/** The quantile, or what it is at least: too few of the waits are over. Null: there is nothing to tell from. */
export type Quantile = { readonly kind: 'is' | 'at_least'; readonly wait: Millis } | null

/** Said with every percentile, so that nobody has to guess. */
export const METHOD =
  'Smallest wait by which at least p % of jobs had started (nearest rank, exact). Jobs that had not started are ' +
  'right-censored at the wait so far (Kaplan–Meier product limit, exact fractions): they count as waiting as long as ' +
  'they were seen to wait. "At least": fewer than p % are known to have started.'

/** "95" or "99.9" percent as an exact share. */
export function shareOf(percentile: number): Rational {
  const value = fromDecimal(percentile.toFixed(9))
  invariant(value, 'a percentile is a number')
  return mul(value, rational(1n, 100n))
}

/**
 * The product-limit quantile. Without censored waits it is the nearest rank. Starts at an instant come before censorings at
 * the same one. Between two censorings the survivors are counted, so there is one fraction for each censoring and no rounding.
 */
export function quantile(waits: readonly Wait[], share: Rational): Quantile {
  const sorted = waits.toSorted((a, b) => a.wait - b.wait || Number(b.over) - Number(a.over))
  const last = sorted.at(-1)
  if (!last) return null
  const target = sub(ONE, share)
  let before = ONE
  let first = 0
  for (let at = 0; at < sorted.length; at += 1) {
    const { wait, over } = sorted[at]!
    const risk = sorted.length - first
    const left = sorted.length - at
    if (over) {
      const survivors = mul(before, rational(BigInt(left - 1), BigInt(risk)))
      if (compare(survivors, target) <= 0) return { kind: 'is', wait }
      continue
    }
    before = mul(before, rational(BigInt(left), BigInt(risk)))
    first = at + 1
  }
  return { kind: 'at_least', wait: last.wait }
}

/** Whether more than what was promised is certain: what is only a lower bound below the promise proves nothing. */
export const exceeds = (found: Quantile, most: Millis): boolean => found !== null && found.wait > most
