import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidOf } from '#base/id.ts'
import { DAY } from '#base/time.ts'
import { connect } from '#db/connect.ts'
import { readMigrations } from '#db/migrate.ts'
import type { Db } from '#db/sql.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { eventually } from '../../test/support/eventually.ts'
import { testWorld } from '../../test/support/world.ts'
import { openLedger } from './ledger.ts'
import { verify } from './verify.ts'

const tokens = { input: 10, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 5, reasoning: 0 }
const SEALED_AT_ONCE = 3

const world = testWorld({ seed: 11 })
let db: TestDb
let superuser: Db

/** The text of a function as a migration made it. */
async function functionOf(migration: number, name: string): Promise<string> {
  const text = (await readMigrations()).find(({ number }) => number === migration)?.text ?? ''
  const from = text.search(new RegExp(`create (or replace )?function ${name}`))
  assert.ok(from >= 0, `${name} in ${migration}`)
  const to = text.indexOf('\n$$;', from)
  return text.slice(from, to + 4).replace(/^create function/, 'create or replace function')
}

/** Seals in small steps until everything is; what others run on the same server may hold it back. */
const sealAll = (): Promise<void> =>
  eventually(async () => {
    await db.query('select ledger.seal_next($1)', [SEALED_AT_ONCE])
    const { entries, sealed } = await verify(db)
    assert.equal(sealed, entries)
  }, 30_000)

before(async () => {
  db = await testDb()
  superuser = await connect(db.adminUrl, { max: 1, mayExit: true })
  const ledger = openLedger({ db, owner: 'test' })
  await ledger.heartbeat(world.now())
  const [person, grant] = [world.id(), world.id()]
  const wallet = await db.tx((sql) => ledger.openWallet(sql, { id: world.id(), person, asset: 'USD' }))
  const lot = { priority: 50, scope: {}, effectiveAt: world.now(), expiresAt: null }
  await db.tx(async (sql) => {
    await ledger.granted(sql, world.now(), { grant, wallet, quantity: 1_000n })
    await ledger.vested(sql, world.now(), [{ grant, tranche: 1, quantity: 600n, ...lot }])
  })
  const call = async (cost: bigint): Promise<void> => {
    const [id, at] = [world.id(), world.now()]
    const asked = { id, wallet, min: 9n, max: 9n, scopes: null, expiresAt: at + DAY, floor: 0n } as const
    const facts = {
      person,
      key: null,
      door: 'openai',
      route: '/v1/chat/completions',
      model: 'gpt-5.2',
      class: 'standard',
      provider: 'openai',
      upstream: 'demo',
      purpose: 'work',
      priceVersion: 1,
    } as const
    await ledger.hold({ ...asked, facts }, at)
    const used = { tokens, status: 'ok', estimated: false, providerId: null, startedAt: at } as const
    await ledger.settle({ id, cost, ...used }, at)
  }
  // As an older release did: a seal for each entry.
  const [oldest, newest] = [await functionOf(9, 'ledger.seal_next'), await functionOf(25, 'ledger.seal_next')]
  await call(5n)
  await db.query(oldest)
  await sealAll()
  await db.query(newest)
  for (const cost of [4n, 9n, 12n]) await call(cost)
  await sealAll()
  const { findings } = await verify(db)
  assert.deepEqual(findings, [])
  const [seals] = await db.query<{ single: bigint; blocks: bigint }>(
    'select (select count(*) from ledger.seal) as single, (select count(*) from ledger.seal_block) as blocks',
  )
  assert.ok(seals!.single >= 5n && seals!.blocks >= 3n, 'both kinds of seals are there')
})
after(async () => {
  await superuser.close()
  await db.drop()
})

/** Tampers as a superuser would, looks, and puts it back. */
async function findingsAfter(tamper: string, repair: string): Promise<string> {
  await superuser.query(tamper)
  const verdict = await verify(db)
  await superuser.query(repair)
  assert.deepEqual((await verify(db)).findings, [], `${repair} repairs`)
  assert.equal(verdict.ok, false, tamper)
  return verdict.findings
    .filter(({ check }) => check.startsWith('the hash chain'))
    .map((finding) => `${finding.row} ${finding.detail}`)
    .join('\n')
}

const RESTORE = {
  entry: `truncate ledger.entry; insert into ledger.entry overriding system value select * from public.kept;
    drop table public.kept`,
  seal_block:
    'truncate ledger.seal_block; insert into ledger.seal_block select * from public.kept; drop table public.kept',
}

/** As findingsAfter; the table is kept and put back whole. */
const findingsWithout = (table: keyof typeof RESTORE, tamper: string): Promise<string> =>
  findingsAfter(`create table public.kept as select * from ledger.${table}; ${tamper}`, RESTORE[table])

const seqs = async (): Promise<readonly bigint[]> =>
  (await db.query<{ seq: bigint }>('select seq from ledger.entry order by xid, seq')).map(({ seq }) => seq)

const blocks = async (): Promise<readonly bigint[]> =>
  (await db.query<{ n: bigint }>('select n from ledger.seal_block order by n')).map(({ n }) => n)

test('names every entry that was changed by hand, whichever column, and no other', async () => {
  for (const seq of await seqs()) {
    for (const set of [
      'amount = amount + 1',
      `at = at + interval '1 microsecond'`,
      'price_version = coalesce(price_version, 0) + 1',
      `party = coalesce(party, '') || 'x'`,
      `cause = 'ffffffff-ffff-8fff-bfff-ffffffffffff'`,
    ]) {
      await superuser.query(
        `create table public.kept as select * from ledger.entry; update ledger.entry set ${set} where seq = ${seq}`,
      )
      const { findings } = await verify(db)
      await superuser.query(RESTORE.entry)
      const named = findings.filter(({ check }) => check.startsWith('the hash chain')).map(({ row }) => row)
      assert.deepEqual(named, [`entry ${seq}`], set)
    }
  }
  assert.deepEqual((await verify(db)).findings, [])
})

test('names every entry that is missing', async () => {
  for (const seq of await seqs()) {
    const told = await findingsWithout('entry', `delete from ledger.entry where seq = ${seq}`)
    assert.match(told, new RegExp(`^entry ${seq} is missing; seal \\d+ saw it$`))
  }
})

test('names two entries that were swapped, and one that was inserted', async () => {
  const [one, other] = await db.query<{ seq: bigint; amount: bigint }>(
    `select distinct on (amount) seq, amount from ledger.entry where kind = 'settle' and target = 'spent' order by amount, seq`,
  )
  const swapped = await findingsWithout(
    'entry',
    `update ledger.entry set amount = case seq when ${one!.seq} then ${other!.amount} else ${one!.amount} end
     where seq in (${one!.seq}, ${other!.seq})`,
  )
  for (const { seq } of [one!, other!]) assert.match(swapped, new RegExp(`entry ${seq} settle 0 of transfer`))
  const inserted = await findingsWithout(
    'entry',
    `insert into ledger.entry (transfer, kind, n, at, source, target, lot_id, amount, xid)
     select '${uuidOf('forged')}', 'expire', 0, at, 'available', 'expired', lot_id, 1, xid from public.kept where seq = ${one!.seq}`,
  )
  assert.match(inserted, /^entry \d+ expire of transfer .* has no seal though later ones have$/)
})

test('finds every block that was cut out, wherever it lay', async () => {
  for (const n of await blocks()) {
    const told = await findingsWithout('seal_block', `delete from ledger.seal_block where n = ${n}`)
    assert.match(told, /seal_head says \d+ sealed entries/, `block ${n}`)
    assert.match(told, /has no seal though later ones have/, `block ${n}`)
  }
})

test('finds every forged seal, of entries and of blocks', async () => {
  const singles = await db.query<{ n: bigint }>('select n from ledger.seal order by n')
  for (const { n } of singles) {
    const [kept] = await db.query<{ hash: string }>(
      `select encode(hash, 'hex') as hash from ledger.seal where n = $1`,
      [n],
    )
    await findingsAfter(
      `update ledger.seal set hash = sha256(hash) where n = ${n}`,
      `update ledger.seal set hash = decode('${kept!.hash}', 'hex') where n = ${n}`,
    )
  }
  let longer = 0
  for (const n of await blocks()) {
    const forge = (set: string): Promise<string> =>
      findingsWithout('seal_block', `update ledger.seal_block set ${set} where n = ${n}`)
    assert.match(await forge('hash = sha256(hash)'), new RegExp(`seal ${n} is not the hash of its entries`))
    assert.match(await forge('marks[1] = substr(hash, 1, 8)'), /^entry \d+ .* is not what seal/)
    // A block of one entry has no order, and is no block without it.
    const [size] = await db.query<{ entries: bigint }>(
      'select cardinality(marks)::bigint as entries from ledger.seal_block where n = $1',
      [n],
    )
    if (size!.entries === 1n) continue
    longer += 1
    assert.match(
      await forge('marks = marks[2:], seqs = seqs[2:]'),
      new RegExp(`seal ${n} does not follow seal`),
    )
    assert.match(
      await forge(`marks = array(select m from unnest(marks) with ordinality as x(m, i) order by i desc),
        seqs = array(select s from unnest(seqs) with ordinality as x(s, i) order by i desc)`),
      new RegExp(`seal ${n} is not the hash of its entries`),
    )
  }
  assert.ok(longer > 0, 'there are blocks of several entries')
})

test('finds an entry that was changed together with its mark, and with the hash of its block', async () => {
  const all = await blocks()
  const n = all[0]!
  const [entry] = await db.query<{ seq: bigint }>(
    'select seqs[1] as seq from ledger.seal_block where n = $1',
    [n],
  )
  const change = `create table public.kept_entry as select * from ledger.entry;
    update ledger.entry set at = at + interval '1 microsecond' where seq = ${entry!.seq};
    update ledger.seal_block set n = n, marks[1] = (
      select substr(sha256(convert_to(e.said, 'UTF8')), 1, 8) from ledger.spoken e where e.seq = ${entry!.seq}) where n = ${n}`
  const putBack = `truncate ledger.entry; insert into ledger.entry overriding system value select * from public.kept_entry;
    drop table public.kept_entry; ${RESTORE.seal_block}`
  const keep = 'create table public.kept as select * from ledger.seal_block'
  const marked = await findingsAfter(`${keep}; ${change}`, putBack)
  assert.equal(marked, `seal ${n} is not the hash of its entries and of the seal before it`)
  const hashed = await findingsAfter(
    `${keep}; ${change}; update ledger.seal_block b set hash = sha256((select hash from ledger.seal order by n desc limit 1) || (
       select string_agg(sha256(convert_to(e.said, 'UTF8')), '' order by x.i)
       from unnest(b.seqs) with ordinality as x(seq, i) join ledger.spoken e on e.seq = x.seq)) where n = ${n}`,
    putBack,
  )
  assert.equal(hashed, `seal ${all[1]!} is not the hash of its entries and of the seal before it`)
})

test('our own program cannot change or remove a seal', async () => {
  await assert.rejects(db.query('update ledger.seal_block set n = n + 1'), /permission denied/)
  await assert.rejects(db.query('delete from ledger.seal_block'), /permission denied/)
  await assert.rejects(db.query('truncate ledger.seal_block'), /permission denied/)
})
