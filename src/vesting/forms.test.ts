import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Fault } from '#base/fault.ts'
import { anyQuantity } from '../../test/support/lives.ts'
import type { Life, Timeline } from './life.ts'
import { timeline } from './life.ts'
import { replan } from './replan.ts'
import { schedule, scheduleFromJson } from './schedule.ts'

const monthly = (occurrences: number): object => ({
  order: 1,
  percentage: '1',
  schedule: { occurrences, period: 1, period_type: 'MONTHS' },
})
const milestone = (more: object = {}): object => ({
  order: 1,
  percentage: '1',
  event_condition: { event_id: 'launch', ...more },
})
const runtime = { startDate: '2024-01-31' }
const launched = (date: string): Life['runtime'] => ({
  ...runtime,
  eventFirings: [{ event_id: 'launch', date }],
})
const shown = ({ resolvesTo }: Timeline): string[] =>
  resolvesTo.installments.map(({ date, quantity }) => `${date} ${quantity}`)

function fault(template: unknown, facts: unknown = runtime): { code: string; param: string | null } {
  try {
    scheduleFromJson({ template, quantity: 10n, runtime: facts })
  } catch (error) {
    if (error instanceof Fault) return { code: error.code, param: error.param }
    throw error
  }
  throw new Error('nothing was refused')
}

test('parts run beside each other from the same start, and each rounds for itself', () => {
  const template = {
    parts: [
      { share: '0.5', statements: [monthly(3)] },
      {
        share: '0.5',
        statements: [{ ...monthly(1), schedule: { occurrences: 1, period: 2, period_type: 'MONTHS' } }],
      },
    ],
  }
  const { installments } = schedule({ template, quantity: 7n, runtime })
  assert.deepEqual(
    installments.map(({ date, quantity }) => `${date} ${quantity}`),
    ['2024-02-29 1', '2024-03-31 1', '2024-03-31 4', '2024-04-30 1'],
  )
})

test('one part of the whole is the plain chain', () => {
  fc.assert(
    fc.property(anyQuantity, fc.integer({ min: 1, max: 48 }), (quantity, months) => {
      const statements = [monthly(months)]
      assert.deepEqual(
        schedule({ template: { parts: [{ share: '1', statements }] }, quantity, runtime }),
        schedule({ template: statements, quantity, runtime }),
      )
    }),
  )
})

test('a form that is none, or gives more than the whole, is refused by name', () => {
  const statements = [monthly(1)]
  assert.deepEqual(fault({ parts: [] }), { code: 'invalid', param: 'template.parts' })
  assert.deepEqual(fault({ parts: [{ share: '1', statements }], graph: [] }), {
    code: 'invalid',
    param: 'template.parts',
  })
  assert.deepEqual(fault({ statements }), { code: 'invalid', param: 'template' })
  assert.deepEqual(fault({ parts: [{ share: '1.1', statements }] }), {
    code: 'invalid',
    param: 'template.parts[0].share',
  })
  assert.deepEqual(
    fault({
      parts: [
        { share: '0.6', statements },
        { share: '0.5', statements },
      ],
    }),
    { code: 'over_allocated', param: 'template.parts' },
  )
  assert.deepEqual(fault({ parts: [{ share: '1', statements: [{ ...monthly(1), percentage: '1.5' }] }] }), {
    code: 'over_allocated',
    param: 'template.parts[0].statements',
  })
})

test('a window without a day, and a firing that no window takes, have names of their own', () => {
  assert.deepEqual(fault([milestone({ after: '2025-01-02', before: '2025-01-01' })]), {
    code: 'empty_window',
    param: 'template[0].event_condition',
  })
  const window = milestone({ after: '2025-01-01', before: '2025-01-31' })
  for (const date of ['2024-12-31', '2025-02-01']) {
    assert.deepEqual(fault([window], launched(date)), {
      code: 'impossible_event',
      param: 'template[0].event_condition',
    })
  }
  for (const date of ['2025-01-01', '2025-01-31']) {
    assert.equal(schedule({ template: [window], quantity: 1n, runtime: launched(date) }).total, 1n)
  }
})

test('a statement waits until its window has ended, then it is impossible', () => {
  const of = (asOf: string, facts = runtime): Timeline =>
    timeline({ template: [milestone({ before: '2025-01-31' })], quantity: 5n, runtime: facts }, asOf)
  assert.equal(of('2025-01-31').unresolved, 5n)
  assert.equal(of('2025-02-01').impossible, 5n)
  assert.deepEqual(of('2025-02-01').blockers, [])
  assert.equal(of('2025-02-01', launched('2025-02-01')).impossible, 5n)
  assert.deepEqual(of('2025-02-01').tranches[0]?.cause, {
    kind: 'window',
    at: 'template[0]',
    event: 'launch',
  })
})

test('dated installments can be stored when no firing can shift their rounding', () => {
  const stored = (template: unknown, quantity: bigint): bigint =>
    timeline({ template, quantity, runtime }, '2024-01-31').storable.total
  const chain = [
    { ...monthly(4), percentage: '0.5' },
    { ...milestone(), order: 2, percentage: '0.5' },
  ]
  assert.equal(stored(chain, 800n), 400n)
  // Half of 801 is no whole number: a launch in March would give one unit more to the installment after it.
  assert.equal(stored(chain, 801n), 0n)
  const parts = {
    parts: [
      { share: '0.5', statements: [monthly(4)] },
      { share: '0.5', statements: [milestone()] },
    ],
  }
  assert.equal(stored(parts, 801n), 400n)
})

test('a graph of conditions lives as statements do', () => {
  const life: Life = {
    template: {
      graph: [
        {
          id: 'start',
          quantity: '0',
          trigger: { type: 'VESTING_START_DATE' },
          next_condition_ids: ['monthly'],
        },
        {
          id: 'monthly',
          portion: { numerator: '1', denominator: '3' },
          trigger: {
            type: 'VESTING_SCHEDULE_RELATIVE',
            relative_to_condition_id: 'start',
            period: {
              type: 'MONTHS',
              length: 1,
              occurrences: 3,
              day_of_month: 'VESTING_START_DAY_OR_LAST_DAY_OF_MONTH',
            },
          },
          next_condition_ids: [],
        },
      ],
    },
    quantity: 100n,
    runtime,
    pauses: [{ from: '2024-03-01', to: '2024-03-11', policy: 'pause_extend' }],
    leaving: { on: '2024-04-20', unvested: 'forfeit' },
  }
  const told = timeline(life, '2024-01-31')
  assert.deepEqual(shown(told), ['2024-02-29 33', '2024-04-10 33'])
  assert.equal(told.impossible, 34n)
})

test('service credit moves the origin back, and nothing vests before the grant date or the new start', () => {
  const ask = (more: object): string[] =>
    shown(
      timeline(
        { template: [monthly(4)], quantity: 4n, runtime: { startDate: '2024-03-31', ...more } },
        '2024-01-01',
      ),
    )
  // Sixty days before 31 March is 31 January, whose last days of months the chain now keeps.
  assert.deepEqual(ask({ serviceCreditDays: 60 }), ['2024-03-31 2', '2024-04-30 1', '2024-05-31 1'])
  assert.deepEqual(ask({ serviceCreditDays: 60, grantDate: '2024-05-10' }), ['2024-05-10 3', '2024-05-31 1'])
  assert.deepEqual(ask({ serviceCreditDays: 0 }), [
    '2024-04-30 1',
    '2024-05-31 1',
    '2024-06-30 1',
    '2024-07-31 1',
  ])
})

test('an amendment raises from its day on, lowers by catching up, and never takes back', () => {
  const amended = (quantity: bigint, from: string): Timeline =>
    timeline(
      { template: [monthly(4)], quantity: 400n, runtime, amendments: [{ from, quantity }] },
      '2024-01-31',
    )
  assert.deepEqual(shown(amended(800n, '2024-03-31')), [
    '2024-02-29 100',
    '2024-03-31 100',
    '2024-03-31 200',
    '2024-04-30 200',
    '2024-05-31 200',
  ])
  assert.deepEqual(shown(amended(200n, '2024-04-01')), ['2024-02-29 100', '2024-03-31 100'])
  // On the day itself the new terms hold.
  assert.deepEqual(shown(amended(200n, '2024-03-31')), ['2024-02-29 100', '2024-04-30 50', '2024-05-31 50'])
  assert.deepEqual(shown(amended(280n, '2024-04-01')), [
    '2024-02-29 100',
    '2024-03-31 100',
    '2024-04-30 10',
    '2024-05-31 70',
  ])
  const again = timeline(
    {
      template: [monthly(4)],
      quantity: 400n,
      runtime,
      amendments: [
        { from: '2024-05-01', template: [monthly(8)] },
        { from: '2024-04-01', quantity: 800n },
      ],
    },
    '2024-01-31',
  )
  assert.equal(again.resolvesTo.total, 800n)
  assert.equal(shown(again).at(-1), '2024-09-30 100')
})

test('a plan after a change is the new curve above what has vested', () => {
  const { resolvesTo } = timeline({ template: [monthly(4)], quantity: 400n, runtime }, '2024-01-31')
  const plan = (vested: bigint): string[] =>
    replan(vested, { resolvesTo }).map(({ date, quantity }) => `${date} ${quantity}`)
  assert.deepEqual(plan(0n).length, 4)
  assert.deepEqual(plan(150n), ['2024-03-31 50', '2024-04-30 100', '2024-05-31 100'])
  assert.deepEqual(plan(400n), [])
  assert.deepEqual(plan(500n), [])
})

test('what vests with the next installment does not wait for a date on which the terms vest nothing', () => {
  const cliff = { length: 24, period_type: 'DAYS', percentage: '1' }
  const schedule = { occurrences: 4, period: 2, period_type: 'YEARS', cliff }
  const life: Life = {
    template: [{ order: 1, percentage: '1', schedule }],
    quantity: 100n,
    runtime: { startDate: '2001-07-01', grantDate: '2002-05-07' },
    clauses: { fold: 'into_next' },
  }
  assert.deepEqual(shown(timeline(life, '2002-05-07')), ['2002-05-07 100'])
})
