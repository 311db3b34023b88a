import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { integral } from '../../test/support/integral.ts'
import { near } from '../../test/support/near.ts'
import { logGamma, poissonWeight } from './gamma.ts'
import { lambertW0, onePlusW0 } from './lambert.ts'

test('log-gamma is the log of the factorial, of √π at a half, and of the integral between', () => {
  let factorial = 1n
  for (let n = 1n; n <= 150n; n += 1n) {
    near(logGamma(Number(n) + 1), Math.log(Number((factorial *= n))), { relative: 1e-14, absolute: 1e-14 })
  }
  near(logGamma(0.5), Math.log(Math.PI) / 2, { relative: 1e-14 })
  for (const x of [2.25, 3.7, 9.4, 13.1]) {
    const gamma = integral((u) => 4 * u ** (4 * x - 1) * Math.exp(-(u ** 4)), 0, 3.3, 200)
    near(logGamma(x), Math.log(gamma), { relative: 1e-11, what: `ln Γ(${x})` })
  }
  assert.ok(Number.isNaN(logGamma(0)) && Number.isNaN(logGamma(-1.5)))
})

test('Poisson weights sum to 1, small means and large', () => {
  for (const mean of [0, 1e-9, 0.3, 4, 90, 2_000]) {
    let sum = 0
    for (let count = 0; count < 4_000; count += 1) sum += poissonWeight(count, mean)
    near(sum, 1, { relative: 1e-11, what: `mean ${mean}` })
  }
})

test('Lambert W undoes w e^w from -1 on', () => {
  fc.assert(
    fc.property(fc.double({ min: -0.9, max: 500, noNaN: true }), (w) =>
      near(lambertW0(w * Math.exp(w)), w, { relative: 1e-13, absolute: 1e-14 }),
    ),
  )
  near(lambertW0(1), 0.567143290409784, { relative: 1e-15 })
  near(lambertW0(-1 / Math.E), -1, { relative: 1e-7 })
  assert.equal(lambertW0(0), 0)
  assert.ok(Number.isNaN(lambertW0(-0.4)))
  assert.ok(Math.abs(lambertW0(1e300) + Math.log(lambertW0(1e300)) - 300 * Math.LN10) < 1e-10)
})

test('close to its branch point Lambert W keeps all digits when the distance is known', () => {
  fc.assert(
    fc.property(fc.double({ min: -30, max: 2.5, noNaN: true }), (exponent) => {
      const c = 10 ** exponent
      const y = onePlusW0(c)
      // √(2c)(1 - √(2c)/3 + c/18 + …) with four terms, where no digits are lost; else the equation itself.
      const r = Math.sqrt(2 * c)
      if (c < 1e-5) near(y, r * (1 - r / 3 + (r * r) / 36 + (r * r * r) / 270), { relative: 1e-10 })
      else near(1 - y, Math.exp(-c - y), { relative: 1e-12, absolute: 2.3e-16 })
      assert.ok(y > 0 && y <= 1)
    }),
  )
  assert.equal(onePlusW0(0), 0)
})
