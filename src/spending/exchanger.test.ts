import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { parseAsset, type Asset } from '#base/asset.ts'
import { rational } from '#base/rational.ts'
import { DAY, HOUR } from '#base/time.ts'
import { connect } from '#db/connect.ts'
import { openLedger } from '#ledger/ledger.ts'
import type { PersonLot } from '#ledger/reads.ts'
import type { CallFacts, Scope } from '#ledger/types.ts'
import { verify } from '#ledger/verify.ts'
import { openPeople } from '#people/people.ts'
import { openExchange } from '#prices/exchanges.ts'
import { openPrices } from '#prices/prices.ts'
import { testDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { share } from './exchanger.ts'
import { openSpending } from './spending.ts'
import type { Principal, Spending } from './types.ts'

const USD = 1_000_000_000n
const GPU: Asset = 'GPU_SECOND/H100-SXM/guaranteed'
const ANY: Scope = { exchange: ['USD'] }

const db = await testDb()
const world = testWorld()
const ledger = openLedger({ db, owner: 'one' })
const otherDb = await connect(db.url, { max: 4, mayExit: true })
const otherLedger = openLedger({ db: otherDb, owner: 'two' })
await ledger.heartbeat(world.now())
await otherLedger.heartbeat(world.now())
const prices = openPrices({ db, world })
const exchange = await openExchange({ db, world })
await prices.load()
await exchange.load()
const people = openPeople({ db, world })
const one = openSpending({ db, ledger, prices, exchange, world, guarded: false })
const two = openSpending({ db: otherDb, ledger: otherLedger, prices, exchange, world, guarded: false })
after(async () => {
  await one.close()
  await two.close()
  await exchange.close()
  await prices.close()
  await otherDb.close()
  assert.deepEqual((await verify(db)).findings, [])
  await db.drop()
})

const state = (from: Asset, rate: string | null, effectiveFrom = 0) =>
  exchange.record(
    { kind: 'rate', from, to: 'USD', rate, effectiveFrom, source: 'a test' },
    'finance@perq.example',
  )
// $3.60 an hour: a tenth of a cent a second.
await state(GPU, '3.6')
await state('TOKEN/small', '0.0000005')
const entity = await people.createEntity({ name: 'Perq Labs', country: 'US', currency: 'USD' })

/** Somebody with a key and a lot of each asset. */
async function spender(
  lots: readonly { asset: Asset; quantity: bigint; scope?: Scope; priority?: number; until?: number }[],
) {
  const person = await people.create({
    email: `${world.id()}@perq.example`,
    name: 'Ada Lovelace',
    role: 'employee',
    level: 'IC4',
    entity: entity.id,
    country: 'US',
    hiredOn: '2024-01-01',
  })
  const { secret } = await one.createKey(person.id, {
    name: 'Laptop',
    purpose: 'work',
    models: null,
    expiresAt: null,
  })
  const who = await one.authenticate(secret)
  assert.ok(who)
  await db.tx(async (sql) => {
    for (const { asset, quantity, scope = ANY, priority = 50, until } of lots) {
      const grant = world.id()
      const wallet = await ledger.openWallet(sql, { id: world.id(), person: person.id, asset })
      await ledger.granted(sql, world.now(), { grant, wallet, quantity })
      const effectiveAt = world.now() - HOUR
      const lot = { grant, tranche: 1, quantity, priority, scope, effectiveAt, expiresAt: until ?? null }
      await ledger.vested(sql, world.now(), [lot])
    }
  })
  const left = async (asset: Asset): Promise<bigint> => {
    const wallet = await ledger.walletOf(db, person.id, asset)
    return wallet ? (await ledger.balances(db, wallet.id)).available : 0n
  }
  return { who, left }
}

async function hold(by: Spending, who: Principal, min: bigint, max = min, id = world.id()) {
  const admission = await by.admit(who, { provider: 'openai', model: 'gpt-5.2', purpose: null })
  assert.ok(admission.kind === 'admitted')
  const facts: CallFacts = {
    person: who.person.id,
    key: who.key.id,
    door: 'openai',
    route: 'chat',
    model: 'gpt-5.2',
    class: 'standard',
    provider: 'openai',
    upstream: 'demo',
    purpose: 'work',
    priceVersion: 1,
  }
  return by.hold(who, { id, min, max, floor: 0n, scopes: admission.scopes, facts })
}

test('a call without dollars is paid by GPU-hours where the grant allows it, with no second more than it asks', async () => {
  const { who, left } = await spender([{ asset: GPU, quantity: 3_600n }])
  assert.deepEqual(await hold(one, who, USD / 2n, USD + 1n), { kind: 'held', amount: USD + 1n })
  assert.equal(await left(GPU), 3_600n - 1_001n)
  assert.equal(await left('USD'), 1_000_000n - 1n, 'what is left of the last second stays in the wallet')
})

test('dollars go first, and only what they lack is exchanged, in the order in which lots are drawn', async () => {
  const { who, left } = await spender([
    { asset: 'USD', quantity: USD, scope: {} },
    { asset: GPU, quantity: 3_600n, priority: 60 },
    { asset: 'TOKEN/small', quantity: 1_000_000n, priority: 40 },
  ])
  assert.equal((await hold(one, who, USD)).kind, 'held')
  assert.equal(await left(GPU), 3_600n)
  assert.equal((await hold(one, who, USD)).kind, 'held')
  assert.deepEqual([await left('TOKEN/small'), await left(GPU)], [0n, 3_600n - 500n])
})

test('what the grant, the scope, the dates or the table do not allow is not exchanged', async () => {
  const late = 'GPU_SECOND/B200/spot'
  const { who, left } = await spender([
    { asset: GPU, quantity: 3_600n, scope: {} },
    { asset: GPU, quantity: 3_600n, scope: { exchange: ['EXAFLOP_DAY'] } },
    { asset: GPU, quantity: 3_600n, scope: { exchange: ['USD'], purposes: ['open_source'] } },
    { asset: GPU, quantity: 3_600n, until: world.now() },
    { asset: 'TOKEN/frontier', quantity: 3_600n },
    { asset: late, quantity: 3_600n },
  ])
  await state(late, '3.6')
  await state(late, null, world.now())
  const refused = await hold(one, who, 1n)
  assert.ok(refused.kind === 'refused' && refused.code === 'budget_exhausted')
  assert.deepEqual(
    [await left(GPU), await left('TOKEN/frontier'), await left(late)],
    [4n * 3_600n, 3_600n, 3_600n],
  )
})

test('when all there is would not be enough, nothing is exchanged', async () => {
  const { who, left } = await spender([
    { asset: 'USD', quantity: USD, scope: {} },
    { asset: GPU, quantity: 3_600n },
  ])
  const refused = await hold(one, who, 5n * USD)
  assert.ok(refused.kind === 'refused' && refused.short === 4n * USD)
  assert.deepEqual([await left('USD'), await left(GPU)], [USD, 3_600n])
  assert.deepEqual(await hold(one, who, 4n * USD, 9n * USD), { kind: 'held', amount: (46n * USD) / 10n })
})

test('twenty calls short at once, on two replicas, are all paid, and hardly more is exchanged than they hold', async () => {
  const { who, left } = await spender([{ asset: GPU, quantity: 3_600n }])
  const calls = Array.from({ length: 20 }, (_, n) => hold(n % 2 === 0 ? one : two, who, 100_000_001n))
  for (const result of await Promise.all(calls))
    assert.deepEqual(result, { kind: 'held', amount: 100_000_001n })
  // 2,000 seconds and a nano-dollar for each call; on top of it what a call brought again because another took it.
  const spent = 3_600n - (await left(GPU))
  assert.ok(spent >= 2_001n && spent <= 2_020n + 10n * 101n, `${spent} seconds`)
})

test('what is exchanged is exactly what was missing, or everything', () => {
  const lots = fc.array(
    fc.record({
      available: fc.bigInt(1n, 10n ** 9n),
      n: fc.bigInt(1n, 10n ** 9n),
      d: fc.bigInt(1n, 10n ** 6n),
    }),
    {
      maxLength: 6,
    },
  )
  fc.assert(
    fc.property(lots, fc.bigInt(1n, 10n ** 18n), (made, needed) => {
      const offers = made
        .map(({ available, n, d }, index) => ({
          lot: lotOf(index, available),
          rate: { from: GPU, to: 'USD', rate: rational(n, d), basis: 'x' } as const,
          worth: (available * n) / d,
        }))
        .filter(({ worth }) => worth > 0n)
      const parts = share(offers, needed)
      const quantities = parts.map(({ offer, amount }) => (amount * offer.rate.rate.n) / offer.rate.rate.d)
      const total = quantities.reduce((sum, quantity) => sum + quantity, 0n)
      const all = offers.reduce((sum, { worth }) => sum + worth, 0n)
      assert.equal(total >= needed, all >= needed)
      if (all < needed) assert.equal(total, all)
      for (const [index, { offer, amount }] of parts.entries()) {
        assert.ok(amount >= 1n && amount <= offer.lot.available)
        if (index < parts.length - 1)
          assert.equal(amount, offer.lot.available, 'each lot is emptied before the next')
      }
      const last = parts.at(-1)
      if (last && all >= needed) {
        const less = ((last.amount - 1n) * last.offer.rate.rate.n) / last.offer.rate.rate.d
        assert.ok(total - quantities.at(-1)! + less < needed, 'a unit less would not be enough')
      }
    }),
  )
})

const lotOf = (index: number, available: bigint): PersonLot => ({
  id: String(index),
  wallet: 'w',
  grant: 'g',
  root: 'g',
  asset: parseAsset(GPU)!.asset,
  tranche: 1,
  priority: 50,
  scope: ANY,
  effectiveAt: 0,
  expiresAt: DAY,
  vested: available,
  available,
  held: 0n,
  spent: 0n,
  expired: 0n,
  revoked: 0n,
  carried: 0n,
  carriedFrom: null,
  convertedFrom: null,
})
