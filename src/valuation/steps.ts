import { need } from './check.ts'
import { annuity } from './decay.ts'
import {
  checkJumps,
  checkModel,
  jumpProbability,
  MONTHS_PER_YEAR,
  type PriceModel,
  type TwoFactors,
} from './price-model.ts'

const MONTH = 1 / MONTHS_PER_YEAR

/**
 * What moves a price by a month, exactly: χ' = keep·χ + a, ξ' = ξ + tilt·a + b, with independent normal noises a and b of the
 * standard deviations `short` and `long`.
 */
export type PriceSteps = {
  readonly keep: number
  readonly short: number
  readonly tilt: number
  readonly long: number
  /** Of at most one jump a month. */
  readonly jumpProbability: number
}

export function priceSteps(model: PriceModel): PriceSteps {
  checkModel(model)
  checkJumps(model)
  const { reversion, shortVolatility, longVolatility, correlation, jumps } = model
  const short = shortVolatility * Math.sqrt(annuity(2 * reversion, MONTH))
  const shared = correlation * shortVolatility * longVolatility * annuity(reversion, MONTH)
  const tilt = short === 0 ? 0 : shared / short ** 2
  return {
    keep: Math.exp(-reversion * MONTH),
    short,
    tilt,
    long: Math.sqrt(Math.max(0, longVolatility ** 2 * MONTH - (tilt * short) ** 2)),
    jumpProbability: jumpProbability(jumps),
  }
}

/** A share price beside it, GBM: `correlation` is that of the two prices' changes from one moment to the next. */
export type Equity = {
  readonly spot: number
  readonly drift: number
  readonly volatility: number
  readonly correlation: number
}

/** The share's noise in a month: withShort·a + withLong·b and noise of its own with the standard deviation `own`. */
export type EquitySteps = { readonly withShort: number; readonly withLong: number; readonly own: number }

/**
 * The share follows the compute price as a whole, whichever factor moved it, so that every correlation from -1 to 1 is possible. What of χ
 * fades within a month is left to the share's own noise.
 */
export function equitySteps(
  equity: Equity,
  model: TwoFactors,
  { short, tilt, long }: PriceSteps,
): EquitySteps {
  const { spot, drift, volatility, correlation } = equity
  need('positive', { 'equity.spot': spot })
  need('notNegative', { 'equity.volatility': volatility })
  need('moderate', { 'equity.drift': drift, 'equity.volatility': volatility })
  need('correlation', { 'equity.correlation': correlation })
  const { shortVolatility: a, longVolatility: b, correlation: rho, reversion } = model
  const whole = Math.sqrt(Math.max(0, a * a + b * b + 2 * rho * a * b))
  const share = whole === 0 ? 0 : (correlation * volatility) / whole
  const shared = share * a * (a + rho * b) * annuity(reversion, MONTH)
  const withShort = short === 0 ? 0 : shared / short ** 2
  const withLong = long === 0 ? 0 : (share * b * (b + rho * a) * MONTH - tilt * shared) / long ** 2
  const own = volatility ** 2 * MONTH - (withShort * short) ** 2 - (withLong * long) ** 2
  return { withShort, withLong, own: Math.sqrt(Math.max(0, own)) }
}
