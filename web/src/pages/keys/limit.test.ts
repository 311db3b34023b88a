import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limitWords, readDollars, strainOf, typedDollars } from './limit.ts'

test('dollars are read exactly as they were typed, and what is no amount is refused', () => {
  assert.equal(readDollars('50'), 50_000_000_000n)
  assert.equal(readDollars('$1,250.10'), 1_250_100_000_000n)
  assert.equal(readDollars('0.000000001'), 1n)
  for (const text of ['', '-1', '1e3', '1.0000000001', 'ten', '1.', '.5'])
    assert.equal(readDollars(text), null, text)
})

test('an amount that was typed is typed back the same', () => {
  for (const amount of [1n, 50_000_000_000n, 1_250_100_000_000n])
    assert.equal(readDollars(typedDollars(amount)), amount)
})

test('a key is near its limit from nine tenths on, and over it at the limit', () => {
  assert.equal(strainOf({ used: '89', amount: '100' }), 'calm')
  assert.equal(strainOf({ used: '90', amount: '100' }), 'near')
  assert.equal(strainOf({ used: '100', amount: '100' }), 'over')
  assert.equal(
    limitWords({ amount: '50000000000', period: 'month', used: '0', left: '50000000000', resets_at: null }),
    '$0.00 of $50.00 a month',
  )
})
