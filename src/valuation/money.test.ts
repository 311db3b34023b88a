import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { halfEven, rational } from '#base/rational.ts'
import { nanoOfUsd, usdOfNano } from './money.ts'

/** Nano-dollars of the float's exact value, from its bits. */
function exactly(usd: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(Math.abs(usd)).buffer)[0]!
  const [exponent, fraction] = [bits >> 52n, bits & ((1n << 52n) - 1n)]
  const mantissa = exponent === 0n ? fraction : fraction | (1n << 52n)
  const shift = (exponent === 0n ? 1n : exponent) - 1_075n
  const sign = usd < 0 ? -1n : 1n
  const scaled = sign * mantissa * 1_000_000_000n
  return halfEven(shift >= 0n ? rational(scaled << shift) : rational(scaled, 1n << -shift))
}

test('a float leaves as the nearest nano-dollar of its exact value, ties to even', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), (usd) => {
      assert.equal(nanoOfUsd(usd, 'x'), exactly(usd))
    }),
  )
  fc.assert(
    fc.property(fc.double({ min: -1e-6, max: 1e-6, noNaN: true }), (usd) => {
      assert.equal(nanoOfUsd(usd, 'x'), exactly(usd))
    }),
  )
  assert.equal(nanoOfUsd(0.529_798_206_7, 'x'), 529_798_207n)
  // 2^-10 = 976562.5 nano-dollars and 3·2^-10 = 2929687.5: ties, both to the even one.
  assert.equal(nanoOfUsd(2 ** -10, 'x'), 976_562n)
  assert.equal(nanoOfUsd(3 * 2 ** -10, 'x'), 2_929_688n)
  assert.equal(nanoOfUsd(-(2 ** -10), 'x'), -976_562n)
  assert.equal(nanoOfUsd(-0, 'x'), 0n)
  assert.equal(nanoOfUsd(5e-324, 'x'), 0n)
  assert.equal(nanoOfUsd(2 ** 80, 'x'), 2n ** 80n * 1_000_000_000n)
})

test('what is not finite never becomes an amount', () => {
  for (const value of [NaN, Infinity, -Infinity])
    assert.throws(() => nanoOfUsd(value, 'expected use'), {
      name: 'Fault',
      code: 'invalid',
      param: 'expected use',
    })
})

test('amounts of every size that people have come back as they went in', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (nano) => {
      assert.equal(nanoOfUsd(usdOfNano(nano), 'x'), nano)
    }),
  )
})
