import { never } from '#base/invariant.ts'
import { fromDecimal, halfEven, mul, rational, ZERO, type Rational } from '#base/rational.ts'
import { black76Call } from '#valuation/black.ts'
import { nanoOfUsd, usdOfNano } from '#valuation/money.ts'
import type { Equity } from './offer.ts'

export type EquityWorth = {
  /** Of one share or option, today. */
  readonly each: bigint
  /** Of an option exercised today; null for shares. */
  readonly intrinsic: bigint | null
  readonly how: string
  /** What vests in each year of the offer, at today's worth; what vests later is in `beyond`. */
  readonly years: readonly bigint[]
  readonly beyond: bigint
}

const YEARS = 4
/** A year, continuous. */
const INTEREST = 0.045

/** Shares at today's price; options by Black's formula. Whatever the price does later is in today's price. */
export function equityWorth(equity: Equity): EquityWorth {
  const { each, intrinsic, how } = eachOf(equity)
  const whole = rational(each * equity.units)
  const years = equity.years.map((share) => halfEven(mul(whole, decimal(share))))
  const told = Array.from({ length: YEARS }, (_, index) => years[index] ?? 0n)
  return { each, intrinsic, how, years: told, beyond: years.slice(YEARS).reduce((a, b) => a + b, 0n) }
}

function eachOf(equity: Equity): Pick<EquityWorth, 'each' | 'intrinsic' | 'how'> {
  switch (equity.kind) {
    case 'rsu':
      return { each: equity.price, intrinsic: null, how: 'shares at the price that the company says today' }
    case 'option': {
      const { price, strike } = equity
      const years = Number(equity.termYears)
      const value = black76Call({
        forward: usdOfNano(price) * Math.exp(INTEREST * years),
        strike: usdOfNano(strike),
        volatility: Number(equity.volatility),
        years,
        rate: INTEREST,
      })
      return {
        each: nanoOfUsd(value, 'equity'),
        intrinsic: price > strike ? price - strike : 0n,
        how: `Black's formula: held ${equity.termYears} years, moving ${equity.volatility} a year, interest ${INTEREST} a year`,
      }
    }
    default:
      return never(equity)
  }
}

const decimal = (text: string): Rational => fromDecimal(text) ?? ZERO
