import { need } from './check.ts'
import { annuity } from './decay.ts'
import type { Jumps } from './merton.ts'
import { glutValue } from './mixture.ts'

export const MONTHS_PER_YEAR = 12

/**
 * The price of an hour in two factors: ln S = χ + ξ (Schwartz and Smith 2000). χ is a deviation that fades, ξ a level that drifts:
 * dχ = -κχ dt + σ_χ dW_χ, dξ = μ dt + σ_ξ dW_ξ, with correlation ρ. Dollars, years, logs.
 */
export type TwoFactors = {
  /** S0. */
  readonly spot: number
  /** χ0: by how much the log price is off its level today. */
  readonly deviation: number
  /** κ. */
  readonly reversion: number
  /** σ_χ. */
  readonly shortVolatility: number
  /** μ, of the log level: the mean price of a level without noise grows by e^μ a year. */
  readonly drift: number
  /** σ_ξ. */
  readonly longVolatility: number
  /** ρ between the two noises. */
  readonly correlation: number
}

/**
 * The two factors in monthly steps with list-price jumps: at the end of each month at most one, with probability 1 - e^(-λ/12). A jump
 * that lasts moves the level; one that does not fades with the deviation. A glut is one more jump, for all at the same time.
 */
export type PriceModel = TwoFactors & {
  readonly jumps: Jumps & { readonly lasting: boolean }
  /** From this month on (1 is the first) the price is `factor` of itself, with `probability`. */
  readonly glut: { readonly month: number; readonly probability: number; readonly factor: number } | null
}

export function checkModel(model: TwoFactors): void {
  const { spot, deviation, reversion, shortVolatility, drift, longVolatility, correlation } = model
  need('positive', { spot })
  need('moderate', { deviation, drift, shortVolatility, longVolatility })
  need('notNegative', { reversion, shortVolatility, longVolatility })
  need('correlation', { correlation })
}

export function checkJumps({ jumps, glut }: PriceModel): void {
  need('notNegative', { 'jumps.intensity': jumps.intensity, 'jumps.deviation': jumps.deviation })
  need('moderate', { 'jumps.mean': jumps.mean, 'jumps.deviation': jumps.deviation })
  if (glut) {
    need('count', { 'glut.month': glut.month })
    need('share', { 'glut.probability': glut.probability })
    need('notNegative', { 'glut.factor': glut.factor })
  }
}

/** Mean and variance of ln S_T, and the forward F = e^(mean + variance/2) in dollars; without jumps. */
export function schwartzSmith(
  model: TwoFactors,
  years: number,
): { readonly logMean: number; readonly logVariance: number; readonly forward: number } {
  checkModel(model)
  need('notNegative', { years })
  const { spot, deviation, reversion, shortVolatility, drift, longVolatility, correlation } = model
  // Written from S0 = e^(χ0 + ξ0).
  const logMean = Math.log(spot) + deviation * Math.expm1(-reversion * years) + drift * years
  const logVariance =
    shortVolatility ** 2 * annuity(2 * reversion, years) +
    longVolatility ** 2 * years +
    2 * correlation * shortVolatility * longVolatility * annuity(reversion, years)
  return { logMean, logVariance, forward: Math.exp(logMean + logVariance / 2) }
}

/** Probability of a jump in a month: 1 - e^(-λ/12). */
export const jumpProbability = ({ intensity }: Jumps): number => -Math.expm1(-intensity / MONTHS_PER_YEAR)

/**
 * The expected price at the end of each month, dollars; at index 0 today's. In closed form, jumps and glut included:
 * F_m = e^(mean + variance/2) · Π over k < m of [1 - p + p·exp(j·w^k + s²·w^(2k)/2)], w = e^(-κ/12) for jumps that fade and 1 for those that last.
 */
export function modelForwards(model: PriceModel, months: number): Float64Array {
  need('count', { months })
  checkJumps(model)
  const { jumps, glut, reversion } = model
  const probability = jumpProbability(jumps)
  const forwards = new Float64Array(months + 1)
  let product = 1
  for (let month = 0; month <= months; month += 1) {
    const price = schwartzSmith(model, month / MONTHS_PER_YEAR).forward * product
    forwards[month] = glut && month >= glut.month ? glutValue(price, glut) : price
    const left = jumps.lasting ? 1 : Math.exp((-reversion * month) / MONTHS_PER_YEAR)
    product *= 1 + probability * Math.expm1(jumps.mean * left + (jumps.deviation * left) ** 2 / 2)
  }
  return forwards
}
