import { need } from './check.ts'
import { normalCdf, normalDensity } from './normal.ts'

/**
 * Expected use of a cap that is lost when it is not used, E min(D, B), for a log-normal demand with this mean and coefficient of
 * variation: e^(m + s²/2) Φ((ln B - m - s²)/s) + B [1 - Φ((ln B - m)/s)], s² = ln(1 + cv²), m = ln mean - s²/2. In the unit of the cap.
 */
export function lognormalUse(
  demand: { readonly mean: number; readonly variation: number },
  cap: number,
): number {
  const { mean, variation } = demand
  need('notNegative', { mean, variation, cap })
  if (mean === 0 || cap === 0) return 0
  const square = Math.log1p(variation ** 2)
  if (square === 0) return Math.min(mean, cap)
  const deviation = Math.sqrt(square)
  const distance = (Math.log(cap / mean) + square / 2) / deviation
  return mean * normalCdf(distance - deviation) + cap * normalCdf(-distance)
}

/**
 * The same for a normal demand: μ - [(μ - B)(1 - Φ(z)) + sd φ(z)], z = (B - μ)/sd. For sums of many small demands; a demand below 0 is
 * not cut off.
 */
export function normalUse(
  demand: { readonly mean: number; readonly deviation: number },
  cap: number,
): number {
  const { mean, deviation } = demand
  need('finite', { mean, cap })
  need('notNegative', { deviation })
  if (deviation === 0) return Math.min(mean, cap)
  const z = (cap - mean) / deviation
  return mean - ((mean - cap) * normalCdf(-z) + deviation * normalDensity(z))
}
