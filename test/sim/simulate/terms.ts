import { addDays, DAY, startOfDay, type DateText, type Millis } from '#base/time.ts'
import { monthlyRefill } from '#grants/shapes.ts'
import type { Terms } from '#grants/terms.ts'
import type { LeaverReason } from '#grants/clauses.ts'

/** Where lots may be spent, by the names that the model calls them. */
export const SCOPES = {
  any: {},
  small: { classes: ['small'] },
  learning: { purposes: ['learning'] },
} as const
export type ScopeName = keyof typeof SCOPES
export const SCOPE_NAMES: readonly ScopeName[] = ['any', 'small', 'learning']

export type CallKind = { readonly cls: 'small' | 'standard'; readonly purpose: 'work' | 'learning' }

export const admitted = (scope: ScopeName, { cls, purpose }: CallKind): boolean =>
  scope === 'any' || (scope === 'small' ? cls === 'small' : purpose === 'learning')

/** A contract as the rooms get it, and beside it the same thing said so plainly that the model can count it by itself. */
export type Contract = {
  readonly name: string
  readonly terms: Terms
  readonly priority: number
  readonly scope: ScopeName
  readonly tranches: number
  /** The day of the nth tranche, n from 1. */
  readonly day: (start: DateText, n: number) => DateText
  readonly ends: (day: DateText) => Millis
}

const monthsOn = (start: DateText, months: number): Date => {
  const date = new Date(startOfDay(start))
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate()))
}
const dayText = (date: Date): DateText => date.toISOString().slice(0, 10)
const base = { ...monthlyRefill({ months: 12 }), basis: { kind: 'total' } } as const
const every = (occurrences: number, period: number, periodType: 'MONTHS' | 'DAYS') => [
  { order: 1, percentage: '1', schedule: { occurrences, period, period_type: periodType } },
]

/** Start days are at most the 28th, so that months need no clamping here: the schedule's own tests have that. */
export const CONTRACTS: readonly Contract[] = [
  {
    name: 'monthly, to the end of the next month',
    terms: { ...base, expiry: { kind: 'end_of_month_after_vest', months: 1 } },
    priority: 50,
    scope: 'any',
    tranches: 12,
    day: (start, n) => dayText(monthsOn(start, n)),
    ends: (day) => monthsOn(`${day.slice(0, 7)}-01`, 2).getTime(),
  },
  {
    name: 'every ten days, for good',
    terms: { ...base, statements: every(9, 10, 'DAYS'), expiry: { kind: 'never' }, priority: 60 },
    priority: 60,
    scope: 'any',
    tranches: 9,
    day: (start, n) => addDays(start, 10 * n),
    ends: () => Infinity,
  },
  {
    name: 'weekly for small models, ten days each',
    terms: {
      ...base,
      statements: every(13, 7, 'DAYS'),
      expiry: { kind: 'days_after_vest', days: 10 },
      scope: SCOPES.small,
      priority: 10,
    },
    priority: 10,
    scope: 'small',
    tranches: 13,
    day: (start, n) => addDays(start, 7 * n),
    ends: (day) => startOfDay(day) + 10 * DAY,
  },
  {
    name: 'at once for learning, 45 days',
    terms: {
      ...base,
      statements: every(1, 0, 'DAYS'),
      expiry: { kind: 'days_after_vest', days: 45 },
      scope: SCOPES.learning,
    },
    priority: 50,
    scope: 'learning',
    tranches: 1,
    day: (start) => start,
    ends: (day) => startOfDay(day) + 45 * DAY,
  },
  {
    name: 'at once, 150 days',
    terms: {
      ...base,
      statements: every(1, 0, 'DAYS'),
      expiry: { kind: 'days_after_vest', days: 150 },
      priority: 30,
    },
    priority: 30,
    scope: 'any',
    tranches: 1,
    day: (start) => start,
    ends: (day) => startOfDay(day) + 150 * DAY,
  },
]

/** The nth part of a quantity: what is due by then, rounded down, less what was due before. */
export const partOf = (quantity: bigint, n: number, of: number): bigint =>
  (quantity * BigInt(n)) / BigInt(of) - (quantity * BigInt(n - 1)) / BigInt(of)

/** What leaving does where a contract is silent: the unvested is lost or vests, the vested stays for a while or ends. */
export const REASONS: readonly {
  readonly reason: LeaverReason
  readonly unvested: 'forfeit' | 'vest'
  /** Days after leaving; 0 ends at once. */
  readonly window: number
}[] = [
  { reason: 'VOLUNTARY_OTHER', unvested: 'forfeit', window: 90 },
  { reason: 'INVOLUNTARY_WITH_CAUSE', unvested: 'forfeit', window: 0 },
  { reason: 'INVOLUNTARY_DEATH', unvested: 'vest', window: 365 },
]
