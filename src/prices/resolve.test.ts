import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { DAY } from '#base/time.ts'
import compiled from './book.json' with { type: 'json' }
import { parseBook } from './book.ts'
import { createResolver, knownAt, type Override } from './resolve.ts'

const book = parseBook(compiled)
const books = [{ version: 1, recordedAt: 0, book }]
const resolver = createResolver({ books, overrides: [] })
const NOW = Date.UTC(2026, 10, 21)
const modelOf = (provider: 'openai' | 'anthropic' | 'google', name: string): string | null =>
  resolver.resolve(provider, name, NOW)?.model ?? null

test('dated snapshots, -latest and upper case find their model', () => {
  assert.equal(modelOf('openai', 'gpt-5.2-2025-12-11'), 'gpt-5.2')
  assert.equal(modelOf('openai', 'gpt-5.6-sol-2026-06-01'), 'gpt-5.6-sol')
  assert.equal(modelOf('openai', 'gpt-4o-2024-05-13'), 'gpt-4o-2024-05-13')
  assert.equal(modelOf('anthropic', 'claude-haiku-4-5-20251001'), 'claude-haiku-4-5')
  assert.equal(modelOf('anthropic', 'claude-sonnet-4-20250514'), 'claude-sonnet-4-0')
  assert.equal(modelOf('anthropic', 'claude-sonnet-4@20250514'), 'claude-sonnet-4-0')
  assert.equal(modelOf('anthropic', 'claude-3-5-sonnet-latest'), 'claude-3-5-sonnet')
  assert.equal(modelOf('anthropic', 'Claude-Opus-5-5'), 'claude-opus-5-5')
  assert.equal(modelOf('google', 'gemini-2.5-pro-preview-05-06'), 'gemini-2.5-pro')
  assert.equal(modelOf('google', 'gemini-3-pro-preview-11-2025'), 'gemini-3-pro-preview')
  assert.equal(modelOf('google', 'gemini-1.5-pro-002'), 'gemini-1.5-pro')
})

test('a model that the book does not know is never priced as its neighbour', () => {
  for (const name of ['claude-sonnet-5-5', 'claude-opus-5-6', 'claude-opus-4-5-fast', 'claude-', 'claude']) {
    assert.equal(modelOf('anthropic', name), null, name)
  }
  const strangers = [
    'gpt-5.2-2025-13-40',
    'gpt-5.2-20251301',
    'gpt-7',
    'gpt-5.2-mega',
    'gpt-4o-search-preview',
    'constructor',
    '__proto__',
    '',
  ]
  for (const name of [...strangers, 'gpt-4o-realtime-preview-2024-12-17', `gpt-5.2${'-latest'.repeat(40)}`]) {
    assert.equal(modelOf('openai', name), null, name)
  }
  assert.equal(modelOf('anthropic', 'gpt-5.2'), null)
})

test('every price of the book is complete: it can bound a call', () => {
  for (const price of resolver.models(NOW)) {
    assert.ok(price.rates.input > 0n, price.model)
    assert.ok(
      price.class === 'embedding' ? price.maxOutput === 0 : price.rates.output > 0n && price.maxOutput > 0,
    )
  }
})

const rates = { input: 1n, cacheRead: 1n, cacheWrite5m: 1n, cacheWrite1h: 1n, output: 1n }
const MODELS = ['gpt-5.2', 'gpt-5.2-codex', 'house-model'] as const

type Written = { model: number; from: number; wait: number; ends: boolean }
const written: fc.Arbitrary<Written[]> = fc.array(
  fc.record({ model: fc.nat(2), from: fc.nat(20), wait: fc.nat(3), ends: fc.boolean() }),
  { maxLength: 12 },
)

/** Records overrides one after another; several may share an instant, as real ones do. */
function record(list: readonly Written[]): Override[] {
  let recordedAt = 100 * DAY
  return list.map(({ model, from, wait, ends }, n) => {
    recordedAt += wait
    return {
      version: n + 2,
      recordedAt,
      recordedBy: 'admin',
      provider: 'openai',
      model: MODELS[model]!,
      effectiveFrom: from * DAY,
      reason: 'test',
      terms: ends ? null : { class: 'standard', contextWindow: null, maxOutput: 10, rates, tiers: [] },
    }
  })
}

test('an override holds from its date until the next of its model; the later recorded wins a date', () => {
  fc.assert(
    fc.property(written, fc.nat(25), fc.nat(2), (list, day, model) => {
      const overrides = record(list)
      const price = createResolver({ books, overrides }).resolve('openai', MODELS[model]!, day * DAY)
      // gpt-5.2-codex is another name of gpt-5.2: the two share their overrides.
      const same = (name: string): boolean => (name === 'house-model') === (MODELS[model] === 'house-model')
      let winner: Override | null = null
      for (const override of overrides) {
        if (!same(override.model) || override.effectiveFrom > day * DAY) continue
        if (!winner || override.effectiveFrom >= winner.effectiveFrom) winner = override
      }
      const expected = winner?.terms ? winner.version : MODELS[model] === 'house-model' ? null : 1
      assert.equal(price?.version ?? null, expected)
    }),
    { numRuns: 1_000 },
  )
})

test('what was known at an instant is not changed by what was recorded after it', () => {
  fc.assert(
    fc.property(written, written, fc.nat(25), fc.nat(2), (early, late, day, model) => {
      const all = record([...early, ...late])
      const before = all.slice(0, early.length)
      const instant = before.at(-1)?.recordedAt ?? 0
      const later = all
        .slice(early.length)
        .map((override) => ({ ...override, recordedAt: override.recordedAt + 1 }))
      const then = createResolver({ books, overrides: before })
      const now = createResolver(knownAt({ books, overrides: [...before, ...later] }, instant))
      assert.deepEqual(
        now.resolve('openai', MODELS[model]!, day * DAY),
        then.resolve('openai', MODELS[model]!, day * DAY),
      )
      assert.deepEqual(now.models(day * DAY), then.models(day * DAY))
    }),
    { numRuns: 200 },
  )
})

test('a new book does not undo an override, and prices of its own count from its version', () => {
  const second = { version: 3, recordedAt: 200 * DAY, book }
  const overrides = record([{ model: 0, from: 1, wait: 0, ends: false }])
  const both = createResolver({ books: [...books, second], overrides })
  assert.equal(both.resolve('openai', 'gpt-5.2', NOW)?.version, 2)
  assert.equal(both.resolve('openai', 'gpt-5.4', NOW)?.version, 3)
})

test('hostile names leave nothing behind', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const heap = (): number => (collect(), process.memoryUsage().heapUsed)
  const before = heap()
  for (let n = 0; n < 30_000; n++) {
    const date = new Date(Date.UTC(2000, 0, 1) + n * DAY).toISOString().slice(0, 10)
    assert.equal(resolver.resolve('openai', `gpt-5.2-${date}`, NOW)?.model, 'gpt-5.2')
    assert.equal(resolver.resolve('openai', `gpt-5.2-${date}-${n}`, NOW), null)
  }
  const grown = heap() - before
  assert.ok(grown < 1_000_000, `${grown} bytes`)
})
