import * as fc from 'fast-check'
import { addDays } from '#base/time.ts'
import { ALLOCATION_TYPES } from '#vesting/allocate.ts'
import type { Acceleration, Amendment, Life, Pause } from '#vesting/life.ts'

/** Random lives for properties: every form of statement, windows, parts, pauses, amendments, accelerations, leaving. */

export const EVENTS = ['launch', 'sale', 'dismissal', 'audit'] as const

export const anyDate = fc.integer({ min: 0, max: 3_000 }).map((days) => addDays('2023-11-29', days))
export const anyQuantity = fc.oneof(
  fc.bigInt({ min: 0n, max: 60n }),
  fc.bigInt({ min: 0n, max: 10n ** 30n }),
  fc.bigInt({ min: 1n, max: 100n }).map((n) => n * 1_200n),
)

const grid = fc.record(
  {
    occurrences: fc.integer({ min: 1, max: 16 }),
    period: fc.integer({ min: 1, max: 4 }),
    period_type: fc.constant('MONTHS'),
    cliff: fc.record({
      length: fc.integer({ min: 0, max: 100 }),
      period_type: fc.constant('DAYS'),
      percentage: fc.constantFrom('0', '0.25', '0.3333333333', '1'),
    }),
  },
  { requiredKeys: ['occurrences', 'period', 'period_type'] },
)

const event = fc
  .tuple(fc.constantFrom(...EVENTS), fc.option(anyDate), fc.option(anyDate))
  .map(([event_id, one, other]) => {
    if (one === null) return { event_id, ...(other === null ? {} : { before: other }) }
    if (other === null) return { event_id, after: one }
    return one < other ? { event_id, after: one, before: other } : { event_id, after: other, before: one }
  })

type Shape = { readonly schedule?: object; readonly event_condition?: object }
const shape: fc.Arbitrary<Shape> = fc.oneof(
  grid.map((schedule) => ({ schedule })),
  grid.map((schedule) => ({ schedule })),
  fc.tuple(grid, event).map(([schedule, event_condition]) => ({ schedule, event_condition })),
  event.map((event_condition) => ({ event_condition })),
)

const SCALE = 10_000_000_000n
const decimal = (units: bigint): string => `${units / SCALE}.${String(units % SCALE).padStart(10, '0')}`

/** Weights as decimal shares that sum to exactly 1. */
function sharesOf(weights: readonly number[]): string[] {
  const whole = BigInt(weights.reduce((sum, weight) => sum + weight, 0))
  let left = SCALE
  return weights.map((weight, index) => {
    const units = index === weights.length - 1 ? left : (SCALE * BigInt(weight)) / whole
    left -= units
    return decimal(units)
  })
}

const weight = fc.integer({ min: 1, max: 12 })
const statements = fc.array(fc.tuple(shape, weight), { minLength: 1, maxLength: 4 }).map((all) => {
  const shares = sharesOf(all.map(([, w]) => w))
  return all.map(([one], index) => ({ order: index + 1, percentage: shares[index]!, ...one }))
})

const node = fc.record({
  kind: fc.constantFrom('event', 'event', 'on', 'after'),
  date: anyDate,
  months: fc.integer({ min: 0, max: 6 }),
  occurrences: fc.integer({ min: 1, max: 4 }),
  of: fc.nat(5),
  next: fc.subarray([1, 2, 3]),
  share: fc.constantFrom('1', '2', '3'),
  remainder: fc.boolean(),
})

/** Conditions of OCF 1.2, each leading only to later ones. Many a graph makes no sense and is refused by name. */
export const anyGraph: fc.Arbitrary<unknown> = fc.array(node, { minLength: 1, maxLength: 4 }).map((nodes) => {
  const ids = ['start', ...nodes.map(({ kind }, index) => (kind === 'event' ? EVENTS[index]! : `c${index}`))]
  const after = (index: number, steps: readonly number[]): string[] =>
    steps.flatMap((step) => ids[index + step] ?? [])
  const conditions = nodes.map(({ kind, date, months, occurrences, of, next, share, remainder }, index) => ({
    id: ids[index + 1],
    portion: { numerator: share, denominator: '6', remainder },
    trigger:
      kind === 'event'
        ? { type: 'VESTING_EVENT' }
        : kind === 'on'
          ? { type: 'VESTING_SCHEDULE_ABSOLUTE', date }
          : {
              type: 'VESTING_SCHEDULE_RELATIVE',
              relative_to_condition_id: ids[of % (index + 1)],
              period: {
                type: 'MONTHS',
                length: months,
                occurrences,
                day_of_month: 'VESTING_START_DAY_OR_LAST_DAY_OF_MONTH',
              },
            },
    next_condition_ids: after(index + 1, next),
  }))
  const start = {
    id: 'start',
    quantity: '0',
    trigger: { type: 'VESTING_START_DATE' },
    next_condition_ids: ids.slice(1),
  }
  return { graph: [start, ...conditions] }
})

/** The shares of every template sum to exactly 1. */
export const anyTemplate: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: statements },
  {
    weight: 1,
    arbitrary: fc.array(fc.tuple(statements, weight), { minLength: 1, maxLength: 3 }).map((all) => {
      const shares = sharesOf(all.map(([, w]) => w))
      return { parts: all.map(([one], index) => ({ share: shares[index]!, statements: one })) }
    }),
  },
)

export type Firing = { readonly event_id: string; readonly date: string }
export const firings = (of: readonly string[]): fc.Arbitrary<Firing[]> =>
  fc
    .tuple(fc.subarray([...of]), fc.array(anyDate, { minLength: EVENTS.length, maxLength: EVENTS.length }))
    .map(([events, dates]) => events.map((event_id, index) => ({ event_id, date: dates[index]! })))

const trigger = fc.record({
  events: fc.subarray([...EVENTS], { minLength: 1, maxLength: 2 }),
  withinMonths: fc.option(fc.integer({ min: 0, max: 24 })),
  share: fc.constantFrom('0.25', '0.5', '0.3333333333', '1'),
  from: fc.constantFrom('soonest', 'latest', 'pro_rata'),
}) satisfies fc.Arbitrary<Omit<Acceleration, 'id'>>

/** Pauses that do not overlap; the last one may have no end yet. */
export const anyPauses: fc.Arbitrary<Pause[]> = fc
  .tuple(
    anyDate,
    fc.array(
      fc.record({
        gap: fc.integer({ min: 0, max: 400 }),
        days: fc.integer({ min: 1, max: 200 }),
        policy: fc.constantFrom('continue', 'pause_extend', 'pause_extend', 'pause_forfeit'),
        graceDays: fc.integer({ min: 0, max: 40 }),
      }),
      { maxLength: 3 },
    ),
    fc.boolean(),
  )
  .map(([first, all, isOpen]) => {
    let day = first
    return all.map(({ gap, days, policy, graceDays }, index) => {
      const from = addDays(day, gap)
      day = addDays(from, days)
      const to = isOpen && index === all.length - 1 ? null : day
      return { from, to, policy, graceDays }
    })
  })

export const anyAmendments: fc.Arbitrary<Amendment[]> = fc.uniqueArray(
  fc.record(
    { from: anyDate, quantity: anyQuantity, template: anyTemplate },
    { requiredKeys: ['from', 'quantity'] },
  ),
  { maxLength: 2, selector: ({ from }) => from },
)

const leaving = fc.record({
  on: anyDate,
  unvested: fc.constantFrom('forfeit', 'accelerate', 'continue'),
}) satisfies fc.Arbitrary<NonNullable<Life['leaving']>>

const clauses = fc.record(
  {
    fold: fc.constantFrom('onto_grant_date', 'into_next'),
    acceleration: fc
      .array(trigger, { maxLength: 2 })
      .map((all) => all.map((one, index) => ({ id: `clause-${index}`, ...one }))),
  },
  { requiredKeys: [] },
)

/** A life without amendments. */
export const anyLife: fc.Arbitrary<Life> = fc
  .record({
    template: anyTemplate,
    quantity: anyQuantity,
    startDate: fc.oneof(
      { weight: 30, arbitrary: anyDate },
      { weight: 1, arbitrary: fc.constant('9999-12-31') },
    ),
    grantDate: fc.option(anyDate),
    serviceCreditDays: fc.option(fc.integer({ min: 0, max: 500 })),
    eventFirings: firings(EVENTS),
    allocation: fc.oneof(fc.constant('CUMULATIVE_ROUND_DOWN' as const), fc.constantFrom(...ALLOCATION_TYPES)),
    clauses: fc.option(clauses),
    pauses: fc.oneof(fc.constant([]), anyPauses),
    leaving: fc.option(leaving, { freq: 4 }),
  })
  .map(({ startDate, grantDate, serviceCreditDays, eventFirings, clauses: said, ...rest }) => ({
    ...rest,
    clauses: said ?? {},
    runtime: {
      startDate,
      eventFirings,
      grantDate: grantDate ?? undefined,
      serviceCreditDays: serviceCreditDays ?? undefined,
    },
  }))
