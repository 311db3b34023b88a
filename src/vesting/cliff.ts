import { Fault } from '#base/fault.ts'
import type { Rational } from '#base/rational.ts'
import { compare, mul, ONE, rational, sub, ZERO } from '#base/rational.ts'
import type { Calendar } from './calendar.ts'
import { moved } from './calendar.ts'
import type { Day } from './dates.ts'
import { dayOfMonth, formatDay, stepper } from './dates.ts'
import type { Place } from './grid.ts'
import { checkRange, gridDates } from './grid.ts'
import { UNDATED } from './item.ts'
import type { Cliff, Statement } from './template.ts'

/** A share of the whole grant that vests on one day. `occurrence` 0 is a lump: it leads its day. */
export type Portion = {
  /** UNDATED while a rest without an end keeps it from being known. */
  readonly day: Day
  readonly statement: Statement
  readonly occurrence: number
  readonly share: Rational
}

/**
 * What one statement vests, and the anchor it hands to the next: rests move what vests, never the chain itself. `firing`
 * is the day of its event, if that has fired and counts.
 */
export function portionsOf(
  statement: Statement,
  place: Place,
  { firing, calendar }: { readonly firing: Day | null; readonly calendar: Calendar },
): { readonly portions: readonly Portion[]; readonly next: Day } {
  const dates = gridDates(statement, place)
  const next = dates.at(-1)!
  const cliff = statement.grid?.cliff ?? null
  if (statement.event !== null) {
    if (firing === null) return { portions: [], next }
    const event = moved(calendar, firing, firing)
    const notBefore = cliff ? Math.max(moved(calendar, cliffDate(statement, cliff, place)), event) : event
    const served = calendar.length === 0 ? dates : dates.map((date) => moved(calendar, date))
    const anchor = moved(calendar, place.anchor)
    return { portions: heldByEvent(statement, served, anchor, notBefore), next }
  }
  const portions = cliff
    ? withCliff(statement, cliff, dates, place)
    : evenly(statement, dates, 0, statement.share)
  if (calendar.length === 0) return { portions, next }
  return {
    portions: portions.map((portion) => ({ ...portion, day: moved(calendar, portion.day) })),
    next,
  }
}

/** A date, not an occurrence number: it may fall between two grid dates. Its day comes from the statement's own anchor. */
function cliffDate(statement: Statement, cliff: Cliff, place: Place): Day {
  const step = stepper({ ...place, unit: cliff.unit, vestingDay: dayOfMonth(place.anchor) })
  const day = step(cliff.length)
  checkRange(day, `${statement.param}.schedule.cliff.length`)
  return day
}

function withCliff(statement: Statement, cliff: Cliff, dates: readonly Day[], place: Place): Portion[] {
  const day = cliffDate(statement, cliff, place)
  const param = `${statement.param}.schedule.cliff`
  if (day < place.anchor) {
    throw new Fault(
      'cliff_before_start',
      `${param}: the cliff date ${formatDay(day)} falls before the statement's start ${formatDay(place.anchor)}; ` +
        'lengthen the cliff or choose another vesting_day_of_month',
      { param },
    )
  }
  const subsumed = countUntil(dates, day)
  if (subsumed === dates.length && compare(cliff.share, ONE) < 0) {
    throw new Fault(
      'cliff_without_rest',
      `${param}: no occurrence comes after the cliff date ${formatDay(day)}, so the rest of the statement would ` +
        'never vest; shorten the cliff, add occurrences, or set its percentage to "1"',
      { param },
    )
  }
  return lumpThenRest(statement, { day, share: cliff.share, dates, subsumed })
}

/**
 * Once its event has fired, a held grid folds at that day (or at the cliff date, when that is later) into one lump of
 * what the grid had accrued by then. The cliff's percentage is not applied: time has already been served.
 */
function heldByEvent(statement: Statement, dates: readonly Day[], anchor: Day, day: Day): Portion[] {
  if (day === UNDATED) return [{ day, statement, occurrence: 0, share: statement.share }]
  const subsumed = day > anchor ? countUntil(dates, day) : 0
  if (subsumed === 0) return evenly(statement, dates, 0, statement.share)
  return lumpThenRest(statement, {
    day,
    share: rational(BigInt(subsumed), BigInt(dates.length)),
    dates,
    subsumed,
  })
}

/** A lump of nothing, or a rest of nothing after a lump of everything, is no installment: nothing may join it. */
function lumpThenRest(
  statement: Statement,
  lump: {
    readonly day: Day
    readonly share: Rational
    readonly dates: readonly Day[]
    readonly subsumed: number
  },
): Portion[] {
  const first = {
    day: lump.day,
    statement,
    occurrence: 0,
    share: mul(statement.share, lump.share),
  }
  const rest = mul(statement.share, sub(ONE, lump.share))
  const after = evenly(statement, lump.dates, lump.subsumed, rest)
  return [first, ...after].filter(({ share }) => compare(share, ZERO) > 0)
}

/** `share` split evenly over the occurrences after the first `skip`. */
function evenly(statement: Statement, dates: readonly Day[], skip: number, share: Rational): Portion[] {
  const count = dates.length - skip
  if (count === 0) return []
  const each = mul(share, rational(1n, BigInt(count)))
  const portions: Portion[] = []
  for (let index = skip; index < dates.length; index += 1) {
    portions.push({ day: dates[index]!, statement, occurrence: index + 1, share: each })
  }
  return portions
}

/** How many of the ascending dates are at or before `day`. */
function countUntil(dates: readonly Day[], day: Day): number {
  const after = dates.findIndex((date) => date > day)
  return after === -1 ? dates.length : after
}
