import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultCode } from '#base/fault.ts'
import { parseGraph } from './checks.ts'
import { importVestingTerms } from './terms.ts'

type Members = Readonly<Record<string, unknown>>

const start = (next: readonly string[], id = 'start'): Members => ({
  id,
  quantity: '0',
  trigger: { type: 'VESTING_START_DATE' },
  next_condition_ids: next,
})
const event = (id: string, next: readonly string[] = [], portion: Members = share('1', '10')): Members => ({
  id,
  portion,
  trigger: { type: 'VESTING_EVENT' },
  next_condition_ids: next,
})
const on = (id: string, date: string, next: readonly string[] = []): Members => ({
  id,
  quantity: '0',
  trigger: { type: 'VESTING_SCHEDULE_ABSOLUTE', date },
  next_condition_ids: next,
})
const after = (id: string, of: string, period: Members, next: readonly string[] = []): Members => ({
  id,
  portion: share('1', '100'),
  trigger: {
    type: 'VESTING_SCHEDULE_RELATIVE',
    period: { length: 1, type: 'DAYS', occurrences: 1, ...period },
    relative_to_condition_id: of,
  },
  next_condition_ids: next,
})
const share = (numerator: string, denominator: string, remainder?: boolean): Members => ({
  numerator,
  denominator,
  ...(remainder === undefined ? {} : { remainder }),
})

const refused = (conditions: readonly unknown[], code: FaultCode, param: string): void =>
  assert.throws(() => parseGraph(conditions), { code, param })

test('conditions that lead back to themselves are refused, and the way is named', () => {
  refused(
    [start(['a']), after('a', 'start', {}, ['b']), after('b', 'a', {}, ['a'])],
    'cycle',
    'graph[1].next_condition_ids',
  )
  assert.throws(
    () => parseGraph([start(['a']), after('a', 'start', {}, ['b']), after('b', 'a', {}, ['a'])]),
    {
      message: /"a" → "b" → "a"/,
    },
  )
  refused([start([]), event('a', ['a'])], 'cycle', 'graph[1].next_condition_ids')
})

test('a graph in which every condition follows another has no beginning', () => {
  refused([event('a', ['b']), event('b', ['a'])], 'no_root', 'graph')
  assert.throws(() => parseGraph([event('a', ['b']), event('b', ['a'])]), { message: /"a" → "b" → "a"/ })
})

test('a condition that is named must be there', () => {
  refused([start(['b'])], 'unknown_condition', 'graph[0].next_condition_ids[0]')
  refused(
    [start(['a']), after('a', 'cliff', {})],
    'unknown_condition',
    'graph[1].trigger.relative_to_condition_id',
  )
})

test('time counts only from a condition that comes before', () => {
  const param = 'graph[1].trigger.relative_to_condition_id'
  refused([start(['a', 'b']), after('a', 'b', {}), event('b')], 'unreachable_condition', param)
  refused([start(['a']), after('a', 'a', {})], 'unreachable_condition', param)
})

test('an event needs a day on which it counts', () => {
  const param = 'graph[2].trigger'
  // The deadline lies before the day on which the event begins to count, or on it, and is named first.
  for (const deadline of ['2025-12-31', '2026-01-01']) {
    refused(
      [on('open', '2026-01-01', ['late', 'e']), on('late', deadline), event('e')],
      'empty_window',
      param,
    )
  }
  refused([start(['now', 'e']), after('now', 'start', { length: 0 }), event('e')], 'empty_window', param)
  const months = (length: number): Members => ({ length, type: 'MONTHS', day_of_month: '01' })
  refused(
    [
      start(['year']),
      after('year', 'start', months(12), ['half', 'e']),
      event('e'),
      after('half', 'start', months(6)),
    ],
    'empty_window',
    param,
  )
  parseGraph([on('open', '2026-01-01', ['late', 'e']), on('late', '2026-01-02'), event('e')])
  parseGraph([on('open', '2026-01-01', ['e', 'late']), on('late', '2025-01-02'), event('e')])
  parseGraph([
    start(['half']),
    after('half', 'start', months(6), ['year', 'e']),
    event('e'),
    after('year', 'start', months(12)),
  ])
  // Between the occurrences of the first there are days, so the window is not empty.
  parseGraph([
    start(['a']),
    after('a', 'start', { occurrences: 3 }, ['b', 'e']),
    after('b', 'a', { length: 0 }),
    event('e'),
  ])
})

test('an event that comes when everything has vested is impossible', () => {
  const all = event('all', ['late'], share('1', '1', true))
  refused([start(['all']), all, event('late', [], share('1', '2', true))], 'impossible_event', 'graph[2]')
  parseGraph([start(['all']), all, event('late', [], share('0', '1', true))])
})

test('portions along one way are at most the whole', () => {
  refused(
    [start(['a']), event('a', ['b'], share('2', '3')), event('b', [], share('1', '2'))],
    'over_allocated',
    'graph[2].portion',
  )
  refused(
    [start(['a']), { ...after('a', 'start', { occurrences: 101 }) }],
    'over_allocated',
    'graph[1].portion',
  )
  // Only one of the two is ever taken.
  parseGraph([start(['a', 'b']), event('a', [], share('2', '3')), event('b', [], share('1', '2'))])
})

test('each field is checked by its own name', () => {
  const cases: readonly (readonly [Members, string])[] = [
    [{ ...event('a'), portion: undefined }, 'graph[0]'],
    [{ ...event('a'), quantity: '1' }, 'graph[0]'],
    [event('a', [], share('1', '0')), 'graph[0].portion.denominator'],
    [event('a', [], share('3', '2')), 'graph[0].portion.numerator'],
    [event('a', [], share('-1', '2')), 'graph[0].portion.numerator'],
    [{ ...start([]), quantity: '1.5' }, 'graph[0].quantity'],
    [{ ...start([]), quantity: 1 }, 'graph[0].quantity'],
    [{ ...start([]), colour: 'red' }, 'graph[0].colour'],
    [{ ...start([]), trigger: { type: 'VESTING' } }, 'graph[0].trigger.type'],
    [on('a', '2025-02-30'), 'graph[0].trigger.date'],
    [after('a', 'a', { length: -1 }), 'graph[0].trigger.period.length'],
    [after('a', 'a', { occurrences: 0 }), 'graph[0].trigger.period.occurrences'],
    [after('a', 'a', { occurrences: 2, cliff_installment: 3 }), 'graph[0].trigger.period.cliff_installment'],
    [after('a', 'a', { day_of_month: '01' }), 'graph[0].trigger.period.day_of_month'],
    [after('a', 'a', { type: 'MONTHS' }), 'graph[0].trigger.period.day_of_month'],
    [after('a', 'a', { type: 'MONTHS', day_of_month: '29' }), 'graph[0].trigger.period.day_of_month'],
    [{ ...start([]), next_condition_ids: ['b', 'b'] }, 'graph[0].next_condition_ids[1]'],
  ]
  for (const [condition, param] of cases) refused([condition], 'invalid', param)
  refused([start([]), start([])], 'invalid', 'graph[1].id')
  refused([], 'invalid', 'graph')
})

test('a fractional allocation counts in units so small that it is rounded down', () => {
  const terms = {
    id: 't',
    object_type: 'VESTING_TERMS',
    name: 'n',
    description: 'd',
    allocation_type: 'FRACTIONAL',
    vesting_conditions: [event('a')],
  }
  assert.equal(importVestingTerms(terms).allocation, 'CUMULATIVE_ROUND_DOWN')
  assert.throws(() => importVestingTerms({ ...terms, allocation_type: 'ODD' }), {
    param: 'vesting_terms.allocation_type',
  })
})

test('five hundred conditions with thousands of ways are checked at once', () => {
  const layer = (n: number): Members[] =>
    [0, 1].map((k) => event(`${n}.${k}`, n === 249 ? [] : [`${n + 1}.0`, `${n + 1}.1`], share('1', '1000')))
  assert.equal(parseGraph(Array.from({ length: 250 }, (_, n) => layer(n)).flat()).conditions.size, 500)
})
