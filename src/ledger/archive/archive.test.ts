import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { DAY, HOUR, MINUTE, SECOND } from '#base/time.ts'
import { connect } from '#db/connect.ts'
import { testDb, type TestDb } from '../../../test/support/database.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { testWorld, type TestWorld } from '../../../test/support/world.ts'
import { openLedger, type Ledger } from '../ledger.ts'
import type { CallFacts } from '../types.ts'
import { verify, type Finding } from '../verify.ts'
import { archiveMonth, monthsBefore } from './archive.ts'
import { restoreMonth } from './recall.ts'

const MARCH = '2026-03-01'
const FILE = 'usage-2026-03.parquet'

let db: TestDb
let world: TestWorld
let ledger: Ledger
let wallet: string
let person: string
let dir: string
const key = '00000000-0000-7000-8000-0000000000aa'

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'perq-archive-'))
  db = await testDb()
  world = testWorld({ seed: 19, now: Date.UTC(2026, 2, 3, 10) })
  ledger = openLedger({ db, owner: 'test' })
  await ledger.heartbeat(world.now())
  await ledger.openMonths(world.now())
  const grant = world.id()
  person = world.id()
  wallet = await db.tx((sql) => ledger.openWallet(sql, { id: world.id(), person, asset: 'USD' }))
  await db.tx(async (sql) => {
    await ledger.granted(sql, world.now(), { grant, wallet, quantity: 1_000_000n })
    const lot = {
      grant,
      tranche: 1,
      quantity: 1_000_000n,
      priority: 50,
      scope: {},
      effectiveAt: world.now(),
      expiresAt: null,
    }
    await ledger.vested(sql, world.now(), [lot])
  })
  for (let n = 0; n < 20; n += 1) {
    world.advance(3 * DAY + 7 * HOUR + 11 * SECOND + 1)
    await call({ cost: BigInt(100 + n), key: n % 2 === 0 ? key : null })
  }
})
after(async () => {
  await db.drop()
  rmSync(dir, { recursive: true, force: true })
})

async function hold(keyed: string | null = null): Promise<string> {
  const id = world.id()
  const facts: CallFacts = {
    person,
    key: keyed,
    door: 'openai',
    route: '/v1/chat/completions',
    model: `it's "a" model, größer`,
    class: 'standard',
    provider: 'openai',
    upstream: 'demo',
    purpose: 'work',
    priceVersion: 1,
  }
  const now = world.now()
  const ask = {
    id,
    wallet,
    min: 500n,
    max: 500n,
    floor: 1n,
    scopes: null,
    expiresAt: now + 10 * MINUTE,
    facts,
  }
  assert.equal((await ledger.hold(ask, now)).kind, 'held')
  return id
}

const tokens = { input: 7, cacheRead: 1, cacheWrite5m: 2, cacheWrite1h: 3, output: 5, reasoning: 4 }
const settle = (id: string, cost: bigint) =>
  ledger.settle(
    { id, cost, tokens, status: 'ok', estimated: false, providerId: null, startedAt: world.now() },
    world.now(),
  )

async function call({ cost, key: keyed }: { cost: bigint; key: string | null }): Promise<string> {
  const id = await hold(keyed)
  world.advance(1_234)
  await settle(id, cost)
  return id
}

const sealedAndRolled = (): Promise<void> =>
  eventually(async () => {
    await ledger.seal()
    await ledger.rollUp()
    const [left] = await db.query<{ entries: number; calls: number }>(
      `select (select count(*)::int from ledger.entry e, ledger.seal_head h where (e.xid, e.seq) > (h.xid, h.seq)) as entries,
         (select count(*)::int from ledger.used u, ledger.rollup_head h where u.tx > h.tx) as calls`,
    )
    assert.deepEqual(left, { entries: 0, calls: 0 })
  }, 30_000)

const everyCall = (): Promise<object[]> => db.query('select u.*, u.tx::text from ledger.usage u order by id')
const archive = () => archiveMonth(db, { month: MARCH, dir, now: world.now() })
const proof = async (archived?: string): Promise<readonly Finding[]> =>
  (await verify(db, () => {}, { archive: archived })).findings

let whole: object[]
let inMarch: readonly string[]

test('a month is not archived while it runs, has calls in flight, or is not sealed and rolled up', async () => {
  await assert.rejects(archiveMonth(db, { month: '2026-05-01', dir, now: world.now() }), /not closed/)
  const now = world.now()
  world.set(Date.UTC(2026, 2, 31, 23))
  const open = await hold()
  world.set(now)
  await assert.rejects(archive(), /calls in flight/)
  await settle(open, 100n)
  await assert.rejects(archive(), /not sealed/)
  await eventually(async () => {
    await ledger.seal()
    await assert.rejects(archive(), /not rolled up/)
  }, 30_000)
  await sealedAndRolled()
  whole = await everyCall()
  const rows = await db.query<{ id: string }>(
    `select id from ledger.usage where id >= ledger.first_id('2026-03-01Z') and id < ledger.first_id('2026-04-01Z') order by id`,
  )
  inMarch = rows.map(({ id }) => id)
  assert.ok(inMarch.length > 5 && inMarch.length < whole.length)
})

test('an archived month is out of the database, whole in its file, and the proof covers it from there', async () => {
  assert.deepEqual(await proof(), [])
  assert.deepEqual(await monthsBefore(db, '2026-04-01'), [MARCH])
  const { calls, file } = await archive()
  assert.deepEqual([calls, file], [BigInt(inMarch.length), FILE])
  assert.deepEqual(readdirSync(dir), [FILE])
  assert.equal((await everyCall()).length, whole.length - inMarch.length)
  assert.deepEqual(await monthsBefore(db, '2026-04-01'), [])
  assert.deepEqual(await proof(dir), [])
  const without = await verify(db)
  assert.deepEqual([without.findings, without.unread], [[], [MARCH]])
  await assert.rejects(archive(), /exists/)
})

test('a call of an archived month is never charged again, and its limit still counts it', async () => {
  const id = inMarch[2]!
  const before = await ledger.balances(db, wallet)
  assert.notEqual((await settle(id, 100n)).kind, 'settled')
  const now = world.now()
  const facts: CallFacts = {
    person,
    key: null,
    door: 'openai',
    route: '/',
    model: 'm',
    class: 'small',
    provider: 'openai',
    upstream: 'demo',
    purpose: 'work',
    priceVersion: 1,
  }
  const again = await ledger.hold(
    { id, wallet, min: 500n, max: 500n, floor: 1n, scopes: null, expiresAt: now + MINUTE, facts },
    now,
  )
  assert.notEqual(again.kind, 'held')
  assert.deepEqual(await ledger.balances(db, wallet), before)
  const [spent] = await db.query<{ sum: bigint }>(
    'select sum(charged) as sum from ledger.usage_hour where key_id = $1',
    [key],
  )
  await db.tx((sql) => ledger.setCap(sql, now, { key, wallet, limit: { amount: 10n ** 9n, period: null } }))
  assert.equal((await ledger.capsOf(db, [key], now)).get(key)?.used, spent?.sum)
  assert.deepEqual(await proof(dir), [])
  assert.deepEqual(await proof(), [])
})

test('a changed value, a missing call and a missing file are found and named', async () => {
  const path = join(dir, FILE)
  const original = await readFile(path)
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect()
  const rewrite = async (select: string): Promise<void> => {
    const next = join(dir, 'next.parquet')
    await duckdb.run(`copy (${select}) to '${next}' (format parquet, compression zstd)`)
    await rename(next, path)
  }
  const rows = `read_parquet('${path}')`
  const [first] = await db.query<{ seq: bigint }>(
    `select seq from ledger.entry where transfer = $1 and kind = 'settle' and n = 0`,
    [inMarch[1]],
  )
  await rewrite(
    `select * replace (case when id = '${inMarch[1]}' then output + 1 else output end as output) from ${rows}`,
  )
  const changed = await proof(dir)
  assert.ok(changed.some(({ row, detail }) => row === FILE && /sha256/.test(detail)))
  assert.deepEqual(
    changed.filter(({ check }) => check === 'the hash chain: no sealed entry changed').map(({ row }) => row),
    [`entry ${first!.seq}`],
  )
  await writeFile(path, original)
  await rewrite(`select * from ${rows} where id <> '${inMarch[1]}'`)
  assert.ok((await proof(dir)).some(({ row }) => row === `usage ${inMarch[1]}`))
  await writeFile(path, original.subarray(0, 100))
  assert.ok((await proof(dir)).some(({ row, detail }) => row === FILE && /cannot be read/.test(detail)))
  await rename(path, `${path}.away`)
  assert.ok((await proof(dir)).some(({ row, detail }) => row === FILE && /is not in/.test(detail)))
  await rename(`${path}.away`, path)
  await writeFile(path, original)
  assert.deepEqual(await proof(dir), [])
})

test('a restored month is what it was, row for row, and verifies without its file', async () => {
  await assert.rejects(restoreMonth(db, { month: '2026-01-01', dir }), /not archived/)
  assert.deepEqual(await restoreMonth(db, { month: MARCH, dir }), {
    month: MARCH,
    calls: BigInt(inMarch.length),
  })
  assert.deepEqual(await everyCall(), whole)
  assert.deepEqual(await proof(), [])
  const parts = await db.query<{ part: string }>(
    'select distinct tableoid::regclass::text as part from ledger.usage where id = any ($1)',
    [inMarch],
  )
  assert.deepEqual(parts, [{ part: 'ledger.usage_2026_03' }])
})

test('a roll-up that was changed by hand is found and named', async () => {
  const admin = await connect(db.adminUrl, { max: 1 })
  const cases = [
    ['usage_hour', 'charged', /^hour .* of wallet/],
    ['wallet_day', 'calls', /^day .* of wallet/],
    ['company_hour', 'output', /^hour .* of the company/],
  ] as const
  for (const [table, column, named] of cases) {
    const by = async (more: number, ctid: string): Promise<string> => {
      const [row] = await admin.query<{ ctid: string }>(
        `update ledger.${table} set ${column} = ${column} + ${more} where ctid = ${ctid} returning ctid::text`,
      )
      return `'${row!.ctid}'`
    }
    const changed = await by(1, `(select min(ctid) from ledger.${table})`)
    assert.ok(
      (await proof()).some(({ row }) => named.test(row)),
      table,
    )
    await by(-1, changed)
  }
  await admin.close()
  assert.deepEqual(await proof(), [])
})
