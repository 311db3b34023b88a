import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { ALLOCATION_TYPES } from './allocate.ts'
import { DAY_POLICIES } from './dates.ts'
import type { Runtime } from './runtime.ts'
import type { Schedule } from './schedule.ts'
import { schedule } from './schedule.ts'

const monthly = (occurrences: number, more: object = {}): object => ({
  occurrences,
  period: 1,
  period_type: 'MONTHS',
  ...more,
})
const one = (grid: object): object[] => [{ order: 1, percentage: '1', schedule: grid }]
const shown = ({ installments }: Schedule): string[] =>
  installments.map(({ date, quantity }) => `${date} ${quantity}`)

const quantity = fc.bigInt({ min: 0n, max: 10n ** 30n })
const anyDate = fc
  .integer({ min: 0, max: 20_000 })
  .map((days) => String(Temporal.PlainDate.from('2000-01-01').add({ days })))
const grid = fc.record({
  occurrences: fc.integer({ min: 1, max: 60 }),
  period: fc.integer({ min: 1, max: 40 }),
  period_type: fc.constantFrom('DAYS', 'MONTHS', 'YEARS'),
  vesting_day_of_month: fc.constantFrom(...DAY_POLICIES),
})

/** Statements whose percentages sum to exactly 1, some with a cliff that leaves a rest. */
const wholeTemplate = fc
  .array(fc.tuple(grid, fc.integer({ min: 1, max: 1_000 }), fc.option(fc.integer({ min: 0, max: 100 }))), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => {
    const scale = 10_000_000_000n
    let left = scale
    return parts.map(([shape, weight, cliffPercent], index) => {
      const units = index === parts.length - 1 ? left : (left * BigInt(weight)) / 1_500n
      left -= units
      const cliff = { length: 0, period_type: 'DAYS', percentage: String((cliffPercent ?? 0) / 100) }
      return {
        order: index + 1,
        percentage: `${units / scale}.${String(units % scale).padStart(10, '0')}`,
        schedule: cliffPercent === null ? shape : { ...shape, cliff },
      }
    })
  })
const anyRuntime = fc
  .tuple(anyDate, fc.option(anyDate))
  .map(([startDate, grantDate]): Runtime => (grantDate === null ? { startDate } : { startDate, grantDate }))

test('a schedule sums to exactly the quantity, ascends in time and has no empty installment', () => {
  fc.assert(
    fc.property(
      wholeTemplate,
      quantity,
      anyRuntime,
      fc.constantFrom(...ALLOCATION_TYPES),
      (template, total, facts, type) => {
        const result = schedule({ template, quantity: total, runtime: facts, allocation: type })
        assert.equal(result.total, total)
        assert.equal(
          result.installments.reduce((sum, item) => sum + item.quantity, 0n),
          total,
        )
        assert.ok(result.installments.every((item) => item.quantity > 0n))
        const dates = result.installments.map((item) => item.date)
        assert.deepEqual(dates, dates.toSorted())
      },
    ),
  )
})

test('a monthly grid never drifts: every date is the start day or the last of a shorter month', () => {
  fc.assert(
    fc.property(anyDate, fc.integer({ min: 1, max: 120 }), (startDate, months) => {
      const { installments } = schedule({
        template: one(monthly(months)),
        quantity: BigInt(months),
        runtime: { startDate },
      })
      const start = Temporal.PlainDate.from(startDate)
      assert.equal(installments.length, months)
      for (const [index, item] of installments.entries()) {
        assert.equal(item.date, String(start.add({ months: index + 1 })))
      }
    }),
  )
})

const accrued = (total: bigint, month: number, months: number): bigint =>
  (total * BigInt(month)) / BigInt(months)

test('plain monthly vesting agrees with the schoolbook formula', () => {
  fc.assert(
    fc.property(quantity, fc.integer({ min: 1, max: 60 }), (total, months) => {
      const result = schedule({
        template: one(monthly(months)),
        quantity: total,
        runtime: { startDate: '2025-01-15' },
      })
      const expected = Array.from({ length: months }, (_, index) => {
        return accrued(total, index + 1, months) - accrued(total, index, months)
      }).filter((amount) => amount > 0n)
      assert.deepEqual(
        result.installments.map((item) => item.quantity),
        expected,
      )
    }),
  )
})

const hundredths = (n: number): string => `0.${String(n).padStart(2, '0')}`

test('a statement split in two is the same schedule', () => {
  fc.assert(
    fc.property(
      quantity,
      anyDate,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 30 }),
      (total, startDate, a, b) => {
        const split = [
          { order: 1, percentage: hundredths(a), schedule: monthly(a) },
          { order: 2, percentage: hundredths(b), schedule: monthly(b) },
        ]
        const whole = [{ order: 1, percentage: hundredths(a + b), schedule: monthly(a + b) }]
        const ask = (template: object[]): Schedule =>
          schedule({ template, quantity: total, runtime: { startDate } })
        assert.deepEqual(ask(split), ask(whole))
      },
    ),
  )
})

const vestedAfter = ({ installments }: Schedule, day: string): bigint =>
  installments.filter((item) => item.date > day).reduce((sum, item) => sum + item.quantity, 0n)

test('folding onto the grant date moves amounts and loses none', () => {
  fc.assert(
    fc.property(wholeTemplate, quantity, anyDate, anyDate, (template, total, startDate, grantDate) => {
      const before = schedule({ template, quantity: total, runtime: { startDate } })
      const after = schedule({ template, quantity: total, runtime: { startDate, grantDate } })
      assert.equal(after.total, before.total)
      assert.equal(vestedAfter(after, grantDate), vestedAfter(before, grantDate))
      assert.ok(after.installments.every((item) => item.date >= grantDate))
    }),
  )
})

test('percentages below the whole vest the floor of what they say', () => {
  const template = [{ order: 1, percentage: '0.3333333333', schedule: monthly(3) }]
  const result = schedule({ template, quantity: 100n, runtime: { startDate: '2025-01-01' } })
  assert.equal(result.total, 33n)
})

test('a held grid vests nothing before its event, then what has accrued in one lump', () => {
  const template = [
    { order: 1, percentage: '1', schedule: monthly(4), event_condition: { event_id: 'approval' } },
  ]
  const ask = (date?: string): string[] =>
    shown(
      schedule({
        template,
        quantity: 8n,
        runtime: { startDate: '2025-01-31', eventFirings: date ? [{ event_id: 'approval', date }] : [] },
      }),
    )
  assert.deepEqual(ask(), [])
  assert.deepEqual(ask('2025-04-10'), ['2025-04-10 4', '2025-04-30 2', '2025-05-31 2'])
  assert.deepEqual(ask('2025-02-27'), ['2025-02-28 2', '2025-03-31 2', '2025-04-30 2', '2025-05-31 2'])
  assert.deepEqual(ask('2026-01-01'), ['2026-01-01 8'])
})

test('the cliff of a held grid is a floor in time; its percentage does not apply', () => {
  const cliff = { length: 3, period_type: 'MONTHS', percentage: '0.1' }
  const template = [
    { order: 1, percentage: '1', schedule: monthly(4, { cliff }), event_condition: { event_id: 'e' } },
  ]
  const facts = { startDate: '2025-01-31', eventFirings: [{ event_id: 'e', date: '2025-02-01' }] }
  assert.deepEqual(shown(schedule({ template, quantity: 8n, runtime: facts })), [
    '2025-04-30 6',
    '2025-05-31 2',
  ])
})

test('a milestone vests at its event, not before its place in the chain', () => {
  const template = [
    { order: 1, percentage: '0.5', schedule: monthly(2) },
    { order: 2, percentage: '0.5', event_condition: { event_id: 'launch' } },
  ]
  const ask = (date: string): string[] =>
    shown(
      schedule({
        template,
        quantity: 4n,
        runtime: { startDate: '2025-01-31', eventFirings: [{ event_id: 'launch', date }] },
      }),
    )
  assert.deepEqual(ask('2025-06-15'), ['2025-02-28 1', '2025-03-31 1', '2025-06-15 2'])
  assert.deepEqual(ask('2025-01-01'), ['2025-02-28 1', '2025-03-31 1', '2025-03-31 2'])
})

test('the policy of the grant serves the statements that have none', () => {
  const runtime: Runtime = { startDate: '2025-01-15', vestingDayOfMonth: 'LAST_DAY_OF_MONTH' }
  const own = { vesting_day_of_month: 'FIRST_DAY_OF_MONTH' }
  assert.deepEqual(shown(schedule({ template: one(monthly(1)), quantity: 1n, runtime })), ['2025-02-28 1'])
  assert.deepEqual(shown(schedule({ template: one(monthly(1, own)), quantity: 1n, runtime })), [
    '2025-02-01 1',
  ])
})

test('a year is twelve months, leap day included', () => {
  const runtime = { startDate: '2024-02-29' }
  const years = one({ occurrences: 4, period: 1, period_type: 'YEARS' })
  const months = one({ occurrences: 4, period: 12, period_type: 'MONTHS' })
  const expected = ['2025-02-28 1', '2026-02-28 1', '2027-02-28 1', '2028-02-29 1']
  assert.deepEqual(shown(schedule({ template: years, quantity: 4n, runtime })), expected)
  assert.deepEqual(shown(schedule({ template: months, quantity: 4n, runtime })), expected)
})

test('a start that is not known yet vests nothing', () => {
  assert.deepEqual(
    shown(schedule({ template: one(monthly(12)), quantity: 9n, runtime: { startDate: '9999-12-31' } })),
    [],
  )
})
