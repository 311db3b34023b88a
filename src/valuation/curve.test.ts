import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { integral } from '../../test/support/integral.ts'
import { near } from '../../test/support/near.ts'
import { curveForwards } from './curve.ts'
import { annuity } from './decay.ts'
import { modelForwards } from './price-model.ts'
import { termForward } from './term.ts'

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })

test('an annuity is the integral of its discount, at any rate', () => {
  fc.assert(
    fc.property(between(-0.3, 0.3), between(0, 10), (rate, years) =>
      near(
        annuity(rate, years),
        integral((t) => Math.exp(-rate * t), 0, years),
        { absolute: 1e-13 },
      ),
    ),
  )
  assert.equal(annuity(0, 3), 3)
  near(annuity(1e-18, 3), 3)
})

test('paying the short term and then its forward costs what the long term costs', () => {
  fc.assert(
    fc.property(
      between(0.5, 8),
      between(0.2, 8),
      between(0.1, 2),
      between(0.1, 3),
      between(-0.02, 0.1),
      (near1, far, t1, more, interest) => {
        const t2 = t1 + more
        const forward = termForward({ years: t1, rate: near1 }, { years: t2, rate: far }, interest)
        const paid = (rate: number, from: number, to: number): number =>
          integral((t) => rate * Math.exp(-interest * t), from, to, 8)
        near(paid(near1, 0, t1) + paid(forward, t1, t2), paid(far, 0, t2), { relative: 1e-11 })
      },
    ),
  )
})

test('term rates become one price for each leg and stay at the last', () => {
  const rates = [
    { years: 1, rate: 4 },
    { years: 2, rate: 3.5 },
    { years: 3, rate: 3.2 },
  ]
  const { prices, told } = curveForwards({ kind: 'terms', rates, interest: 0.05 }, 48)
  assert.equal(told, 36)
  near(prices[0]!, 4)
  near(prices[12]!, 4)
  near(prices[13]!, termForward(rates[0]!, rates[1]!, 0.05))
  near(prices[36]!, termForward(rates[1]!, rates[2]!, 0.05))
  assert.equal(prices[48], prices[36])
  assert.equal(prices.length, 49)
})

test('a longer term that costs less than the shorter one is refused, not turned into a negative price', () => {
  const rates = [
    { years: 1, rate: 4 },
    { years: 3, rate: 1.2 },
  ]
  assert.throws(() => curveForwards({ kind: 'terms', rates, interest: 0.04 }, 36), {
    code: 'invalid',
    param: 'forward to rates[1]',
  })
})

test('futures are met at their points and joined by straight lines', () => {
  const points = [
    { years: 0.25, price: 3 },
    { years: 1.25, price: 2.4 },
  ]
  const { prices, told } = curveForwards({ kind: 'futures', points }, 24)
  assert.equal(told, 15)
  near(prices[0]!, 3)
  near(prices[3]!, 3)
  near(prices[9]!, 2.7)
  near(prices[15]!, 2.4)
  near(prices[24]!, 2.4)
  for (const wrong of [[], [points[0]!, points[0]!], [points[1]!, points[0]!], [{ years: 1, price: NaN }]])
    assert.throws(() => curveForwards({ kind: 'futures', points: wrong }, 24), { code: 'invalid' })
})

test('a model curve is the forwards of the model, a flat one its price', () => {
  const model = {
    spot: 2.9,
    deviation: 0.2,
    reversion: 6,
    shortVolatility: 0.6,
    drift: 0.2,
    longVolatility: 0.3,
    correlation: 0,
    jumps: { intensity: 0.75, mean: -0.1, deviation: 0.3, lasting: true },
    glut: null,
  }
  assert.deepEqual(curveForwards({ kind: 'model', model }, 12), {
    prices: modelForwards(model, 12),
    told: 12,
  })
  assert.deepEqual([...curveForwards({ kind: 'flat', price: 2 }, 2).prices], [2, 2, 2])
})
