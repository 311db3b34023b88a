import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  nano,
  percent,
  perMillion,
  picoExact,
  share,
  sum,
  usd,
  usdExact,
  usdHeading,
  usdShort,
  usdSigned,
} from './money.ts'

const dollars = (text: string): bigint => BigInt(Math.round(Number(text) * 100)) * 10_000_000n

test('headings are exact while the amount is small, three digits when it is large', () => {
  assert.equal(usdHeading(dollars('14208.51')), '$14,208.51')
  assert.equal(usdHeading(dollars('99999.99')), '$99,999.99')
  assert.equal(usdHeading(dollars('142085.10')), '$142K')
  assert.equal(usdHeading(dollars('1420851.00')), '$1.42M')
})

test('a short amount that rounds up to the next scale says so', () => {
  assert.equal(usdShort(dollars('999999.99')), '$1M')
  assert.equal(usdShort(dollars('1000')), '$1K')
  assert.equal(usdShort(dollars('12340')), '$12.3K')
  assert.equal(usdShort(-dollars('12340')), '-$12.3K')
  assert.equal(usdShort(dollars('999.99')), '$999.99')
})

test('amounts below a cent keep two significant digits, and every digit in detail', () => {
  assert.equal(usd(4_200_000n), '$0.0042')
  assert.equal(usdExact(4_208_001n), '$0.004208001')
  assert.equal(usd(0n), '$0.00')
})

test('an amount beyond the safe integers stays exact', () => {
  assert.equal(usdExact(nano('9007199254740993000000001')), '$9,007,199,254,740,993.000000001')
})

test('the worked call of 808 micro-dollars reads as its lines do', () => {
  const lines = [12n * 4_000_000n, 200n * 200_000n, 60n * 5_000_000n, 40n * 8_000_000n, 5n * 20_000_000n]
  assert.equal(picoExact(sum(lines)), '$0.000808')
  assert.equal(perMillion(4_000_000n), '$4.00 / M')
  assert.equal(perMillion(312_500n), '$0.3125 / M')
})

test('a share of something is never told as 0%, and of nothing not at all', () => {
  assert.equal(percent(1n, 1_000_000n), '<0.1%')
  assert.equal(percent(0n, 10n), '0%')
  assert.equal(percent(751n, 1_000n), '75.1%')
  assert.equal(percent(1n, 0n), null)
  assert.equal(share(1n, 0n), 0)
})

test('what enters and what leaves are told apart by a sign, not by colour', () => {
  assert.equal(usdSigned(5_000_000n, 'exact'), '+$0.005')
  assert.equal(usdSigned(-5_000_000n, 'exact'), '−$0.005')
})
