import { never } from '#base/invariant.ts'
import { need } from './check.ts'
import { modelForwards, MONTHS_PER_YEAR, type PriceModel } from './price-model.ts'
import { termForward, type TermRate } from './term.ts'

/** Where expected prices come from, best first: what is traded, what providers ask for longer terms, a model, nothing. Dollars an hour. */
export type Curve =
  | {
      readonly kind: 'futures'
      readonly points: readonly { readonly years: number; readonly price: number }[]
    }
  | { readonly kind: 'terms'; readonly rates: readonly TermRate[]; readonly interest: number }
  | { readonly kind: 'model'; readonly model: PriceModel }
  | { readonly kind: 'flat'; readonly price: number }

export type Forwards = {
  /** The expected price at the end of each month; index 0 is today. Dollars. */
  readonly prices: Float64Array
  /** The last month that the curve itself tells; prices after it stay what they are there. */
  readonly told: number
}

/** The curve month by month. Points and rates ascend by years; there is at least one. Throws the Fault `invalid`. */
export function curveForwards(curve: Curve, months: number): Forwards {
  need('count', { months })
  switch (curve.kind) {
    case 'futures':
      return futures(curve.points, months)
    case 'terms':
      return terms(curve.rates, curve.interest, months)
    case 'model':
      return { prices: modelForwards(curve.model, months), told: months }
    case 'flat':
      need('notNegative', { price: curve.price })
      return { prices: new Float64Array(months + 1).fill(curve.price), told: 0 }
    default:
      return never(curve)
  }
}

function byMonth(months: number, lastYears: number, at: (years: number) => number): Forwards {
  const prices = Float64Array.from({ length: months + 1 }, (_, month) => at(month / MONTHS_PER_YEAR))
  // A term of two years reaches its 24th month, whatever the last digits say.
  return { prices, told: Math.min(months, Math.floor(lastYears * MONTHS_PER_YEAR + 1e-9)) }
}

function futures(points: readonly { years: number; price: number }[], months: number): Forwards {
  need('count', { 'points.length': points.length })
  points.forEach(({ years, price }, index) => {
    need('notNegative', { [`points[${index}].years`]: years, [`points[${index}].price`]: price })
    if (index > 0)
      need('positive', {
        [`points[${index}].years, past the point before`]: years - points[index - 1]!.years,
      })
  })
  return byMonth(months, points.at(-1)!.years, (years) => {
    const next = points.findIndex((point) => point.years >= years)
    if (next === -1) return points.at(-1)!.price
    const [from, to] = [points[next - 1], points[next]!]
    if (!from) return to.price
    return from.price + ((to.price - from.price) * (years - from.years)) / (to.years - from.years)
  })
}

function terms(rates: readonly TermRate[], interest: number, months: number): Forwards {
  need('count', { 'rates.length': rates.length })
  const legs = rates.map((rate, index) => {
    const price = termForward(rates[index - 1] ?? { years: 0, rate: 0 }, rate, interest)
    need('positive', { [`forward to rates[${index}]`]: price })
    return { until: rate.years, price }
  })
  return byMonth(
    months,
    legs.at(-1)!.until,
    (years) => (legs.find(({ until }) => years <= until + 1e-9) ?? legs.at(-1)!).price,
  )
}
