import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PriceModel } from '../price-model.ts'
import { packageValue, vestingParts, type Package } from './package.ts'

const DOLLAR = 1_000_000_000n
const FLAT: PriceModel = {
  spot: 2.5,
  deviation: 0,
  reversion: 6,
  shortVolatility: 0,
  drift: 0,
  longVolatility: 0,
  correlation: 0,
  jumps: { intensity: 0, mean: 0, deviation: 0, lasting: true },
  glut: null,
}
const WILD: PriceModel = { ...FLAT, shortVolatility: 0.6, longVolatility: 0.3, correlation: 0.2 }
const OFFER: Package = {
  years: 4,
  salary: 200_000,
  raise: 0.03,
  bonus: 0.1,
  equity: { value: 160_000, volatility: 0.5, correlation: 0.3 },
  compute: { hours: 10_000, delivered: 1, used: 1, price: WILD, dollars: 40_000, dollarsUsed: 0.5 },
  cliffMonths: 12,
  hazard: 0.1,
  interest: 0.04,
}
const CERTAIN: Package = {
  ...OFFER,
  raise: 0,
  cliffMonths: 0,
  hazard: 0,
  interest: 0,
  equity: { value: 160_000, volatility: 0, correlation: 0 },
  compute: { ...OFFER.compute!, price: FLAT },
}
const near = (a: bigint, b: bigint, within: bigint, what: string): void =>
  assert.ok((a > b ? a - b : b - a) <= within, `${what}: ${a} is not ${b}`)

test('without noise, waiting or leaving an offer is worth what its years say, and every band is that one number', () => {
  const { years, total, today } = packageValue(CERTAIN, null)
  assert.equal(total.salary, 800_000n * DOLLAR)
  assert.equal(total.bonus, 80_000n * DOLLAR)
  near(total.equity, 160_000n * DOLLAR, 4n, 'equity')
  near(total.hours, 25_000n * DOLLAR, 4n, 'hours at a flat price')
  near(total.dollars, 20_000n * DOLLAR, 4n, 'half of the dollars')
  assert.equal(
    years.reduce((sum, year) => sum + year.total, 0n),
    total.total,
  )
  for (const kind of ['mean', 'p5', 'p50', 'p95'] as const) {
    near(today.all[kind], total.total, DOLLAR / 1_000n, kind)
    near(today.equity![kind], 160_000n * DOLLAR, DOLLAR / 1_000n, kind)
  }
})

test('the market value of shares is today’s price times what vests, whatever interest is', () => {
  for (const interest of [0, 0.04, 0.2]) {
    const { today } = packageValue({ ...OFFER, interest, hazard: 0 }, null)
    near(today.equity!.mean, 160_000n * DOLLAR, 200n * DOLLAR, `at ${interest}`)
  }
})

test('compute and shares that move together make a wider band than those that move apart', () => {
  const width = (correlation: number): bigint => {
    const { today } = packageValue({ ...OFFER, equity: { ...OFFER.equity!, correlation } }, null)
    return today.all.p95 - today.all.p5
  }
  assert.ok(width(-0.8) < width(0) && width(0) < width(0.8))
})

test('a swap one way less a swap the other is the difference of the two, and hindsight is worth more', () => {
  const { swap, today } = packageValue(OFFER, null)
  near(swap!.toHours - swap!.toEquity, today.hours!.mean - today.equity!.mean, 10n, 'parity')
  assert.ok(swap!.toHours > 0n && swap!.toEquity > 0n)
  const parity = swap!.hindsightToHours - swap!.hindsightToEquity
  near(parity, today.hours!.mean - today.equity!.mean, 100n * DOLLAR, 'parity with hindsight')
})

test('at its break-even price an hour makes the package worth the cash', () => {
  const cash = 30_000
  const { breakEven } = packageValue(CERTAIN, cash)
  // 20,000 dollars of compute are there already: 10,000 hours make up the other 10,000.
  assert.equal(breakEven, DOLLAR)
  assert.equal(packageValue({ ...CERTAIN, compute: null }, cash).breakEven, null)
  assert.equal(packageValue(CERTAIN, 1).breakEven, null)
})

test('a floor under the price is worth what it would have to pay, and less than all there is', () => {
  assert.deepEqual(packageValue(CERTAIN, null).guard, { floor: 0n, cap: 0n })
  const falling = { ...FLAT, drift: -0.5 }
  const sure = packageValue({ ...CERTAIN, compute: { ...CERTAIN.compute!, price: falling } }, null)
  // Without noise a floor pays what the price falls short of today's.
  near(sure.guard!.floor, 25_000n * DOLLAR - sure.total.hours, DOLLAR / 1_000n, 'a certain fall')
  assert.equal(sure.guard!.cap, 0n)
  const { guard, today } = packageValue(OFFER, null)
  assert.ok(guard!.floor > 0n && guard!.floor < today.hours!.mean && guard!.cap > 0n)
})

test('an offer without compute, or without shares, is told too', () => {
  const bare = packageValue({ ...OFFER, compute: null, equity: null }, null)
  assert.equal(bare.swap, null)
  assert.equal(bare.today.hours, null)
  assert.equal(bare.today.all.p5, bare.today.cash)
  const shares = packageValue({ ...OFFER, compute: null }, null)
  assert.ok(shares.today.equity!.p5 < shares.today.equity!.p95)
})

test('the same offer is the same answer, to the nano-dollar, and what comes before the cliff comes at it', () => {
  assert.deepEqual(packageValue(OFFER, 1_000), packageValue(OFFER, 1_000))
  const parts = vestingParts(48, 12)
  assert.equal(parts.length, 49)
  assert.ok(parts.slice(0, 12).every((part) => part === 0))
  assert.ok(Math.abs(parts[12]! - 0.25) < 1e-12)
  assert.ok(Math.abs(parts.reduce((sum, part) => sum + part, 0) - 1) < 1e-12)
})
