import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awaitedEvents } from './awaited.ts'

const milestone = (event: string) => ({ order: 1, percentage: '1', event_condition: { event_id: event } })

test('the events of statements, parts, graphs and accelerations are named once each', () => {
  const clauses = {
    acceleration: [
      { id: 'a', events: ['sale', 'let go'], withinMonths: 12, share: '1', from: 'soonest' as const },
    ],
  }
  assert.deepEqual(awaitedEvents({ statements: [milestone('ship'), milestone('sale')], clauses }), [
    'ship',
    'sale',
    'let go',
  ])
  const parts = [{ share: '1', statements: [milestone('ship')] }]
  assert.deepEqual(awaitedEvents({ statements: { parts }, clauses: {} }), ['ship'])
  const graph = [
    { id: 'start', trigger: { type: 'VESTING_START_DATE' }, next_condition_ids: ['launch'] },
    { id: 'launch', trigger: { type: 'VESTING_EVENT' }, next_condition_ids: [] },
  ]
  assert.deepEqual(awaitedEvents({ statements: { graph }, clauses: {} }), ['launch'])
  const monthly = {
    order: 1,
    percentage: '1',
    schedule: { occurrences: 1, period: 1, period_type: 'MONTHS' },
  }
  assert.deepEqual(awaitedEvents({ statements: [monthly], clauses: {} }), [])
})
