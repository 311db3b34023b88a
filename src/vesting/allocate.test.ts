import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { add, floor, mul, ONE, rational, ZERO } from '#base/rational.ts'
import type { Rational } from '#base/rational.ts'
import { ALLOCATION_TYPES, allocate } from './allocate.ts'

const quantity = fc.bigInt({ min: 0n, max: 10n ** 30n })

/** Any shares that sum to at most 1, zeros among them. */
const shares = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 40 }),
    fc.integer({ min: 0, max: 50 }),
  )
  .map(([weights, unused]): Rational[] => {
    const whole = weights.reduce((sum, weight) => sum + weight, 0) + unused || 1
    return weights.map((weight) => rational(BigInt(weight), BigInt(whole)))
  })

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n)

test('18 over 4 is split as the Open Cap Format splits it', () => {
  const quarters = Array.from({ length: 4 }, () => rational(1n, 4n))
  const expected = {
    CUMULATIVE_ROUNDING: [5n, 4n, 5n, 4n],
    CUMULATIVE_ROUND_DOWN: [4n, 5n, 4n, 5n],
    FRONT_LOADED: [5n, 5n, 4n, 4n],
    BACK_LOADED: [4n, 4n, 5n, 5n],
    FRONT_LOADED_TO_SINGLE_TRANCHE: [6n, 4n, 4n, 4n],
    BACK_LOADED_TO_SINGLE_TRANCHE: [4n, 4n, 4n, 6n],
  }
  for (const type of ALLOCATION_TYPES) assert.deepEqual(allocate(18n, quarters, type), expected[type], type)
})

test('every allocation type gives out exactly floor(quantity × Σ shares) and nothing negative', () => {
  fc.assert(
    fc.property(quantity, shares, fc.constantFrom(...ALLOCATION_TYPES), (total, parts, type) => {
      const amounts = allocate(total, parts, type)
      assert.equal(sum(amounts), floor(mul(rational(total), parts.reduce(add, ZERO))))
      assert.equal(amounts.length, parts.length)
      assert.ok(amounts.every((amount) => amount >= 0n))
    }),
  )
})

test('an installment without a share gets nothing', () => {
  fc.assert(
    fc.property(quantity, shares, fc.constantFrom(...ALLOCATION_TYPES), (total, parts, type) => {
      for (const [index, amount] of allocate(total, parts, type).entries()) {
        if (parts[index]!.n === 0n) assert.equal(amount, 0n, type)
      }
    }),
  )
})

test('spread types stay within one unit of the exact amount of every installment', () => {
  const spread = ['CUMULATIVE_ROUND_DOWN', 'FRONT_LOADED', 'BACK_LOADED'] as const
  fc.assert(
    fc.property(quantity, shares, fc.constantFrom(...spread), (total, parts, type) => {
      for (const [index, amount] of allocate(total, parts, type).entries()) {
        const down = floor(mul(rational(total), parts[index]!))
        assert.ok(amount >= down && amount <= down + 1n, `${type} ${index}`)
      }
    }),
  )
})

test('cumulative round down vests at each step the floor of what has accrued', () => {
  fc.assert(
    fc.property(quantity, shares, (total, parts) => {
      let accrued = ZERO
      let vested = 0n
      for (const [index, amount] of allocate(total, parts, 'CUMULATIVE_ROUND_DOWN').entries()) {
        accrued = add(accrued, parts[index]!)
        vested += amount
        assert.equal(vested, floor(mul(rational(total), accrued)))
      }
    }),
  )
})

test('cumulative rounding vests at each step the nearest to what has accrued, never past the final sum', () => {
  fc.assert(
    fc.property(quantity, shares, (total, parts) => {
      const final = floor(mul(rational(total), parts.reduce(add, ZERO)))
      let accrued = ZERO
      let vested = 0n
      for (const [index, amount] of allocate(total, parts, 'CUMULATIVE_ROUNDING').entries()) {
        accrued = add(accrued, parts[index]!)
        vested += amount
        const nearest = floor(add(mul(rational(total), accrued), rational(1n, 2n)))
        assert.equal(vested, nearest < final ? nearest : final)
      }
    }),
  )
})

test('a whole share gives the whole quantity', () => {
  for (const type of ALLOCATION_TYPES) assert.deepEqual(allocate(7n, [ONE], type), [7n])
})
