import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { DAY_POLICIES, FIRST_DAY, formatDay, LAST_DAY, parseDay, stepper } from './dates.ts'

const anyDay = fc.integer({ min: FIRST_DAY, max: LAST_DAY })
const plain = (day: number): Temporal.PlainDate => Temporal.PlainDate.from(formatDay(day))

test('a day keeps its text and its place on both sides of the calendar', () => {
  assert.equal(formatDay(FIRST_DAY), '0001-01-01')
  assert.equal(formatDay(LAST_DAY), '9999-12-31')
  assert.equal(parseDay('1970-01-01'), 0)
  fc.assert(fc.property(anyDay, (day) => assert.equal(parseDay(formatDay(day)), day)))
})

test('days are counted as the calendar counts them', () => {
  const epoch = Temporal.PlainDate.from('1970-01-01')
  fc.assert(fc.property(anyDay, (day) => assert.equal(epoch.until(plain(day)).days, day)))
})

test('a date that does not exist is refused', () => {
  for (const text of [
    '2025-02-29',
    '1900-02-29',
    '2025-04-31',
    '2025-13-01',
    '2025-00-10',
    '2025-1-1',
    '',
    '0000-01-01',
  ]) {
    assert.equal(parseDay(text), null, text)
  }
  assert.notEqual(parseDay('2000-02-29'), null)
})

test('a month later is what the calendar says, whatever the policy', () => {
  const cases = fc.tuple(
    fc.integer({ min: parseDay('1900-01-01')!, max: parseDay('2200-12-31')! }),
    fc.integer({ min: 0, max: 1_200 }),
    fc.integer({ min: 1, max: 31 }),
  )
  fc.assert(
    fc.property(cases, ([anchor, months, vestingDay]) => {
      const first = plain(anchor).with({ day: 1 }).add({ months })
      const clamped = first.with({ day: vestingDay })
      const expected = {
        VESTING_START_DAY: clamped,
        FIRST_DAY_OF_MONTH: first,
        LAST_DAY_OF_MONTH: first.with({ day: 31 }),
        VESTING_START_DAY_MINUS_ONE: clamped.subtract({ days: 1 }),
      }
      for (const policy of DAY_POLICIES) {
        const step = stepper({ anchor, unit: 'MONTHS', policy, vestingDay })
        assert.equal(formatDay(step(months)), String(expected[policy]), policy)
      }
    }),
  )
})
