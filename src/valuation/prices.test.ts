import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { normalMean } from '../../test/support/integral.ts'
import { near } from '../../test/support/near.ts'
import { gbmMean, gbmMedian, gbmQuantile } from './gbm.ts'
import { halfLife, logOu, stationaryVariance } from './log-ou.ts'
import { glutValue } from './mixture.ts'
import { modelForwards, type PriceModel, schwartzSmith } from './price-model.ts'
import { grantPresentValue, packageValue, stripValue } from './strip.ts'

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const factors = fc.record({
  spot: between(0.5, 7),
  deviation: between(-0.8, 0.8),
  reversion: between(0.2, 20),
  shortVolatility: between(0, 1),
  drift: between(-0.5, 0.5),
  longVolatility: between(0, 0.5),
  correlation: between(-0.9, 0.9),
})
const jumps = fc.record({
  intensity: between(0, 3),
  mean: between(-0.6, 0.3),
  deviation: between(0, 0.4),
  lasting: fc.boolean(),
})
const anyModel = fc.record({
  spot: between(0.5, 7),
  deviation: between(-0.8, 0.8),
  reversion: between(0.2, 20),
  shortVolatility: between(0, 1),
  drift: between(-0.5, 0.5),
  longVolatility: between(0, 0.5),
  correlation: between(-0.9, 0.9),
  jumps,
  glut: fc.constant(null),
})
const NO_JUMPS = { intensity: 0, mean: 0, deviation: 0, lasting: true }

test('a GBM has the mean and the quantiles of its integral', () => {
  fc.assert(
    fc.property(
      between(1, 200),
      between(-0.5, 0.5),
      between(0.01, 1),
      between(0.1, 5),
      (spot, drift, volatility, years) => {
        const gbm = { spot, drift, volatility }
        const price = (z: number): number =>
          spot * Math.exp((drift - volatility ** 2 / 2) * years + volatility * Math.sqrt(years) * z)
        near(normalMean(price), gbmMean(gbm, years), { relative: 1e-11 })
        near(gbmMedian(gbm, years), price(0))
        near(gbmQuantile(gbm, years, 0.05), price(-1.6448536269514722), { relative: 1e-11 })
        near(gbmQuantile({ ...gbm, volatility: 0 }, years, 0.95), gbmMean(gbm, years))
      },
    ),
  )
})

/** Mean and variance of a linear system by small exact steps of its moments: Euler's rule, halved until it says the same. */
function moments(
  f: { reversion: number; shortVolatility: number; longVolatility: number; correlation: number },
  years: number,
) {
  const run = (steps: number): number => {
    const dt = years / steps
    let [chi, both] = [0, 0]
    for (let i = 0; i < steps; i += 1) {
      // d Var χ = (σ_χ² - 2κ Var χ) dt, d Cov = (ρσ_χσ_ξ - κ Cov) dt; the midpoint rule.
      const half = chi + ((f.shortVolatility ** 2 - 2 * f.reversion * chi) * dt) / 2
      chi += (f.shortVolatility ** 2 - 2 * f.reversion * half) * dt
      const mixed = f.correlation * f.shortVolatility * f.longVolatility
      const halfBoth = both + ((mixed - f.reversion * both) * dt) / 2
      both += (mixed - f.reversion * halfBoth) * dt
    }
    return chi + 2 * both + f.longVolatility ** 2 * years
  }
  return run(20_000)
}

test('the variance of two factors is what their differential equations sum to', () => {
  fc.assert(
    fc.property(factors, between(0.1, 4), (model, years) =>
      near(schwartzSmith(model, years).logVariance, moments(model, years), {
        relative: 1e-5,
        absolute: 1e-12,
      }),
    ),
    { numRuns: 40 },
  )
})

test('the forward of two factors is the mean of their price', () => {
  fc.assert(
    fc.property(factors, between(0.1, 4), (model, years) => {
      const { logMean, logVariance, forward } = schwartzSmith(model, years)
      near(
        normalMean((z) => Math.exp(logMean + Math.sqrt(logVariance) * z)),
        forward,
        { relative: 1e-11 },
      )
      const level = Math.log(model.spot) - model.deviation
      near(logMean, level + model.deviation * Math.exp(-model.reversion * years) + model.drift * years, {
        absolute: 1e-12,
      })
    }),
  )
})

test('one factor is two with a still level, and its moments solve its equation', () => {
  fc.assert(
    fc.property(
      between(1, 5),
      between(1, 5),
      between(0.1, 20),
      between(0, 1),
      between(0, 4),
      (spot, level, reversion, volatility, years) => {
        const one = logOu({ spot, level, reversion, volatility }, years)
        const two = schwartzSmith(
          {
            spot,
            deviation: Math.log(spot / level),
            reversion,
            shortVolatility: volatility,
            drift: 0,
            longVolatility: 0,
            correlation: 0,
          },
          years,
        )
        near(one.mean, two.forward, { relative: 1e-12 })
        near(one.logVariance, (volatility ** 2 * (1 - Math.exp(-2 * reversion * years))) / (2 * reversion), {
          relative: 1e-9,
          absolute: 1e-15,
        })
      },
    ),
  )
})

test('no pull is a plain random walk; an endless pull is the level at once', () => {
  const walk = logOu({ spot: 3, level: 2, reversion: 0, volatility: 0.5 }, 2)
  near(walk.logMean, Math.log(3))
  near(walk.logVariance, 0.5)
  near(logOu({ spot: 3, level: 2, reversion: 1e-9, volatility: 0.5 }, 2).logVariance, 0.5, { relative: 1e-8 })
  near(logOu({ spot: 3, level: 2, reversion: 1e9, volatility: 0.5 }, 2).mean, 2, { relative: 1e-9 })
  near(
    logOu({ spot: 3, level: 2, reversion: 6, volatility: 0.5 }, 50).logVariance,
    stationaryVariance({ reversion: 6, volatility: 0.5 }),
  )
  near(
    logOu({ spot: 4, level: 2, reversion: 6, volatility: 0 }, halfLife(6)).logMean,
    Math.log(2) + Math.log(2) / 2,
  )
})

test('forwards with jumps are the mean over every way the jumps can fall', () => {
  fc.assert(
    fc.property(anyModel, (model) => {
      const months = 7
      const probability = 1 - Math.exp(-model.jumps.intensity / 12)
      let sum = 0
      // Each month jumps or does not: 2^7 ways, each with a log-normal price.
      for (let way = 0; way < 2 ** months; way += 1) {
        let [chance, mean, variance] = [1, 0, 0]
        for (let month = 1; month <= months; month += 1) {
          const jumped = ((way >> (month - 1)) & 1) === 1
          chance *= jumped ? probability : 1 - probability
          if (!jumped) continue
          const left = model.jumps.lasting ? 1 : Math.exp((-model.reversion * (months - month)) / 12)
          mean += model.jumps.mean * left
          variance += (model.jumps.deviation * left) ** 2
        }
        sum += chance * Math.exp(mean + variance / 2)
      }
      const plain = schwartzSmith(model, months / 12).forward
      near(modelForwards(model, months)[months]!, plain * sum, { relative: 1e-11 })
    }),
  )
})

test('without jumps and at their limit forwards are those of two factors; today is the spot', () => {
  fc.assert(
    fc.property(anyModel, (model) => {
      const calm = modelForwards({ ...model, jumps: { ...model.jumps, intensity: 0 } }, 24)
      const nearly = modelForwards({ ...model, jumps: { ...model.jumps, intensity: 1e-10 } }, 24)
      near(calm[0]!, model.spot)
      for (const month of [1, 12, 24]) {
        near(calm[month]!, schwartzSmith(model, month / 12).forward)
        near(nearly[month]!, calm[month]!, { relative: 1e-8 })
      }
    }),
  )
})

test('a glut takes its share from its month on', () => {
  const model: PriceModel = {
    spot: 2.9,
    deviation: 0.1,
    reversion: 6,
    shortVolatility: 0.6,
    drift: -0.2,
    longVolatility: 0.3,
    correlation: 0.1,
    jumps: NO_JUMPS,
    glut: null,
  }
  const calm = modelForwards(model, 24)
  const glut = modelForwards({ ...model, glut: { month: 13, probability: 0.25, factor: 0.4 } }, 24)
  for (let month = 0; month <= 24; month += 1)
    near(glut[month]!, calm[month]! * (month < 13 ? 1 : 0.75 + 0.25 * 0.4))
  near(glutValue(100, { probability: 0.2, factor: 0.5 }), 90)
})

const grant = { hours: 10_000, months: 48, utilization: 0.8, rate: 0.045, hazard: 0.12, cliff: 1 }

test('the strip is each month at its price, discounted and still there', () => {
  const forwards = Float64Array.from({ length: 49 }, (_, m) => 2.9 - m / 50)
  let sum = 0
  for (let m = 1; m <= 48; m += 1)
    sum +=
      (10_000 / 48) *
      0.8 *
      (2.9 - m / 50) *
      Math.exp((-0.045 * m) / 12) *
      Math.exp(-0.12 * Math.max(m / 12, 1))
  near(stripValue(grant, forwards), sum)
  assert.throws(() => stripValue(grant, forwards.subarray(0, 40)), { code: 'invalid' })
})

test('values are linear in the hours', () => {
  fc.assert(
    fc.property(anyModel, between(0, 1e6), between(0, 1e6), (model, a, b) => {
      const of = (hours: number): number => grantPresentValue({ ...grant, hours }, model)
      near(of(a) + of(b), of(a + b), { relative: 1e-11, absolute: 1e-9 })
    }),
    { numRuns: 30 },
  )
})

test('a package is the sum over its months, and a geometric series when nobody has a cliff', () => {
  const terms = { ...grant, price: 2.9, decay: 0.25 }
  let sum = 0
  for (let m = 1; m <= 48; m += 1) {
    const t = m / 12
    sum +=
      (10_000 / 48) *
      0.8 *
      2.9 *
      Math.exp(-0.25 * t) *
      Math.exp(-0.045 * t) *
      Math.exp(-0.12 * Math.max(t, 1))
  }
  near(packageValue(terms), sum)
  const step = Math.exp(-(0.25 + 0.045 + 0.12) / 12)
  near(
    packageValue({ ...terms, cliff: 0 }),
    (10_000 / 48) * 0.8 * 2.9 * step * ((1 - step ** 48) / (1 - step)),
  )
})

test('a package is a model whose level only falls', () => {
  const model: PriceModel = {
    spot: 2.9,
    deviation: 0,
    reversion: 3,
    shortVolatility: 0,
    drift: -0.25,
    longVolatility: 0,
    correlation: 0,
    jumps: NO_JUMPS,
    glut: null,
  }
  near(grantPresentValue(grant, model), packageValue({ ...grant, price: 2.9, decay: 0.25 }))
})
