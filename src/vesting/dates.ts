import { invariant } from '#base/invariant.ts'
import type { DateText } from '#base/time.ts'

/** A calendar day as a whole number of days since 1970-01-01, proleptic Gregorian. Plain integers: exact and fast. */
export type Day = number

export const DAY_POLICIES = [
  'VESTING_START_DAY',
  'FIRST_DAY_OF_MONTH',
  'LAST_DAY_OF_MONTH',
  'VESTING_START_DAY_MINUS_ONE',
] as const
export type DayPolicy = (typeof DAY_POLICIES)[number]

export type Unit = 'DAYS' | 'MONTHS'

const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

const monthLength = (year: number, month: number): number =>
  month === 1 && isLeap(year) ? 29 : MONTH_LENGTHS[month]!

/**
 * Days before the 1st of a month (0 = January). Years are counted from March, so that the leap day comes last and
 * the lengths of the months before it repeat every five: 153 days.
 */
function firstOfMonth(year: number, month: number): Day {
  const marchYear = month < 2 ? year - 1 : year
  const sinceMarch = (month + 10) % 12
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + Math.floor((153 * sinceMarch + 2) / 5) - 719_468
}

export const FIRST_DAY: Day = firstOfMonth(1, 0)
export const LAST_DAY: Day = firstOfMonth(9999, 11) + 30

/** '2025-01-31' → 20119; null for anything but a real date of the years 0001–9999. */
export function parseDay(text: string): Day | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  const year = Number(text.slice(0, 4))
  const month = Number(text.slice(5, 7)) - 1
  const day = Number(text.slice(8))
  if (year < 1 || month < 0 || month > 11 || day < 1 || day > monthLength(year, month)) return null
  return firstOfMonth(year, month) + day - 1
}

type Civil = { readonly year: number; readonly month: number; readonly day: number }

function civil(serial: Day): Civil {
  // A first guess from the mean length of a year is never more than one year off.
  let year = Math.floor((serial + 719_528) / 365.2425)
  while (firstOfMonth(year, 0) > serial) year -= 1
  while (firstOfMonth(year + 1, 0) <= serial) year += 1
  let month = 0
  while (month < 11 && firstOfMonth(year, month + 1) <= serial) month += 1
  return { year, month, day: serial - firstOfMonth(year, month) + 1 }
}

/** Texts are remembered for the years in which people vest; others are written each time. */
const REMEMBERED_FROM = firstOfMonth(1970, 0)
const REMEMBERED_TO = firstOfMonth(2170, 0)
const remembered: (DateText | undefined)[] = []

const two = (n: number): string => String(n).padStart(2, '0')

export function formatDay(serial: Day): DateText {
  const slot = serial - REMEMBERED_FROM
  const known = slot >= 0 && serial < REMEMBERED_TO
  const before = known ? remembered[slot] : undefined
  if (before !== undefined) return before
  invariant(isRepresentable(serial), 'only days of the years 0001–9999 are written')
  const { year, month, day } = civil(serial)
  const text = `${String(year).padStart(4, '0')}-${two(month + 1)}-${two(day)}`
  if (known) remembered[slot] = text
  return text
}

export const isRepresentable = (serial: Day): boolean => serial >= FIRST_DAY && serial <= LAST_DAY

export const dayOfMonth = (serial: Day): number => civil(serial).day

/**
 * A stepper from `anchor`: n days, or n months with the day chosen by `policy`. The two start-day policies take the
 * day from `vestingDay` (the chain's origin), never from the anchor, so a short month leaves no trace. The result is
 * unchecked: callers refuse what is not representable.
 */
export function stepper(step: {
  readonly anchor: Day
  readonly unit: Unit
  readonly policy: DayPolicy
  readonly vestingDay: number
}): (units: number) => Day {
  const { anchor, unit, policy, vestingDay } = step
  if (unit === 'DAYS') return (units) => anchor + units
  const from = civil(anchor)
  const fromMonth = from.year * 12 + from.month
  return (units) => {
    const target = fromMonth + units
    const year = Math.floor(target / 12)
    const month = target - year * 12
    // Far beyond the calendar the arithmetic would lose exactness; such days only need to be out of range.
    if (year > 10_000) return Number.POSITIVE_INFINITY
    const first = firstOfMonth(year, month)
    if (policy === 'FIRST_DAY_OF_MONTH') return first
    const length = monthLength(year, month)
    if (policy === 'LAST_DAY_OF_MONTH') return first + length - 1
    const clamped = first + Math.min(vestingDay, length) - 1
    return policy === 'VESTING_START_DAY_MINUS_ONE' ? clamped - 1 : clamped
  }
}
