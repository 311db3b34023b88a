import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { integral, normalMean } from '../../test/support/integral.ts'
import { near } from '../../test/support/near.ts'
import { geometricAsianCall } from './asian.ts'
import { black76Call, black76Put } from './black.ts'
import { chaffeDiscount, finnertyDiscount } from './dlom.ts'
import { margrabe } from './margrabe.ts'
import { mertonCall, mertonMean } from './merton.ts'

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const option = fc.record({
  forward: between(0.5, 8),
  strike: between(0.5, 8),
  volatility: between(0.05, 1.2),
  years: between(0.1, 4),
  rate: between(-0.02, 0.1),
})

test('a price cap is worth the worked number of the method', () => {
  const value = black76Call({ forward: 2.35, strike: 2.35, volatility: 0.6, years: 1, rate: 0.045 })
  near(value, 0.5297982067, { relative: 1e-10 })
})

test('Black-76 is the discounted mean of what the cap pays', () => {
  fc.assert(
    fc.property(option, (o) => {
      const deviation = o.volatility * Math.sqrt(o.years)
      const kink = (Math.log(o.strike / o.forward) + deviation ** 2 / 2) / deviation
      const paid = normalMean(
        (z) => {
          const price = o.forward * Math.exp(deviation * z - deviation ** 2 / 2)
          return Math.max(price - o.strike, 0)
        },
        [kink],
      )
      near(black76Call(o), Math.exp(-o.rate * o.years) * paid, { relative: 1e-11, absolute: 1e-13 })
    }),
  )
})

test('cap less floor is the discounted forward less the strike', () => {
  fc.assert(
    fc.property(option, (o) =>
      near(black76Call(o) - black76Put(o), Math.exp(-o.rate * o.years) * (o.forward - o.strike), {
        absolute: 1e-13,
      }),
    ),
  )
})

test('a cap is worth more with volatility and less with a higher strike, and without volatility what it pays', () => {
  fc.assert(
    fc.property(option, between(0, 1), (o, more) => {
      assert.ok(black76Call({ ...o, volatility: o.volatility + more }) >= black76Call(o) - 1e-14)
      assert.ok(black76Call({ ...o, strike: o.strike + more }) <= black76Call(o) + 1e-14)
      const sure = Math.exp(-o.rate * o.years) * Math.max(o.forward - o.strike, 0)
      near(black76Call({ ...o, volatility: 0 }), sure, { absolute: 1e-14 })
      if (Math.abs(o.forward - o.strike) > 1e-3)
        near(black76Call({ ...o, volatility: 1e-9 }), sure, { absolute: 1e-12 })
    }),
  )
})

test('what no option can have is refused by name', () => {
  const good = { forward: 2, strike: 2, volatility: 0.5, years: 1, rate: 0 }
  for (const [name, value] of [
    ['forward', 0],
    ['strike', -1],
    ['volatility', NaN],
    ['years', Infinity],
    ['rate', NaN],
  ] as const)
    assert.throws(() => black76Call({ ...good, [name]: value }), {
      name: 'Fault',
      code: 'invalid',
      param: name,
    })
})

const side = fc.record({
  value: between(0.5, 200),
  volatility: between(0.05, 0.9),
  decay: between(-0.1, 0.5),
})
const swap = fc.record({ gets: side, gives: side, correlation: between(-0.9, 0.9), years: between(0.1, 4) })

test('the right to swap is the mean of what it pays over both prices', () => {
  fc.assert(
    fc.property(swap, ({ gets, gives, correlation, years }) => {
      const [a, b] = [gets.volatility * Math.sqrt(years), gives.volatility * Math.sqrt(years)]
      const [s1, s2] = [
        gets.value * Math.exp(-gets.decay * years),
        gives.value * Math.exp(-gives.decay * years),
      ]
      const own = Math.sqrt(1 - correlation ** 2)
      // Where both are equal at z = 0, the outer integrand bends within a narrow strip.
      const bend = (Math.log(s1 / s2) + (b * b - a * a) / 2) / (b - a * correlation)
      const strips = [-1, -0.25, -0.05, 0, 0.05, 0.25, 1].map((away) => bend + away)
      // Over z2, the part of z1 that is left is a plain mean with its kink where both are equal.
      const paid = normalMean((z2) => {
        const second = s2 * Math.exp(b * z2 - (b * b) / 2)
        const first = (z: number): number => s1 * Math.exp(a * (correlation * z2 + own * z) - (a * a) / 2)
        const kink = ((Math.log(second / s1) + (a * a) / 2) / a - correlation * z2) / own
        if (kink > 14) return 0
        const from = Math.max(kink, -14)
        const density = (z: number): number => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)
        return integral((z) => (first(z) - second) * density(z), from, 14, 24)
      }, strips)
      near(margrabe({ gets, gives, correlation, years }), paid, { relative: 1e-6, absolute: 1e-7 })
    }),
    { numRuns: 12 },
  )
})

test('swapping one way less the other is one side less the other', () => {
  fc.assert(
    fc.property(swap, ({ gets, gives, correlation, years }) => {
      const there = margrabe({ gets, gives, correlation, years })
      const back = margrabe({ gets: gives, gives: gets, correlation, years })
      const apart = gets.value * Math.exp(-gets.decay * years) - gives.value * Math.exp(-gives.decay * years)
      near(there - back, apart, { absolute: 1e-11 })
      assert.ok(there >= Math.max(apart, 0) - 1e-11)
    }),
  )
})

test('a swap against sure cash is Black-76, and of what moves alike it is the difference', () => {
  fc.assert(
    fc.property(option, (o) => {
      const discount = Math.exp(-o.rate * o.years)
      near(
        margrabe({
          gets: { value: o.forward * discount, volatility: o.volatility, decay: 0 },
          gives: { value: o.strike * discount, volatility: 0, decay: 0 },
          correlation: 0.3,
          years: o.years,
        }),
        black76Call(o),
        { relative: 1e-12, absolute: 1e-14 },
      )
      const same = { value: o.forward, volatility: o.volatility, decay: 0 }
      near(
        margrabe({ gets: same, gives: { ...same, value: o.strike }, correlation: 1, years: o.years }),
        Math.max(o.forward - o.strike, 0),
        { absolute: 1e-7 },
      )
    }),
  )
})

const jumps = { intensity: 0.75, mean: -0.25, deviation: 0.3 }

test('the Merton series is the mean over the number of jumps and over the price', () => {
  const o = { spot: 2.9, strike: 2.5, volatility: 0.4, years: 2, rate: 0.04, jumps }
  // One integral over the density of ln S_T: normals mixed by a Poisson count, under the unchanged intensity.
  const growth = Math.exp(jumps.mean + jumps.deviation ** 2 / 2) - 1
  let [value, weight] = [0, Math.exp(-jumps.intensity * o.years)]
  for (let n = 0; n < 60; n += 1) {
    const variance = o.volatility ** 2 * o.years + n * jumps.deviation ** 2
    const centre =
      Math.log(o.spot) +
      (o.rate - jumps.intensity * growth - o.volatility ** 2 / 2) * o.years +
      n * jumps.mean
    const kink = (Math.log(o.strike) - centre) / Math.sqrt(variance)
    value +=
      weight * normalMean((z) => Math.max(Math.exp(centre + Math.sqrt(variance) * z) - o.strike, 0), [kink])
    weight *= (jumps.intensity * o.years) / (n + 1)
  }
  near(mertonCall(o), Math.exp(-o.rate * o.years) * value, { relative: 1e-11 })
})

test('without jumps Merton is Black and Scholes; jumps of certain size 0 change nothing; many small ones are a volatility', () => {
  fc.assert(
    fc.property(option, between(0, 30), ({ forward: spot, strike, volatility, years, rate }, intensity) => {
      const plain = black76Call({ forward: spot * Math.exp(rate * years), strike, volatility, years, rate })
      const o = { spot, strike, volatility, years, rate }
      near(mertonCall({ ...o, jumps: { ...jumps, intensity: 0 } }), plain, {
        relative: 1e-12,
        absolute: 1e-14,
      })
      near(mertonCall({ ...o, jumps: { ...jumps, intensity: 1e-9 } }), plain, { absolute: 1e-7 })
      near(mertonCall({ ...o, jumps: { intensity, mean: 0, deviation: 0 } }), plain, {
        relative: 1e-9,
        absolute: 1e-12,
      })
    }),
  )
  const many = mertonCall({
    spot: 3,
    strike: 3,
    volatility: 0.3,
    years: 1,
    rate: 0,
    jumps: { intensity: 20_000, mean: 0, deviation: 0.4 / Math.sqrt(20_000) },
  })
  near(many, black76Call({ forward: 3, strike: 3, volatility: 0.5, years: 1, rate: 0 }), { relative: 1e-4 })
})

test('the mean of a price with jumps is the sum over their number', () => {
  const [drift, years, spot] = [-0.2, 3, 2.9]
  let [sum, weight] = [0, Math.exp(-jumps.intensity * years)]
  for (let n = 0; n < 80; n += 1) {
    sum += weight * Math.exp(n * (jumps.mean + jumps.deviation ** 2 / 2))
    weight *= (jumps.intensity * years) / (n + 1)
  }
  near(mertonMean({ spot, drift, jumps }, years), spot * Math.exp(drift * years) * sum)
})

test('a call on the geometric mean is the integral over that mean, whose variance is summed from its fixings', () => {
  for (const fixings of [1, 3, 12, 48]) {
    const o = { spot: 2.6, strike: 2.4, volatility: 0.6, years: 1.5, rate: 0.04, fixings }
    // ln G = mean of ln S at iT/n: variance σ² Σ Σ min(t_i, t_j) / n².
    const times = Array.from({ length: fixings }, (_, i) => ((i + 1) * o.years) / fixings)
    const variance =
      times.reduce((sum, a) => sum + times.reduce((inner, b) => inner + Math.min(a, b), 0), 0) *
      (o.volatility / fixings) ** 2
    const centre =
      Math.log(o.spot) + (o.rate - o.volatility ** 2 / 2) * (times.reduce((sum, at) => sum + at, 0) / fixings)
    const kink = (Math.log(o.strike) - centre) / Math.sqrt(variance)
    const paid = normalMean((z) => Math.max(Math.exp(centre + Math.sqrt(variance) * z) - o.strike, 0), [kink])
    near(geometricAsianCall(o), Math.exp(-o.rate * o.years) * paid, { relative: 1e-11 })
  }
})

test('with one fixing the average is the price itself; more fixings are worth less', () => {
  fc.assert(
    fc.property(option, ({ forward: spot, strike, volatility, years, rate }) => {
      const o = { spot, strike, volatility, years, rate }
      const plain = black76Call({ forward: spot * Math.exp(rate * years), strike, volatility, years, rate })
      near(geometricAsianCall({ ...o, fixings: 1 }), plain, { relative: 1e-12, absolute: 1e-14 })
    }),
  )
  const at = (fixings: number): number =>
    geometricAsianCall({ spot: 3, strike: 3, volatility: 0.6, years: 1, rate: 0, fixings })
  assert.ok(at(1) > at(2) && at(2) > at(12) && at(12) > at(365))
})

test('Chaffe is the mean of what a put at the money pays, over the price', () => {
  for (const lock of [
    { volatility: 0.5, years: 1, rate: 0.045 },
    { volatility: 0.9, years: 3, rate: 0.03 },
  ]) {
    const deviation = lock.volatility * Math.sqrt(lock.years)
    const centre = (lock.rate - lock.volatility ** 2 / 2) * lock.years
    const paid = normalMean((z) => Math.max(1 - Math.exp(centre + deviation * z), 0), [-centre / deviation])
    near(chaffeDiscount(lock), Math.exp(-lock.rate * lock.years) * paid, { relative: 1e-11 })
  }
  assert.equal(chaffeDiscount({ volatility: 0, years: 2, rate: 0.05 }), 0)
})

test('Finnerty is the integral of its density, nothing without volatility, 32.3 % at most', () => {
  for (const x of [1e-12, 1e-6, 1e-3, 0.2, 0.4999, 0.5001, 1, 6, 40, 900]) {
    const v = finnertyDiscount({ volatility: Math.sqrt(x), years: 1, dividend: 0 })
    // v² → x/3 - x²/18 for small x; the formula as it is written where nothing cancels.
    const square =
      x < 0.01
        ? x / 3 - (x * x) / 18
        : x > 700
          ? Math.LN2
          : x + Math.log(2 * (Math.exp(x) - x - 1)) - 2 * Math.log(Math.expm1(x))
    const half = Math.sqrt(square) / 2
    const share = integral((z) => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI), -half, half)
    near(v, share, { relative: x < 0.01 ? 1e-6 : 1e-9, what: `σ²T ${x}` })
  }
  assert.equal(finnertyDiscount({ volatility: 0, years: 1, dividend: 0 }), 0)
  near(finnertyDiscount({ volatility: 60, years: 1, dividend: 0 }), 0.3228, { absolute: 1e-4 })
  fc.assert(
    fc.property(between(0, 3), between(0, 5), between(0, 1), (volatility, years, more) => {
      const less = finnertyDiscount({ volatility, years, dividend: 0 })
      assert.ok(finnertyDiscount({ volatility: volatility + more, years, dividend: 0 }) >= less - 1e-9)
      assert.ok(less >= 0 && less < 0.33)
    }),
  )
})
