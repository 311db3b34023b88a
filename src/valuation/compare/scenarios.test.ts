import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '#base/fault.ts'
import { compare, fromDecimal, halfEven, mul, ONE, rational, type Rational } from '#base/rational.ts'
import {
  applied,
  breakEven,
  neutral,
  readValues,
  scenarioOf,
  SCENARIOS,
  totalOf,
  type Plan,
  type Position,
  type ScenarioId,
} from './scenarios.ts'

const amount = fc.bigInt({ min: 0n, max: 10n ** 18n })
const plain = { noNullPrototype: true } as const
const part = fc.record({ unvested: amount, vested: amount }, plain)
const position: fc.Arbitrary<Position> = fc.record({ hours: part, tokens: part, dollars: part }, plain)
const PLAN: Plan = [
  { share: 0.25, years: 0.5 },
  { share: 0.75, years: 2 },
]
const float = ({ n, d }: Rational): number => Number(n) / Number(d)
const factors = (id: ScenarioId, given: Record<string, string> = {}) =>
  scenarioOf(id).factors(readValues(scenarioOf(id), given), PLAN)

test('a scenario whose numbers say that nothing happens changes nothing, to the nano-dollar', () => {
  const nothing: Record<ScenarioId, Record<string, string>> = {
    price: { shock: '0' },
    glut: { probability: '0' },
    efficiency: { fall: '0' },
    shortage: { spot: '0', contract: '0' },
    vendor: { factor: '1' },
    downtime: { lost: '0' },
    attrition: { leaving: '0' },
  }
  fc.assert(
    fc.property(position, fc.constantFrom('spot', 'contract'), (own, market) => {
      assert.deepEqual(applied(own, neutral, market), own)
      for (const { id } of SCENARIOS)
        assert.deepEqual(applied(own, factors(id, nothing[id]), market), own, id)
    }),
  )
})

test('each scenario moves what it says, by what it says, and nothing else', () => {
  const own: Position = {
    hours: { unvested: 3_000n, vested: 1_000n },
    tokens: { unvested: 2_200n, vested: 1_100n },
    dollars: { unvested: 400n, vested: 600n },
  }
  const after = (id: ScenarioId, market: 'spot' | 'contract' = 'spot', given: Record<string, string> = {}) =>
    applied(own, factors(id, given), market)
  assert.deepEqual(after('price').hours, { unvested: 1_500n, vested: 500n })
  assert.deepEqual(after('price', 'contract', { shock: '0.6' }).hours, { unvested: 4_800n, vested: 1_600n })
  // 0.7 + 0.3 × 0.4
  assert.deepEqual(after('glut').hours, { unvested: 2_460n, vested: 820n })
  assert.deepEqual(after('shortage').hours, { unvested: 4_800n, vested: 1_600n })
  assert.deepEqual(after('shortage', 'contract').hours, { unvested: 3_600n, vested: 1_200n })
  assert.deepEqual(after('vendor').tokens, { unvested: 7_200n, vested: 3_600n })
  assert.deepEqual(after('downtime').hours, { unvested: 2_700n, vested: 900n })
  for (const id of ['price', 'glut', 'shortage', 'downtime'] as const) {
    assert.deepEqual(after(id).tokens, own.tokens, id)
    assert.deepEqual(after(id).dollars, own.dollars, id)
  }
  assert.deepEqual(after('efficiency').hours, own.hours)
  assert.deepEqual(after('attrition').hours.vested, own.hours.vested)
  const leaving = 0.25 * 0.75 ** 0.5 + 0.75 * 0.75 ** 2
  assert.equal(after('attrition').dollars.unvested, BigInt(Math.round(400 * leaving)))
})

test('what a dollar buys follows the price of tokens: the replay is 3.4375 to 11.25, the fall its integral', () => {
  assert.deepEqual(factors('vendor').dollarBuys, rational(11n, 36n))
  assert.deepEqual(factors('vendor').tokens, rational(36n, 11n))
  const { dollarBuys } = factors('efficiency', { fall: '0.5', years: '3' })
  // The same integral by the midpoint rule, which knows nothing of the closed form.
  const steps = 20_000
  let sum = 0
  for (let n = 0; n < steps; n += 1) sum += Math.exp(0.5 * 3 * ((n + 0.5) / steps)) / steps
  assert.ok(Math.abs(float(dollarBuys) / sum - 1) < 1e-8, `${float(dollarBuys)} is not ${sum}`)
})

test('a number outside its range, of another scenario or none at all is refused by its name', () => {
  const refused = (id: ScenarioId, given: Record<string, string>, param: string): void => {
    assert.throws(
      () => readValues(scenarioOf(id), given),
      (error) => error instanceof Fault && error.code === 'invalid' && error.param === param,
    )
  }
  refused('price', { shock: '-0.91' }, 'shock')
  refused('price', { shock: 'much' }, 'shock')
  refused('glut', { probability: '1.1' }, 'probability')
  refused('glut', { shock: '0' }, 'shock')
  refused('vendor', { factor: '1/0' }, 'factor')
  for (const one of SCENARIOS) assert.equal(Object.keys(readValues(one, {})).length, one.parameters.length)
})

test('at the break-even price the package is worth the cash, and below it less', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 15n }),
      fc.bigInt({ min: 0n, max: 10n ** 15n }),
      fc.bigInt({ min: 1n, max: 10n ** 6n }),
      fc.bigInt({ min: 1n, max: 10n ** 3n }),
      (cash, dollars, n, d) => {
        const hours = rational(n, d)
        const price = breakEven({ cash, dollars, hours })
        if (cash < dollars) return assert.equal(price, null)
        assert.ok(price !== null)
        const worth = halfEven(mul(rational(price), hours)) + dollars
        const off = worth > cash ? worth - cash : cash - worth
        // The price is rounded to the nano-dollar: so many hours make so much of it.
        assert.ok(compare(rational(2n * off), mul(hours, ONE)) <= 0 || off <= 1n, `${off} of ${n}/${d} hours`)
      },
    ),
  )
  assert.equal(breakEven({ cash: 1n, dollars: 0n, hours: rational(0n) }), null)
  const hours = fromDecimal('10000')!
  assert.equal(breakEven({ cash: 29_000n * 10n ** 9n, dollars: 0n, hours }), 2_900_000_000n)
})

test('more risk is never worth more: totals fall as a shock, a glut, downtime and attrition grow', () => {
  const tenth = fc.integer({ min: 0, max: 9 })
  fc.assert(
    fc.property(position, tenth, tenth, (own, a, b) => {
      const [less, more] = [a, b].toSorted((x, y) => x - y).map((n) => `0.${n}`)
      const at = (id: ScenarioId, given: Record<string, string>): bigint =>
        totalOf(applied(own, factors(id, given), 'spot'))
      assert.ok(at('price', { shock: `-${more}` }) <= at('price', { shock: `-${less}` }))
      assert.ok(at('glut', { probability: more! }) <= at('glut', { probability: less! }))
      assert.ok(at('downtime', { lost: more! }) <= at('downtime', { lost: less! }))
      assert.ok(at('attrition', { leaving: more! }) <= at('attrition', { leaving: less! }))
    }),
  )
})
