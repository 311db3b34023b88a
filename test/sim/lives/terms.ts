import { rational, type Rational } from '#base/rational.ts'
import { startOfDay, type Millis } from '#base/time.ts'
import { DEFAULT_LEAVING } from '#grants/defaults.ts'
import { fourYearMonthly, monthlyRefill } from '#grants/shapes.ts'
import type { Terms } from '#grants/terms.ts'

const every = (occurrences: number, period: number) => ({
  schedule: { occurrences, period, period_type: 'MONTHS' },
})
const total = { basis: { kind: 'total' } } as const

/** One of each thing that a contract can say of life. Quantities are small enough that rounding shows. */
export const TERMS: readonly Terms[] = [
  {
    ...monthlyRefill({ months: 12 }),
    ...total,
    expiry: {
      kind: 'end_of_month_after_vest',
      months: 2,
      rollover: { share: '0.5', cap: '40', months: 2 },
    },
  },
  {
    ...fourYearMonthly(),
    clauses: {
      portability: { purposes: ['open_source'], share: '0.3', days: 300, except: ['INVOLUNTARY_WITH_CAUSE'] },
      leave: [{ leave: '*', policy: 'pause_extend', graceDays: 10 }],
    },
  },
  {
    ...monthlyRefill({ months: 8 }),
    ...total,
    statements: [{ order: 1, percentage: '1', ...every(8, 3) }],
    expiry: { kind: 'days_after_vest', days: 200, rollover: { share: '0.25', cap: null, months: 5 } },
    scope: { purposes: ['work', 'learning'] },
    clauses: { leave: [{ leave: '*', policy: 'pause_forfeit', graceDays: 0 }] },
  },
  {
    ...monthlyRefill({ months: 6 }),
    ...total,
    expiry: { kind: 'never' },
    clauses: {
      leaving: {
        ...DEFAULT_LEAVING,
        VOLUNTARY_OTHER: { unvested: 'continue', vested: { kind: 'keep' }, held: 'finish' },
        VOLUNTARY_RETIREMENT: { unvested: 'accelerate', vested: { kind: 'keep' }, held: 'finish' },
        INVOLUNTARY_WITH_CAUSE: { unvested: 'forfeit', vested: { kind: 'revoke' }, held: 'cancel' },
      },
      leave: [{ leave: 'unpaid', policy: 'pause_extend', graceDays: 0 }],
    },
  },
  {
    ...fourYearMonthly(),
    statements: [
      { order: 1, percentage: '0.1', ...every(1, 12) },
      { order: 2, percentage: '0.3', ...every(4, 3) },
      { order: 3, percentage: '0.6', ...every(12, 1) },
    ],
    allocation: 'CUMULATIVE_ROUND_DOWN',
    clauses: {
      repricing: { index: 'GPU_SECOND/H100-SXM/guaranteed', floor: 'dollars', threshold: '0.1', atMost: '2' },
      acceleration: [{ id: 'sale', events: ['sale'], withinMonths: null, share: '0.5', from: 'latest' }],
    },
  },
  {
    ...fourYearMonthly(),
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'guaranteed' },
    statements: [
      { order: 1, percentage: '0.75', ...every(24, 1) },
      { order: 2, percentage: '0.25', event_condition: { event_id: 'sale' } },
    ],
  },
  {
    ...monthlyRefill({ months: 12 }),
    formula: { kind: 'by_level', levels: { IC3: '101', IC4: '203' }, otherwise: '307' },
  },
]
/** The one whose quantity follows from the level. */
export const BY_LEVEL = TERMS.length - 1

/** Dollars for a GPU-hour: it falls by a quarter every two years. */
export function indexAt(at: Millis, begin: Millis): Rational {
  const years = Math.floor((at - begin) / (730 * 86_400_000))
  return rational(
    4_000_000_000n * 3n ** BigInt(Math.max(years, 0)),
    3_600n * 4n ** BigInt(Math.max(years, 0)),
  )
}

export const BEGIN: Millis = startOfDay('2027-01-01')
