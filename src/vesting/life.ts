import type { DateText } from '#base/time.ts'
import type { AllocationType } from './allocate.ts'
import type { UnreadLife } from './facts.ts'
import { parseLife } from './facts.ts'
import type { FoldPolicy } from './fold.ts'
import type { Runtime } from './runtime.ts'
import { parseDate } from './runtime.ts'
import type { Installment } from './schedule.ts'
import { timelineOf } from './timeline.ts'

/** As the clause of a contract says it: `share` is of what has not vested when all `events` have fired. */
export type Acceleration = {
  readonly id: string
  readonly events: readonly string[]
  /** All events within so many months of the first one; null: whenever. */
  readonly withinMonths: number | null
  /** A decimal text above 0 and at most "1". */
  readonly share: string
  readonly from: 'soonest' | 'latest' | 'pro_rata'
}

/**
 * A time in which vesting rests: from the day `from + graceDays` up to and without `to`, the first day back (null: not
 * known yet). `pause_extend` moves what is dated in it or after it by its length in days, `pause_forfeit` loses what is
 * dated in it, `continue` changes nothing. Pauses must not overlap.
 */
export type Pause = {
  readonly from: DateText
  readonly to: DateText | null
  readonly policy: 'continue' | 'pause_extend' | 'pause_forfeit'
  /** 0 when absent. */
  readonly graceDays?: number | undefined
}

/** From its day on the grant vests as if these had always been its terms; what has vested by then stays. */
export type Amendment = {
  readonly from: DateText
  /** As before when absent. */
  readonly quantity?: bigint | undefined
  readonly template?: unknown
}

/** `on` is the last day on which anything vests as usual; `unvested` says what becomes of the rest. */
export type Leaving = {
  readonly on: DateText
  readonly unvested: 'forfeit' | 'accelerate' | 'continue'
}

/** Everything that decides how one grant vests. All facts given are known, also those with a day still to come. */
export type Life = {
  /** Statements, `{ parts: [{ share, statements }] }` or `{ graph: [...] }`, as they come from JSON. */
  readonly template: unknown
  /** In the smallest unit of its asset; any size, not negative. */
  readonly quantity: bigint
  /** With `serviceCreditDays` after a re-hire. */
  readonly runtime: Runtime
  /** CUMULATIVE_ROUND_DOWN when absent. */
  readonly allocation?: AllocationType | undefined
  readonly clauses?:
    | {
        readonly fold?: FoldPolicy | undefined
        readonly acceleration?: readonly Acceleration[] | undefined
      }
    | undefined
  /** In any order. */
  readonly pauses?: readonly Pause[] | undefined
  /** In any order, each from a day of its own. */
  readonly amendments?: readonly Amendment[] | undefined
  readonly leaving?: Leaving | null | undefined
}

/** Why a tranche is dated as it is, or why it is not. `at` names the statement: `template[0]`. */
export type Cause =
  | { readonly kind: 'time'; readonly at: string }
  | { readonly kind: 'event'; readonly at: string; readonly event: string }
  | { readonly kind: 'start_unknown'; readonly at: string }
  /** Its event fired outside its window, or the window ended without it. */
  | { readonly kind: 'window'; readonly at: string; readonly event: string }
  | { readonly kind: 'pause'; readonly at: string; readonly from: DateText }
  | { readonly kind: 'acceleration'; readonly clause: string }
  | { readonly kind: 'amendment'; readonly from: DateText }
  | { readonly kind: 'leaving'; readonly on: DateText }

/**
 * `resolved`: vests on its date. `unresolved`: waits for something named in `cause`; a date, if it has one, is when it
 * would vest. `impossible`: never vests; a date, if it has one, is when it would have.
 */
export type TimelineTranche = {
  readonly date: DateText | null
  /** Above 0. */
  readonly quantity: bigint
  readonly state: 'resolved' | 'unresolved' | 'impossible'
  readonly cause: Cause
}

/** Installments ascend in time. */
export type Verdict = { readonly installments: readonly Installment[]; readonly total: bigint }

/** What is missing before the rest can vest. */
export type Blocker =
  | { readonly kind: 'start_unknown'; readonly quantity: bigint }
  | {
      readonly kind: 'event'
      readonly event: string
      /** Both inclusive; null: no limit. */
      readonly after: DateText | null
      readonly before: DateText | null
      readonly quantity: bigint
    }
  | { readonly kind: 'pause_open'; readonly from: DateText; readonly quantity: bigint }

/**
 * The answer rests on this event not having fired: told of late, with a day up to that of the answer, it would change it,
 * even what can be stored. `later`: so would one that fires after that day, but then only what cannot be stored.
 */
export type AbsenceAssumption = {
  readonly event: string
  /** What it would do: vest a statement, or complete an acceleration. */
  readonly effect: 'vests' | 'accelerates'
  /** The statement (`template[0]`) or the acceleration clause. */
  readonly of: string
  /** Other events that would have to fire too. */
  readonly together: readonly string[]
  readonly later: boolean
}

export type Timeline = {
  readonly asOf: DateText
  /** Dated ones ascending, then those without a date. */
  readonly tranches: readonly TimelineTranche[]
  /** What no event that fires after `asOf` can change. */
  readonly storable: Verdict
  /** What vests when nothing more happens. */
  readonly resolvesTo: Verdict
  readonly blockers: readonly Blocker[]
  readonly absenceAssumptions: readonly AbsenceAssumption[]
  /** The parts of the whole: resolved up to and with `asOf`, resolved after it, waiting, never. */
  readonly vested: bigint
  readonly upcoming: bigint
  readonly unresolved: bigint
  readonly impossible: bigint
}

/**
 * How a grant vests, told on the day `asOf`: every tranche with its state and its cause, the two verdicts, and what the
 * answer rests on. Pure and exact. Throws Fault `invalid`, `over_allocated`, `cliff_before_start`, `cliff_without_rest`,
 * `empty_window` with the field as `param`, and for a graph those of `ocf/checks.ts`; an event that can no longer fire is
 * no Fault here, but makes its tranche `impossible`.
 */
export const timeline = (life: Life, asOf: DateText): Timeline => timelineFromJson(life, asOf)

/** As `timeline`, for facts that come from outside and are not known to be of the right shape. */
export const timelineFromJson = (life: UnreadLife, asOf: unknown): Timeline =>
  timelineOf(parseLife(life), parseDate(asOf, 'asOf'))
