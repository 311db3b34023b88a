import type { Rational } from '#base/rational.ts'
import { floor, mul, rational } from '#base/rational.ts'
import { never } from '#base/invariant.ts'
import type { Day } from './dates.ts'
import { dayOfMonth, LAST_DAY, stepper } from './dates.ts'
import type { Item } from './item.ts'
import { UNDATED } from './item.ts'
import type { Cause } from './life.ts'

export type Trigger = {
  readonly id: string
  readonly events: readonly string[]
  readonly withinMonths: number | null
  readonly share: Rational
  readonly from: 'soonest' | 'latest' | 'pro_rata'
}

/** How far a trigger is: the day it fired on, or the last day on which what is missing would still complete it. */
export type Fired =
  | { readonly kind: 'fired'; readonly on: Day }
  | { readonly kind: 'missing'; readonly events: readonly string[]; readonly until: Day }
  /** All have fired, too far apart. */
  | { readonly kind: 'never' }

export function firedOn({ events, withinMonths }: Trigger, firings: ReadonlyMap<string, Day>): Fired {
  const days = events.flatMap((event) => firings.get(event) ?? [])
  const missing = events.filter((event) => !firings.has(event))
  const first = Math.min(...days)
  const last = Math.max(...days)
  const until = withinMonths === null || days.length === 0 ? UNDATED : monthsLater(first, withinMonths)
  if (days.length > 0 && last > until) return { kind: 'never' }
  return missing.length === 0 ? { kind: 'fired', on: last } : { kind: 'missing', events: missing, until }
}

/** The same day of the month, or the last of a shorter one. */
function monthsLater(day: Day, months: number): Day {
  const step = stepper({
    anchor: day,
    unit: 'MONTHS',
    policy: 'VESTING_START_DAY',
    vestingDay: dayOfMonth(day),
  })
  return Math.min(step(months), LAST_DAY)
}

/** Not vested by then, not lost, and not to be lost by then if nothing more happens. */
const isLeft = ({ day, lostOn, missedOn }: Item, on: Day): boolean =>
  day > on && (lostOn === null || lostOn > on) && (missedOn === undefined || missedOn > on)

/**
 * Vests on `on` the floor of `share` of what has not vested by then. What was known that day comes in the order of its
 * dates, the rest behind it in the order of the template, so that the parts that vest before an event fires are the
 * same before and after it fires.
 */
export function vestEarly(
  items: readonly Item[],
  early: {
    readonly on: Day
    readonly share: Rational
    readonly from: Trigger['from']
    readonly cause: Cause
  },
): readonly Item[] {
  const { on, share, from, cause } = early
  const candidates = items.filter((item) => isLeft(item, on))
  const known = candidates.filter(({ knownFrom }) => knownFrom <= on)
  const later = candidates.filter(({ knownFrom }) => knownFrom > on).toSorted((a, b) => a.rank - b.rank)
  const order = [...known, ...later]
  const whole = order.reduce((sum, { quantity }) => sum + quantity, 0n)
  const taken = floor(mul(share, rational(whole)))
  if (taken === 0n) return items

  const left = new Map<Item, bigint>()
  let passed = 0n
  let kept = 0n
  for (const item of order) {
    passed += item.quantity
    const keptUpTo = keptOf(passed, { from, share, whole, taken })
    left.set(item, keptUpTo - kept)
    kept = keptUpTo
  }
  const firm = order.every((item) => item.firm)
  const lump: Item = {
    day: on,
    quantity: taken,
    cause,
    lostOn: null,
    knownFrom: on,
    rank: -1,
    waiting: false,
    firm,
  }
  const rest = items.flatMap((item) => {
    const quantity = left.get(item)
    if (quantity === undefined) return [item]
    return quantity === 0n ? [] : [{ ...item, quantity, firm: item.firm && firm }]
  })
  const place = rest.findIndex((item) => item.day > on)
  return place === -1 ? [...rest, lump] : [...rest.slice(0, place), lump, ...rest.slice(place)]
}

/** How much of the first `passed` units stays for its own days. */
function keptOf(
  passed: bigint,
  early: {
    readonly from: Trigger['from']
    readonly share: Rational
    readonly whole: bigint
    readonly taken: bigint
  },
): bigint {
  const { from, share, whole, taken } = early
  switch (from) {
    case 'soonest':
      return passed > taken ? passed - taken : 0n
    case 'latest':
      return passed < whole - taken ? passed : whole - taken
    case 'pro_rata':
      return passed - floor(mul(share, rational(passed)))
    default:
      return never(from)
  }
}

/** Loses for good on `on` what has not vested by then. */
export function loseRest(items: readonly Item[], on: Day, cause: Cause): readonly Item[] {
  return items.map((item) => (isLeft(item, on) ? { ...item, lostOn: on, waiting: false, cause } : item))
}
