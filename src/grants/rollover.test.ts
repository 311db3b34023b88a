import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf, startOfDay } from '#base/time.ts'
import { checkExpiry, type ExpiryRule } from './expiry.ts'
import { monthsAfter, rollover } from './rollover.ts'

const rule = (share: string, cap: string | null, months = 1): ExpiryRule => ({
  kind: 'end_of_month_after_vest',
  months: 0,
  rollover: { share, cap, months },
})
const lot = { left: 1_001n, expired: 0n, expiresAt: startOfDay('2026-02-01'), carried: false }

test('a share of what is left goes on, rounded down, at most its cap, for its months', () => {
  assert.deepEqual(rollover(rule('0.5', null), lot), { amount: 500n, expiresAt: startOfDay('2026-03-01') })
  assert.equal(rollover(rule('0.5', '20'), lot)?.amount, 20n)
  assert.equal(rollover(rule('0.0001', null), lot), null)
  assert.equal(rollover({ kind: 'never' }, lot), null)
})

test('it rolls over once: not what was carried, not what comes back after a part expired', () => {
  assert.equal(rollover(rule('1', null), { ...lot, carried: true }), null)
  assert.equal(rollover(rule('1', null), { ...lot, expired: 1n }), null)
})

test('the months end on the last day where there is no such day', () => {
  const end = (day: string, months: number): string => dayOf(monthsAfter(startOfDay(day), months))
  assert.equal(end('2026-01-31', 1), '2026-02-28')
  assert.equal(end('2027-12-31', 2), '2028-02-29')
  assert.equal(end('2026-11-15', 14), '2028-01-15')
})

test('a rollover that means nothing names its field', () => {
  for (const [bad, param] of [
    [rule('1.1', null), 'expiry.rollover.share'],
    [rule('0', null), 'expiry.rollover.share'],
    [rule('1', '0'), 'expiry.rollover.cap'],
    [rule('1', null, 0), 'expiry.rollover.months'],
  ] as const) {
    assert.throws(() => checkExpiry(bad), { code: 'invalid', param })
  }
})
