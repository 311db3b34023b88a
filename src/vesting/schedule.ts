import type { DateText } from '#base/time.ts'
import type { AllocationType } from './allocate.ts'
import { ALLOCATION_TYPES, allocate } from './allocate.ts'
import { chain } from './chain.ts'
import { formatDay } from './dates.ts'
import { oneOf, refuse } from './fields.ts'
import type { Amount } from './fold.ts'
import { foldOnto } from './fold.ts'
import type { Runtime } from './runtime.ts'
import { parseRuntime } from './runtime.ts'
import { parseTemplate } from './template.ts'

/** Tranches of a grant before it is one: dates ascending, no amount is zero. */
export type Installment = { readonly date: DateText; readonly quantity: bigint }

export type Schedule = {
  readonly installments: readonly Installment[]
  /** The sum of the installments: floor(quantity × the shares that vest); the quantity when they sum to 1. */
  readonly total: bigint
}

export type ScheduleRequest = {
  /** Statements of an OCF v2 template as they come from JSON. */
  readonly template: unknown
  /** In the smallest unit of its asset; any size, not negative. */
  readonly quantity: bigint
  readonly runtime: Runtime
  /** CUMULATIVE_ROUND_DOWN when absent. */
  readonly allocation?: AllocationType | undefined
}

/**
 * Substitutes the facts of a grant into its template: exact, and the same answer every time.
 * Throws Fault `invalid`, `over_allocated`, `cliff_before_start` or `cliff_without_rest`.
 */
export const schedule = (request: ScheduleRequest): Schedule => scheduleFromJson(request)

/** As `schedule`, for facts that come from outside and are not known to be of the right shape. */
export function scheduleFromJson(request: {
  readonly template: unknown
  readonly quantity: bigint
  readonly runtime: unknown
  readonly allocation?: unknown
}): Schedule {
  const { quantity } = request
  const template = parseTemplate(request.template)
  const runtime = parseRuntime(request.runtime)
  const allocation = parseAllocation(request.allocation)
  if (quantity < 0n) refuse('quantity', quantity, 'give 0 or more')

  const portions = chain(template, runtime)
  const shares = portions.map((portion) => portion.share)
  const quantities = allocate(quantity, shares, allocation)

  const amounts: Amount[] = []
  let total = 0n
  for (const [index, amount] of quantities.entries()) {
    if (amount === 0n) continue
    amounts.push({ day: portions[index]!.day, quantity: amount })
    total += amount
  }
  const folded = runtime.grant === null ? amounts : foldOnto(runtime.grant, amounts)
  return {
    installments: folded.map(({ day, quantity: q }) => ({ date: formatDay(day), quantity: q })),
    total,
  }
}

const parseAllocation = (value: unknown): AllocationType =>
  value === undefined ? 'CUMULATIVE_ROUND_DOWN' : oneOf(value, 'allocation', ALLOCATION_TYPES)
