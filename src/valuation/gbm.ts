import { need } from './check.ts'
import { normalQuantile } from './normal.ts'

/** Geometric Brownian motion: dS = μ S dt + σ S dW. `spot` in dollars; `drift` and `volatility` a year. */
export type Gbm = { readonly spot: number; readonly drift: number; readonly volatility: number }

function checked({ spot, drift, volatility }: Gbm, years: number): void {
  need('positive', { spot })
  need('finite', { drift })
  need('notNegative', { volatility, years })
}

/** E S_T = S0 e^(μT), dollars. */
export function gbmMean(gbm: Gbm, years: number): number {
  checked(gbm, years)
  return gbm.spot * Math.exp(gbm.drift * years)
}

/** The value that S_T stays under with this probability: S0 exp((μ - σ²/2)T + σ√T z). The median at 1/2. Dollars. */
export function gbmQuantile(gbm: Gbm, years: number, probability: number): number {
  checked(gbm, years)
  need('share', { probability })
  const { spot, drift, volatility } = gbm
  const spread = volatility * Math.sqrt(years)
  const shock = spread === 0 ? 0 : spread * normalQuantile(probability)
  return spot * Math.exp((drift - volatility ** 2 / 2) * years + shock)
}

/** S0 exp((μ - σ²/2)T), dollars. */
export const gbmMedian = (gbm: Gbm, years: number): number => gbmQuantile(gbm, years, 0.5)
