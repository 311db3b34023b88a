import { need } from './check.ts'
import { exchangeValue } from './exchange.ts'
import { normalCdf } from './normal.ts'

/** Why something cannot be sold yet: for how many years, at which volatility and interest a year. */
export type LockUp = { readonly volatility: number; readonly years: number; readonly rate: number }

/** Share of the value lost to a lock-up, as the price of an at-the-money European put: e^(-rT) Φ(-d2) - Φ(-d1). Chaffe 1993. */
export function chaffeDiscount({ volatility, years, rate }: LockUp): number {
  need('notNegative', { volatility, years })
  need('finite', { rate })
  return exchangeValue(Math.exp(-rate * years), 1, volatility * Math.sqrt(years))
}

/**
 * Share of the value lost to a lock-up, as an average-strike put: e^(-qT) [Φ(v/2) - Φ(-v/2)],
 * v² = x + ln[2(e^x - x - 1)] - 2 ln(e^x - 1), x = σ²T. Never above 32.3 %. Finnerty 2012.
 */
export function finnertyDiscount(lock: {
  readonly volatility: number
  readonly years: number
  readonly dividend: number
}): number {
  const { volatility, years, dividend } = lock
  need('notNegative', { volatility, years })
  need('finite', { dividend })
  const half = Math.sqrt(averageVariance(volatility ** 2 * years)) / 2
  // Φ(v/2) - Φ(-v/2), without taking nearly equal halves from each other.
  return Math.exp(-dividend * years) * (1 - 2 * normalCdf(-half))
}

function averageVariance(x: number): number {
  if (x > 0.5) {
    const rest = Math.exp(-x)
    return Math.LN2 + Math.log1p(-(x + 1) * rest) - 2 * Math.log1p(-rest)
  }
  // 2(e^x - x - 1)/x² and (e^x - 1)/x, each less 1, as series: their logs cancel to x/3.
  let [strike, price, term] = [0, 0, 1]
  for (let k = 1; k < 20; k += 1) {
    term *= x / (k + 1)
    price += term
    strike += (2 * term) / (k + 2)
  }
  return Math.max(0, x + Math.log1p(strike) - 2 * Math.log1p(price))
}
