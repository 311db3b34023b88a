import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { picoToNano } from '#base/money.ts'
import { cost, outputAffordable, totalInput, upperBound } from './cost.ts'
import { explain } from './explain.ts'
import type { Price, Rates, TokenCounts } from './types.ts'

const anyRate = fc.bigInt({ min: 0n, max: 200_000_000n })
const anyRates: fc.Arbitrary<Rates> = fc.record({
  input: anyRate,
  cacheRead: anyRate,
  cacheWrite5m: anyRate,
  cacheWrite1h: anyRate,
  output: anyRate,
})
// Tiers may also get cheaper: a bound must hold for every price that can be written down.
const anyPrice: fc.Arbitrary<Price> = fc
  .record({
    rates: anyRates,
    tiers: fc.uniqueArray(fc.record({ aboveInput: fc.nat(500_000), rates: anyRates }), {
      maxLength: 3,
      selector: (tier) => tier.aboveInput,
    }),
    maxOutput: fc.nat(300_000),
  })
  .map(({ rates, tiers, maxOutput }) =>
    priceOf({ rates, tiers: tiers.toSorted((a, b) => a.aboveInput - b.aboveInput), maxOutput }),
  )

const priceOf = (part: Pick<Price, 'rates' | 'tiers' | 'maxOutput'>): Price => ({
  provider: 'anthropic',
  model: 'm',
  class: 'standard',
  effectiveFrom: 0,
  contextWindow: null,
  version: 1,
  source: 'test',
  ...part,
})

const anyTokens: fc.Arbitrary<TokenCounts> = fc.record({
  input: fc.nat(300_000),
  cacheRead: fc.nat(300_000),
  cacheWrite5m: fc.nat(300_000),
  cacheWrite1h: fc.nat(300_000),
  output: fc.nat(300_000),
})

test('no split of tokens within the bounds costs more than the upper bound', () => {
  fc.assert(
    fc.property(anyPrice, anyTokens, fc.nat(1_000), fc.nat(1_000), (price, tokens, moreInput, moreOutput) => {
      const bound = upperBound(price, {
        input: totalInput(tokens) + moreInput,
        output: tokens.output + moreOutput,
      })
      assert.ok(cost(price, tokens).nano <= bound)
    }),
    { numRuns: 2_000 },
  )
})

test('the bound holds on the very token where a tier begins, and one either side', () => {
  fc.assert(
    fc.property(anyPrice, fc.integer({ min: -1, max: 2 }), fc.nat(1_000), (price, beside, output) => {
      for (const tier of price.tiers) {
        const input = Math.max(0, tier.aboveInput + beside)
        const bound = upperBound(price, { input, output })
        for (const field of ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const) {
          const tokens = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output, [field]: input }
          assert.ok(cost(price, tokens).nano <= bound)
        }
      }
    }),
    { numRuns: 1_000 },
  )
})

test('the upper bound is reached: it holds nothing that no call could cost', () => {
  fc.assert(
    fc.property(anyRates, fc.nat(300_000), fc.nat(300_000), (rates, input, output) => {
      const price = priceOf({ rates, tiers: [], maxOutput: 0 })
      const none = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output }
      const fields = ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const
      const worst = fields
        .map((field) => cost(price, { ...none, [field]: input }).nano)
        .reduce((a, b) => (a > b ? a : b))
      assert.ok(upperBound(price, { input, output }) - worst <= 1n)
    }),
  )
})

test('the affordable output is the largest one that fits, and one token more does not', () => {
  fc.assert(
    fc.property(
      anyPrice,
      fc.nat(600_000),
      fc.bigInt({ min: 0n, max: 50_000_000_000n }),
      (price, input, amount) => {
        const output = outputAffordable(price, input, amount)
        if (output === null) return assert.ok(upperBound(price, { input, output: 0 }) > amount)
        assert.ok(output >= 0 && output <= price.maxOutput)
        assert.ok(upperBound(price, { input, output }) <= amount)
        if (output < price.maxOutput) assert.ok(upperBound(price, { input, output: output + 1 }) > amount)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a cost is the sum of its lines, rounded once', () => {
  fc.assert(
    fc.property(anyPrice, anyTokens, (price, tokens) => {
      const { nano, lines } = cost(price, tokens)
      const sum = lines.reduce((total, line) => total + line.costPico, 0n)
      assert.equal(nano, picoToNano(sum))
      for (const line of lines) assert.equal(line.costPico, line.ratePico * BigInt(line.tokens))
      assert.equal(
        lines.reduce((total, line) => total + line.tokens, 0),
        totalInput(tokens) + tokens.output,
      )
    }),
  )
})

test('tokens that are no whole number of at least zero are a bug, not a price', () => {
  const price = priceOf({
    rates: { input: 1n, cacheRead: 1n, cacheWrite5m: 1n, cacheWrite1h: 1n, output: 1n },
    tiers: [],
    maxOutput: 1,
  })
  const none = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 }
  for (const input of [-1, 0.5, Number.NaN, Infinity])
    assert.throws(() => cost(price, { ...none, input }), /invariant/)
})

test('an agent call of Opus 5.5 with both caches costs 808 micro-dollars, explained line by line', () => {
  const price = priceOf({
    rates: {
      input: 4_000_000n,
      cacheRead: 200_000n,
      cacheWrite5m: 5_000_000n,
      cacheWrite1h: 8_000_000n,
      output: 20_000_000n,
    },
    tiers: [],
    maxOutput: 128_000,
  })
  const explained = explain(price, {
    input: 12,
    cacheRead: 200,
    cacheWrite5m: 60,
    cacheWrite1h: 40,
    output: 5,
  })
  assert.equal(explained.costNano, 808_000n)
  assert.equal(explained.cost, '$0.000808')
  assert.deepEqual(
    explained.lines.map((line) => [line.item, line.tokens, line.rate]),
    [
      ['input', 12, '$4.00'],
      ['cache_read', 200, '$0.20'],
      ['cache_write_5m', 60, '$5.00'],
      ['cache_write_1h', 40, '$8.00'],
      ['output', 5, '$20.00'],
    ],
  )
})
