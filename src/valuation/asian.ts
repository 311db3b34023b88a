import { need } from './check.ts'
import { exchangeValue } from './exchange.ts'

/** An option on the mean of `fixings` prices at iT/n. Dollars; `volatility` and `rate` a year. */
export type AverageOption = {
  readonly spot: number
  readonly strike: number
  readonly volatility: number
  readonly years: number
  readonly rate: number
  readonly fixings: number
}

/**
 * A call on the geometric mean, dollars: Black on G = S exp{[(r - σ²/2)(n + 1)/(2n) + σ_G²/2] T} with
 * σ_G² = σ²(n + 1)(2n + 1)/(6n²). Kemna and Vorst 1990. Just below the call on the arithmetic mean, which has no closed form.
 */
export function geometricAsianCall({
  spot,
  strike,
  volatility,
  years,
  rate,
  fixings: n,
}: AverageOption): number {
  need('positive', { spot, strike })
  need('notNegative', { volatility, years })
  need('finite', { rate })
  need('count', { fixings: n })
  const variance = (volatility ** 2 * (n + 1) * (2 * n + 1)) / (6 * n * n)
  const growth = ((rate - volatility ** 2 / 2) * (n + 1)) / (2 * n) + variance / 2
  const discount = Math.exp(-rate * years)
  return exchangeValue(
    discount * spot * Math.exp(growth * years),
    discount * strike,
    Math.sqrt(variance * years),
  )
}
