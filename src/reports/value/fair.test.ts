import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY, startOfDay } from '#base/time.ts'
import { expectedUse, type Demand } from '#valuation/demand.ts'
import { survival } from '#valuation/entitlement.ts'
import { DELIVERED, type Assumptions } from './assumptions.ts'
import { SHARE } from './attribution.ts'
import { chainOf, STAGES, type Outstanding } from './fair.ts'
import { wholeMonths } from './people.ts'

const AT = startOfDay('2026-03-01')
const YEAR = 365.25 * DAY
const MONTH = YEAR / 12
const CALM: Assumptions = {
  interest: 0,
  drift: 0,
  turnover: { hazard: 0, leavers: 0, personYears: 0, weak: false, reasons: [] },
  delivered: DELIVERED,
}
const usual = (more: Partial<Assumptions> = {}): Assumptions => ({
  ...CALM,
  interest: 0.05,
  turnover: { ...CALM.turnover, hazard: 0.1 },
  ...more,
})
const some: fc.Arbitrary<Outstanding> = fc
  .record({
    lots: fc.array(fc.bigInt({ min: 1n, max: 10n ** 12n }), { maxLength: 4 }),
    parts: fc.array(fc.bigInt({ min: 1n, max: 10n ** 12n }), { maxLength: 30 }),
    expiryMonths: fc.option(fc.integer({ min: 1, max: 12 })),
    waiting: fc.bigInt({ min: 0n, max: 10n ** 11n }),
  })
  .map(({ lots, parts, expiryMonths, waiting }) => {
    const ends = (from: number): number | null => (expiryMonths === null ? null : from + expiryMonths * MONTH)
    return {
      asset: 'USD' as const,
      owed: {
        vested: lots.reduce((sum, lot) => sum + lot, 0n),
        unvested: parts.reduce((sum, part) => sum + part, waiting),
      },
      lots: lots.map((quantity) => ({ quantity, expiresAt: ends(AT) })),
      planned: parts.map((quantity, index) => {
        const at = AT + (index + 1) * MONTH
        return { at, expiresAt: ends(at), quantity }
      }),
    }
  })
const demand = fc.record({
  active: fc.double({ min: 0.05, max: 1, noNaN: true }),
  mean: fc.double({ min: 1, max: 1e12, noNaN: true }),
  variation: fc.double({ min: 0, max: 3, noNaN: true }),
})
const float = (share: bigint): number => Number(share) / Number(SHARE)

test('with nothing to wait for, nobody leaving and all of it used, what is expected is the cap', () => {
  fc.assert(
    fc.property(some, (one) => {
      const chain = chainOf(one, AT, null, CALM)
      for (const stage of STAGES) assert.deepEqual(chain[stage], { unvested: SHARE, vested: SHARE }, stage)
    }),
  )
})

test('each step leaves no more than the one before it, and never less than nothing', () => {
  fc.assert(
    fc.property(some, fc.option(demand), (one, use) => {
      const chain = chainOf(one, AT, use, usual())
      for (const side of ['unvested', 'vested'] as const) {
        let before = SHARE
        for (const stage of STAGES) {
          assert.ok(chain[stage][side] <= before && chain[stage][side] >= 0n, `${side} ${stage}`)
          before = chain[stage][side]
        }
      }
      // What has vested is lost by leaving no more.
      assert.equal(chain.retained.vested, chain.effective.vested)
    }),
  )
})

test('one tranche in two years is kept, and waited for, as the formulas say', () => {
  const one: Outstanding = {
    asset: 'USD',
    owed: { unvested: 1_000n, vested: 0n },
    lots: [],
    planned: [{ at: AT + 2 * YEAR, expiresAt: null, quantity: 1_000n }],
  }
  const chain = chainOf(one, AT, null, usual())
  assert.ok(Math.abs(float(chain.retained.unvested) - survival(0.1, 2)) < 1e-8)
  assert.ok(Math.abs(float(chain.present.unvested) - Math.exp(-2 * 0.15)) < 1e-8)
  // A drift moves hours, and a dollar stays a dollar.
  const drifting = usual({ drift: -0.3 })
  assert.deepEqual(chainOf(one, AT, null, drifting), chain)
  const hours = chainOf({ ...one, asset: 'GPU_SECOND/H100-SXM/spot' }, AT, null, drifting)
  assert.ok(Math.abs(float(hours.forward.unvested) - Math.exp(-2 * 0.4)) < 1e-6)
})

test('a cap that is lost every month meets the demand of its month; one that stays is one pool', () => {
  const use: Demand = { active: 1, mean: 200, variation: 0.5 }
  const lots = [{ quantity: 1_000n, expiresAt: AT + MONTH }]
  const one: Outstanding = { asset: 'USD', owed: { unvested: 0n, vested: 1_000n }, lots, planned: [] }
  const lost = float(chainOf(one, AT, use, CALM).expected.vested)
  assert.ok(Math.abs(lost - expectedUse(use, 1_000, 1) / 1_000) < 1e-6)
  const forever = { ...one, lots: [{ quantity: 1_000n, expiresAt: null }] }
  const stays = float(chainOf(forever, AT, use, CALM).expected.vested)
  assert.ok(Math.abs(stays - expectedUse(use, 1_000, 12) / 1_000) < 1e-9)
  assert.ok(lost < 0.25 && stays > 0.9)
})

test('hours are delivered as their tier is: guaranteed beats priority, and spot is in its price', () => {
  const of = (tier: string): number => {
    const asset = `GPU_SECOND/H100-SXM/${tier}` as 'GPU_SECOND/H100-SXM/guaranteed'
    const lots = [{ quantity: 3_600n, expiresAt: null }]
    return float(
      chainOf({ asset, owed: { unvested: 0n, vested: 3_600n }, lots, planned: [] }, AT, null, CALM).effective
        .vested,
    )
  }
  assert.ok(of('priority') < of('guaranteed') && of('guaranteed') < 1)
  assert.equal(of('spot'), 1)
  const { availability, efficiency } = DELIVERED.guaranteed
  assert.ok(Math.abs(of('guaranteed') - availability * efficiency) < 1e-8)
})

test('the months that are looked back on are whole, follow one another and end before the instant', () => {
  const months = wholeMonths(Date.UTC(2026, 2, 15, 9), 12)
  assert.equal(months.length, 12)
  assert.equal(months[0]!.from, startOfDay('2025-03-01'))
  assert.equal(months.at(-1)!.until, startOfDay('2026-03-01'))
  for (const [at, month] of months.entries()) if (at > 0) assert.equal(month.from, months[at - 1]!.until)
})
