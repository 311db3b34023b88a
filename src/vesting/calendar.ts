import type { DateText } from '#base/time.ts'
import type { Day } from './dates.ts'
import { formatDay } from './dates.ts'
import { checkRange } from './grid.ts'
import { ALWAYS, UNDATED } from './item.ts'

/** A pause that does something: vesting rests on the days from `start` up to and without `end` (UNDATED: not known). */
export type Rest = {
  readonly kind: 'extend' | 'forfeit'
  /** The first day of the pause itself, before its grace. */
  readonly from: DateText
  readonly start: Day
  readonly end: Day
}

/** The rests of a life in the order of their days; they do not overlap. */
export type Calendar = readonly Rest[]

/**
 * Where a day of the plan comes to lie when each rest moves what is dated in it or after it by its length. `since` is the
 * day from which the date was counted: a rest before it has moved nothing. A day in a rest without an end is UNDATED.
 */
export function moved(calendar: Calendar, day: Day, since: Day = ALWAYS): Day {
  let result = day
  for (const { kind, start, end } of calendar) {
    if (kind !== 'extend' || end <= since) continue
    const from = Math.max(start, since)
    if (result >= from) result += end - from
  }
  if (result !== UNDATED && result !== day) checkRange(result, `pauses: ${formatDay(day)} moved by them`)
  return result
}

/** The rest in which a day is lost. */
export const losing = (calendar: Calendar, day: Day): Rest | undefined =>
  calendar.find(({ kind, start, end }) => kind === 'forfeit' && start <= day && day < end)

/** The rest without an end that keeps a day from being known. */
export const holding = (calendar: Calendar): Rest | undefined =>
  calendar.find(({ kind, end }) => kind === 'extend' && end === UNDATED)
