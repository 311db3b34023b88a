import { Fault } from '#base/fault.ts'
import { never } from '#base/invariant.ts'
import { DAY, isDate, startOfDay, type DateText, type Millis } from '#base/time.ts'
import { parseShare } from './share.ts'

/**
 * When a vested tranche stops being spendable. Days are UTC days.
 * `days_after_vest`: spendable on so many days, the vest day among them. `on`: the date is the last spendable day.
 * `end_of_month_after_vest`: to the end of the so-manyth month after the month of vesting; 0 is that month itself.
 */
export type ExpiryRule =
  | { readonly kind: 'never' }
  | { readonly kind: 'days_after_vest'; readonly days: number; readonly rollover?: Rollover }
  | { readonly kind: 'on'; readonly date: DateText }
  | { readonly kind: 'end_of_month_after_vest'; readonly months: number; readonly rollover?: Rollover }

/**
 * Once, at its expiry, a share of what is left of a lot goes on for so many months; the rest expires. `share`: a decimal
 * above 0 and at most "1", rounded down. `cap`: the most of one lot, in the grant's smallest unit; null for no cap.
 */
export type Rollover = { readonly share: string; readonly cap: string | null; readonly months: number }

export const MAX_EXPIRY_DAYS = 36_525
export const MAX_EXPIRY_MONTHS = 1_200

/** The instant from which a tranche that vested on `date` is expired; null when it never is. */
export function expiresAt(rule: ExpiryRule, date: DateText): Millis | null {
  switch (rule.kind) {
    case 'never':
      return null
    case 'days_after_vest':
      return startOfDay(date) + rule.days * DAY
    case 'on':
      return startOfDay(rule.date) + DAY
    case 'end_of_month_after_vest':
      return startOfMonthAfter(date, rule.months + 1)
    default:
      return never(rule)
  }
}

/**
 * From when to when a tranche can be spent. What a leave or a late event has moved beyond the last day becomes a lot of
 * that day, which has passed: it vests, and expires with it.
 */
export function spendable(
  rule: ExpiryRule,
  date: DateText,
): { readonly effectiveAt: Millis; readonly expiresAt: Millis | null } {
  const [from, ends] = [startOfDay(date), expiresAt(rule, date)]
  return { effectiveAt: ends !== null && ends <= from ? ends - DAY : from, expiresAt: ends }
}

/** Throws Fault `invalid` for a tranche that could never be spent because it expires before it vests. */
export function checkSpendable(rule: ExpiryRule, dates: readonly DateText[]): void {
  const late = dates.find((date) => (expiresAt(rule, date) ?? Infinity) <= startOfDay(date))
  if (late === undefined || rule.kind !== 'on') return
  throw new Fault(
    'invalid',
    `expiry.date is ${rule.date}, but a tranche vests on ${late}; choose a later expiry or an earlier start`,
    { param: 'expiry.date' },
  )
}

export function checkExpiry(rule: ExpiryRule): void {
  switch (rule.kind) {
    case 'never':
      return
    case 'days_after_vest':
      checkCount('expiry.days', rule.days, 1, MAX_EXPIRY_DAYS)
      return checkRollover(rule.rollover)
    case 'on':
      if (isDate(rule.date)) return
      throw new Fault('invalid', `expiry.date is "${rule.date}"; give a real date as YYYY-MM-DD`, {
        param: 'expiry.date',
      })
    case 'end_of_month_after_vest':
      checkCount('expiry.months', rule.months, 0, MAX_EXPIRY_MONTHS)
      return checkRollover(rule.rollover)
    default:
      return never(rule)
  }
}

function checkRollover(rollover: Rollover | undefined): void {
  if (rollover === undefined) return
  parseShare(rollover.share, 'expiry.rollover.share')
  checkCount('expiry.rollover.months', rollover.months, 1, MAX_EXPIRY_MONTHS)
  const { cap } = rollover
  if (cap === null || (/^[1-9]\d{0,18}$/.test(cap) && BigInt(cap) < 2n ** 63n)) return
  throw new Fault('invalid', `expiry.rollover.cap is "${cap}"; give an amount above 0, or null for no cap`, {
    param: 'expiry.rollover.cap',
  })
}

function checkCount(param: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return
  throw new Fault('invalid', `${param} is ${value}; give an integer from ${min} to ${max}`, { param })
}

function startOfMonthAfter(date: DateText, months: number): Millis {
  const first = new Date(startOfDay(`${date.slice(0, 7)}-01`))
  return first.setUTCMonth(first.getUTCMonth() + months)
}
