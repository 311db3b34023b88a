import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { near } from '../../test/support/near.ts'
import { type Assumptions, grantValue, type Part } from './grant-value.ts'
import { stripValue } from './strip.ts'
import { lognormalUse } from './use.ts'

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const PLAIN: Assumptions = {
  mark: 2.9,
  forwards: [2.9],
  rate: 0,
  hazard: 0,
  cliff: 0,
  availability: 1,
  efficiency: 1,
  demand: null,
}
const monthly = (hours: number, months = 48): Part[] =>
  Array.from({ length: months }, (_, i) => ({ years: (i + 1) / 12, quantity: hours / months, months: 1 }))
const assumptions = fc.record({
  mark: between(0.5, 7),
  forwards: fc.array(between(0.1, 7), { minLength: 1, maxLength: 60 }),
  rate: between(0, 0.1),
  hazard: between(0, 1),
  cliff: between(0, 2),
  availability: between(0, 1),
  efficiency: between(0, 1),
  demand: fc.constant(null),
})

test('with nothing between them all values are quantity times mark', () => {
  const value = grantValue(monthly(10_000), PLAIN)
  for (const step of Object.values(value)) near(step, 29_000)
})

test('each step takes one thing into account', () => {
  const forwards = Float64Array.from({ length: 49 }, (_, m) => 2.9 - m / 50)
  const demand = { active: 1, mean: 100, variation: 1 }
  const full = {
    ...PLAIN,
    forwards,
    rate: 0.045,
    hazard: 0.12,
    cliff: 1,
    availability: 0.99,
    efficiency: 0.9,
    demand,
  }
  const value = grantValue(monthly(10_000), full)
  const delivered = 0.99 * 0.9
  near(value.cap, 29_000)
  near(value.effective, 29_000 * delivered)
  const terms = { hours: 10_000, months: 48, utilization: delivered, rate: 0, hazard: 0.12, cliff: 1 }
  near(value.retained, stripValue(terms, new Float64Array(49).fill(2.9)))
  near(value.forward, stripValue(terms, forwards))
  near(value.present, stripValue({ ...terms, rate: 0.045 }, forwards))
  const cap = (10_000 / 48) * delivered
  near(value.expected, value.present * (lognormalUse(demand, cap) / cap))
})

test('the cap value and the expected-use value of a 250,000-dollar budget are a hundred times apart', () => {
  const parts = Array.from({ length: 12 }, (_, i) => ({ years: i / 12, quantity: 250_000 / 12, months: 1 }))
  const { cap, expected } = grantValue(parts, {
    ...PLAIN,
    mark: 1,
    forwards: [1],
    demand: { active: 1, mean: 200, variation: 1.5 },
  })
  near(cap, 250_000)
  assert.ok(expected > 2_200 && expected < 2_500, `${expected}`)
})

test('what has vested is not lost by leaving', () => {
  const vested = grantValue([{ years: 0, quantity: 100, months: 12 }], { ...PLAIN, hazard: 0.5, cliff: 1 })
  near(vested.retained, 290)
  const later = grantValue([{ years: 0.25, quantity: 100, months: 12 }], { ...PLAIN, hazard: 0.5, cliff: 1 })
  near(later.retained, 290 * Math.exp(-0.5))
})

test('values are linear in the quantities and no step but prices adds value', () => {
  fc.assert(
    fc.property(assumptions, between(1, 1e6), between(0.1, 10), (given, hours, factor) => {
      const one = grantValue(monthly(hours), given)
      const more = grantValue(monthly(hours * factor), given)
      for (const step of ['cap', 'effective', 'retained', 'forward', 'present', 'expected'] as const)
        near(more[step], one[step] * factor, { relative: 1e-10, absolute: 1e-9 })
      assert.ok(one.effective <= one.cap * (1 + 1e-12))
      assert.ok(one.retained <= one.effective * (1 + 1e-12))
      assert.ok(one.present <= one.forward * (1 + 1e-12))
      assert.ok(one.expected <= one.present * (1 + 1e-12))
    }),
  )
})

test('nothing promised is worth nothing, and a wrong number is refused by name', () => {
  for (const step of Object.values(grantValue([], PLAIN))) assert.equal(step, 0)
  assert.throws(() => grantValue([{ years: 0, quantity: NaN, months: 1 }], PLAIN), {
    code: 'invalid',
    param: 'quantity',
  })
  assert.throws(() => grantValue([{ years: -1, quantity: 1, months: 1 }], PLAIN), {
    code: 'invalid',
    param: 'years',
  })
  assert.throws(() => grantValue([], { ...PLAIN, mark: NaN }), { param: 'mark' })
  assert.throws(() => grantValue([], { ...PLAIN, forwards: [] }), { param: 'forwards.length' })
})
