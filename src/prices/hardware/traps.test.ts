import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { startOfDay } from '#base/time.ts'
import { chipNamed } from './chips.ts'
import { isUsable, type Said } from './observation.ts'
import { providerNamed } from './providers.ts'
import { judged } from './quality.ts'
import { readHistory, readTokenEvents } from './shipped.ts'
import { historiesOf, priceOn, tokenFactOf, type TokenSaid } from './tokens.ts'

const dataFile = (name: string) => readFile(new URL(`../../../data/${name}`, import.meta.url), 'utf8')
const history = readHistory(await dataFile('gpu-prices/gpu_price_history.csv'))

const said = (change: Partial<Omit<Said, 'quality'>> & { usd: number }): Said => {
  const { usd, ...rest } = change
  const priceNano = BigInt(Math.round(usd * 1e9))
  return judged({
    provider: 'acme',
    accelerator: 'H100',
    form: null,
    tier: 'on_demand',
    region: null,
    termMonths: null,
    offer: '',
    priceNano,
    lowNano: priceNano,
    highNano: priceNano,
    effectiveFrom: startOfDay('2026-05-24'),
    observedAt: startOfDay('2026-05-24'),
    source: 'a price page',
    licence: 'fact',
    note: null,
    ...rest,
  })
}

describe('traps of public price data', () => {
  test('a provider has one name, however a source spells it', () => {
    for (const [one, ...others] of [
      ['lambda', 'Lambda', 'LAMBDA', 'Lambda Labs', 'lambdalabs'],
      ['runpod', 'RunPod', 'RunPod.io', 'runpod'],
      ['vast-ai', 'Vast.ai', 'vast-ai', 'vastai', 'Vast'],
      ['oracle-cloud', 'Oracle Cloud', 'oci'],
      ['google-cloud', 'gcp', 'Google Cloud'],
      ['verda', 'Datacrunch', 'verda'],
    ])
      for (const other of others) assert.equal(providerNamed(other), one)
    assert.equal(providerNamed(' .- '), null)
  })

  test('a name means one chip and its board, or none where it may be another', () => {
    const means = (text: string) => {
      const named = chipNamed(text)
      return named && [named.chip.id, named.form]
    }
    assert.deepEqual(means('H100-SXM'), ['H100', 'SXM'])
    assert.deepEqual(means('NVIDIA H100 80GB HBM3'), ['H100', 'SXM'])
    assert.deepEqual(means('NVIDIA H100 PCIe'), ['H100', 'PCIe'])
    assert.deepEqual(means('H100 NVL'), ['H100', 'NVL'])
    assert.deepEqual(means('H200'), ['H200', null])
    assert.deepEqual(means('GH200'), ['GH200', null], 'no H200')
    assert.deepEqual(means('GB200'), ['GB200', null], 'no B200')
    assert.deepEqual(means('A100-80GB-SXM'), ['A100-80GB', 'SXM'])
    assert.deepEqual(means('A100 SXM4 80GB'), ['A100-80GB', 'SXM'])
    for (const other of ['A100', 'A100 40GB', 'A100-SXM4-40GB', 'RTX 4090', 'H100 MIG 1g', 'L40', ''])
      assert.equal(means(other), null, other)
  })

  test('what is not offered has no price, and half a dollar is one where a chip is that cheap', () => {
    for (const accelerator of ['H200', 'B300', 'H100'])
      assert.equal(said({ provider: 'runpod', accelerator, usd: 0.5 }).quality, 'not_offered')
    assert.equal(said({ provider: 'runpod', accelerator: 'L40S', usd: 0.5 }).quality, 'ok')
    assert.equal(said({ provider: 'verda', accelerator: 'A100-80GB', tier: 'spot', usd: 0.5 }).quality, 'ok')
  })

  test('made-up data is told by where it comes from or by what it says of itself', () => {
    assert.equal(
      said({ usd: 2.5, source: 'kuanhuang1-code/gpu-pricing-tracker prices.csv' }).quality,
      'synthetic',
    )
    assert.equal(said({ usd: 2.5, source: 'gpumarkets.dev' }).quality, 'synthetic')
    assert.equal(said({ usd: 2.5, note: 'seed:true' }).quality, 'synthetic')
    assert.equal(said({ usd: 2.5, note: 'historical_estimate' }).quality, 'synthetic')
    assert.equal(said({ usd: 2.5 }).quality, 'ok')
  })

  test('a quote of a whole instance is not the price of one chip', () => {
    assert.equal(said({ usd: 55.04 }).quality, 'above_ceiling')
    assert.equal(said({ usd: 98.32 }).quality, 'above_ceiling')
    assert.equal(said({ usd: 12.29 }).quality, 'ok', 'a hyperscaler did ask that for one')
    assert.equal(said({ usd: 0.3 }).quality, 'below_floor')
  })

  test('a chip under the name of another is put under its own', () => {
    for (const usd of [1.99, 2.29]) {
      const found = said({ provider: 'lambda', accelerator: 'H200', usd })
      assert.deepEqual([found.accelerator, found.quality], ['GH200', 'ok'])
      assert.match(found.note ?? '', /GH200/)
    }
    assert.equal(said({ provider: 'lambda', accelerator: 'H200', usd: 3.79 }).accelerator, 'H200')
    assert.ok(history.every((row) => row.provider !== 'lambda' || row.accelerator !== 'H200'))
  })

  test('a column that changed its meaning is believed only before', () => {
    const source = 'nixj9/gpu-market-intel data/gpu_pricing.csv'
    const at = (day: string) =>
      said({ provider: 'runpod', tier: 'spot', usd: 1.4, source, observedAt: startOfDay(day) }).quality
    assert.deepEqual([at('2026-04-30'), at('2026-05-01')], ['ok', 'other_meaning'])
  })

  test('a reseller and the lowest ask of a thin book enter no index; a thin book is told as one', () => {
    assert.equal(said({ provider: 'dataoorts', usd: 2.2 }).quality, 'resold')
    assert.equal(history.filter(({ provider }) => provider === 'dataoorts').length, 12)
    assert.ok(history.every((row) => row.provider !== 'dataoorts' || !isUsable(row)))
    assert.equal(said({ provider: 'vast-ai', tier: 'marketplace_ask_median', usd: 1.9 }).quality, 'thin')
  })

  test('the shipped history says what it says: every row is kept, and each that no mark relies on has its reason', () => {
    assert.equal(history.length, 322)
    const apart = history.filter((row) => row.quality !== 'ok')
    const counts = new Map<string, number>()
    for (const { quality } of apart) counts.set(quality, (counts.get(quality) ?? 0) + 1)
    assert.deepEqual(Object.fromEntries(counts), { below_floor: 1, resold: 12, thin: 16 })
    assert.ok(apart.every(({ note }) => note !== null))
    assert.ok(history.every(({ licence, source }) => licence === 'MIT' && source !== ''))
  })
})

describe('prices of models', async () => {
  const events = readTokenEvents(await dataFile('llm-prices/llm_price_events.csv')).map((one) => ({
    ...one,
    fact: tokenFactOf(one),
    recordedAt: 0,
  }))
  const histories = historiesOf(events)

  test('rows that alternate are routes, not changes, and no route is called the price', () => {
    const flapping = histories.filter((one) => one.flapping).map(({ model }) => model)
    for (const model of [
      'gemini-1.5-pro',
      'gemini-pro',
      'gemini-1.5-pro-001',
      'gemini-1.5-pro-002',
      'deepseek-chat',
      'gemini-2.0-flash-001',
    ])
      assert.ok(flapping.includes(model), model)
    const chat = histories.find(
      ({ model, source }) => model === 'deepseek-chat' && source.startsWith('AgentOps'),
    )!
    assert.deepEqual(
      chat.prices.map(({ inputPico, rows }) => [inputPico, rows > 50]),
      [
        [140_000n, true],
        [270_000n, true],
      ],
    )
    assert.equal(priceOn(chat, '2025-08-01'), null)
    const rows = events.length
    const prices = histories.reduce((sum, one) => sum + one.prices.length, 0)
    assert.ok(prices * 2 < rows, `${rows} rows say ${prices} prices`)
  })

  test('a source that shows a model later has not seen its price change', () => {
    const own = histories.filter(({ model }) => model === 'claude-2')
    assert.deepEqual(
      own.map(({ flapping, prices }) => [flapping, prices.length]),
      [
        [false, 1],
        [false, 1],
      ],
    )
  })

  test('free routes are no prices, and a price that is to come is not in force yet', () => {
    assert.ok(
      histories.every(({ prices }) =>
        prices.every(({ inputPico, outputPico }) => inputPico > 0n || outputPico > 0n),
      ),
    )
    assert.ok(histories.every(({ model }) => !model.endsWith(':free')))
    const sonnet = histories.find(
      ({ model, source }) => model === 'claude-sonnet-5' && source.endsWith('(effective date)'),
    )!
    assert.equal(priceOn(sonnet, '2026-08-31'), null)
    assert.equal(priceOn(sonnet, '2026-09-01')?.inputPico, 3_000_000n)
  })

  test('rows in any order tell the same history', () => {
    assert.deepEqual(historiesOf(events.toReversed()), histories)
  })

  test('a change is a change: what comes once and stays is not taken for a route', () => {
    const row = (day: string, input: bigint): TokenSaid => ({
      provider: 'openai',
      model: 'm',
      inputPico: input,
      outputPico: 4n * input,
      cachedPico: null,
      effectiveFrom: day,
      source: 's',
      revision: day,
      licence: 'MIT',
    })
    const of = (rows: readonly TokenSaid[]) =>
      historiesOf(rows.map((one) => ({ ...one, fact: tokenFactOf(one), recordedAt: 0 })))[0]!
    const changed = of([row('2026-01-01', 10n), row('2026-02-01', 10n), row('2026-03-01', 5n)])
    assert.equal(changed.flapping, false)
    assert.equal(priceOn(changed, '2026-02-28')?.inputPico, 10n)
    assert.equal(priceOn(changed, '2026-03-01')?.inputPico, 5n)
    assert.equal(priceOn(changed, '2025-12-31'), null)
  })
})
