import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DAY } from '#base/time.ts'
import { testDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { openLedger } from './ledger.ts'
import { holdResult, settleResult, type SpendOp } from './spend.ts'
import { verify } from './verify.ts'

const db = await testDb()
const world = testWorld()
const ledger = openLedger({ db, owner: 'test' })
await ledger.heartbeat(world.now())
after(async () => {
  assert.deepEqual((await verify(db)).findings, [])
  await db.drop()
})

const ASSET = 'GPU_SECOND/H100-SXM/spot'

async function walletOf(quantity: bigint): Promise<string> {
  return db.tx(async (sql) => {
    const wallet = await ledger.openWallet(sql, { id: world.id(), person: world.id(), asset: ASSET })
    const grant = world.id()
    await ledger.granted(sql, world.now(), { grant, wallet, quantity })
    const lot = { tranche: 1, quantity, priority: 50, scope: {}, effectiveAt: world.now(), expiresAt: null }
    await ledger.vested(sql, world.now(), [{ grant, ...lot }])
    return wallet
  })
}

const holdOf = (wallet: string, id: string, amount: bigint, expiresAt = world.now() + DAY): SpendOp => ({
  kind: 'hold',
  at: world.now(),
  request: {
    id,
    wallet,
    min: 0n,
    max: amount,
    floor: 0n,
    scopes: null,
    expiresAt,
    owner: 'cluster',
    facts: {
      person: world.id(),
      key: null,
      door: 'cluster',
      route: 'job',
      model: 'H100-SXM',
      class: 'gpu',
      provider: 'lab',
      upstream: 'lab',
      purpose: 'work',
      priceVersion: 1,
    },
  },
})

const NO_TOKENS = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, reasoning: 0 }
const settleOf = (id: string, cost: bigint): SpendOp => ({
  kind: 'settle',
  at: world.now(),
  request: {
    id,
    cost,
    tokens: NO_TOKENS,
    status: 'ok',
    estimated: false,
    providerId: null,
    startedAt: world.now(),
  },
})

test('what is held within a transaction that is given up was never held', async () => {
  const wallet = await walletOf(100n)
  const id = world.id()
  await assert.rejects(
    db.tx(async (sql) => {
      const [answer] = await ledger.spendIn(sql, [holdOf(wallet, id, 60n)])
      assert.equal(holdResult(answer!).kind, 'held')
      throw new Error('given up')
    }),
    /given up/,
  )
  assert.equal((await ledger.balances(db, wallet)).available, 100n)
  await db.tx((sql) => ledger.spendIn(sql, [holdOf(wallet, id, 60n)]))
  assert.equal((await ledger.balances(db, wallet)).held, 60n)
  await db.tx((sql) => ledger.spendIn(sql, [settleOf(id, 60n)]))
})

test('what the company absorbed too much comes back to it once, and never more than it absorbed', async () => {
  const wallet = await walletOf(50n)
  const id = world.id()
  await db.tx((sql) => ledger.spendIn(sql, [holdOf(wallet, id, 80n)]))
  const [answer] = await db.tx((sql) => ledger.spendIn(sql, [settleOf(id, 80n)]))
  assert.deepEqual(settleResult(answer!), { kind: 'settled', charged: 50n, absorbed: 30n, replayed: false })
  const ask = { id: world.id(), call: id, wallet, amount: 20n, before: 0n, reason: 'It ended earlier.' }
  const back = () => db.tx((sql) => ledger.unabsorbed(sql, world.now(), ask))
  assert.deepEqual(await back(), { outcome: 'done', amount: 20n })
  assert.deepEqual(await back(), { outcome: 'replayed', amount: 20n })
  await assert.rejects(
    db.tx((sql) => ledger.unabsorbed(sql, world.now(), { ...ask, id: world.id(), amount: 11n, before: 20n })),
    /at most 10 \(absorbed\)/,
  )
})

test('a hold that is given more time does not lapse, and one that has ended is not given any', async () => {
  const wallet = await walletOf(100n)
  const [kept, left, ended] = [world.id(), world.id(), world.id()]
  const until = world.now() + DAY
  await db.tx((sql) =>
    ledger.spendIn(
      sql,
      [kept, left, ended].map((id) => holdOf(wallet, id, 10n, until)),
    ),
  )
  await db.tx((sql) => ledger.spendIn(sql, [settleOf(ended, 10n)]))
  const more = { ids: [kept, ended], until: until + DAY }
  assert.deepEqual(await db.tx((sql) => ledger.prolonged(sql, world.now(), more)), new Set([kept]))
  world.advance(DAY + 1)
  await ledger.lapse(world.now())
  assert.deepEqual(
    (await ledger.openHolds(db, wallet)).map(({ id }) => id),
    [kept],
  )
  assert.equal((await ledger.balances(db, wallet)).held, 10n)
  await db.tx((sql) => ledger.spendIn(sql, [settleOf(kept, 0n)]))
})
