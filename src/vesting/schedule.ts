import type { DateText } from '#base/time.ts'
import type { AllocationType } from './allocate.ts'
import { wayOf } from './curve.ts'
import { formatDay } from './dates.ts'
import type { LifeFacts } from './facts.ts'
import { parseLife } from './facts.ts'
import type { Item } from './item.ts'
import { ALWAYS } from './item.ts'
import { refuseOutside } from './plan.ts'
import type { Runtime } from './runtime.ts'

/** Tranches of a grant before it is one: dates ascending, no amount is zero. */
export type Installment = { readonly date: DateText; readonly quantity: bigint }

export type Schedule = {
  readonly installments: readonly Installment[]
  /** The sum of the installments: floor(quantity × the shares that vest); the quantity when they sum to 1. */
  readonly total: bigint
}

export type ScheduleRequest = {
  /** Statements of an OCF v2 template, `{ parts }` or `{ graph }`, as they come from JSON. */
  readonly template: unknown
  /** In the smallest unit of its asset; any size, not negative. */
  readonly quantity: bigint
  readonly runtime: Runtime
  /** CUMULATIVE_ROUND_DOWN when absent. */
  readonly allocation?: AllocationType | undefined
}

/**
 * Substitutes the facts of a grant into its template: exact, and the same answer every time. Throws Fault `invalid`,
 * `over_allocated`, `cliff_before_start`, `cliff_without_rest`, `empty_window`, `impossible_event`, and those of graphs.
 */
export const schedule = (request: ScheduleRequest): Schedule => scheduleFromJson(request)

/** As `schedule`, for facts that come from outside and are not known to be of the right shape. */
export function scheduleFromJson(request: {
  readonly template: unknown
  readonly quantity: bigint
  readonly runtime: unknown
  readonly allocation?: unknown
}): Schedule {
  const { template, quantity, runtime, allocation } = request
  return scheduleOf(parseLife({ template, quantity, runtime, allocation }))
}

/** What vests when nothing more happens, without a day of the answer: a firing outside its window is refused. */
export function scheduleOf(facts: LifeFacts): Schedule {
  for (const { form } of [facts.first, ...facts.amendments]) {
    if (form.kind === 'chains') refuseOutside(form.chains, facts.runtime)
  }
  return vestingOf(wayOf(facts, ALWAYS).items)
}

/** The amounts that vest on a day of their own. */
export function vestingOf(items: readonly Item[]): Schedule {
  const installments: Installment[] = []
  let total = 0n
  for (const { day, quantity, lostOn, waiting } of items) {
    if (lostOn !== null || waiting) continue
    installments.push({ date: formatDay(day), quantity })
    total += quantity
  }
  return { installments, total }
}
