import { Fault } from '#base/fault.ts'
import type { Day, DayPolicy } from './dates.ts'
import { isRepresentable, stepper } from './dates.ts'
import type { Statement } from './template.ts'

/** Where a statement stands in its chain. */
export type Place = {
  readonly anchor: Day
  /** The day of month of the chain's origin: every monthly grid of the chain keeps it. */
  readonly vestingDay: number
  readonly policy: DayPolicy
}

/**
 * The dates of the occurrences 1…n: the anchor + i × period, each counted from the anchor at once, so nothing drifts.
 * A milestone has one occurrence, on the anchor. The last date is where the next statement is anchored.
 */
export function gridDates(statement: Statement, place: Place): Day[] {
  const grid = statement.grid
  if (!grid) return [place.anchor]
  const step = stepper({ ...place, unit: grid.unit })
  const dates: Day[] = []
  for (let n = 1; n <= grid.occurrences; n += 1) dates.push(step(n * grid.period))
  // The grid never goes back, so its two ends stand for all of it.
  checkRange(dates[0]!, `${statement.param}.schedule`)
  checkRange(dates.at(-1)!, `${statement.param}.schedule`)
  return dates
}

export function checkRange(day: Day, param: string): void {
  if (isRepresentable(day)) return
  throw new Fault('invalid', `${param} leaves the calendar (0001-01-01 to 9999-12-31); shorten it`, { param })
}
