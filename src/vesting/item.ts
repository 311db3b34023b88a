import type { Day } from './dates.ts'
import type { Cause } from './life.ts'

/**
 * A whole amount on its way through the rules of a life. `day` is when it vests; UNDATED while that is not known.
 * Items lie in vesting order: dated ones ascending, then the undated.
 */
export type Item = {
  readonly day: Day
  readonly quantity: bigint
  readonly cause: Cause
  /** The day on which it was lost for good (what it would have vested on is `day`); null: it is not lost. */
  readonly lostOn: Day | null
  /** From when on its `day` was known: the firing it hangs on, ALWAYS for what vests by time alone. */
  readonly knownFrom: Day
  /** Place of its statement in the template: the order among amounts that have no day yet. */
  readonly rank: number
  /** It waits: its `day`, if it has one, only holds if that ends in time. */
  readonly waiting: boolean
  /** While it waits: the day on which it will be lost if nothing fires. Absent or UNDATED: no day. */
  readonly missedOn?: Day
  /** No event that fires later can change quantity or day, as far as rounding and order go. */
  readonly firm: boolean
}

export const UNDATED: Day = Number.POSITIVE_INFINITY
export const ALWAYS: Day = Number.NEGATIVE_INFINITY

/** An event that has not fired and for which something waits. Days inclusive; ALWAYS and UNDATED where not limited. */
export type OpenEvent = {
  readonly event: string
  /** The statement or condition, as a param: `template[0]`, `template.graph[2]`. */
  readonly at: string
  readonly after: Day
  readonly before: Day
  /** What would vest. */
  readonly quantity: bigint
}

/** What a form of template makes of a grant, before pauses of its own, folding, acceleration and leaving. */
export type Plan = {
  readonly items: readonly Item[]
  readonly open: readonly OpenEvent[]
}
