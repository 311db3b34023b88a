import assert from 'node:assert/strict'
import { test } from 'node:test'

import { pricePaths } from './price.ts'
import type { PricePoint } from './price.ts'

const FRAME = { width: 300, height: 120, left: 0, right: 0, top: 0, bottom: 20 }
const DOLLAR = 1_000_000_000n
const point = (day: string, mid: bigint | null, more: Partial<PricePoint> = {}): PricePoint => ({
  day,
  mid: mid === null ? null : mid * DOLLAR,
  low: null,
  high: null,
  old: false,
  ...more,
})

test('a month without a price is a gap, not a price of nothing', () => {
  const { dots, line, dashed } = pricePaths(
    [point('2026-01-31', 4n), point('2026-02-28', null), point('2026-03-31', 2n)],
    FRAME,
  )
  assert.deepEqual(
    dots.map(({ at }) => at),
    [0, 2],
  )
  assert.equal((dashed.match(/M/g) ?? []).length, 2, 'two pieces with nothing between them')
  assert.ok(!line.includes('NaN') && !dashed.includes('NaN'))
})

test('a price that was carried on is dashed and hollow, and has no band', () => {
  const band = { low: DOLLAR, high: 5n * DOLLAR }
  const {
    dots,
    line,
    band: area,
  } = pricePaths([point('2026-01-31', 4n, band), point('2026-02-28', 3n, { ...band, old: true })], FRAME)
  assert.deepEqual(
    dots.map(({ old }) => old),
    [false, true],
  )
  assert.ok(!line.includes('L'), 'no solid line leads to it')
  assert.ok(area.startsWith('M'))
})

test('dearer is higher, and no point at all draws nothing', () => {
  const { dots } = pricePaths([point('2026-01-31', 1n), point('2026-02-28', 9n)], FRAME)
  assert.ok((dots[1]?.y ?? 0) < (dots[0]?.y ?? 0))
  assert.deepEqual(pricePaths([], FRAME).dots, [])
})
