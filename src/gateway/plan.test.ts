import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cost, upperBound } from '#prices/cost.ts'
import type { Price, Rates } from '#prices/types.ts'
import type { Ask } from './door.ts'
import { limitsOf, planCall, type Plan } from './plan.ts'

const rates = fc.record({
  input: fc.bigInt(0n, 60_000_000n),
  cacheRead: fc.bigInt(0n, 60_000_000n),
  cacheWrite5m: fc.bigInt(0n, 60_000_000n),
  cacheWrite1h: fc.bigInt(0n, 60_000_000n),
  output: fc.bigInt(0n, 90_000_000n),
})
const price: fc.Arbitrary<Price> = fc
  .record({
    rates,
    tier: fc.option(rates),
    above: fc.integer({ min: 1, max: 300_000 }),
    maxOutput: fc.integer({ min: 1, max: 200_000 }),
  })
  .map(({ rates: base, tier, above, maxOutput }) => priceOf(base, tier, above, maxOutput))

const priceOf = (base: Rates, tier: Rates | null, aboveInput: number, maxOutput: number): Price => ({
  provider: 'openai',
  model: 'm',
  class: 'standard',
  effectiveFrom: 0,
  rates: base,
  tiers: tier ? [{ aboveInput, rates: tier }] : [],
  contextWindow: 400_000,
  maxOutput,
  version: 1,
  source: 'test',
})
const ask: fc.Arbitrary<Ask> = fc
  .record({
    tokens: fc.integer({ min: 1, max: 500_000 }),
    window: fc.boolean(),
    asked: fc.option(fc.integer({ min: 0, max: 300_000 })),
    floor: fc.integer({ min: 0, max: 20_000 }),
    copies: fc.integer({ min: 1, max: 128 }),
  })
  .map(({ tokens, window, ...output }) => ({
    kind: 'ask',
    model: 'm',
    stream: false,
    input: { tokens, window, data: 0, images: 0 },
    output,
  }))

const planned = (wanted: Ask, at: Price): Plan => {
  const plan = planCall(wanted, at, wanted.input.tokens)
  assert.equal(plan.kind, 'plan')
  return plan as Plan
}

test('whatever was held between min and max pays for every use that the written limit allows', () => {
  fc.assert(
    fc.property(price, ask, fc.nat(1_000_000), fc.nat(1_000_000), (at, wanted, share, used) => {
      const plan = planned(wanted, at)
      assert.ok(0n <= plan.floor && plan.floor <= plan.min && plan.min <= plan.max)
      const held = plan.min + ((plan.max - plan.min) * BigInt(share)) / 1_000_000n
      const cap = limitsOf(wanted, plan, at, held).output
      const copies = wanted.output!.copies
      const limit = cap ?? Math.min(wanted.output!.asked ?? at.maxOutput, at.maxOutput)
      assert.ok(upperBound(at, { input: plan.input, output: limit * copies }) <= held)
      const input = Math.floor((plan.input * used) / 1_000_000)
      const real = {
        input: plan.input - input,
        cacheRead: 0,
        cacheWrite5m: input,
        cacheWrite1h: 0,
        output: limit * copies,
      }
      assert.ok(cost(at, real).nano <= held)
    }),
  )
})

test('a limit is never below the useful floor, always there, and the client’s own where all it asked is paid', () => {
  fc.assert(
    fc.property(price, ask, fc.nat(1_000_000), (at, wanted, share) => {
      const plan = planned(wanted, at)
      const held = plan.min + ((plan.max - plan.min) * BigInt(share)) / 1_000_000n
      const { asked, floor } = wanted.output!
      const cap = limitsOf(wanted, plan, at, held).output
      if (cap !== null) assert.ok(cap >= Math.min(floor, asked ?? at.maxOutput, at.maxOutput))
      if (asked === null) assert.notEqual(cap, null)
      else if (held === plan.max && asked <= at.maxOutput) assert.equal(cap, null)
    }),
  )
})

test('content outside the body is bounded by the context window, and closed when that is unknown', () => {
  const at = priceOf(
    { input: 1n, cacheRead: 1n, cacheWrite5m: 1n, cacheWrite1h: 1n, output: 1n },
    null,
    1,
    10,
  )
  const wanted: Ask = {
    kind: 'ask',
    model: 'm',
    stream: false,
    input: { tokens: 5, window: true, data: 0, images: 0 },
    output: null,
  }
  assert.equal(planned(wanted, at).input, 400_000)
  assert.equal(planCall(wanted, { ...at, contextWindow: null }, 5).kind, 'refused')
})
