import { dayOf, type DateText } from '#base/time.ts'
import type { Scope } from '#ledger/types.ts'
import { PLAIN, type Terms } from './terms.ts'

/** Ready-made terms of the two usual grants. */

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

/** Four years, monthly, a quarter after the first year; what has vested stays. The quantity is the whole grant's. */
export const fourYearMonthly = ({ scope = {} }: { scope?: Scope } = {}): Terms => ({
  ...PLAIN,
  denomination: 'usd',
  statements: [
    {
      order: 1,
      percentage: '1',
      schedule: {
        occurrences: 48,
        period: 1,
        period_type: 'MONTHS',
        cliff: { length: 12, period_type: 'MONTHS', percentage: '0.25' },
      },
    },
  ],
  allocation: 'CUMULATIVE_ROUND_DOWN',
  basis: { kind: 'total' },
  expiry: { kind: 'never' },
  scope,
  priority: 60,
})
