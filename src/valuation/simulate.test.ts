import assert from 'node:assert/strict'
import { test } from 'node:test'
import { near } from '../../test/support/near.ts'
import { averageCap } from './average-cap.ts'
import { priceBands } from './bands.ts'
import { black76Call } from './black.ts'
import { expectedUse } from './demand.ts'
import { type Estimate, estimateOf } from './estimate.ts'
import { exchangeValue } from './exchange.ts'
import { gbmQuantile } from './gbm.ts'
import { normalCdf } from './normal.ts'
import { BLOCK, LANES, openWalk, priceLevels } from './paths.ts'
import { modelForwards, type PriceModel, schwartzSmith } from './price-model.ts'
import { type Flow, simulate, simulateBlock, type Simulation } from './simulate.ts'
import { grantPresentValue } from './strip.ts'

const MODEL: PriceModel = {
  spot: 2.9,
  deviation: 0.15,
  reversion: 6,
  shortVolatility: 0.6,
  drift: -0.2,
  longVolatility: 0.3,
  correlation: 0.3,
  jumps: { intensity: 0.75, mean: -0.15, deviation: 0.3, lasting: true },
  glut: { month: 19, probability: 0.2, factor: 0.5 },
}
const CALM = { ...MODEL, jumps: { ...MODEL.jumps, intensity: 0 }, glut: null }
const MODELS: readonly (readonly [string, PriceModel])[] = [
  ['everything at once', MODEL],
  ['jumps that fade', { ...MODEL, glut: null, jumps: { ...MODEL.jumps, intensity: 3, lasting: false } }],
  [
    'a jump nearly every month',
    { ...MODEL, glut: null, jumps: { intensity: 60, mean: 0.01, deviation: 0.1, lasting: true } },
  ],
  ['one factor', { ...CALM, longVolatility: 0, correlation: 0 }],
  ['a level only', { ...CALM, shortVolatility: 0, deviation: 0 }],
  ['no return', { ...CALM, reversion: 0 }],
  ['factors against each other', { ...CALM, correlation: -0.9 }],
  ['a glut that leaves nothing', { ...CALM, glut: { month: 7, probability: 0.4, factor: 0 } }],
]
const flow = (quantity: number, months: number, rate = 0.1): Flow => ({
  quantities: Array.from({ length: months + 1 }, (_, m) => (m === 0 ? 0 : quantity)),
  weights: Array.from({ length: months + 1 }, (_, m) => Math.exp((-rate * m) / 12)),
})
const base = (model: PriceModel, months = 48): Simulation => ({
  model,
  compute: flow(200, months),
  use: null,
  equity: null,
  seed: 20_261_121,
  blocks: 10,
})

function within({ mean, error }: Estimate, expected: number, what = ''): void {
  assert.ok(
    Math.abs(mean - expected) <= 4 * error + 1e-12 * Math.abs(expected),
    `${what}: ${mean} ± ${error} is not ${expected}`,
  )
}

/** The logs of all prices of one month in one block. */
function logsOf(model: PriceModel, months: number, block = 0): Float64Array {
  const walk = openWalk({ model, equity: null, months, seed: 5 }, block)
  const levels = priceLevels(model, months)
  const logs = new Float64Array(BLOCK)
  for (let path = 0; path < BLOCK; path += LANES) {
    walk.next()
    for (let lane = 0; lane < LANES; lane += 1)
      logs[path + lane] = Math.log(levels[months]! * walk.prices[months * LANES + lane]!)
  }
  return logs
}

for (const [what, model] of MODELS) {
  test(`simulated value is within four standard errors of the closed form: ${what}`, () => {
    const { compute } = simulate(base(model))
    const grant = { hours: 200 * 48, months: 48, utilization: 1, rate: 0.1, hazard: 0, cliff: 0 }
    within(compute, grantPresentValue(grant, model), what)
    // As its own control it is the closed form.
    near(compute.best.mean, grantPresentValue(grant, model), { relative: 1e-11 })
    assert.ok(compute.best.error < 1e-6 * compute.error)
  })

  test(`simulated prices of single months have the mean of the closed form: ${what}`, () => {
    const forwards = modelForwards(model, 24)
    for (const month of [1, 6, 7, 24]) {
      const compute = { quantities: forwards.slice(0, month + 1), weights: forwards.slice(0, month + 1) }
      const alone = (own: Float64Array): number[] => Array.from(own, (_, m) => (m === month ? 1 : 0))
      const single = { quantities: alone(compute.quantities), weights: alone(compute.weights) }
      within(
        simulate({ ...base(model), compute: single }).compute,
        forwards[month]!,
        `${what}, month ${month}`,
      )
    }
  })
}

test('without jumps simulated log prices have the mean and the variance of two factors', () => {
  for (const model of [
    CALM,
    { ...CALM, correlation: -0.9 },
    { ...CALM, shortVolatility: 0 },
    { ...CALM, longVolatility: 0, correlation: 0 },
  ])
    for (const months of [1, 5, 36]) {
      const { logMean, logVariance } = schwartzSmith(model, months / 12)
      const logs = logsOf(model, months)
      within(estimateOf(logs), logMean)
      within(estimateOf(logs.map((x) => (x - logMean) ** 2)), logVariance)
    }
})

test('bands of prices with jumps that last are the quantiles of the mixture over their number', () => {
  const model = { ...MODEL, glut: null }
  const [months, blocks] = [24, 4]
  const probability = 1 - Math.exp(-model.jumps.intensity / 12)
  const { logMean, logVariance } = schwartzSmith(model, months / 12)
  const below = (price: number): number => {
    let [sum, weight] = [0, (1 - probability) ** months]
    for (let n = 0; n <= months; n += 1) {
      const deviation = Math.sqrt(logVariance + n * model.jumps.deviation ** 2)
      sum += weight * normalCdf((Math.log(price) - logMean - n * model.jumps.mean) / deviation)
      weight *= ((months - n) / (n + 1)) * (probability / (1 - probability))
    }
    return sum
  }
  const bands = priceBands({ model, months, seed: 1, blocks })
  const last = bands[months]!
  for (const [share, price] of [
    [0.05, last.p5],
    [0.5, last.p50],
    [0.95, last.p95],
  ] as const)
    assert.ok(
      Math.abs(below(price) - share) < 4 * Math.sqrt((share * (1 - share)) / (blocks * BLOCK)),
      `${share}: ${below(price)}`,
    )
  assert.deepEqual(bands[0], { month: 0, mean: bands[0]!.mean, p5: 2.9, p50: 2.9, p95: 2.9 })
  near(last.mean, modelForwards(model, months)[months]!)
})

test('a block is the same whenever and beside whatever it is computed', () => {
  const simulation = {
    ...base(MODEL),
    use: { demand: { active: 0.9, mean: 150, variation: 1 }, life: 3 },
    equity: { spot: 180, drift: 0.04, volatility: 0.5, correlation: 0.4, ...flow(3, 48) },
  }
  const third = simulateBlock(simulation, 3)
  simulateBlock(simulation, 0)
  assert.deepEqual(simulateBlock(simulation, 3), third)
  assert.notDeepEqual(simulateBlock(simulation, 4).compute, third.compute)
  assert.notDeepEqual(simulateBlock({ ...simulation, seed: 1 }, 3).compute, third.compute)
})

test('what is added beside it leaves the simulated prices as they were', () => {
  const alone = simulateBlock(base(MODEL), 0).compute
  const equity = { spot: 180, drift: 0.04, volatility: 0.5, correlation: 0.4, ...flow(3, 48) }
  assert.deepEqual(simulateBlock({ ...base(MODEL), equity }, 0).compute, alone)
  const dearer = simulateBlock({ ...base({ ...MODEL, spot: 5.8 }) }, 0).compute
  dearer.forEach((value, path) => near(value, 2 * alone[path]!, { relative: 1e-13 }))
})

test('shares have the mean and the spread of their GBM, whatever they are correlated with', () => {
  for (const correlation of [-1, -0.8, 0, 0.5, 1]) {
    const quantities = Array.from({ length: 37 }, (_, m) => (m === 36 ? 1 : 0))
    const equity = { spot: 180, drift: 0.045, volatility: 0.5, correlation, quantities, weights: quantities }
    const { equity: seen } = simulate({ ...base(MODEL, 36), equity })
    assert.ok(seen)
    within(seen, 180 * Math.exp(0.045 * 3))
    for (const [share, value] of [
      [0.05, seen.p5],
      [0.5, seen.p50],
      [0.95, seen.p95],
    ] as const) {
      // Within four standard errors of the share that lies below.
      const off = 4 * Math.sqrt((share * (1 - share)) / 100_000)
      assert.ok(value > gbmQuantile(equity, 3, share - off) && value < gbmQuantile(equity, 3, share + off))
    }
  }
})

test('market value of RSUs: discounted at their own drift they are worth what they are today', () => {
  const equity = { spot: 180, drift: 0.05, volatility: 0.5, correlation: 0.3, ...flow(10, 48, 0.05) }
  near(simulate({ ...base(MODEL), equity }).equity!.best.mean, 480 * 180, { relative: 1e-11 })
})

test('the swap of one month is the Margrabe option on the simulated factors', () => {
  const [months, volatility, correlation] = [18, 0.45, 0.5]
  const single = Array.from({ length: months + 1 }, (_, m) => (m === months ? 1 : 0))
  const once = { quantities: single, weights: single }
  const model = { ...CALM, reversion: 0, correlation: 0.2 }
  const equity = { spot: 2.5, drift: 0, volatility, correlation, ...once }
  const { swap, compute, equity: shares } = simulate({ ...base(model), compute: once, equity })
  // Without return the factors are one Brownian motion: σ² = σ_χ² + σ_ξ² + 2ρσ_χσ_ξ.
  const own = 0.6 ** 2 + 0.3 ** 2 + 2 * 0.2 * 0.6 * 0.3
  const variance = own + volatility ** 2 - 2 * correlation * Math.sqrt(own) * volatility
  const deviation = Math.sqrt((variance * months) / 12)
  const [first, second] = [compute.best.mean, shares!.best.mean]
  within(swap!.toCompute, exchangeValue(first, second, deviation))
  within(swap!.toEquity, exchangeValue(second, first, deviation))
  assert.ok(swap!.toCompute.error < 0.7 * compute.error)
})

const DEMAND = { active: 0.85, mean: 180, variation: 1.1 }

test('without rolling over, simulated use is the closed form', () => {
  const simulation = { ...base(MODEL), use: { demand: DEMAND, life: 1 } }
  const { compute } = simulate(simulation)
  const forwards = modelForwards(MODEL, 48)
  const expected = forwards.reduce(
    (sum, price, m) =>
      sum + (m === 0 ? 0 : price * simulation.compute.weights[m]! * expectedUse(DEMAND, 200)),
    0,
  )
  within(compute, expected)
  near(compute.best.mean, expected, { relative: 1e-11 })
})

test('use grows with the time that each part lasts, from month by month to all that is wanted or there', () => {
  const still = {
    ...CALM,
    spot: 1,
    deviation: 0,
    drift: 0,
    shortVolatility: 0,
    longVolatility: 0,
    correlation: 0,
  }
  const used = (life: number, quantity = 200): Estimate =>
    simulate({ ...base(still), blocks: 3, compute: flow(quantity, 48, 0), use: { demand: DEMAND, life } })
      .compute.best
  const lives = [1, 2, 3, 6, 12, 48].map((life) => used(life))
  for (let i = 1; i < lives.length; i += 1) assert.ok(lives[i]!.mean > lives[i - 1]!.mean)
  assert.ok(lives.at(-1)!.mean < 48 * Math.min(200, DEMAND.active * DEMAND.mean))
  // What never runs short is used as it is wanted, what always does is used up.
  near(used(48, 100_000).mean, 48 * DEMAND.active * DEMAND.mean, { relative: 1e-9 })
  near(used(48, 0.001).mean, 48 * 0.001, { relative: 0.02 })
  // The control takes most of the noise as long as parts last briefly.
  const bare = simulate({
    ...base(still),
    compute: flow(200, 48, 0),
    use: { demand: DEMAND, life: 2 },
  }).compute
  assert.ok(bare.best.error < 0.7 * bare.error)
})

test('a yearly part used within a year is what the closed form says of twelve months', () => {
  const still = {
    ...CALM,
    spot: 1,
    deviation: 0,
    drift: 0,
    shortVolatility: 0,
    longVolatility: 0,
    correlation: 0,
  }
  const quantities = Array.from({ length: 13 }, (_, m) => (m === 0 ? 2_000 : 0))
  const { compute } = simulate({
    ...base(still),
    compute: { quantities, weights: quantities.map(() => 1) },
    use: { demand: DEMAND, life: 12 },
  })
  // A sum of twelve log-normals is taken as one: within 1 %.
  near(compute.mean, expectedUse(DEMAND, 2_000, 12), { relative: 0.01 })
})

test('a cap on an average of one price is Black; of more it lies between the geometric mean and the plain cap', () => {
  const option = { spot: 2.6, strike: 2.4, volatility: 0.6, years: 1.5, rate: 0.04, fixings: 18 }
  const plain = black76Call({
    forward: 2.6 * Math.exp(0.06),
    strike: 2.4,
    volatility: 0.6,
    years: 1.5,
    rate: 0.04,
  })
  const one = averageCap({ ...option, fixings: 1 }, { seed: 1, blocks: 2 })
  near(one.mean, plain, { relative: 1e-10 })
  const many = averageCap(option, { seed: 1, blocks: 4 })
  assert.ok(many.mean < plain)
  // Without volatility it is its discounted payment.
  const sure = Array.from(
    { length: 18 },
    (_, i) => (2.6 * Math.exp((0.04 * 1.5 * (i + 1)) / 18)) / 18,
  ).reduce((sum, x) => sum + x)
  near(
    averageCap({ ...option, volatility: 0 }, { seed: 1, blocks: 1 }).mean,
    Math.exp(-0.06) * (sure - 2.4),
    { relative: 1e-11 },
  )
  const other = averageCap(option, { seed: 2, blocks: 40 })
  within({ mean: many.mean, error: Math.hypot(many.error, other.error) }, other.mean)
  assert.ok(many.error < 0.001)
})

test('what cannot be simulated is refused by name', () => {
  const refused = (change: Partial<Simulation>, param: string): void => {
    assert.throws(() => simulate({ ...base(MODEL), ...change }), { name: 'Fault', code: 'invalid', param })
  }
  refused({ blocks: 0 }, 'blocks')
  refused({ compute: { quantities: [0, 1], weights: [1] } }, 'compute.weights')
  refused({ compute: { quantities: [0, NaN], weights: [1, 1] } }, 'compute.quantities')
  refused({ compute: { quantities: [0], weights: [1] } }, 'compute.quantities.length - 1')
  refused({ model: { ...MODEL, spot: 0 } }, 'spot')
  refused({ model: { ...MODEL, shortVolatility: 1e9 } }, 'shortVolatility')
  refused({ model: { ...MODEL, correlation: 1.5 } }, 'correlation')
  refused({ model: { ...MODEL, glut: { month: 0, probability: 0.1, factor: 0.5 } } }, 'glut.month')
  refused({ use: { demand: { ...DEMAND, active: 2 }, life: 1 } }, 'demand.active')
  refused({ use: { demand: DEMAND, life: 0 } }, 'life')
  refused(
    { equity: { spot: 1, drift: 0, volatility: 0.4, correlation: 0, ...flow(1, 3) } },
    'equity.quantities',
  )
})
