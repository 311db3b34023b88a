import { need } from './check.ts'
import { survival } from './entitlement.ts'
import { modelForwards, MONTHS_PER_YEAR, type PriceModel } from './price-model.ts'

/** Hours in equal monthly parts, the first after one month: how much of them is used, and what time and leaving take. */
export type EvenGrant = {
  readonly hours: number
  readonly months: number
  /** Share of the hours that is used. */
  readonly utilization: number
  /** Interest a year, continuous. */
  readonly rate: number
  /** Leaving a year, continuous. */
  readonly hazard: number
  /** Years before which nobody vests anything. */
  readonly cliff: number
}

/** Σ_m (H/n)·util·F_m·e^(-r m/12)·e^(-h max(m/12, cliff)), dollars; `forwards[m]` is the price expected at the end of month m. */
export function stripValue(grant: EvenGrant, forwards: ArrayLike<number>): number {
  const { hours, months, utilization, rate, hazard, cliff } = grant
  need('notNegative', { hours, hazard, cliff })
  need('count', { months, 'forwards.length': forwards.length })
  need('share', { utilization })
  need('finite', { rate })
  need('notNegative', { 'forwards.length - months - 1': forwards.length - months - 1 })
  let sum = 0
  for (let month = 1; month <= months; month += 1) {
    const years = month / MONTHS_PER_YEAR
    sum += forwards[month]! * Math.exp(-rate * years) * survival(hazard, years, cliff)
  }
  return (hours / months) * utilization * sum
}

/** Present value of a grant under the price model, dollars: the strip of its expected prices. */
export const grantPresentValue = (grant: EvenGrant, model: PriceModel): number =>
  stripValue(grant, modelForwards(model, grant.months))

/** Present value when the price falls evenly, dollars: Σ (H/N)·util·p·e^(-δt)·e^(-rt)·e^(-h max(t, cliff)), `decay` δ a year. */
export function packageValue(grant: EvenGrant & { readonly price: number; readonly decay: number }): number {
  const { price, decay, months } = grant
  need('notNegative', { price })
  need('finite', { decay })
  need('count', { months })
  const forwards = Float64Array.from(
    { length: months + 1 },
    (_, month) => price * Math.exp((-decay * month) / MONTHS_PER_YEAR),
  )
  return stripValue(grant, forwards)
}
