import { need } from './check.ts'
import { exchangeValue } from './exchange.ts'

/** One side of a swap: dollars today, volatility a year, and what it loses a year for who does not hold it (continuous). */
export type SwapSide = { readonly value: number; readonly volatility: number; readonly decay: number }

/**
 * The right to swap `gives` (say, RSUs) for `gets` (say, compute, whose `decay` is the expected fall of its price) in `years`, dollars:
 * S1 e^(-q1 T) Φ(d1) - S2 e^(-q2 T) Φ(d2), σ² = σ1² + σ2² - 2ρσ1σ2. Margrabe 1978.
 */
export function margrabe(swap: {
  readonly gets: SwapSide
  readonly gives: SwapSide
  readonly correlation: number
  readonly years: number
}): number {
  const { gets, gives, correlation, years } = swap
  need('notNegative', { gets: gets.value, gives: gives.value, years })
  need('notNegative', { 'gets.volatility': gets.volatility, 'gives.volatility': gives.volatility })
  need('finite', { 'gets.decay': gets.decay, 'gives.decay': gives.decay })
  need('correlation', { correlation })
  const variance =
    gets.volatility ** 2 + gives.volatility ** 2 - 2 * correlation * gets.volatility * gives.volatility
  return exchangeValue(
    gets.value * Math.exp(-gets.decay * years),
    gives.value * Math.exp(-gives.decay * years),
    // Equal sides with correlation 1 may round to just below 0.
    Math.sqrt(Math.max(variance, 0) * years),
  )
}
