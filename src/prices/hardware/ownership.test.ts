import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '#base/fault.ts'
import { compare, type Rational } from '#base/rational.ts'
import { ownershipFloor, USUAL_TERMS, type OwnershipTerms } from './ownership.ts'

const usd = ({ n, d }: Rational): number => Number((n * 1_000n) / d) / 1e12

/** What is paid, year by year, discounted one by one: no closed form. */
function byCashFlows(terms: OwnershipTerms): number {
  const [capex, w, life] = [Number(terms.capexUsd), Number(terms.capitalCost), terms.lifeYears]
  let discounted = 0
  for (let year = 1; year <= life; year += 1) discounted += (1 + w) ** -year
  const left = (Number(terms.residualShare) * capex) / (1 + w) ** life
  const yearly = (capex - left) / discounted + capex * Number(terms.opexShare)
  return (
    yearly / (8_760 * Number(terms.utilisation)) +
    Number(terms.kilowatts) * Number(terms.pue) * Number(terms.usdPerKwh)
  )
}

/** The same as a formula in floats, the residual taken off the capital that is recovered. */
function byFloats(terms: OwnershipTerms): number {
  const [capex, w] = [Number(terms.capexUsd), Number(terms.capitalCost)]
  const discount = (1 + w) ** -terms.lifeYears
  const perYear = w === 0 ? 1 / terms.lifeYears : w / (1 - discount)
  const capital = capex * (1 - Number(terms.residualShare) * discount) * perYear
  return (
    (capital + capex * Number(terms.opexShare)) / (8_760 * Number(terms.utilisation)) +
    Number(terms.kilowatts) * Number(terms.pue) * Number(terms.usdPerKwh)
  )
}

const decimal = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((n) => String(n / 1_000))
const anyTerms: fc.Arbitrary<OwnershipTerms> = fc.record({
  capexUsd: fc.integer({ min: 1_000, max: 200_000 }).map(String),
  residualShare: decimal(0, 500),
  lifeYears: fc.integer({ min: 1, max: 12 }),
  capitalCost: decimal(0, 300),
  opexShare: decimal(0, 200),
  utilisation: decimal(50, 1_000),
  kilowatts: decimal(0, 3_000),
  pue: decimal(1_000, 2_000),
  usdPerKwh: decimal(0, 500),
})

test('an H100 costs its owner between 1.5 and 2 dollars a sold hour, by how long it lives', () => {
  const floors = [4, 5, 6].map((years) => usd(ownershipFloor(USUAL_TERMS, years)))
  assert.deepEqual(
    floors.map((floor) => floor.toFixed(4)),
    ['1.9787', '1.7299', '1.5652'],
  )
})

test('the floor recovers exactly what is paid for the machine, also where capital is free', () => {
  fc.assert(
    fc.property(anyTerms, (terms) => {
      for (const told of [byCashFlows(terms), byFloats(terms)])
        assert.ok(
          Math.abs(usd(ownershipFloor(terms)) - told) <= 1e-9 * Math.max(1, told),
          JSON.stringify(terms),
        )
    }),
  )
  assert.ok(
    Math.abs(
      usd(ownershipFloor({ ...USUAL_TERMS, capitalCost: '0' })) -
        byCashFlows({ ...USUAL_TERMS, capitalCost: '0' }),
    ) < 1e-9,
  )
})

test('a longer life, more use and a higher residual never cost more; dearer capital never less', () => {
  fc.assert(
    fc.property(anyTerms, (terms) => {
      const floor = ownershipFloor(terms)
      const more = (change: Partial<OwnershipTerms>) =>
        compare(ownershipFloor({ ...terms, ...change }), floor)
      // A machine whose residual is worth more than its wear costs more the longer its capital is bound.
      if (terms.residualShare === '0') assert.ok(more({ lifeYears: terms.lifeYears + 1 }) <= 0)
      assert.ok(more({ utilisation: '1' }) <= 0)
      assert.ok(more({ residualShare: '0.6' }) <= 0)
      assert.ok(more({ capitalCost: '0.4' }) >= 0)
    }),
  )
})

test('terms that cannot be are refused by the name of their field', () => {
  const wrong: readonly (readonly [keyof OwnershipTerms, Partial<OwnershipTerms>])[] = [
    ['capexUsd', { capexUsd: 'much' }],
    ['capexUsd', { capexUsd: '0' }],
    ['lifeYears', { lifeYears: 2.5 }],
    ['lifeYears', { lifeYears: 99 }],
    ['utilisation', { utilisation: '0' }],
    ['residualShare', { residualShare: '1.1' }],
    ['capitalCost', { capitalCost: '-0.1' }],
    ['pue', { pue: '0.9' }],
    ['usdPerKwh', { usdPerKwh: '-1' }],
  ]
  for (const [field, change] of wrong) {
    assert.throws(
      () => ownershipFloor({ ...USUAL_TERMS, ...change }),
      (error) => error instanceof Fault && error.param === field,
      field,
    )
  }
})
