import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { DAY, MINUTE } from '#base/time.ts'
import { DEFAULT_FLOOR } from '../policy.ts'
import { LENGTH, openRolling, perSpan, SPANS, type PerSpan } from './rolling.ts'
import {
  baselineOf,
  decide,
  isCrowded,
  levelIn,
  limitsOf,
  raisedBy,
  standingOf,
  type DayPeaks,
} from './rules.ts'

const USD = 1_000_000_000n
const amount = fc.bigInt({ min: 0n, max: 1_000_000n * USD })
const positive = fc.bigInt({ min: 10_000_000n, max: 100_000n * USD })
const spans = (of: fc.Arbitrary<bigint>): fc.Arbitrary<PerSpan<bigint>> =>
  fc.record({ five_minutes: of, hour: of, day: of })
/** Windows within a day come to no more than the day; 24 hours may reach into the day before. */
const peaks: fc.Arbitrary<DayPeaks> = fc
  .tuple(amount, fc.nat(100), fc.nat(100), fc.nat(100))
  .map(([total, hour, five, over]) => {
    const inHour = (total * BigInt(hour)) / 100n
    return {
      day: '2026-01-01',
      total,
      most: {
        hour: inHour,
        five_minutes: (inHour * BigInt(five)) / 100n,
        day: total + (total * BigInt(over)) / 100n,
      },
    }
  })

test('a window holds exactly what was added within its minutes, in whatever order it came', () => {
  const adds = fc.array(fc.tuple(fc.nat(3 * DAY), amount), { maxLength: 60 })
  fc.assert(
    fc.property(adds, fc.nat(2 * DAY), (list, later) => {
      const start = Date.UTC(2026, 0, 1)
      const rolling = openRolling(start)
      let now = start
      const taken: [number, bigint][] = []
      for (const [offset, nano] of list) {
        // Some come late: what was read from the database is older than what was seen here.
        now = Math.max(now, start + offset - 2 * MINUTE)
        rolling.add(start + offset, nano, now)
        taken.push([Math.min(start + offset, now), nano])
      }
      now += later
      const first = Math.floor(now / MINUTE)
      const expected = perSpan((span) =>
        taken
          .filter(([at]) => Math.floor(at / MINUTE) > first - LENGTH[span] / MINUTE)
          .reduce((sum, [, nano]) => sum + nano, 0n),
      )
      assert.deepEqual(rolling.sums(now), expected)
    }),
  )
})

test('holds and settlements together never pass three times the largest day, whatever the history', () => {
  fc.assert(
    fc.property(fc.array(peaks, { minLength: 5, maxLength: 60 }), (days) => {
      const baseline = baselineOf(days)
      if (baseline === null) return
      const largest = days.map(({ total }) => total).reduce((a, b) => (a > b ? a : b))
      const limits = limitsOf(baseline, { five_minutes: 1n, hour: 1n, day: 1n })
      if (largest > 100n) assert.ok(limits.ceiling < 3n * largest, `${limits.ceiling} of ${largest}`)
      assert.ok(limits.day.pause <= limits.ceiling)
    }),
  )
})

test('a call that passes leaves spent and held below the ceiling; nothing passes a pause', () => {
  const question = fc.record({
    spent: spans(amount),
    held: amount,
    baseline: spans(positive),
    min: amount,
    more: amount,
    side: fc.boolean(),
    nextPass: fc.nat(100_000),
    now: fc.nat(100_000),
  })
  fc.assert(
    fc.property(question, ({ baseline, min, more, ...ask }) => {
      const limits = limitsOf(baseline, DEFAULT_FLOOR)
      const decision = decide({ ...ask, limits, min, max: min + more })
      const { level } = standingOf(ask.spent, limits)
      if (level === 'pause') assert.equal(decision.kind, 'pause')
      if (decision.kind === 'pass') {
        assert.ok(ask.spent.day + ask.held + decision.max <= limits.ceiling)
        assert.ok(decision.max >= min && decision.max <= min + more)
        if (level === 'slow' && !ask.side) assert.ok(ask.now >= ask.nextPass)
      }
      if (decision.kind === 'slow') assert.ok(decision.wait >= 1_000 && decision.wait <= 30_000)
      // Whoever is told to wait for running calls can make room for them by one confirmation.
      if (decision.kind === 'slow' && level !== 'slow') assert.ok(isCrowded(limits, ask.spent.day + ask.held))
      // A quiet wallet is never stopped.
      if (level === null && ask.spent.day + ask.held + min + more <= limits.ceiling)
        assert.equal(decision.kind, 'pass')
    }),
  )
})

test('levels come in their order in every window, and more money never lowers one', () => {
  fc.assert(
    fc.property(spans(positive), amount, amount, (baseline, a, b) => {
      const limits = limitsOf(baseline, DEFAULT_FLOOR)
      const order = [null, 'notify', 'slow', 'pause']
      for (const span of SPANS) {
        assert.ok(limits[span].notify <= limits[span].slow && limits[span].slow <= limits[span].pause)
        const [low, high] = a < b ? [a, b] : [b, a]
        const rank = (nano: bigint): number => order.indexOf(levelIn(nano, limits[span]))
        assert.ok(rank(low) <= rank(high))
      }
    }),
  )
})

test('after a confirmation what was spent slows nothing and what was wanted fits', () => {
  const times = fc.constantFrom(1, 2, 4, 64)
  fc.assert(
    fc.property(spans(positive), spans(amount), amount, times, (baseline, spent, wanted, before) => {
      const raised = raisedBy(limitsOf(baseline, DEFAULT_FLOOR), before, { spent, wanted })
      assert.ok(raised >= 2 * before)
      const limits = limitsOf(baseline, DEFAULT_FLOOR, raised)
      const { level } = standingOf(spent, limits)
      assert.ok(level === null || level === 'notify')
      assert.ok(wanted < limits.ceiling)
    }),
  )
})

const ordinary = (dollars: number): DayPeaks => ({
  day: '2026-01-01',
  total: BigInt(dollars) * USD,
  most: {
    day: BigInt(dollars) * USD,
    hour: (BigInt(dollars) * USD) / 3n,
    five_minutes: (BigInt(dollars) * USD) / 10n,
  },
})

test('four days of use are no habit: the floor holds, and it holds above a smaller habit', () => {
  assert.equal(baselineOf([900, 900, 900, 900].map(ordinary)), null)
  assert.equal(limitsOf(null, DEFAULT_FLOOR).day.baseline, 100n * USD)
  const small = limitsOf(baselineOf([3, 4, 5, 4, 3].map(ordinary)), DEFAULT_FLOOR)
  assert.equal(small.day.baseline, 100n * USD)
  assert.equal(small.own?.day, 5n * USD)
})

test('one mishap does not become the habit: an outlier counts four times the next day at most', () => {
  const baseline = baselineOf([100, 120, 110, 90, 100, 20_000].map(ordinary))
  assert.equal(baseline?.day, 480n * USD)
})

test('the window that is named is the one that did it', () => {
  const limits = limitsOf(baselineOf([300, 300, 300, 300, 300].map(ordinary)), DEFAULT_FLOOR)
  const spent = { five_minutes: 20n * USD, hour: 412n * USD, day: 420n * USD }
  assert.deepEqual(standingOf(spent, limits), { level: 'pause', span: 'hour' })
})
