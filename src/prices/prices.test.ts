import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { canonicalJson, sha256Hex } from '#base/json.ts'
import { DAY, MINUTE } from '#base/time.ts'
import { eventually } from '../../test/support/eventually.ts'
import { testDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { parseBook } from './book.ts'
import { openPrices } from './prices.ts'

const db = await testDb()
after(() => db.drop())
const invalid = (param: string) => ({ name: 'Fault', code: 'invalid', param })
const NOW = Date.UTC(2026, 10, 21)
const world = testWorld({ now: NOW })

test('the compiled book is one version, however many processes start with it', async () => {
  const replicas = [1, 2, 3].map(() => openPrices({ db, world }))
  await Promise.all(replicas.map((prices) => prices.load()))
  for (const prices of replicas) {
    assert.equal(prices.resolve('openai', 'gpt-5.2', NOW)?.version, 1)
    assert.deepEqual(prices.version(1)?.licence, 'MIT')
    assert.equal(prices.version(2), null)
    await prices.close()
  }
})

test('an override is a new version, holds from its date, is seen by every process, and old answers can be had again', async () => {
  const one = openPrices({ db, world })
  const two = openPrices({ db, world })
  await one.load()
  await two.load()
  const before = world.now()
  world.advance(MINUTE)

  const row = await one.override(
    {
      provider: 'openai',
      model: 'gpt-5.2-codex',
      effectiveFrom: NOW - 10 * DAY,
      reason: 'contract 14',
      rates: { input: '1', output: '$8.5', cacheRead: '0.1' },
      tiers: [{ aboveInput: 200_000, rates: { input: '2', output: '17' } }],
    },
    'ada@perq.example',
  )
  assert.equal(row.version, 2)
  const price = one.resolve('openai', 'gpt-5.2', NOW)
  assert.equal(price?.version, 2)
  assert.deepEqual(price?.rates, {
    input: 1_000_000n,
    cacheRead: 100_000n,
    cacheWrite5m: 1_000_000n,
    cacheWrite1h: 1_000_000n,
    output: 8_500_000n,
  })
  assert.equal(price?.maxOutput, 128_000)
  assert.deepEqual(price?.tiers[0]?.rates.output, 17_000_000n)
  assert.equal(one.resolve('openai', 'gpt-5.2', NOW - 11 * DAY)?.version, 1)
  assert.equal(one.resolve('openai', 'gpt-5.2', NOW, before)?.version, 1)

  await eventually(() => assert.deepEqual(two.resolve('openai', 'gpt-5.2', NOW), price))

  world.advance(MINUTE)
  await two.override(
    { provider: 'openai', model: 'gpt-5.2', effectiveFrom: NOW, reason: 'contract ended', rates: null },
    'ada',
  )
  assert.equal(two.resolve('openai', 'gpt-5.2', NOW)?.version, 1)
  assert.equal(two.resolve('openai', 'gpt-5.2', NOW - DAY)?.version, 2)
  assert.equal(two.resolve('openai', 'gpt-5.2', NOW, world.now() - 1)?.version, 2)

  // A call keeps the price it was charged by, even when a later record says that it was never in force.
  world.advance(MINUTE)
  const undo = {
    provider: 'openai',
    model: 'gpt-5.2',
    effectiveFrom: NOW - 10 * DAY,
    reason: 'void',
    rates: null,
  } as const
  await one.override(undo, 'ada')
  assert.equal(one.resolve('openai', 'gpt-5.2', NOW - DAY)?.version, 1)
  assert.deepEqual(one.stamped(2, 'openai', 'gpt-5.2', NOW - DAY), price)
  assert.equal(one.stamped(1, 'openai', 'gpt-5.2-2025-12-11', NOW - DAY)?.rates.input, 1_750_000n)
  assert.equal(one.stamped(2, 'anthropic', 'gpt-5.2', NOW - DAY), null)
  assert.equal(one.stamped(99, 'openai', 'gpt-5.2', NOW), null)
  await one.close()
  await two.close()
})

test('a model outside the book is priced by an override that says all it needs, and refused with the field it lacks', async () => {
  const prices = openPrices({ db, world })
  await prices.load()
  const ask = {
    provider: 'openai',
    model: 'House-7B',
    effectiveFrom: NOW,
    reason: 'own cluster',
    rates: { input: '0.01', output: '0.02' },
  } as const
  await assert.rejects(prices.override(ask, 'ada'), invalid('class'))
  await assert.rejects(prices.override({ ...ask, class: 'small' }, 'ada'), invalid('max_output'))
  await assert.rejects(
    prices.override({ ...ask, class: 'small', maxOutput: 1.5 }, 'ada'),
    invalid('max_output'),
  )
  const whole = { ...ask, class: 'small', maxOutput: 4_096 } as const
  for (const input of ['0.0000001', '-1', '1e3', 'free', '']) {
    await assert.rejects(
      prices.override({ ...whole, rates: { input, output: '1' } }, 'ada'),
      invalid('rates.input'),
    )
  }
  await assert.rejects(prices.override({ ...whole, reason: ' ' }, 'ada'), invalid('reason'))
  await assert.rejects(prices.override({ ...whole, model: 'a b' }, 'ada'), invalid('model'))
  assert.equal(prices.resolve('openai', 'house-7b', NOW), null)
  await prices.override(whole, 'ada')
  assert.equal(prices.resolve('openai', 'house-7b', NOW)?.rates.output, 20_000n)
  assert.ok(prices.models('openai').some((price) => price.model === 'house-7b'))
  await prices.close()
})

test('overrides recorded at once get a version each, without a gap', async () => {
  const prices = openPrices({ db, world })
  await prices.load()
  const rates = { input: '1', output: '2' }
  const rows = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      prices.override(
        {
          provider: 'anthropic',
          model: 'claude-opus-5-5',
          effectiveFrom: NOW + n,
          reason: `try ${n}`,
          rates,
        },
        'ada',
      ),
    ),
  )
  const versions = rows.map((row) => row.version).toSorted((a, b) => a - b)
  assert.deepEqual(
    versions,
    Array.from({ length: 12 }, (_, n) => versions[0]! + n),
  )
  await prices.close()
})

test('an override carries sound and the fee of a search; what it does not name of fees stays', async () => {
  const prices = openPrices({ db, world })
  await prices.load()
  const ask = {
    provider: 'anthropic',
    model: 'claude-haiku-4-5',
    effectiveFrom: NOW,
    reason: 'contract 15',
  } as const
  await prices.override(
    { ...ask, rates: { input: '1', output: '4', audioInput: '2.5', audioCacheRead: '0.25' } },
    'ada',
  )
  const own = prices.resolve('anthropic', 'claude-haiku-4-5', NOW)
  assert.deepEqual(
    [own?.rates.audioInput, own?.rates.audioCacheRead, own?.fees?.webSearch],
    [2_500_000n, 250_000n, 10_000_000_000n],
  )
  await prices.override({ ...ask, rates: { input: '1', output: '4' }, webSearches: '$7.50' }, 'ada')
  const other = openPrices({ db, world })
  await other.load()
  const again = other.resolve('anthropic', 'claude-haiku-4-5', NOW)
  assert.deepEqual([again?.fees?.webSearch, again?.rates.audioInput], [7_500_000_000n, undefined])
  await assert.rejects(
    prices.override({ ...ask, rates: { input: '1', output: '4' }, webSearches: 'ten' }, 'ada'),
    {
      code: 'invalid',
      param: 'web_searches',
    },
  )
  await prices.override({ ...ask, rates: null }, 'ada')
  await prices.close()
  await other.close()
})

test('a book that was recorded before sound and fees were in it still reads, and hashes as it did', () => {
  const rates = { input: '1', cacheRead: '1', cacheWrite5m: '1', cacheWrite1h: '1', output: '2' }
  const body = {
    format: 1,
    source: { name: 's', version: '1', licence: 'MIT', url: 'https://example.com' },
    models: [
      {
        provider: 'google',
        model: 'm',
        names: ['m'],
        class: 'small',
        contextWindow: null,
        maxOutput: 1,
        prices: [{ from: null, rates, tiers: [{ aboveInput: 5, rates }] }],
      },
    ],
    leftOut: [],
  }
  const [price] = parseBook({ ...body, hash: sha256Hex(canonicalJson(body)) }).models[0]!.prices
  assert.deepEqual([price?.fees, price?.rates.audioInput], [undefined, undefined])
})

test('what was recorded about prices cannot be changed', async () => {
  await assert.rejects(db.query(`update prices.version set source = 'x'`), /append-only/)
  await assert.rejects(db.query('update prices.override set output_pico = 0'), /append-only/)
  await assert.rejects(db.query('delete from prices.override'), /append-only/)
})
