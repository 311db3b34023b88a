import { invariant } from '#base/invariant.ts'
import { quantiles } from './quantiles.ts'

/** A mean over paths, and the standard error of it. */
export type Estimate = { readonly mean: number; readonly error: number }

/** Where most of what can happen lies: one of twenty outcomes is below p5, one above p95. */
export type Spread = { readonly p5: number; readonly p50: number; readonly p95: number }

/** The plain mean of simulated values. */
export function estimateOf(values: Float64Array): Estimate {
  const { mean, square } = moments(values)
  return { mean, error: errorOf(square, values.length) }
}

/**
 * The mean of simulated values with the help of a control: something simulated on the same paths whose mean is known. What the control
 * missed, times the slope of the values on it, is taken back; what is left is the noise that both do not share.
 */
export function controlledBy(values: Float64Array, control: Float64Array, known: number): Estimate {
  invariant(values.length === control.length, 'a control has a value on every path')
  const [own, other] = [moments(values), moments(control)]
  let shared = 0
  for (let i = 0; i < values.length; i += 1) shared += (values[i]! - own.mean) * (control[i]! - other.mean)
  const slope = other.square > 0 ? shared / other.square : 0
  return {
    mean: own.mean - slope * (other.mean - known),
    error: errorOf(Math.max(0, own.square - slope * shared), values.length),
  }
}

export function spreadOf(values: Float64Array): Spread {
  const [p5, p50, p95] = quantiles(values.slice(), [0.05, 0.5, 0.95])
  return { p5: p5!, p50: p50!, p95: p95! }
}

function moments(values: Float64Array): { mean: number; square: number } {
  let sum = 0
  for (let i = 0; i < values.length; i += 1) sum += values[i]!
  const mean = sum / values.length
  let square = 0
  for (let i = 0; i < values.length; i += 1) square += (values[i]! - mean) ** 2
  return { mean, square }
}

const errorOf = (square: number, count: number): number =>
  count < 2 ? Infinity : Math.sqrt(square / (count - 1) / count)
