import type { DateText } from '#base/time.ts'
import type { Day, DayPolicy } from './dates.ts'
import { DAY_POLICIES, isRepresentable, parseDay } from './dates.ts'
import { fieldsOf, integer, oneOf, refuse, text } from './fields.ts'

export type EventFiring = { readonly event_id: string; readonly date: DateText }

/** What a grant adds to its template. */
export type Runtime = {
  /** The origin of the chain; UNKNOWN_START while the start is not known. */
  readonly startDate: DateText
  /** Installments before it fold onto it. */
  readonly grantDate?: DateText | undefined
  /** At most one firing an event. Firings that no statement asks for are harmless. */
  readonly eventFirings?: readonly EventFiring[] | undefined
  /** For the statements that have no policy of their own. */
  readonly vestingDayOfMonth?: DayPolicy | undefined
  /** Days served before, after a re-hire: the chain begins so many days earlier, but nothing vests before the grant date. */
  readonly serviceCreditDays?: number | undefined
}

/** Stands for a start that is not known yet: nothing vests. */
export const UNKNOWN_START: DateText = '9999-12-31'

export type ParsedRuntime = {
  /** The origin of the chain, service credit counted; null when the start is not known yet. */
  readonly start: Day | null
  /** Nothing vests before it; null: nothing folds. */
  readonly grant: Day | null
  readonly firings: ReadonlyMap<string, Day>
  readonly policy: DayPolicy
}

const MAX_FIRINGS = 1_000
/** A hundred years. */
const MAX_CREDIT_DAYS = 36_525

/** Throws Fault `invalid` with the field as `param`, e.g. `runtime.startDate`. */
export function parseRuntime(value: unknown): ParsedRuntime {
  const fields = fieldsOf(value, 'runtime', [
    'startDate',
    'grantDate',
    'eventFirings',
    'vestingDayOfMonth',
    'serviceCreditDays',
  ])
  const start = fields.startDate === UNKNOWN_START ? null : parseDate(fields.startDate, 'runtime.startDate')
  const grant = fields.grantDate === undefined ? null : parseDate(fields.grantDate, 'runtime.grantDate')
  const credit = parseCredit(fields.serviceCreditDays, start)
  return {
    start: start === null ? null : start - credit,
    grant: grant ?? (credit > 0 ? start : null),
    firings: parseFirings(fields.eventFirings),
    policy:
      fields.vestingDayOfMonth === undefined
        ? 'VESTING_START_DAY'
        : oneOf(fields.vestingDayOfMonth, 'runtime.vestingDayOfMonth', DAY_POLICIES),
  }
}

function parseCredit(value: unknown, start: Day | null): number {
  if (value === undefined) return 0
  const param = 'runtime.serviceCreditDays'
  const days = integer(value, param, { min: 0, max: MAX_CREDIT_DAYS })
  if (start !== null && !isRepresentable(start - days))
    refuse(param, days, 'the start moved back by it leaves the calendar; lower it')
  return days
}

export function parseDate(value: unknown, param: string): Day {
  const day = typeof value === 'string' ? parseDay(value) : null
  if (day === null) return refuse(param, value, 'give a real calendar date as YYYY-MM-DD')
  if (value === UNKNOWN_START)
    return refuse(param, value, 'this date stands for an unknown start; give a real one')
  return day
}

const NO_FIRINGS: ReadonlyMap<string, Day> = new Map()

function parseFirings(value: unknown): ReadonlyMap<string, Day> {
  if (value === undefined) return NO_FIRINGS
  const param = 'runtime.eventFirings'
  if (!Array.isArray(value) || value.length > MAX_FIRINGS) {
    return refuse(param, value, `give an array of at most ${MAX_FIRINGS} firings`)
  }
  const items: readonly unknown[] = value
  const firings = new Map<string, Day>()
  for (const [index, item] of items.entries()) {
    const at = `${param}[${index}]`
    const fields = fieldsOf(item, at, ['event_id', 'date'])
    const event = text(fields.event_id, `${at}.event_id`, 200)
    if (firings.has(event))
      refuse(`${at}.event_id`, event, 'it has fired before in this list; an event fires once')
    firings.set(event, parseDate(fields.date, `${at}.date`))
  }
  return firings
}
