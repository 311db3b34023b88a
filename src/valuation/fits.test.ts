import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { near } from '../../test/support/near.ts'
import { cohortPrior, demandPrior, fitDemand } from './demand-fit.ts'
import { fitLogOu } from './ou-fit.ts'
import { normalQuantile } from './normal.ts'
import { fitHazard, hazardOfTurnover } from './turnover.ts'

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })

/** Normals that are even by construction: quantiles at the fractional parts of multiples of an irrational number. */
const normals = (count: number, multiple = Math.SQRT2): number[] =>
  Array.from({ length: count }, (_, i) => normalQuantile((((i + 1) * multiple) % 1) * 0.999999 + 5e-7))

/** The same, in an order without memory. */
function shuffled(count: number): number[] {
  let state = 12_345
  const keyed = normals(count).map((z) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return { z, key: state }
  })
  return keyed.sort((a, b) => a.key - b.key).map(({ z }) => z)
}

test('an OU fit finds the process that a long series came from', () => {
  const [level, reversion, volatility, spacing] = [2.6, 6, 0.55, 1 / 52]
  const slope = Math.exp(-reversion * spacing)
  const deviation = volatility * Math.sqrt((1 - slope ** 2) / (2 * reversion))
  let x = Math.log(level)
  const prices = shuffled(20_000).map((z) => {
    x = Math.log(level) + (x - Math.log(level)) * slope + deviation * z
    return Math.exp(x)
  })
  const fit = fitLogOu(prices, spacing)!
  near(fit.level, level, { relative: 0.02 })
  near(fit.reversion, reversion, { relative: 0.1 })
  near(fit.volatility, volatility, { relative: 0.03 })
  near(fit.halfLifeYears, Math.LN2 / fit.reversion)
  assert.deepEqual([fit.weak, fit.reasons], [false, []])
})

test('an OU fit is least squares: no other line through the logs is nearer', () => {
  const prices = [2.71, 2.6, 2.53, 2.8, 3.04, 2.95, 2.9, 2.7, 2.75, 2.66]
  const fit = fitLogOu(prices, 1 / 52)!
  const slope = Math.exp(-fit.reversion / 52)
  const squares = (b: number, level: number): number =>
    prices
      .slice(1)
      .reduce((sum, p, i) => sum + (Math.log(p) - level - b * (Math.log(prices[i]!) - level)) ** 2, 0)
  const best = squares(slope, Math.log(fit.level))
  for (const [db, dl] of [
    [0.01, 0],
    [-0.01, 0],
    [0, 0.01],
    [0, -0.01],
  ] as const)
    assert.ok(squares(slope + db, Math.log(fit.level) + dl) > best)
  near(
    fit.volatility,
    Math.sqrt(best / (prices.length - 3)) * Math.sqrt((2 * fit.reversion) / (1 - slope ** 2)),
  )
})

test('a fit on twelve prices says that it is weak, and why', () => {
  const fit = fitLogOu([2.71, 2.6, 2.53, 2.8, 3.04, 2.95, 2.9, 2.7, 2.75, 2.66, 2.8, 2.78], 1 / 52)!
  assert.equal(fit.weak, true)
  assert.match(fit.reasons[0]!, /^only 12 prices/)
})

test('prints that take each other back are called noise', () => {
  const prices = shuffled(200).map((z) => 2.6 * Math.exp(0.05 * z))
  const fit = fitLogOu(prices, 1 / 365)
  // Without memory the slope is near 0: either no fit at all or one that says so.
  if (fit) assert.ok(fit.reasons.some((reason) => reason.includes('noise')))
  const walk: number[] = []
  let x = 0
  shuffled(400).forEach((z, i) => walk.push(Math.exp((x += 0.01 * z) + 0.02 * normals(400, Math.E)[i]!)))
  const noisy = fitLogOu(walk, 1 / 365)
  assert.ok(noisy && noisy.autocorrelation < -0.2 && noisy.quietVolatility < noisy.rawVolatility)
  assert.ok(noisy.reasons.some((reason) => reason.includes('take each other back')))
})

test('prices without a pull, too few of them or wrong ones give no fit', () => {
  assert.equal(fitLogOu([1, 2, 4, 8, 16], 1), null)
  assert.equal(fitLogOu([1, 2, 1], 1), null)
  assert.equal(fitLogOu([2, 2, 2, 2, 2], 1), null)
  assert.throws(() => fitLogOu([1, 2, 0, 3], 1), { code: 'invalid', param: 'prices[2]' })
})

const PRIOR = demandPrior({ active: 0.9, mean: 200, variation: 1.2 }, 6)

test('without history the demand is the prior, and says so', () => {
  const fit = fitDemand([], PRIOR)
  near(fit.mean, 200)
  near(fit.variation, 1.2)
  near(fit.active, 0.9)
  assert.equal(fit.weak, true)
})

test('with much history the demand is the history', () => {
  const months = normals(4_000).map((z, i) => (i % 4 === 3 ? 0 : Math.exp(6 + 0.5 * z)))
  const fit = fitDemand(months, PRIOR)
  near(fit.mean, Math.exp(6 + 0.125), { relative: 0.01 })
  near(fit.variation, Math.sqrt(Math.exp(0.25) - 1), { relative: 0.02 })
  near(fit.active, 0.75, { relative: 0.01 })
  assert.deepEqual([fit.weak, fit.reasons], [false, []])
})

test('some history lies between both, and more of it lies nearer to the history', () => {
  fc.assert(
    fc.property(between(1, 10_000), fc.integer({ min: 1, max: 40 }), (amount, count) => {
      const logMeanOf = (n: number): number => {
        const { mean, variation } = fitDemand(Array(n).fill(amount), PRIOR)
        return Math.log(mean) - Math.log1p(variation ** 2) / 2
      }
      const [few, more] = [logMeanOf(count), logMeanOf(count + 1)]
      const [low, high] = [
        Math.min(PRIOR.logMean, Math.log(amount)),
        Math.max(PRIOR.logMean, Math.log(amount)),
      ]
      assert.ok(few >= low - 1e-9 && few <= high + 1e-9)
      assert.ok(Math.abs(more - Math.log(amount)) <= Math.abs(few - Math.log(amount)) + 1e-9)
    }),
  )
})

test('a cohort that differs much binds its members little', () => {
  const people = (between: number, within: number): number[][] =>
    normals(30, Math.sqrt(3)).map((who, i) =>
      normals(24, Math.SQRT2 + i / 100).map((z) => Math.exp(5 + between * who + within * z)),
    )
  const alike = cohortPrior(people(0.1, 0.8))!
  const apart = cohortPrior(people(1.2, 0.4))!
  assert.ok(alike.months > 10 * apart.months, `${alike.months} ${apart.months}`)
  near(alike.logMean, 5, { absolute: 0.1 })
  near(apart.logVariance, 1.2 ** 2 + 0.4 ** 2, { relative: 0.2 })
  near(apart.months, 1, { absolute: 0.2 })
  assert.equal(
    cohortPrior([
      [1, 2],
      [3, 4],
    ]),
    null,
  )
  assert.equal(cohortPrior([[1], [2], [3], [0, 5]]), null)
})

test('a cohort prior that is not weighed is not given: months without use count only as such', () => {
  const prior = cohortPrior([
    [10, 0, 10],
    [12, 0, 11],
    [9, 0, 10],
  ])!
  near(prior.active, 2 / 3)
})

test('turnover of a year, read as a hazard, gives that turnover back', () => {
  fc.assert(
    fc.property(between(0, 0.99), (share) =>
      near(1 - Math.exp(-hazardOfTurnover(share)), share, { absolute: 1e-14 }),
    ),
  )
})

test('a fitted hazard lies between what was assumed and what was seen', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 200 }),
      between(0.1, 1_000),
      between(0, 1),
      between(0.5, 100),
      (leavers, personYears, hazard, years) => {
        const fit = fitHazard({ leavers, personYears }, { hazard, years })
        const seen = leavers / personYears
        assert.ok(
          fit.hazard >= Math.min(seen, hazard) - 1e-12 && fit.hazard <= Math.max(seen, hazard) + 1e-12,
        )
      },
    ),
  )
  const many = fitHazard({ leavers: 1_300, personYears: 10_000 }, { hazard: 0.2, years: 20 })
  near(many.hazard, 0.13, { relative: 0.01 })
  near(many.error, Math.sqrt(1_300) / 10_000, { relative: 0.01 })
  assert.deepEqual([many.weak, many.reasons], [false, []])
  assert.equal(fitHazard({ leavers: 2, personYears: 8 }, { hazard: 0.15, years: 20 }).reasons.length, 2)
})
