import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { addDays, DAY, startOfDay } from '#base/time.ts'
import { anyDate, anyPauses } from '../../test/support/lives.ts'
import type { Life, Pause } from './life.ts'
import { timeline } from './life.ts'
import { schedule } from './schedule.ts'

const monthly = (occurrences: number): object[] => [
  { order: 1, percentage: '1', schedule: { occurrences, period: 1, period_type: 'MONTHS' } },
]
const life = (more: Partial<Life>): Life => ({
  template: monthly(12),
  quantity: 1_200n,
  runtime: { startDate: '2023-12-31' },
  ...more,
})
const shown = (asked: Life, asOf = '2024-01-01'): string[] =>
  timeline(asked, asOf).resolvesTo.installments.map(({ date, quantity }) => `${date} ${quantity}`)
const daysBetween = (from: string, to: string): number => (startOfDay(to) - startOfDay(from)) / DAY

/** The schoolbook: each pause in order moves what is dated in it or after it. */
function expected(date: string, pauses: readonly Pause[]): string | null {
  let day = date
  for (const { from, to, policy, graceDays } of pauses) {
    const start = addDays(from, graceDays ?? 0)
    if (policy === 'continue' || day < start || (to !== null && to <= start)) continue
    if (policy === 'pause_forfeit') {
      if (to === null || day < to) return null
      continue
    }
    if (to === null) return null
    day = addDays(day, daysBetween(start, to))
  }
  return day
}

test('a pause moves what is dated in it or after it by its days, and several do so in order', () => {
  fc.assert(
    fc.property(anyDate, anyPauses, fc.integer({ min: 1, max: 60 }), (startDate, pauses, months) => {
      const asked = life({
        template: monthly(months),
        quantity: BigInt(months),
        runtime: { startDate },
        pauses,
      })
      const plain = schedule({ template: monthly(months), quantity: BigInt(months), runtime: { startDate } })
      assert.deepEqual(
        timeline(asked, '2000-01-01').resolvesTo.installments.map(({ date }) => date),
        plain.installments.map(({ date }) => expected(date, pauses)).filter((date) => date !== null),
      )
    }),
    { numRuns: 300 },
  )
})

test('29 February and the ends of months stand where they stood, moved as days', () => {
  const pauses: Pause[] = [{ from: '2024-02-29', to: '2024-03-02', policy: 'pause_extend' }]
  const quarter = life({ template: monthly(4), quantity: 4n, pauses })
  assert.deepEqual(shown(quarter), ['2024-01-31 1', '2024-03-02 1', '2024-04-02 1', '2024-05-02 1'])
  const before: Pause[] = [{ from: '2024-03-01', to: '2024-03-02', policy: 'pause_extend' }]
  assert.deepEqual(shown({ ...quarter, pauses: before }), [
    '2024-01-31 1',
    '2024-02-29 1',
    '2024-04-01 1',
    '2024-05-01 1',
  ])
})

test('days of grace shorten a pause, and one within its grace changes nothing', () => {
  const grace = (graceDays: number): string[] =>
    shown(
      life({
        template: monthly(2),
        quantity: 2n,
        pauses: [{ from: '2024-01-31', to: '2024-02-10', policy: 'pause_extend', graceDays }],
      }),
    )
  assert.deepEqual(grace(0), ['2024-02-10 1', '2024-03-10 1'])
  assert.deepEqual(grace(1), ['2024-01-31 1', '2024-03-09 1'])
  assert.deepEqual(grace(10), ['2024-01-31 1', '2024-02-29 1'])
  assert.deepEqual(grace(99), ['2024-01-31 1', '2024-02-29 1'])
})

test('while a leave has no end what it extends waits, and what it loses is lost day by day', () => {
  const open = (policy: Pause['policy'], asOf: string) =>
    timeline(
      life({ template: monthly(3), quantity: 3n, pauses: [{ from: '2024-02-15', to: null, policy }] }),
      asOf,
    )
  const extended = open('pause_extend', '2024-12-01')
  assert.deepEqual(
    extended.tranches.map(({ date, state }) => [date, state]),
    [
      ['2024-01-31', 'resolved'],
      [null, 'unresolved'],
      [null, 'unresolved'],
    ],
  )
  assert.deepEqual(extended.blockers, [{ kind: 'pause_open', from: '2024-02-15', quantity: 2n }])
  assert.deepEqual(
    open('pause_forfeit', '2024-03-01').tranches.map(({ date, state }) => [date, state]),
    [
      ['2024-01-31', 'resolved'],
      ['2024-02-29', 'impossible'],
      ['2024-03-31', 'unresolved'],
    ],
  )
})

test('an event that fires in a pause counts on the first day back; a hybrid counts the time served', () => {
  const template = [
    {
      order: 1,
      percentage: '1',
      schedule: { occurrences: 4, period: 1, period_type: 'MONTHS' },
      event_condition: { event_id: 'launch' },
    },
  ]
  const runtime = { startDate: '2023-12-31', eventFirings: [{ event_id: 'launch', date: '2024-03-10' }] }
  const pauses: Pause[] = [{ from: '2024-02-20', to: '2024-03-20', policy: 'pause_extend' }]
  // Without the pause two occurrences were served by 10 March; with it only January's was.
  assert.deepEqual(shown(life({ template, quantity: 4n, runtime })), [
    '2024-03-10 2',
    '2024-03-31 1',
    '2024-04-30 1',
  ])
  assert.deepEqual(shown(life({ template, quantity: 4n, runtime, pauses })), [
    '2024-03-20 1',
    '2024-03-29 1',
    '2024-04-29 1',
    '2024-05-29 1',
  ])
})

test('pauses that overlap or end before they begin are refused by name', () => {
  const pause = (from: string, to: string | null): Pause => ({ from, to, policy: 'pause_extend' })
  const refused = (pauses: Pause[]): unknown => {
    try {
      return timeline(life({ pauses }), '2024-01-01')
    } catch (error) {
      return error
    }
  }
  const param = (pauses: Pause[]): unknown => (refused(pauses) as { param?: string }).param
  assert.equal(param([pause('2024-03-01', '2024-04-01'), pause('2024-03-31', null)]), 'pauses[1].from')
  assert.equal(param([pause('2024-03-01', null), pause('2024-05-01', null)]), 'pauses[1].from')
  assert.equal(param([pause('2024-03-01', '2024-03-01')]), 'pauses[0].to')
  assert.equal(param([pause('2024-03-01', '2024-04-01'), pause('2024-04-01', null)]), undefined)
})
