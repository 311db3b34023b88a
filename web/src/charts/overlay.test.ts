import assert from 'node:assert/strict'
import { test } from 'node:test'

import { startOfDay } from '../lib/base.ts'
import { moments, overlayPaths } from './overlay.ts'

const frame = { width: 500, height: 240, left: 48, right: 10, top: 22, bottom: 26 }
const step = (date: string, total: bigint) => ({ at: startOfDay(date), total })

test('two schedules are told at every day on which one of them changes, with both totals', () => {
  const planned = [step('2028-01-31', 10n), step('2028-02-29', 20n), step('2028-03-31', 30n)]
  const kept = [step('2028-01-31', 10n), step('2028-02-15', 12n)]
  assert.deepEqual(
    moments(planned, kept).map(({ before, after }) => [before, after]),
    [
      [10n, 10n],
      [10n, 12n],
      [20n, 12n],
      [30n, 12n],
    ],
  )
})

test('what is lost is drawn only where the second is below the first, and what is won only above it', () => {
  const span = { from: startOfDay('2028-01-01'), to: startOfDay('2028-06-01') }
  const less = moments([step('2028-02-29', 20n)], [step('2028-02-29', 5n)])
  assert.match(overlayPaths(less, span, frame, 'USD').less, /^M/)
  assert.equal(overlayPaths(less, span, frame, 'USD').more, '')
  const more = moments([step('2028-02-29', 5n)], [step('2028-02-29', 20n)])
  assert.equal(overlayPaths(more, span, frame, 'USD').less, '')
  assert.match(overlayPaths(more, span, frame, 'USD').more, /^M/)
  const same = moments([step('2028-02-29', 5n)], [step('2028-02-29', 5n)])
  const { less: none, more: nothing } = overlayPaths(same, span, frame, 'USD')
  assert.deepEqual([none, nothing], ['', ''])
})

test('without any step there is a frame and no mark', () => {
  const span = { from: startOfDay('2028-01-01'), to: startOfDay('2028-06-01') }
  assert.deepEqual(overlayPaths([], span, frame, 'USD').points, [])
})
