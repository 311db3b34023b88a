import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { picoToNano } from '#base/money.ts'
import { batchPrice, cost, outputAffordable, totalInput, upperBound } from './cost.ts'
import { explain } from './explain.ts'
import type { CostLine, Price, Rates, TokenCounts } from './types.ts'

const anyRate = fc.bigInt({ min: 0n, max: 200_000_000n })
const anyRates: fc.Arbitrary<Rates> = fc.record(
  {
    input: anyRate,
    cacheRead: anyRate,
    cacheWrite5m: anyRate,
    cacheWrite1h: anyRate,
    output: anyRate,
    audioInput: anyRate,
    audioCacheRead: anyRate,
  },
  { requiredKeys: ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'output'] },
)
const anyFees: fc.Arbitrary<NonNullable<Price['fees']>> = fc.record(
  { webSearch: fc.bigInt({ min: 0n, max: 50_000_000_000n }) },
  { requiredKeys: [] },
)
// Tiers may also get cheaper: a bound must hold for every price that can be written down.
const anyPrice: fc.Arbitrary<Price> = fc
  .record({
    rates: anyRates,
    tiers: fc.uniqueArray(fc.record({ aboveInput: fc.nat(500_000), rates: anyRates }), {
      maxLength: 3,
      selector: (tier) => tier.aboveInput,
    }),
    maxOutput: fc.nat(300_000),
    fees: anyFees,
    batch: fc.boolean(),
  })
  .map(({ tiers, batch, ...part }) => {
    const price = priceOf({ ...part, tiers: tiers.toSorted((a, b) => a.aboveInput - b.aboveInput) })
    return batch ? batchPrice(price) : price
  })

const priceOf = (part: Pick<Price, 'rates' | 'tiers' | 'maxOutput' | 'fees'>): Price => ({
  provider: 'anthropic',
  model: 'm',
  class: 'standard',
  effectiveFrom: 0,
  contextWindow: null,
  version: 1,
  source: 'test',
  ...part,
})

const anyTokens: fc.Arbitrary<TokenCounts> = fc.record(
  {
    input: fc.nat(300_000),
    cacheRead: fc.nat(300_000),
    cacheWrite5m: fc.nat(300_000),
    cacheWrite1h: fc.nat(300_000),
    output: fc.nat(300_000),
    audioInput: fc.nat(300_000),
    audioCacheRead: fc.nat(300_000),
    searches: fc.nat(100),
  },
  { requiredKeys: ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'output'] },
)
const TEXT = ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const
const FIELDS = [...TEXT, 'audioInput', 'audioCacheRead'] as const
const hasSound = (tokens: TokenCounts): boolean =>
  (tokens.audioInput ?? 0) > 0 || (tokens.audioCacheRead ?? 0) > 0

test('no split of tokens, sound and searches within the bounds costs more than the upper bound', () => {
  fc.assert(
    fc.property(anyPrice, anyTokens, fc.nat(1_000), fc.nat(1_000), (price, tokens, moreInput, moreOutput) => {
      const bound = upperBound(price, {
        input: totalInput(tokens) + moreInput,
        output: tokens.output + moreOutput,
        searches: tokens.searches ?? 0,
        audio: hasSound(tokens),
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
        const bound = upperBound(price, { input, output, audio: true })
        for (const field of FIELDS) {
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
      for (const [fields, audio] of [
        [TEXT, false],
        [FIELDS, true],
      ] as const) {
        const worst = fields
          .map((field) => cost(price, { ...none, [field]: input }).nano)
          .reduce((a, b) => (a > b ? a : b))
        assert.ok(upperBound(price, { input, output, audio }) - worst <= 1n)
      }
    }),
  )
})

test('the affordable output is the largest one that fits, and one token more does not', () => {
  fc.assert(
    fc.property(
      anyPrice,
      fc.nat(600_000),
      fc.bigInt({ min: 0n, max: 50_000_000_000n }),
      fc.record({ searches: fc.nat(10), audio: fc.boolean() }),
      (price, input, amount, more) => {
        const output = outputAffordable(price, input, amount, more)
        if (output === null) return assert.ok(upperBound(price, { ...more, input, output: 0 }) > amount)
        assert.ok(output >= 0 && output <= price.maxOutput)
        assert.ok(upperBound(price, { ...more, input, output }) <= amount)
        if (output < price.maxOutput)
          assert.ok(upperBound(price, { ...more, input, output: output + 1 }) > amount)
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
        totalInput(tokens) + tokens.output + (tokens.searches ?? 0),
      )
    }),
  )
})

test('a batch costs half of its tokens, never less, and the whole of its fees', () => {
  fc.assert(
    fc.property(anyRates, anyFees, anyTokens, (rates, fees, tokens) => {
      const price = priceOf({ rates, tiers: [{ aboveInput: 100_000, rates }], maxOutput: 1, fees })
      const pico = (at: Price, item: (line: CostLine['item']) => boolean): bigint =>
        cost(at, tokens).lines.reduce((sum, line) => (item(line.item) ? sum + line.costPico : sum), 0n)
      const isFee = (item: CostLine['item']): boolean => item === 'web_search'
      const batch = batchPrice(price)
      const more = 2n * pico(batch, (item) => !isFee(item)) - pico(price, (item) => !isFee(item))
      // Odd rates are rounded up: at most half a pico-dollar for each token.
      assert.ok(more >= 0n && more <= BigInt(totalInput(tokens) + tokens.output))
      assert.equal(pico(batch, isFee), pico(price, isFee))
      assert.equal(batch.variant, 'batch')
      assert.equal(batchPrice(batch), batch, 'a batch is halved once')
    }),
  )
})

test('sound without a rate of its own costs what text does, and counts towards the tier', () => {
  const rates = { input: 10n, cacheRead: 1n, cacheWrite5m: 12n, cacheWrite1h: 20n, output: 50n }
  const price = priceOf({
    rates,
    tiers: [{ aboveInput: 100, rates: { ...rates, input: 20n } }],
    maxOutput: 1,
  })
  const none = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 }
  const pico = (tokens: Partial<TokenCounts>, at: Price = price): bigint =>
    cost(at, { ...none, ...tokens }).lines.reduce((sum, line) => sum + line.costPico, 0n)
  assert.equal(pico({ audioInput: 100 }), 1_000n)
  assert.equal(pico({ audioCacheRead: 100 }), 100n)
  assert.equal(pico({ input: 1, audioInput: 100 }), 2_020n)
  const sound = { ...price, rates: { ...rates, audioInput: 30n } }
  assert.equal(pico({ audioInput: 100 }, sound), 3_000n)
  assert.equal(pico({ audioCacheRead: 100 }, sound), 3_000n, 'cached sound without a rate is sound')
})

test('a search whose fee is not known is a line at rate 0, not a crash', () => {
  const rates = { input: 1n, cacheRead: 1n, cacheWrite5m: 1n, cacheWrite1h: 1n, output: 1n }
  const none = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 }
  const { nano, lines } = cost(priceOf({ rates, tiers: [], maxOutput: 1 }), { ...none, searches: 2 })
  assert.equal(nano, 0n)
  assert.deepEqual(lines, [{ item: 'web_search', tokens: 2, ratePico: 0n, costPico: 0n }])
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
