import assert from 'node:assert/strict'
import { test } from 'node:test'

import { hourWords, periodWords, viewOf } from './period.ts'

const TODAY = '2026-11-21'

test('an address without a period asks for the last 30 UTC days, today included', () => {
  const view = viewOf({}, TODAY)
  assert.deepEqual(
    [view.from, view.to, view.days, view.span, view.step, view.by],
    ['2026-10-23', TODAY, 30, '30', 'day', 'model'],
  )
  assert.equal(periodWords(view, TODAY), 'in the last 30 days')
})

test('a day inside the period is looked at by the hour, and the period stays in the address', () => {
  const view = viewOf({ days: '90', day: '2026-11-18', hour: '2026-11-18T14' }, TODAY)
  assert.deepEqual(
    [view.from, view.to, view.step, view.span, view.hour],
    ['2026-11-18', '2026-11-18', 'hour', '90', '2026-11-18T14'],
  )
  assert.equal(periodWords(view, TODAY), 'on Nov 18, 2026')
})

test('an hour outside the days that are shown narrows nothing', () => {
  assert.equal(viewOf({ day: '2026-11-18', hour: '2026-11-17T14' }, TODAY).hour, null)
})

test('days of one’s own win over a preset; what is no date is as if it were not there', () => {
  const own = viewOf({ from: '2026-02-01', to: '2026-02-28', days: '7' }, TODAY)
  assert.deepEqual([own.days, own.span], [28, null])
  assert.equal(periodWords(own, TODAY), 'from Feb 1 to Feb 28, 2026')
  assert.equal(viewOf({ from: 'yesterday', day: '2026-99-99', by: 'shoe size' }, TODAY).days, 30)
})

test('filters are read from the address as text and go on to calls and entries', () => {
  const view = viewOf({ model: 'gpt-5.2', key: 'none', account: 'held' }, TODAY)
  assert.deepEqual(view.filter, { model: 'gpt-5.2', key: 'none' })
})

test('the last hour of a day ends at midnight', () => {
  assert.equal(hourWords('2026-11-18T23:00:00.000Z'), '23:00–00:00')
})
