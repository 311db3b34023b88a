import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidOf } from '#base/id.ts'
import { rational } from '#base/rational.ts'
import { MINUTE } from '#base/time.ts'
import { migrateWith, readMigrations } from '#db/migrate.ts'
import { testDb } from '../../test/support/database.ts'
import { sealAll } from '../../test/support/sealed.ts'
import { testWorld } from '../../test/support/world.ts'
import { openLedger } from './ledger.ts'
import { lotId } from './templates.ts'
import { verify } from './verify.ts'

/** The migrations of the first release, and its call of the hot function. */
const FIRST_RELEASE = 9
const SPEND = `select * from ledger.spend('old', $1, array[$2]::uuid[], array[$3]::bigint[], array[$4]::bigint[], array[$5]::uuid[],
  array[$6]::bigint[], array[null]::text[], $7, array[0]::bigint[], array[$8]::bigint[], array[$9]::uuid[], array[null]::uuid[],
  '{openai}', '{/v1/chat/completions}', '{gpt-5.2}', '{standard}', '{openai}', '{demo}', '{work}', '{1}', $10, array[$3]::bigint[],
  '{10}', '{0}', '{0}', '{0}', '{5}', '{0}', '{ok}', '{f}', array[null]::text[])`

test('a ledger of the first release keeps its seals, and its open holds end, after the migrations since', async () => {
  const db = await testDb({ migrated: false })
  const world = testWorld()
  const files = await readMigrations()
  await migrateWith(db, files.slice(0, FIRST_RELEASE))
  const [person, grant] = [world.id(), world.id()]
  const ledger = openLedger({ db, owner: 'old' })
  await ledger.heartbeat(world.now())
  const wallet = await db.tx((sql) => ledger.openWallet(sql, { id: world.id(), person, asset: 'USD' }))
  const at = new Date(world.now()).toISOString()
  const lot = lotId(grant, 1)
  // Written as that release wrote it: today's statements name columns that it did not have.
  await db.tx(async (sql) => {
    await ledger.granted(sql, world.now(), { grant, wallet, quantity: 1_000n })
    await sql.query(`insert into ledger.scope (body) values ('{}')`)
    await sql.query('update ledger.grant_book set unvested = 100, vested = 900 where grant_id = $1', [grant])
    await sql.query(
      `insert into ledger.lot (id, wallet_id, grant_id, tranche, priority, scope_id, effective_at, vested, available, open)
       values ($1, $2, $3, 1, 50, 1, $4, 900, 900, true)`,
      [lot, wallet, grant, at],
    )
    await sql.query(
      `insert into ledger.entry (transfer, kind, n, at, source, target, lot_id, amount, xid)
       values ($1, 'vested', 0, $2, 'unvested', 'available', $3, 900, ledger.writing_xid())`,
      [uuidOf('vested', grant, '1'), at, lot],
    )
  })
  const until = world.now() + 10 * MINUTE
  const old = async (kind: 'hold' | 'settle', id: string, amount: bigint): Promise<number | undefined> => {
    const [at, first] = [[`{${kind}}`, id, world.now(), amount, wallet, amount], '{1}']
    const holds = kind === 'hold' ? [first, until, person, '{}'] : ['{}', until, person, first]
    const [row] = await db.query<{ codes: number[] }>(SPEND, [...at, ...holds])
    return row?.codes[0]
  }
  const [ended, open] = [world.id(), world.id()]
  assert.equal(await old('hold', ended, 100n), 1)
  assert.equal(await old('settle', ended, 40n), 11)
  assert.equal(await old('hold', open, 200n), 1)
  while ((await ledger.seal()) > 0);
  const [before] = await db.query<{ n: bigint; hash: string }>(
    `select n, encode(hash, 'hex') as hash from ledger.seal_head`,
  )

  await migrateWith(db, files)
  const { head, sealed, findings } = await verify(db)
  assert.deepEqual([sealed, head, findings], [before?.n, before?.hash, []])
  const settled = await ledger.settle(
    {
      id: open,
      cost: 50n,
      tokens: {
        input: 1,
        cacheRead: 0,
        cacheWrite5m: 0,
        cacheWrite1h: 0,
        output: 1,
        reasoning: 0,
        searches: 3,
      },
      status: 'ok',
      estimated: false,
      providerId: null,
      startedAt: world.now(),
    },
    world.now(),
  )
  assert.deepEqual(settled, { kind: 'settled', charged: 50n, absorbed: 0n, replayed: false })
  await ledger.seal()
  assert.deepEqual((await verify(db)).findings, [])
  assert.equal((await ledger.balances(db, wallet)).available, 810n)
  const again = {
    tranche: 1,
    quantity: 900n,
    priority: 50,
    scope: {},
    effectiveAt: world.now(),
    expiresAt: null,
  }
  assert.deepEqual(await db.tx((sql) => ledger.vested(sql, world.now(), [{ grant, ...again }])), ['replayed'])
  // What is new since then is done with the lot of that release, and sealed behind what it sealed.
  const seconds = 'GPU_SECOND/H100-SXM/spot'
  const order = { id: world.id(), lot, amount: 10n, to: { expiresAt: null }, reason: 'rollover' }
  await db.tx(async (sql) => {
    await ledger.carried(sql, world.now(), order)
    const into = await ledger.openWallet(sql, { id: world.id(), person, asset: seconds })
    const to = { wallet: into, asset: seconds } as const
    const exchange = { id: world.id(), lot, amount: 10n, to, rate: rational(3n), basis: 'a test' }
    await ledger.converted(sql, world.now(), exchange)
    const more = { id: world.id(), grant, amount: 5n, reason: 'promoted' }
    await ledger.raised(sql, world.now(), more)
  })
  await sealAll(ledger, db)
  const verdict = await verify(db)
  assert.deepEqual([verdict.findings, verdict.sealed], [[], verdict.entries])
  const end = await ledger.balances(db, wallet)
  assert.deepEqual([end.granted, end.unvested, end.available, end.spent], [1_005n, 105n, 800n, 100n])
  await db.drop()
})
