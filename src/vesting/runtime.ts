import type { DateText } from '#base/time.ts'
import type { Day, DayPolicy } from './dates.ts'
import { DAY_POLICIES, parseDay } from './dates.ts'
import { fieldsOf, oneOf, refuse, text } from './fields.ts'

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
}

/** Stands for a start that is not known yet: nothing vests. */
export const UNKNOWN_START: DateText = '9999-12-31'

export type ParsedRuntime = {
  /** null when the start is not known yet. */
  readonly start: Day | null
  readonly grant: Day | null
  readonly firings: ReadonlyMap<string, Day>
  readonly policy: DayPolicy
}

const MAX_FIRINGS = 1_000

/** Throws Fault `invalid` with the field as `param`, e.g. `runtime.startDate`. */
export function parseRuntime(value: unknown): ParsedRuntime {
  const fields = fieldsOf(value, 'runtime', ['startDate', 'grantDate', 'eventFirings', 'vestingDayOfMonth'])
  const start = fields.startDate === UNKNOWN_START ? null : parseDate(fields.startDate, 'runtime.startDate')
  return {
    start,
    grant: fields.grantDate === undefined ? null : parseDate(fields.grantDate, 'runtime.grantDate'),
    firings: parseFirings(fields.eventFirings),
    policy:
      fields.vestingDayOfMonth === undefined
        ? 'VESTING_START_DAY'
        : oneOf(fields.vestingDayOfMonth, 'runtime.vestingDayOfMonth', DAY_POLICIES),
  }
}

function parseDate(value: unknown, param: string): Day {
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
