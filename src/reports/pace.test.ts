import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compare, rational } from '#base/rational.ts'
import { addDays } from '#base/time.ts'
import {
  daysBetween,
  meanPerDay,
  PACE_DAYS,
  planPerDay,
  RUNWAY_LIMIT_DAYS,
  runwayDays,
  shown,
} from './pace.ts'

const amount = fc.bigInt({ min: 0n, max: 10n ** 15n })
const day = fc.integer({ min: 0, max: 20_000 }).map((days) => addDays('1990-01-01', days))

test('a runway is the largest whole number of days that the money pays for at the pace', () => {
  fc.assert(
    fc.property(amount, fc.bigInt({ min: 1n, max: 10n ** 13n }), (available, spent) => {
      const days = runwayDays(available, meanPerDay(spent, PACE_DAYS))
      assert.ok(days !== null && days >= 0)
      if (days === RUNWAY_LIMIT_DAYS) return
      const needed = (count: number): bigint => spent * BigInt(count)
      const have = available * BigInt(PACE_DAYS)
      assert.ok(needed(days) <= have && needed(days + 1) > have)
    }),
  )
})

test('without spending there is no runway, and with nothing left it is 0', () => {
  fc.assert(fc.property(amount, (available) => runwayDays(available, meanPerDay(0n, PACE_DAYS)) === null))
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 13n }),
      (spent) => runwayDays(0n, meanPerDay(spent, 14)) === 0,
    ),
  )
})

test('a shown pace is within half a nano-dollar of the exact one', () => {
  fc.assert(
    fc.property(amount, (spent) => {
      const twice = 2n * (shown(meanPerDay(spent, PACE_DAYS)) * BigInt(PACE_DAYS) - spent)
      assert.ok(twice >= -BigInt(PACE_DAYS) && twice <= BigInt(PACE_DAYS))
    }),
  )
})

test('a monthly grant plans its tranche over the days until the next one', () => {
  const monthly = [
    { date: '2026-01-31', quantity: 2_800n, expiresOn: null },
    { date: '2026-02-28', quantity: 2_800n, expiresOn: null },
    { date: '2026-03-31', quantity: 2_800n, expiresOn: null },
  ]
  assert.deepEqual(planPerDay([monthly], '2026-02-10'), rational(100n))
  assert.deepEqual(planPerDay([monthly], '2026-01-30'), rational(0n))
  assert.deepEqual(
    planPerDay([monthly], '2026-04-10'),
    rational(0n),
    'the last tranche never expires: no pace',
  )
})

test('a last tranche plans towards its expiry, and after that it plans nothing', () => {
  const once = [{ date: '2026-01-01', quantity: 3_650n, expiresOn: '2027-01-01' }]
  assert.deepEqual(planPerDay([once], '2026-06-01'), rational(10n))
  assert.deepEqual(planPerDay([once], '2027-01-01'), rational(0n))
})

test('the plan of several grants is the sum of their plans, in any order of their tranches', () => {
  const tranche = fc.record({ date: day, quantity: amount, expiresOn: fc.option(day) })
  fc.assert(
    fc.property(fc.array(fc.array(tranche, { maxLength: 6 }), { maxLength: 4 }), day, (grants, today) => {
      const whole = planPerDay(grants, today)
      const parts = grants.map((grant) => planPerDay([grant.toReversed()], today))
      const sum = parts.reduce((a, b) => rational(a.n * b.d + b.n * a.d, a.d * b.d), rational(0n))
      assert.equal(compare(whole, sum), 0)
      assert.ok(whole.n >= 0n)
    }),
  )
})

test('last tranches of one date last until their own expiries', () => {
  const date = '2026-01-06'
  const plan = [
    { date, quantity: 0n, expiresOn: null },
    { date, quantity: 10n, expiresOn: '2026-01-16' },
    { date, quantity: 20n, expiresOn: '2026-01-08' },
  ]
  assert.equal(compare(planPerDay([plan], date), rational(11n)), 0)
  assert.equal(compare(planPerDay([plan.toReversed()], date), rational(11n)), 0)
})

test('days between two dates count calendar days, leap days included', () => {
  assert.equal(daysBetween('2028-02-28', '2028-03-01'), 2)
  fc.assert(
    fc.property(
      day,
      fc.integer({ min: 0, max: 5_000 }),
      (from, n) => daysBetween(from, addDays(from, n)) === n,
    ),
  )
})
