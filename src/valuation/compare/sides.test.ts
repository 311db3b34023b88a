import assert from 'node:assert/strict'
import { test } from 'node:test'
import { estimateOf } from '../estimate.ts'
import { usdOfNano } from '../money.ts'
import type { PriceModel } from '../price-model.ts'
import { joined, knownMeans } from '../simulate.ts'
import { vestingParts } from './package.ts'
import { sidesBlock, simulationOf, summarizeSides, type Market, type Side } from './sides.ts'

const MODEL: PriceModel = {
  spot: 1,
  deviation: 0.015,
  reversion: 6,
  shortVolatility: 0.6,
  drift: -0.045,
  longVolatility: 0.3,
  correlation: 0,
  jumps: { intensity: 0, mean: 0, deviation: 0, lasting: true },
  glut: null,
}
const MARKET: Market = { model: MODEL, interest: 0.045, months: 48, seed: 7, blocks: 2 }
const monthly = (amount: number): number[] => Array.from({ length: 49 }, (_, month) => (month ? amount : 0))
const BARE: Side = {
  cash: monthly(20_000),
  dollars: monthly(0),
  hours: monthly(0),
  unsure: [],
  equity: null,
  hazard: 0.12,
}
const shares = (option: { strike: number; years: number } | null, seed: number): Side['equity'] => ({
  units: vestingParts(48, 12, [0.1, 0.2, 0.3, 0.4]).map((part) => part * 10_000),
  price: 12,
  volatility: 0.6,
  correlation: 0.3,
  option,
  seed,
})
const unsure = (more: Partial<Side['unsure'][number]>): Side['unsure'][number] => ({
  amounts: monthly(3_000),
  moves: true,
  spread: 0,
  hazard: 0,
  seed: 99,
  ...more,
})
const FULL: Side = {
  ...BARE,
  dollars: monthly(1_000),
  hours: monthly(2_000),
  unsure: [unsure({ spread: 0.5, hazard: 0.22 }), unsure({ moves: false, hazard: 0.22, seed: 100 })],
  equity: shares(null, 11),
}
const OPTIONS: Side = { ...FULL, equity: shares({ strike: 5, years: 10 }, 12) }

const run = (sides: readonly Side[], market = MARKET) => {
  const blocks = Array.from({ length: market.blocks }, (_, block) => sidesBlock(sides, market, block))
  return { blocks, found: summarizeSides(sides, market, blocks) }
}

test('what is simulated of rights, caps, shares and options is within four standard errors of the closed forms', () => {
  const sides = [FULL, OPTIONS]
  const { blocks } = run(sides)
  for (const [index, side] of sides.entries()) {
    const known = knownMeans(simulationOf(side, MARKET))
    for (const kind of ['compute', 'equity'] as const) {
      const { mean, error } = estimateOf(joined(blocks.map((values) => values[index]![kind]!)))
      assert.ok(
        Math.abs(mean - known[kind]) < 4 * error,
        `${kind} of ${index}: ${mean} is not ${known[kind]}`,
      )
    }
  }
})

test('in another order the offers are worth the same, to the nano-dollar', () => {
  const [ab, ba] = [run([FULL, OPTIONS]).found, run([OPTIONS, FULL]).found]
  assert.deepEqual(ab.sides, ba.sides.toReversed())
  const [there, back] = [ab.differences[0]!.band, ba.differences[0]!.band]
  assert.equal(there.mean, -back.mean)
  assert.ok(Math.abs(ab.differences[0]!.better + ba.differences[0]!.better - 1) < 1e-9)
})

test('an offer is not better than itself, and twice the shares and hours are worth twice as much', () => {
  const same = run([FULL, FULL]).found.differences[0]!
  assert.deepEqual(same, { band: { mean: 0n, p5: 0n, p50: 0n, p95: 0n }, better: 0 })
  const twice = (side: Side): Side => ({
    ...side,
    hours: side.hours.map((one) => 2 * one),
    dollars: side.dollars.map((one) => 2 * one),
    unsure: side.unsure.map((one) => ({ ...one, amounts: one.amounts.map((amount) => 2 * amount) })),
    equity: side.equity && { ...side.equity, units: side.equity.units.map((one) => 2 * one) },
  })
  const [once, double] = [run([OPTIONS]).found.sides[0]!, run([twice(OPTIONS)]).found.sides[0]!]
  for (const kind of ['compute', 'equity'] as const)
    for (const at of ['mean', 'p5', 'p50', 'p95'] as const) {
      const [a, b] = [usdOfNano(once[kind]![at]), usdOfNano(double[kind]![at])]
      assert.ok(Math.abs(b / a - 2) < 1e-6, `${kind} ${at}: ${b} is not twice ${a}`)
    }
})

test('what is not guaranteed has a wider band than the same as a right, and what can be taken away is worth less', () => {
  const amounts = FULL.hours
  const right = { ...BARE, hours: amounts }
  const told = { ...BARE, unsure: [unsure({ amounts })] }
  const best = { ...BARE, unsure: [unsure({ amounts, spread: 0.5 })] }
  const cap = { ...BARE, unsure: [unsure({ amounts, hazard: 0.22 })] }
  const { sides } = run([right, told, best, cap]).found
  const width = (index: number): bigint => sides[index]!.compute!.p95 - sides[index]!.compute!.p5
  assert.deepEqual(sides[1]!.compute, sides[0]!.compute)
  assert.equal(sides[2]!.compute!.mean, sides[0]!.compute!.mean)
  assert.ok(width(2) > width(0) && sides[3]!.compute!.mean < sides[0]!.compute!.mean)
  assert.ok(width(3) > width(0) && sides[3]!.compute!.p5 < sides[0]!.compute!.p5)
})

test('two companies have shares of their own, and one company has one', () => {
  const of = (seed: number): Side => ({ ...BARE, equity: shares(null, seed) })
  const { sides, differences } = run([of(1), of(2), of(1)]).found
  assert.equal(sides[0]!.equity!.mean, sides[1]!.equity!.mean)
  assert.ok(differences[0]!.band.p95 > 0n && differences[0]!.band.p5 < 0n)
  assert.equal(differences[1]!.band.p95, 0n)
})

test('shares vest by year as they are told to, and what comes before the cliff comes at it', () => {
  const parts = vestingParts(48, 12, [0.1, 0.2, 0.3, 0.4])
  const year = (index: number): number =>
    parts.slice(1 + index * 12, 13 + index * 12).reduce((sum, one) => sum + one, 0)
  for (const [index, share] of [0.1, 0.2, 0.3, 0.4].entries())
    assert.ok(Math.abs(year(index) - share) < 1e-12, `year ${index + 1}`)
  assert.ok(parts.slice(0, 12).every((part) => part === 0))
})
