import assert from 'node:assert/strict'
import { test } from 'node:test'

import { startOfDay } from '../lib/base.ts'
import type { SpendDay, Tranche } from '../lib/contract.ts'
import {
  barPath,
  cumulative,
  cumulativePaths,
  dayBars,
  dayTicks,
  nearest,
  timeScale,
  timeTicks,
  trancheBars,
} from './geometry.ts'

const FRAME = { width: 200, height: 100, left: 0, right: 0, top: 0, bottom: 0 }
const day = (date: string, by: SpendDay['by'], total: string): SpendDay => ({
  day: date,
  total,
  calls: 1,
  by,
})
const tranche = (n: number, date: string, quantity: string, some: Partial<Tranche> = {}): Tranche => ({
  n,
  date,
  quantity,
  state: 'upcoming',
  lot_id: null,
  available: null,
  held: null,
  spent: null,
  expired: null,
  expires_at: null,
  ...some,
})

test('a bar is a path with round corners at the top only', () => {
  assert.equal(barPath({ x: 10, width: 20, top: 40, base: 100, radius: 0 }), 'M10,100V40H30V100Z')
  assert.equal(
    barPath({ x: 10, width: 20, top: 40, base: 100, radius: 3 }),
    'M10,100V43A3,3,0,0,1,13,40H27A3,3,0,0,1,30,43V100Z',
  )
})

test('the parts of a day stack to its total, from the base up', () => {
  const { bars, ticks } = dayBars(
    [day('2026-01-01', { small: '4000000000', frontier: '6000000000' }, '10000000000')],
    FRAME,
  )
  assert.deepEqual(
    bars[0]?.parts.map((part) => part.class),
    ['small', 'frontier'],
  )
  assert.equal(bars[0]?.top, 0)
  assert.match(bars[0]?.parts[0]?.path ?? '', /,100V60H/)
  assert.deepEqual(ticks.at(-1), { at: 0, label: '$10' })
})

test('a month without spend draws no bar, and its scale does not break', () => {
  const { bars } = dayBars([day('2026-01-01', {}, '0'), day('2026-01-02', {}, '0')], FRAME)
  assert.deepEqual(
    bars.map((bar) => bar.parts.length),
    [0, 0],
  )
  assert.ok(bars.every((bar) => Number.isFinite(bar.top)))
})

test('the last day always has its label, and labels keep their distance', () => {
  const days = Array.from({ length: 30 }, (_, at) =>
    day(`2026-01-${String(at + 1).padStart(2, '0')}`, {}, '0'),
  )
  const { bars } = dayBars(days, { ...FRAME, width: 300 })
  const labelled = dayTicks(
    bars,
    days.map((one) => one.day),
    64,
  )
  assert.equal(labelled.at(-1), 29)
  assert.ok(
    labelled.every(
      (at, index) => index === 0 || (bars[at]?.x ?? 0) - (bars[labelled[index - 1] ?? 0]?.x ?? 0) >= 60,
    ),
  )
})

test('a tranche is as high as its quantity, and what was spent lies inside it', () => {
  const { bars } = trancheBars(
    [
      tranche(1, '2026-01-01', '10000000000', {
        state: 'vested',
        lot_id: 'l',
        spent: '5000000000',
        expired: '0',
      }),
      tranche(2, '2026-07-01', '5000000000'),
    ],
    { from: startOfDay('2026-01-01'), to: startOfDay('2027-01-01') },
    FRAME,
  )
  assert.equal(bars[0]?.top, 0)
  assert.equal(bars[1]?.top, 50)
  assert.match(bars[0]?.spent ?? '', /,100V50H/)
  assert.equal(bars[1]?.spent, null)
})

test('forfeited tranches never count as coming, and equal dates add up', () => {
  assert.deepEqual(
    cumulative([
      tranche(2, '2026-02-01', '5'),
      tranche(1, '2026-01-01', '3'),
      tranche(1, '2026-02-01', '2'),
      tranche(3, '2026-03-01', '9', { state: 'forfeited' }),
    ]),
    [
      { at: startOfDay('2026-01-01'), total: 3n },
      { at: startOfDay('2026-02-01'), total: 10n },
    ],
  )
})

test('the staircase is solid up to now and a promise after it', () => {
  const at = (date: string): number => startOfDay(date)
  const paths = cumulativePaths(
    [
      { at: at('2026-01-11'), total: 5_000_000_000n },
      { at: at('2026-01-31'), total: 10_000_000_000n },
    ],
    { from: at('2026-01-01'), to: at('2026-02-10'), now: at('2026-01-21') },
    FRAME,
  )
  assert.equal(paths.past, 'M0,100L50,100L50,50L100,50L100,50')
  assert.equal(paths.future, 'M100,50L150,50L150,0L200,0L200,0')
  assert.deepEqual(paths.now, { x: 100, y: 50 })
})

test('the cursor finds the nearest mark, and none where there is none', () => {
  assert.equal(nearest([10, 20, 30], 24), 1)
  assert.equal(nearest([], 5), -1)
})

test('a time line names its first mark with a year, and each January by its year', () => {
  const scale = timeScale(startOfDay('2025-06-01'), startOfDay('2029-06-01'), { ...FRAME, width: 1_000 })
  const labels = timeTicks(scale).map((tick) => tick.label)
  assert.match(labels[0] ?? '', /20\d\d$/)
  assert.ok(labels.includes('2027'))
})
