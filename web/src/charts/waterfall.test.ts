import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fallBars } from './waterfall.ts'
import type { Fall } from './waterfall.ts'

const DOLLAR = 1_000_000_000n
const total = (amount: bigint): Fall => ({ name: 'total', amount: amount * DOLLAR, kind: 'total' })
const part = (amount: bigint): Fall => ({ name: 'part', amount: amount * DOLLAR, kind: 'part' })

test('each part begins where the one before ended, and the last ends at the total', () => {
  const { bars, cut } = fallBars([total(100n), part(40n), part(-90n), total(50n)], 140)
  assert.equal(cut, false)
  assert.deepEqual(
    bars.map(({ x, width, direction }) => [x, width, direction]),
    [
      [0, 100, 'total'],
      [100, 40, 'up'],
      [50, 90, 'down'],
      [0, 50, 'total'],
    ],
  )
  assert.equal(bars[2]?.end, bars[3]?.end)
})

test('where parts are small beside the totals the base is left out, and it says so', () => {
  const { bars, cut } = fallBars([total(1_000n), part(-20n), part(5n), total(985n)], 200)
  assert.equal(cut, true)
  assert.ok((bars[1]?.width ?? 0) > 60, 'a part can be seen')
  assert.ok(bars.every(({ x, width }) => x >= 0 && x + width <= 200.01))
})

test('nothing at all makes no chart that breaks', () => {
  const { bars } = fallBars([total(0n), total(0n)], 200)
  assert.ok(bars.every(({ x, width }) => Number.isFinite(x) && Number.isFinite(width)))
})
