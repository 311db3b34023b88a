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
  fees: { webSearch: 10_000_000_000n },
})
const ask: fc.Arbitrary<Ask> = fc
  .record({
    tokens: fc.integer({ min: 1, max: 500_000 }),
    window: fc.boolean(),
    asked: fc.option(fc.integer({ min: 0, max: 300_000 })),
    floor: fc.integer({ min: 0, max: 20_000 }),
    copies: fc.integer({ min: 1, max: 128 }),
    provided: fc.option(
      fc.record({
        asked: fc.option(fc.nat(12)),
        tools: fc.constantFrom(1, 2),
        searching: fc.constantFrom(0, 1),
        remedy: fc.constant('Leave it out.'),
      }),
    ),
  })
  .map(({ tokens, window, provided, ...output }) => ({
    ...(provided ? { provided } : {}),
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
      const limits = limitsOf(wanted, plan, at, held)
      const copies = wanted.output!.copies
      const limit = limits.output ?? Math.min(wanted.output!.asked ?? at.maxOutput, at.maxOutput)
      const uses = wanted.provided ? (limits.uses ?? wanted.provided.asked!) : 0
      const total = plan.first + uses * plan.again
      const searches = uses * (wanted.provided?.searching ?? 0)
      assert.ok(total <= plan.input)
      assert.ok(upperBound(at, { input: total, output: limit * copies, searches }) <= held)
      const input = Math.floor((total * used) / 1_000_000)
      const real = {
        input: total - input,
        cacheRead: 0,
        cacheWrite5m: input,
        cacheWrite1h: 0,
        output: limit * copies,
        searches,
      }
      assert.ok(cost(at, real).nano <= held)
    }),
  )
})

test('a limit of uses is always there, at least one where one was asked, and never more than was asked', () => {
  fc.assert(
    fc.property(price, ask, fc.nat(1_000_000), (at, wanted, share) => {
      const plan = planned(wanted, at)
      const held = plan.min + ((plan.max - plan.min) * BigInt(share)) / 1_000_000n
      const { uses } = limitsOf(wanted, plan, at, held)
      const asked = wanted.provided?.asked ?? null
      if (!wanted.provided) assert.equal(uses, null)
      else if (asked === null) assert.ok(uses !== null && uses >= 1 && uses <= 3)
      else if (uses !== null) assert.ok(uses >= 1 && uses < asked)
      else assert.ok(asked <= 8)
    }),
  )
})

test('a request that marks nothing for the cache is not held for writing to it', () => {
  const rates = { input: 4n, cacheRead: 1n, cacheWrite5m: 5n, cacheWrite1h: 8n, output: 10n }
  const at = priceOf(rates, null, 1, 10)
  const wanted: Ask = {
    kind: 'ask',
    model: 'm',
    stream: false,
    input: { tokens: 1_000, window: false, data: 0, images: 0 },
    output: null,
  }
  assert.equal(planned(wanted, at).max, 8n)
  assert.equal(planned({ ...wanted, caches: '5m' }, at).max, 5n)
  assert.equal(planned({ ...wanted, caches: 'nothing' }, at).max, 4n)
})

test('searches without a known fee, and long contexts without a known price, are closed', () => {
  const rates = { input: 1n, cacheRead: 1n, cacheWrite5m: 1n, cacheWrite1h: 1n, output: 1n }
  const { fees: _, ...at } = priceOf(rates, null, 1, 10)
  const wanted: Ask = {
    kind: 'ask',
    model: 'm',
    stream: false,
    input: { tokens: 500_000, window: false, data: 0, images: 0 },
    output: null,
  }
  const provided = { asked: null, tools: 1, searching: 1, remedy: 'Leave it out.' }
  assert.equal(planCall({ ...wanted, provided }, at, 5).kind, 'refused')
  assert.equal(planCall({ ...wanted, provided: { ...provided, searching: 0 } }, at, 5).kind, 'plan')
  assert.equal(planCall({ ...wanted, window: 1_000_000 }, at, 5).kind, 'refused')
  const tiered = priceOf(rates, rates, 200_000, 10)
  const outside: Ask = { ...wanted, input: { ...wanted.input, window: true }, window: 1_000_000 }
  assert.equal(planned(outside, tiered).input, 1_000_000)
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
