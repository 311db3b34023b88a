import { black76Call } from './black.ts'
import { need } from './check.ts'
import { LANES } from './paths.ts'
import { MONTHS_PER_YEAR } from './price-model.ts'
import type { Equity } from './steps.ts'

/** A right to buy a share: worth at any time what Black's formula says, with the share's own drift as interest. */
export type ShareOption = {
  readonly strike: number
  /** From today until it lapses. */
  readonly years: number
}

export function checkShareOption({ strike, years }: ShareOption, months: number): void {
  need('positive', { 'option.strike': strike })
  need('notNegative', { 'option.years - months': years - months / MONTHS_PER_YEAR })
}

/** Worth of one option when `years` of its life have passed and the share stands at `price`. */
export function optionWorth(option: ShareOption, equity: Equity, price: number, passed: number): number {
  const years = option.years - passed
  if (years <= 0 || equity.volatility === 0)
    return Math.max(0, price - option.strike * Math.exp(-equity.drift * Math.max(0, years)))
  return black76Call({
    forward: price * Math.exp(equity.drift * years),
    strike: option.strike,
    volatility: equity.volatility,
    years,
    rate: equity.drift,
  })
}

/** Steps of the table between the ends: what lies between two of them is a straight line. */
const STEPS = 1_600
/** Standard deviations that the table reaches to; what lies beyond is read at its end. */
const REACH = 8

/**
 * Options along walks of their share, for each lane Σ worth(month) · quantity · weight. A table for each month in which something vests:
 * the formula itself on every path would take a hundred times as long.
 */
export function openShareOption(
  { option, equity }: { readonly option: ShareOption; readonly equity: Equity },
  flow: { readonly quantities: readonly number[]; readonly weights: readonly number[] },
  levels: Float64Array,
): (shares: Float64Array, sums: Float64Array) => void {
  const tables = flow.quantities.flatMap((quantity, month) => {
    const worth = quantity * flow.weights[month]!
    if (worth === 0) return []
    const years = month / MONTHS_PER_YEAR
    const reach = Math.max(1e-9, REACH * equity.volatility * Math.sqrt(years))
    const step = (2 * reach) / STEPS
    const values = Float64Array.from(
      { length: STEPS + 1 },
      (_, n) => worth * optionWorth(option, equity, levels[month]! * Math.exp(n * step - reach), years),
    )
    return [{ month, reach, step, values }]
  })
  return (shares, sums) => {
    sums.fill(0)
    for (const { month, reach, step, values } of tables)
      for (let lane = 0; lane < LANES; lane += 1) {
        const at = Math.min(STEPS, Math.max(0, (Math.log(shares[month * LANES + lane]!) + reach) / step))
        const low = Math.min(STEPS - 1, Math.floor(at))
        const a = values[low]!
        sums[lane]! += a + (at - low) * (values[low + 1]! - a)
      }
  }
}
