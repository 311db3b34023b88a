import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { calcPrice } from '@pydantic/genai-prices'
import * as fc from 'fast-check'
import { DAY } from '#base/time.ts'
import compiled from '../book.json' with { type: 'json' }
import { parseBook } from '../book.ts'
import { sourceVersion } from '../compile.ts'
import { cost, totalInput } from '../cost.ts'
import { createResolver } from '../resolve.ts'
import type { Price, TokenCounts } from '../types.ts'
import { compileBook } from './compile.ts'
import { pico } from './rates.ts'

const book = parseBook(compiled)
const prices = createResolver({ books: [{ version: 1, recordedAt: 0, book }], overrides: [] })

test('the committed book is what the compiler makes of the installed source, byte for byte', () => {
  assert.equal(readFileSync(new URL('../book.json', import.meta.url), 'utf8'), compileBook(sourceVersion()))
})

test('no rate passes through a binary fraction', () => {
  assert.equal(pico(0.01875), 18_750n)
  assert.equal(pico(0.1), 100_000n)
  assert.equal(pico(1.1), 1_100_000n)
  assert.equal(pico(22.5), 22_500_000n)
  for (const refused of [1e-7, 1e21, Number.NaN, -1, 0.0000001]) assert.throws(() => pico(refused))
})

test('a name belongs to one model, and what is left out says why', () => {
  const names = book.models.flatMap((model) => model.names.map((name) => `${model.provider}/${name}`))
  const out = book.leftOut.map((item) => `${item.provider}/${item.name}`)
  assert.equal(new Set([...names, ...out]).size, names.length + out.length)
  assert.ok(book.leftOut.every((item) => item.why.length > 0))
  assert.ok(book.models.length > 70, `${book.models.length} models`)
})

test('cache writes of Anthropic cost 1.25 × input for five minutes and 2 × for an hour where the source is silent', () => {
  for (const model of book.models.filter((item) => item.provider === 'anthropic')) {
    for (const { rates } of model.prices) {
      assert.equal(rates.cacheWrite1h, 2n * rates.input, model.model)
      // The provider's own list rounds this one model's write to $0.30.
      if (model.model !== 'claude-3-haiku')
        assert.equal(rates.cacheWrite5m * 4n, rates.input * 5n, model.model)
    }
  }
})

test('a context window that bounds a call is never below what the provider takes', () => {
  const window = (provider: Price['provider'], name: string): number | null | undefined =>
    prices.resolve(provider, name, Date.UTC(2026, 10, 21))?.contextWindow
  assert.equal(window('openai', 'gpt-4.1'), 1_047_576)
  assert.equal(window('openai', 'gpt-5.2'), 400_000)
  assert.equal(window('google', 'gemini-3.1-pro-preview'), 1_048_576)
  assert.equal(window('anthropic', 'claude-opus-5-5'), 1_000_000)
})

const count = (max: number) => fc.oneof(fc.constant(0), fc.nat(max), fc.nat(2_000))
const usage: fc.Arbitrary<TokenCounts> = fc.record({
  input: fc.oneof(count(1_000_000), fc.constantFrom(127_999, 128_000, 128_001, 199_999, 200_000, 200_001)),
  cacheRead: count(400_000),
  cacheWrite5m: count(200_000),
  cacheWrite1h: count(200_000),
  output: count(128_000),
  audioInput: count(100_000),
  audioCacheRead: count(100_000),
  searches: fc.nat(20),
})

test('every name of every model costs what the source itself computes, with tiers, caches, sound and searches', () => {
  let checked = 0
  for (const model of book.models) {
    for (const [n, name] of model.names.entries()) {
      fc.assert(
        fc.property(
          usage,
          fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 5, 1) }),
          (tokens, at) => {
            const price = prices.resolve(model.provider, name, at)
            assert.ok(price, name)
            const total = totalInput(tokens)
            const soundRead = tokens.audioCacheRead ?? 0
            // Its counts of cached tokens and of sound both include cached sound.
            const sound = {
              input_audio_tokens: (tokens.audioInput ?? 0) + soundRead,
              cache_audio_read_tokens: soundRead,
            }
            const searches = price.fees === undefined ? 0 : tokens.searches
            // The source keeps no one-hour rate for OpenAI and Google: there, a write is a write.
            const theirs = calcPrice(
              {
                input_tokens: total,
                cache_read_tokens: tokens.cacheRead + soundRead,
                ...sound,
                ...(searches === 0 ? {} : { web_searches: searches }),
                cache_write_tokens: tokens.cacheWrite5m + tokens.cacheWrite1h,
                ...(model.provider === 'anthropic' ? { cache_write_1h_tokens: tokens.cacheWrite1h } : {}),
                output_tokens: tokens.output,
              },
              name,
              { providerId: model.provider, timestamp: new Date(at) },
            )
            assert.ok(theirs, `the source prices ${name}`)
            const ours = Number(cost(price, tokens).nano) / 1e9
            const error = Math.abs(ours - theirs.total_price)
            assert.ok(error <= 1e-9 + theirs.total_price * 1e-12, `${name}: ${ours} or ${theirs.total_price}`)
            checked++
          },
        ),
        { numRuns: n === 0 ? 500 : 20 },
      )
    }
  }
  assert.ok(checked >= 40_000, `${checked} combinations`)
})

test('sound has a rate of its own for the Gemini models whose source names one, and costs what text does for the rest', () => {
  const sound = (name: string): readonly (bigint | undefined)[] => {
    const price = prices.resolve('google', name, Date.UTC(2026, 10, 21))
    assert.ok(price, name)
    return [price.rates.input, price.rates.audioInput, price.rates.cacheRead, price.rates.audioCacheRead]
  }
  assert.deepEqual(sound('gemini-2.5-flash'), [300_000n, 1_000_000n, 30_000n, 100_000n])
  assert.deepEqual(sound('gemini-3-flash-preview'), [500_000n, 1_000_000n, 50_000n, 100_000n])
  assert.deepEqual(sound('gemini-3.5-flash-lite'), [300_000n, undefined, 30_000n, undefined])
})

test('the models that Gemini CLI asks for have a price, a class and limits', () => {
  const found = (name: string) => {
    const price = prices.resolve('google', name, Date.UTC(2026, 10, 21))
    return price && [price.class, price.maxOutput, price.contextWindow]
  }
  const wide = [65_536, 1_048_576]
  assert.deepEqual(found('gemini-3.5-flash-lite'), ['small', ...wide])
  assert.deepEqual(found('gemini-3.8-flash'), ['standard', ...wide])
  assert.deepEqual(found('gemini-3.1-pro-preview'), ['standard', ...wide])
  assert.deepEqual(found('gemini-3.1-pro-preview-customtools'), ['standard', ...wide])
  assert.deepEqual(found('gemini-2.5-pro'), ['standard', ...wide])
  assert.deepEqual(found('gemini-2.5-flash-lite'), ['small', ...wide])
  assert.deepEqual(found('gemini-embedding-001'), ['embedding', 0, 2_048])
  assert.equal(found('gemini-embedding-2'), null, 'images and video it reads have rates of their own')
})

test('a search has a fee where the usage of a call tells all that it costs', () => {
  const fee = (provider: Price['provider'], name: string): bigint | undefined =>
    prices.resolve(provider, name, Date.UTC(2026, 10, 21))?.fees?.webSearch
  assert.equal(fee('anthropic', 'claude-opus-5-5'), 10_000_000_000n)
  assert.equal(fee('openai', 'gpt-5.2'), 10_000_000_000n)
  assert.equal(fee('openai', 'gpt-4.1-mini'), undefined, 'a block of tokens that its usage need not show')
  for (const model of prices.models(Date.UTC(2026, 10, 21), 'google')) assert.equal(model.fees, undefined)
})

test('a tier begins on the token where the source begins it: 272,000 is dear for GPT-5.4 and not yet for GPT-6 Sol', () => {
  const at = Date.UTC(2026, 10, 21)
  const tier = (name: string, input: number): number | null => {
    const price = prices.resolve('openai', name, at)
    assert.ok(price)
    return cost(price, { input, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1 }).tier
  }
  assert.equal(tier('gpt-5.4', 271_999), null)
  assert.equal(tier('gpt-5.4', 272_000), 271_999)
  assert.equal(tier('gpt-6-sol', 272_000), null)
  assert.equal(tier('gpt-6-sol', 272_001), 272_000)
})

test('a dated price begins at midnight UTC of its day', () => {
  const day = Date.UTC(2026, 6, 30)
  assert.equal(prices.resolve('openai', 'gpt-5.6-luna', day - 1)?.rates.input, 1_000_000n)
  assert.equal(prices.resolve('openai', 'gpt-5.6-luna', day)?.rates.input, 200_000n)
  assert.equal(
    prices.resolve('google', 'gemini-3.8-flash', Date.UTC(2027, 0, 1) - DAY)?.rates.input,
    750_000n,
  )
})
