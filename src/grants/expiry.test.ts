import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { addDays, iso, startOfDay } from '#base/time.ts'
import { checkExpiry, checkSpendable, expiresAt, type ExpiryRule } from './expiry.ts'

const anyDate = fc.integer({ min: 0, max: 40_000 }).map((days) => addDays('1990-01-01', days))

test('what never expires has no expiry', () => {
  assert.equal(expiresAt({ kind: 'never' }, '2026-01-31'), null)
})

test('a number of days counts the day of vesting', () => {
  fc.assert(
    fc.property(anyDate, fc.integer({ min: 1, max: 36_525 }), (date, days) => {
      assert.equal(expiresAt({ kind: 'days_after_vest', days }, date), startOfDay(addDays(date, days)))
    }),
  )
})

test('an expiry date is the last spendable day, whenever the tranche vested', () => {
  fc.assert(
    fc.property(anyDate, anyDate, (date, last) => {
      assert.equal(expiresAt({ kind: 'on', date: last }, date), startOfDay(addDays(last, 1)))
    }),
  )
})

test('the end of a month is the end of that very month, from short months and over years', () => {
  const end = (date: string, months: number): string =>
    iso(expiresAt({ kind: 'end_of_month_after_vest', months }, date)!)
  assert.equal(end('2025-11-30', 3), '2026-03-01T00:00:00.000Z')
  assert.equal(end('2024-01-31', 1), '2024-03-01T00:00:00.000Z')
  assert.equal(end('2026-12-01', 0), '2027-01-01T00:00:00.000Z')
  fc.assert(
    fc.property(anyDate, fc.integer({ min: 0, max: 1_200 }), (date, months) => {
      const text = end(date, months)
      const monthOf = (day: string): number => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7))
      assert.equal(text.slice(8), '01T00:00:00.000Z')
      assert.equal(monthOf(text) - monthOf(date), months + 1)
    }),
  )
})

test('a tranche that would expire before it vests is refused, one that can be spent for a day is not', () => {
  const rule: ExpiryRule = { kind: 'on', date: '2026-03-31' }
  checkSpendable(rule, ['2026-01-31', '2026-03-31'])
  assert.throws(() => checkSpendable(rule, ['2026-01-31', '2026-04-01']), {
    code: 'invalid',
    param: 'expiry.date',
  })
})

test('every rule that is accepted leaves at least a day to spend', () => {
  const rules: fc.Arbitrary<ExpiryRule> = fc.oneof(
    fc.record({ kind: fc.constant('days_after_vest' as const), days: fc.integer({ min: -5, max: 40_000 }) }),
    fc.record({
      kind: fc.constant('end_of_month_after_vest' as const),
      months: fc.integer({ min: -5, max: 2_000 }),
    }),
  )
  fc.assert(
    fc.property(anyDate, rules, (date, rule) => {
      try {
        checkExpiry(rule)
      } catch {
        return
      }
      assert.ok(expiresAt(rule, date)! >= startOfDay(addDays(date, 1)))
    }),
  )
})
