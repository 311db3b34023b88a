import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Life, Timeline } from './life.ts'
import { timeline } from './life.ts'

const grid = (occurrences: number): object => ({ occurrences, period: 1, period_type: 'MONTHS' })
const halves = (first: object, second: object): object[] => [
  { order: 1, percentage: '0.5', ...first },
  { order: 2, percentage: '0.5', ...second },
]
const on = (event_id: string, more: object = {}): object => ({ event_condition: { event_id, ...more } })
const fired = (...all: readonly (readonly [string, string])[]) =>
  all.map(([event_id, date]) => ({ event_id, date }))
const texts = ({ resolvesTo }: Timeline): string[] =>
  resolvesTo.installments.map(({ date, quantity }) => `${date} ${quantity}`)
const stored = ({ storable }: Timeline): string[] =>
  storable.installments.map(({ date, quantity }) => `${date} ${quantity}`)

test('what has no day yet is accelerated in the order of the template, whichever fires first', () => {
  const life = (...more: readonly (readonly [string, string])[]): Life => ({
    template: halves(on('launch'), on('audit')),
    quantity: 100n,
    runtime: { startDate: '2025-01-01', eventFirings: fired(['sale', '2025-02-01'], ...more) },
    clauses: {
      acceleration: [{ id: 'sale', events: ['sale'], withinMonths: null, share: '0.5', from: 'soonest' }],
    },
  })
  const audited = timeline(life(['audit', '2025-03-01']), '2025-03-01')
  const both = timeline(life(['audit', '2025-03-01'], ['launch', '2025-04-01']), '2025-04-01')
  assert.deepEqual(texts(audited), ['2025-02-01 50', '2025-03-01 50'])
  assert.deepEqual(texts(both), texts(audited))
})

test('a sum whose next installment is lost in a leave vests on its day alone', () => {
  const life: Life = {
    template: [{ order: 1, percentage: '1', schedule: grid(4) }],
    quantity: 400n,
    runtime: { startDate: '2024-01-31', grantDate: '2024-04-10' },
    clauses: { fold: 'into_next' },
    pauses: [{ from: '2024-04-20', to: '2024-05-10', policy: 'pause_forfeit' }],
  }
  const told = timeline(life, '2024-06-30')
  assert.deepEqual(texts(told), ['2024-04-30 200', '2024-05-31 100'])
  assert.equal(told.impossible, 100n)
})

test('before the grant date what folds onto it is open, if something could still fold with it', () => {
  const life: Life = {
    template: halves({ schedule: grid(4) }, on('launch')),
    quantity: 800n,
    runtime: { startDate: '2024-01-31', grantDate: '2024-04-15' },
  }
  assert.deepEqual(stored(timeline(life, '2024-02-10')), ['2024-04-30 100', '2024-05-31 100'])
  assert.deepEqual(stored(timeline(life, '2024-04-15')), [
    '2024-04-15 200',
    '2024-04-30 100',
    '2024-05-31 100',
  ])
})

test('what an acceleration still to come will vest is open while an event could change it; what comes before is not', () => {
  const life = (...more: readonly (readonly [string, string])[]): Life => ({
    template: halves({ schedule: grid(6) }, { ...on('launch', { before: '2024-03-01' }), schedule: grid(8) }),
    quantity: 4_800n,
    runtime: { startDate: '2024-01-31', eventFirings: fired(['sale', '2024-05-15'], ...more) },
    clauses: {
      acceleration: [{ id: 'sale', events: ['sale'], withinMonths: null, share: '1', from: 'soonest' }],
    },
  })
  const monthly = ['2024-02-29 400', '2024-03-31 400', '2024-04-30 400']
  const before = timeline(life(), '2024-02-10')
  assert.deepEqual(texts(before), [...monthly, '2024-05-15 1200'])
  assert.deepEqual(stored(before), monthly)
  assert.deepEqual(texts(timeline(life(['launch', '2024-02-20']), '2024-02-20')), [
    ...monthly,
    '2024-05-15 3600',
  ])
})
