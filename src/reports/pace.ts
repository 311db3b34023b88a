import { add, compare, div, floor, halfEven, rational, ZERO } from '#base/rational.ts'
import type { Rational } from '#base/rational.ts'
import { DAY, dayOf, startOfDay } from '#base/time.ts'
import type { DateText, Millis } from '#base/time.ts'

/** How many days back the pace looks. */
export const PACE_DAYS = 14
/** Longer runways say nothing that a person could use; they are shown as this many days. */
export const RUNWAY_LIMIT_DAYS = 3_650

/** One tranche of a grant as the plan sees it: what vests when, and when it would be gone by itself. */
export type PlannedTranche = {
  readonly date: DateText
  readonly quantity: bigint
  readonly expiresOn: DateText | null
}

/** The mean of a day: what was spent in the last `days` days, divided by them. */
export const meanPerDay = (spent: bigint, days: number): Rational => rational(spent, BigInt(days))

/**
 * Whole days that `available` lasts at a pace; null when nothing is spent, because then it never ends.
 * Never more than RUNWAY_LIMIT_DAYS.
 */
export function runwayDays(available: bigint, perDay: Rational): number | null {
  if (compare(perDay, ZERO) <= 0) return null
  const days = floor(div(rational(available), perDay))
  return days > BigInt(RUNWAY_LIMIT_DAYS) ? RUNWAY_LIMIT_DAYS : Number(days)
}

/**
 * The pace that the grants themselves set: the tranche that vested last is meant to last until the grant's next one,
 * or until it expires when it is the grant's last. A last tranche that never expires sets no pace.
 */
export function planPerDay(grants: readonly (readonly PlannedTranche[])[], today: DateText): Rational {
  let sum = ZERO
  for (const tranches of grants) {
    const past = tranches.filter(({ date }) => date <= today)
    const current = latest(past.map(({ date }) => date))
    const next = earliest(tranches.filter(({ date }) => date > today).map(({ date }) => date))
    // Tranches that fall on one date are one portion of pay; as the last ones each lasts until its own expiry.
    for (const { date, quantity, expiresOn } of past) {
      const until = next ?? expiresOn
      if (date !== current || until === null || until <= today) continue
      sum = add(sum, rational(quantity, BigInt(daysBetween(date, until))))
    }
  }
  return sum
}

const latest = (dates: readonly DateText[]): DateText | null =>
  dates.reduce<DateText | null>((best, one) => (best === null || one > best ? one : best), null)
const earliest = (dates: readonly DateText[]): DateText | null =>
  dates.reduce<DateText | null>((best, one) => (best === null || one < best ? one : best), null)

/** Nano-dollars a day as shown: rounded half to even. */
export const shown = (perDay: Rational): bigint => halfEven(perDay)

export const daysBetween = (from: DateText, to: DateText): number =>
  Math.round((startOfDay(to) - startOfDay(from)) / DAY)

/** Where a window of so many UTC days begins that ends with today: as charts and the filters of entries count them. */
export const startOfWindow = (now: Millis, days: number): Millis => startOfDay(dayOf(now)) - (days - 1) * DAY
