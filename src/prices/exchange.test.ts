import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { isExchangeable, type Exchangeable } from '#base/asset.ts'
import { ceil, compare, div, floor, mul, rational } from '#base/rational.ts'
import { DAY, startOfDay, type Millis } from '#base/time.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { eventually } from '../../test/support/eventually.ts'
import { testWorld } from '../../test/support/world.ts'
import { parseAccelerators } from './accelerators.ts'
import { checkExchange, rateText, rateUnit, type ExchangeAsk } from './exchange-ask.ts'
import { createExchange, decimalText, type ExchangeRow, type UtilisationRow } from './exchange.ts'
import { openExchange, type Exchange } from './exchanges.ts'

const GPU: Exchangeable = 'GPU_SECOND/H100-SXM/guaranteed'
const NODE: Exchangeable = 'NODE_SECOND/H100-SXMx8/guaranteed'
const day = (text: string): Millis => startOfDay(text)

const accelerators = parseAccelerators(
  await readFile(new URL('../../data/accelerators.csv', import.meta.url), 'utf8'),
)

let count = 0
const row = (ask: ExchangeAsk, recordedAt: Millis): ExchangeRow | UtilisationRow => ({
  ...checkExchange(ask, accelerators),
  id: `row ${(count += 1)}`,
  recordedAt,
  recordedBy: 'finance@example.com',
})
const stated = (from: string, to: string, rate: string | null, effectiveFrom: Millis, recordedAt = 0) =>
  row({ kind: 'rate', from, to, rate, effectiveFrom, source: 'a price list' }, recordedAt)

test('an exaFLOP-day is so many GPU-hours: dense peak × stated MFU, exactly', () => {
  const exchange = createExchange({ rows: [], accelerators })
  const rate = exchange.rate('EXAFLOP_DAY', GPU, 0)!
  // 1e18 × 86,400 operations at 989e12 × 0.4 a second are 218,402.4… GPU-seconds.
  assert.equal(floor(mul(rate.rate, rational(1_000_000_000n))), 218_402_426n)
  assert.match(rate.basis, /989 TFLOP\/s dense bf16 peak of H100-SXM .* × MFU 0\.4/)
  const half = row(
    { kind: 'utilisation', accelerator: 'H100-SXM', share: '0.5', effectiveFrom: 10, source: 'measured' },
    0,
  )
  const all = row(
    { kind: 'utilisation', accelerator: null, share: '0.3', effectiveFrom: 10, source: 'guess' },
    0,
  )
  const measured = createExchange({ rows: [half, all], accelerators })
  assert.deepEqual(measured.rate('EXAFLOP_DAY', GPU, 9)!.rate, rate.rate)
  const of = (asset: Exchangeable) => measured.rate('EXAFLOP_DAY', asset, 10)!.rate
  assert.deepEqual(of(GPU), div(mul(rate.rate, rational(4n)), rational(5n)))
  assert.deepEqual(
    of('GPU_SECOND/B200/spot'),
    div(rational(864n, 10n), mul(rational(2250n), rational(3n, 10n))),
  )
  assert.equal(measured.rate('EXAFLOP_DAY', 'GPU_SECOND/ABACUS/spot', 10), null)
  assert.equal(measured.rate('EXAFLOP_DAY', 'USD', 10), null, 'which GPUs is not said')
})

test('a node is worth its GPUs of the same tier, and through them what they are worth', () => {
  const { rate } = createExchange({ rows: [stated(GPU, 'USD', '2.50', 0)], accelerators })
  assert.deepEqual(rate(NODE, GPU, 1)!.rate, rational(8n))
  assert.equal(rateText(rate(NODE, 'USD', 1)!), '20')
  assert.equal(rate(NODE, 'GPU_SECOND/H100-SXM/spot', 1), null)
  assert.equal(rate(NODE, 'GPU_SECOND/B200/guaranteed', 1), null)
  assert.equal(rate('NODE_SECOND/B200x8/spot', 'USD', 1), null)
})

test('what is stated goes before what is derived, and a pair that was ended is not exchanged', () => {
  const rows = [stated(NODE, 'USD', '19', 0), stated(GPU, 'USD', '2.5', 0), stated(NODE, 'USD', null, 20)]
  const { rate } = createExchange({ rows, accelerators })
  assert.equal(rateText(rate(NODE, 'USD', 19)!), '19')
  assert.equal(rate(NODE, 'USD', 20), null)
  const later = createExchange({
    rows: [stated(GPU, 'USD', '2', 0), stated(NODE, 'USD', '15', 30)],
    accelerators,
  })
  assert.equal(rateText(later.rate(NODE, 'USD', 29)!), '16', 'what is stated for later does not hold yet')
})

test('money is exchanged both ways at one rate; nothing else is turned round', () => {
  const rows = [
    stated('CUR/EUR', 'USD', '1.08', 0),
    stated(GPU, 'USD', '2.5', 0),
    stated('TOKEN/standard', 'USD', '0.00001', 0),
  ]
  const { rate } = createExchange({ rows, accelerators })
  assert.deepEqual(rate('USD', 'CUR/EUR', 1)!.rate, rational(25n, 27n))
  assert.equal(rateText(rate('USD', 'CUR/EUR', 1)!), '25/27')
  assert.equal(rate('USD', GPU, 1), null)
  assert.deepEqual(rate('TOKEN/standard', 'USD', 1)!.rate, rational(10_000n))
  assert.deepEqual(rate('USD', 'USD', 1)!.rate, rational(1n))
  assert.equal(rate('CUR/EUR', 'CUR/GBP', 1), null)
})

test('the last effective row holds, and of those the last recorded one', () => {
  const rows = [
    stated(GPU, 'USD', '3', 10, 1),
    stated(GPU, 'USD', '2', 20, 2),
    stated(GPU, 'USD', '2.9', 10, 3),
    stated(GPU, 'USD', '2.1', 20, 4),
  ]
  const { rate } = createExchange({ rows, accelerators })
  assert.deepEqual(
    [9, 10, 19, 20].map((at) => rate(GPU, 'USD', at) && rateText(rate(GPU, 'USD', at)!)),
    [null, '2.9', '2.9', '2.1'],
  )
})

test('rates are said in whole units and kept in smallest ones, without a loss', () => {
  const text = fc
    .tuple(fc.integer({ min: 0, max: 9_999 }), fc.integer({ min: 1, max: 999_999 }))
    .map(([whole, part]) => decimalText(rational(BigInt(whole) * 1_000_000n + BigInt(part), 1_000_000n)))
  const assets = fc.constantFrom<Exchangeable>('USD', GPU, NODE, 'EXAFLOP_DAY', 'TOKEN/small', 'CUR/JPY')
  fc.assert(
    fc.property(assets, assets, text, (from, to, rate) => {
      fc.pre(from !== to)
      const kept = stated(from, to, rate, 0)
      assert.ok(kept.kind === 'rate' && kept.rate)
      assert.equal(rateText({ from, to, rate: kept.rate }), rate)
    }),
  )
  assert.equal(rateUnit(GPU, 'USD'), 'dollars for one GPU-hour')
  assert.equal(rateUnit('USD', 'CUR/EUR'), 'EUR for one dollar')
})

test('exchanging there and rounding never gives more than the rate says', () => {
  const parts = fc.record({
    want: fc.bigInt(1n, 10n ** 15n),
    n: fc.bigInt(1n, 10n ** 12n),
    d: fc.bigInt(1n, 10n ** 12n),
  })
  fc.assert(
    fc.property(parts, ({ want, n, d }) => {
      const rate = rational(n, d)
      const amount = ceil(div(rational(want), rate))
      const quantity = floor(mul(rational(amount), rate))
      assert.ok(quantity >= want, 'enough is given')
      assert.ok(
        compare(rational(quantity), mul(rational(amount), rate)) <= 0,
        'and never more than it is worth',
      )
      assert.ok(
        amount === 1n || compare(mul(rational(amount - 1n), rate), rational(want)) < 0,
        'and no unit too many',
      )
    }),
  )
})

test('what is wrong in a row is refused by the name of its field', () => {
  const rate = { kind: 'rate', from: GPU, to: 'USD', rate: '2', effectiveFrom: 0, source: 'x' } as const
  const share = {
    kind: 'utilisation',
    accelerator: null,
    share: '0.4',
    effectiveFrom: 0,
    source: 'x',
  } as const
  const wrong: readonly (readonly [string, ExchangeAsk])[] = [
    ['from', { ...rate, from: 'GPU' }],
    ['to', { ...rate, to: 'EUR' }],
    ['to', { ...rate, to: GPU }],
    ['to', { ...rate, to: 'CUR/USD' }],
    ['rate', { ...rate, rate: '0' }],
    ['rate', { ...rate, rate: '-1' }],
    ['rate', { ...rate, rate: '1e3' }],
    ['rate', { ...rate, rate: '1/0' }],
    ['rate', { ...rate, rate: '1/2/3' }],
    ['rate', { ...rate, rate: '9'.repeat(39) }],
    ['source', { ...rate, source: ' ' }],
    ['effective_from', { ...rate, effectiveFrom: -1 }],
    ['accelerator', { ...share, accelerator: 'ABACUS' }],
    ['share', { ...share, share: '1.01' }],
    ['share', { ...share, share: '0' }],
  ]
  for (const [param, ask] of wrong)
    assert.throws(() => checkExchange(ask, accelerators), { code: 'invalid', param }, JSON.stringify(ask))
})

test('every accelerator of the reference table is named so that it can be granted', () => {
  assert.equal(accelerators.size, 19)
  for (const [id, { source }] of accelerators) {
    assert.ok(isExchangeable(`GPU_SECOND/${id}/spot`), id)
    assert.ok(source.length > 0 && !source.startsWith('"'), id)
  }
})

describe('the exchange table', () => {
  const world = testWorld()
  let db: TestDb
  let one: Exchange
  let other: Exchange
  before(async () => {
    db = await testDb()
    one = await openExchange({ db, world })
    other = await openExchange({ db, world })
    await Promise.all([one.load(), other.load()])
  })
  after(async () => {
    await Promise.all([one.close(), other.close()])
    await db.drop()
  })
  const ask = (rate: string | null, effectiveFrom: Millis): ExchangeAsk => ({
    kind: 'rate',
    from: GPU,
    to: 'USD',
    rate,
    effectiveFrom,
    source: 'a contract',
  })

  test('a recorded rate holds at once, for every process, and is known only since it was recorded', async () => {
    const early = world.now()
    world.advance(DAY)
    await one.record(ask('2', day('2026-01-01')), 'finance@example.com')
    await eventually(() => assert.equal(other.rate(GPU, 'USD', world.now())?.rate.n, 5_000_000n))
    assert.equal(one.rate(GPU, 'USD', world.now(), early), null)
    assert.match(
      one.rate(GPU, 'USD', world.now())!.basis,
      /a contract, from 2026-01-01, recorded by finance@/,
    )
    await one.record(ask(null, world.now()), 'finance@example.com')
    assert.equal(one.rate(GPU, 'USD', world.now()), null)
    await one.record(
      { kind: 'utilisation', accelerator: null, share: '0.5', effectiveFrom: 0, source: 's' },
      'a@b.c',
    )
    assert.deepEqual(one.utilisation('B200', world.now()).share, rational(1n, 2n))
    assert.deepEqual(
      one.rows().map(({ kind }) => kind),
      ['rate', 'rate', 'utilisation'],
    )
  })

  test('the same row again is the same row, with other words a conflict, and none is ever changed', async () => {
    const id = world.id()
    const before = one.rows().length
    const row = await one.record({ ...ask('3', world.now()), id }, 'finance@example.com')
    const asked = { ...ask('3', row.effectiveFrom), id }
    world.advance(DAY)
    assert.deepEqual(await one.record(asked, 'finance@example.com'), row)
    await assert.rejects(one.record({ ...asked, source: 'another' }, 'finance@example.com'), {
      code: 'conflict',
    })
    await assert.rejects(one.record(asked, 'somebody@example.com'), { code: 'conflict' })
    assert.equal(one.rows().length, before + 1)
    await assert.rejects(db.query('update prices.exchange set source = $1', ['mine']), /append-only/)
    await assert.rejects(db.query('delete from prices.exchange'), /append-only/)
  })
})
