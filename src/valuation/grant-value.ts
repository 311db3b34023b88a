import { need } from './check.ts'
import { type Demand, expectedUse } from './demand.ts'
import { survival } from './entitlement.ts'
import { MONTHS_PER_YEAR } from './price-model.ts'

/** A part of a grant: `quantity` that can be used from `years` on (0: already vested), for `months` until it is lost or the next part comes. */
export type Part = { readonly years: number; readonly quantity: number; readonly months: number }

/** Everything between a quantity and its fair value. */
export type Assumptions = {
  /** Today's price of one unit on one named basis, dollars. */
  readonly mark: number
  /** Expected price at the end of each month, dollars; index 0 is today. After the last one the price stays. */
  readonly forwards: ArrayLike<number>
  /** Interest a year, continuous. */
  readonly rate: number
  /** Leaving a year, continuous; nobody vests before `cliff` years. What has vested is not lost by leaving. */
  readonly hazard: number
  readonly cliff: number
  /** Share of the time that the tier is there, and share of that which is work. 1 for what is not hardware. */
  readonly availability: number
  readonly efficiency: number
  /** What the person would use in a month; null: everything. */
  readonly demand: Demand | null
}

/**
 * A grant's value, dollars, as a chain: each value takes one more thing into account than the one before, so that the differences
 * say what each of them costs.
 */
export type GrantValue = {
  /** All that is promised at today's mark: the cap. */
  readonly cap: number
  /** … less what the tier does not deliver. */
  readonly effective: number
  /** … less what is expected to be forfeited. */
  readonly retained: number
  /** … at the prices expected when it vests, in place of today's. */
  readonly forward: number
  /** … discounted to today: what it would cost to replace. */
  readonly present: number
  /** … less what is expected to stay unused: the expected-use value. */
  readonly expected: number
}

/** The fair value of what is left of a grant, step by step. Closed form; linear in the quantities when demand is null. */
export function grantValue(parts: readonly Part[], assumptions: Assumptions): GrantValue {
  const { mark, forwards, rate, hazard, cliff, availability, efficiency, demand } = assumptions
  need('notNegative', { mark, hazard, cliff })
  need('finite', { rate })
  need('share', { availability, efficiency })
  need('count', { 'forwards.length': forwards.length })
  const delivered = availability * efficiency
  let [cap, retained, forward, present, expected] = [0, 0, 0, 0, 0]
  // Most grants have parts that are all alike: their use is worked out once.
  let [used, usedQuantity, usedMonths] = [1, NaN, NaN]
  for (const { years, quantity, months } of parts) {
    if (!(quantity >= 0 && quantity < Infinity && years >= 0 && years < Infinity))
      need('notNegative', { quantity, years })
    const kept = quantity * (years === 0 ? 1 : survival(hazard, years, cliff))
    const later = kept * priceAt(forwards, years * MONTHS_PER_YEAR)
    const now = later * Math.exp(-rate * years)
    if (demand && (quantity !== usedQuantity || months !== usedMonths)) {
      used = usedShare(demand, quantity, months, delivered)
      ;[usedQuantity, usedMonths] = [quantity, months]
    }
    cap += quantity
    retained += kept
    forward += later
    present += now
    expected += now * used
  }
  return {
    cap: cap * mark,
    effective: cap * mark * delivered,
    retained: retained * mark * delivered,
    forward: forward * delivered,
    present: present * delivered,
    expected: expected * delivered,
  }
}

/** Of what is delivered: demand is for work that gets done. */
function usedShare(demand: Demand, quantity: number, months: number, delivered: number): number {
  const cap = quantity * delivered
  return cap === 0 ? 0 : expectedUse(demand, cap, months) / cap
}

function priceAt(forwards: ArrayLike<number>, month: number): number {
  const before = Math.floor(month)
  const from = forwards[Math.min(before, forwards.length - 1)]!
  const to = forwards[Math.min(before + 1, forwards.length - 1)]!
  return from + (to - from) * (month - before)
}
