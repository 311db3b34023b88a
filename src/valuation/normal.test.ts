import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { integral } from '../../test/support/integral.ts'
import { near } from '../../test/support/near.ts'
import { normalCdf, normalDensity, normalQuantile } from './normal.ts'

/** Fixed point with 1,300 bits behind the point: enough for what cancels in the series at 37. */
const BITS = 1_300n
const ONE = 1n << BITS

function arctanOfInverse(n: bigint): bigint {
  let [sum, power] = [0n, ONE / n]
  for (let k = 1n, sign = 1n; power > 0n; k += 2n, sign = -sign, power /= n * n) sum += (sign * power) / k
  return sum
}

function root(value: bigint): bigint {
  let x = value
  for (let step = 0; step < 3_000; step += 1) {
    const next = (x + value / x) >> 1n
    if (next >= x) return x
    x = next
  }
  throw new Error('no root')
}

const PI = 4n * (4n * arctanOfInverse(5n) - arctanOfInverse(239n))
const ROOT_TWO_PI = root(2n * PI * ONE)

/** Φ(-eighths/8) by the alternating series of Φ in big integers: exact to hundreds of digits. */
function exactTail(eighths: bigint): number {
  const x = (eighths * ONE) / 8n
  const square = (x * x) / ONE
  let [sum, term] = [0n, x]
  for (let n = 0n; term !== 0n; n += 1n) {
    sum += term / (2n * n + 1n)
    term = (-term * square) / ONE / (2n * (n + 1n))
  }
  const tail = ONE / 2n - (sum * ONE) / ROOT_TWO_PI
  // The leading 80 bits carry more than a double holds.
  const shift = BigInt(Math.max(0, tail.toString(2).length - 80))
  return Number(tail >> shift) * 2 ** Number(shift - BITS / 2n) * 2 ** Number(-BITS / 2n)
}

test('the normal distribution function is right to its last digits, in the middle and in both tails', () => {
  for (let eighths = 0n; eighths <= 296n; eighths += 3n) {
    const [x, exact] = [Number(eighths) / 8, exactTail(eighths)]
    near(normalCdf(-x), exact, { relative: 2e-15, what: `Φ(-${x})` })
    near(normalCdf(x), 1 - exact, { relative: 2e-16 * 2, what: `Φ(${x})` })
  }
  assert.equal(normalCdf(0), 0.5)
  assert.equal(normalCdf(-40), 0)
  assert.equal(normalCdf(40), 1)
  assert.equal(normalCdf(-Infinity), 0)
  assert.equal(normalCdf(Infinity), 1)
  assert.ok(Number.isNaN(normalCdf(NaN)))
})

test('the distribution function is the integral of the density', () => {
  fc.assert(
    fc.property(fc.double({ min: -6, max: 6, noNaN: true }), (x) =>
      near(normalCdf(x), integral(normalDensity, -12, x), { relative: 0, absolute: 1e-14 }),
    ),
  )
})

test('the quantile takes the distribution function back, down to 1e-300', () => {
  fc.assert(
    fc.property(fc.double({ min: -300, max: -0.302, noNaN: true }), (exponent) => {
      const probability = 10 ** exponent
      near(normalCdf(normalQuantile(probability)), probability, { relative: 1e-12 })
    }),
  )
  fc.assert(
    fc.property(fc.double({ min: -8, max: 3, noNaN: true }), (x) =>
      near(normalQuantile(normalCdf(x)), x, { relative: 1e-13, absolute: 1e-13 }),
    ),
  )
  near(normalQuantile(0.975), 1.959963984540054, { relative: 1e-15 })
  assert.equal(normalQuantile(0.5), 0)
  assert.equal(normalQuantile(0), -Infinity)
  assert.equal(normalQuantile(1), Infinity)
  assert.ok(Number.isNaN(normalQuantile(1.1)) && Number.isNaN(normalQuantile(-0.1)))
})
