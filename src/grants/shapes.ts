import { Fault } from '#base/fault.ts'
import type { Json } from '#base/json.ts'
import { dayOf, type DateText } from '#base/time.ts'
import type { Scope } from '#ledger/types.ts'
import type { Clauses } from './clauses.ts'
import { PLAIN, type Statements, type Terms } from './terms.ts'

/** Ready-made terms of the usual grants. */

/** The schedule's start whose first monthly refill falls on `first`, or just before it where months are shorter. */
export function startForFirstRefill(first: DateText): DateText {
  const [year, month, day] = first.split('-').map(Number)
  const lastOfMonthBefore = new Date(Date.UTC(year!, month! - 1, 0)).getUTCDate()
  return dayOf(Date.UTC(year!, month! - 2, Math.min(day!, lastOfMonthBefore)))
}

/**
 * A refill every month on the day of the start, the first one a month after it. The quantity given is that of one
 * refill. Each stays spendable to the end of the `keepMonths`th month after it came: use it within three months.
 */
export const monthlyRefill = ({
  months,
  keepMonths = 3,
  scope = {},
}: {
  months: number
  keepMonths?: number
  scope?: Scope
}): Terms => ({
  ...PLAIN,
  denomination: 'usd',
  statements: [
    { order: 1, percentage: '1', schedule: { occurrences: months, period: 1, period_type: 'MONTHS' } },
  ],
  allocation: 'CUMULATIVE_ROUND_DOWN',
  basis: { kind: 'per_installment', installments: months },
  expiry: { kind: 'end_of_month_after_vest', months: keepMonths },
  scope,
  priority: 50,
})

/**
 * Months of a seat, spread evenly over so many months, the first part a month after the start. The quantity is the whole
 * grant's: 12 over 12 months is one a month. Each stays usable to the end of the `keepMonths`th month after it came.
 */
export const monthlySeats = ({ months, keepMonths = 3 }: { months: number; keepMonths?: number }): Terms => ({
  ...monthlyRefill({ months, keepMonths }),
  denomination: 'seat_month',
  basis: { kind: 'total' },
})

/** Dollars whose quantity is the whole grant's and which stay once they have vested. */
const dollars = (
  statements: Statements,
  { scope = {}, clauses = {} }: { readonly scope?: Scope; readonly clauses?: Clauses } = {},
): Terms => ({
  ...PLAIN,
  denomination: 'usd',
  statements,
  allocation: 'CUMULATIVE_ROUND_DOWN',
  basis: { kind: 'total' },
  expiry: { kind: 'never' },
  scope,
  priority: 60,
  clauses,
})

const FOUR_YEARS_MONTHLY: Json = {
  occurrences: 48,
  period: 1,
  period_type: 'MONTHS',
  cliff: { length: 12, period_type: 'MONTHS', percentage: '0.25' },
}

type Where = { readonly scope?: Scope }
type Happening = { readonly event: string; readonly after?: DateText; readonly before?: DateText }

const eventCondition = ({ event, after, before }: Happening): Json => ({
  event_id: event,
  ...(after === undefined ? {} : { after }),
  ...(before === undefined ? {} : { before }),
})

/** Four years, monthly, a quarter after the first year; what has vested stays. The quantity is the whole grant's. */
export const fourYearMonthly = (where: Where = {}): Terms =>
  dollars([{ order: 1, percentage: '1', schedule: FOUR_YEARS_MONTHLY }], where)

/** All of it on the start date. */
export const immediate = (where: Where = {}): Terms =>
  dollars(
    [{ order: 1, percentage: '1', schedule: { occurrences: 1, period: 0, period_type: 'DAYS' } }],
    where,
  )

/** Every three months, in equal parts, without a cliff. */
export const quarterly = ({ years = 4, ...where }: Where & { readonly years?: number } = {}): Terms =>
  dollars(
    [
      {
        order: 1,
        percentage: '1',
        schedule: { occurrences: years * 4, period: 3, period_type: 'MONTHS' },
      },
    ],
    where,
  )

/** Once a year, a share for each year: 5, 15, 40 and 40 per cent unless others are given. */
export const backWeighted = ({
  shares = ['0.05', '0.15', '0.4', '0.4'],
  ...where
}: Where & { readonly shares?: readonly string[] } = {}): Terms =>
  dollars(
    shares.map((percentage, year) => ({
      order: year + 1,
      percentage,
      schedule: { occurrences: 1, period: 12, period_type: 'MONTHS' },
    })),
    where,
  )

/** All of it when an event happens, such as a model that ships. */
export const milestone = ({ scope, ...happening }: Where & Happening): Terms =>
  dollars([{ order: 1, percentage: '1', event_condition: eventCondition(happening) }], scope ? { scope } : {})

/** Four years, monthly, but nothing before an event: what time has earned by then vests with it. */
export const hybrid = ({ scope, ...happening }: Where & Happening): Terms =>
  dollars(
    [
      {
        order: 1,
        percentage: '1',
        schedule: FOUR_YEARS_MONTHLY,
        event_condition: eventCondition(happening),
      },
    ],
    scope ? { scope } : {},
  )

/** Four years, monthly; the rest, or a share of it, at once if two events happen within so many months. */
export const doubleTrigger = ({
  events = ['change_of_control', 'dismissal'],
  withinMonths = 12,
  share = '1',
  ...where
}: Where & {
  readonly events?: readonly [string, string]
  readonly withinMonths?: number | null
  readonly share?: string
} = {}): Terms =>
  dollars([{ order: 1, percentage: '1', schedule: FOUR_YEARS_MONTHLY }], {
    ...where,
    clauses: { acceleration: [{ id: 'double_trigger', events, withinMonths, share, from: 'soonest' }] },
  })

/** Shapes beside each other, each with its share of the whole; everything but when they vest is as the first one says. */
export function sideBySide(parts: readonly { readonly share: string; readonly of: Terms }[]): Terms {
  const [first] = parts
  if (!first) throw new Fault('invalid', 'parts is an empty list; give at least one', { param: 'parts' })
  return {
    ...first.of,
    statements: {
      parts: parts.map(({ share, of }, index) => {
        if (Array.isArray(of.statements)) return { share, statements: of.statements }
        const param = `parts[${index}]`
        throw new Fault('invalid', `${param} is no chain of statements; give one that is`, { param })
      }),
    },
  }
}
