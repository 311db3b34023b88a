import { need } from './check.ts'
import { annuity } from './decay.ts'

/**
 * A log price that is pulled to a level (Schwartz 1997, one factor): d ln S = κ(ln θ - ln S) dt + σ dW. `spot` and `level` θ in
 * dollars; `reversion` κ and `volatility` σ a year.
 */
export type LogOu = {
  readonly spot: number
  readonly level: number
  readonly reversion: number
  readonly volatility: number
}

/** Mean and variance of ln S_T, and the mean of S_T in dollars: m = ln θ + (ln S0 - ln θ)e^(-κT), v = σ²(1 - e^(-2κT))/(2κ), e^(m + v/2). */
export function logOu(
  { spot, level, reversion, volatility }: LogOu,
  years: number,
): { readonly logMean: number; readonly logVariance: number; readonly mean: number } {
  need('positive', { spot, level })
  need('notNegative', { reversion, volatility, years })
  const logMean = Math.log(level) + Math.log(spot / level) * Math.exp(-reversion * years)
  const logVariance = volatility ** 2 * annuity(2 * reversion, years)
  return { logMean, logVariance, mean: Math.exp(logMean + logVariance / 2) }
}

/** Variance of ln S after a long time: σ²/(2κ). */
export function stationaryVariance({
  reversion,
  volatility,
}: Pick<LogOu, 'reversion' | 'volatility'>): number {
  need('positive', { reversion })
  need('notNegative', { volatility })
  return volatility ** 2 / (2 * reversion)
}

/** Years after which half of a deviation is gone: ln 2 / κ. */
export function halfLife(reversion: number): number {
  need('positive', { reversion })
  return Math.LN2 / reversion
}
