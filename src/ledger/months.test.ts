import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuid7 } from '#base/id.ts'
import { DAY } from '#base/time.ts'
import { migrateWith, readMigrations } from '#db/migrate.ts'
import type { Db } from '#db/sql.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { testWorld, type TestWorld } from '../../test/support/world.ts'
import { monthOf, openMonth, openMonths } from './months.ts'

let db: TestDb
let world: TestWorld
before(async () => {
  db = await testDb()
  world = testWorld({ seed: 5, now: Date.UTC(2026, 4, 20, 12) })
})
after(() => db.drop())

const USAGE = `insert into ledger.usage (id, wallet_id, person_id, at, started_at, door, route, model, class, provider, upstream, purpose,
    price_version, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, held, cost, charged, absorbed, status, estimated)
  select id, $2, $2, $3, $3, 'openai', '/v1', 'm', 'small', 'openai', 'demo', 'work', 1, 1, 0, 0, 0, 1, 0, 9, 7, 7, 0, 'ok', false
  from unnest($1::uuid[]) as id`

const wallet = '00000000-0000-7000-8000-000000000001'
const write = (to: Db, ids: readonly string[]): Promise<object[]> =>
  to.query(USAGE, [ids, wallet, new Date(world.now()).toISOString()])
const idAt = (at: number): string => uuid7(at, world.random(10))

async function parts(from: Db): Promise<Record<string, number>> {
  const rows = await from.query<{ part: string; calls: number }>(
    `select tableoid::regclass::text as part, count(*)::int as calls from ledger.usage group by 1 order by 1`,
  )
  return Object.fromEntries(rows.map(({ part, calls }) => [part.replace('ledger.', ''), calls]))
}

test('months are counted in UTC, over the ends of years', () => {
  assert.equal(monthOf('2026-12-31', 1), '2027-01-01')
  assert.equal(monthOf('2026-01-31'), '2026-01-01')
  assert.equal(monthOf('2026-01-31', -1), '2025-12-01')
})

test('a call lies in the month of its id from the moment that month is open, and calls written before are moved there', async () => {
  const april = Date.UTC(2026, 4, 1) - 1
  const may = Date.UTC(2026, 4, 1)
  await write(db, [idAt(april), idAt(may), idAt(world.now()), idAt(world.now() + 400 * DAY)])
  assert.deepEqual(await parts(db), { usage_rest: 4 })
  assert.equal(await openMonths(db, world.now()), 3)
  assert.deepEqual(await parts(db), { usage_2026_05: 2, usage_rest: 2 })
  await write(db, [idAt(Date.UTC(2026, 5, 1) - 1), idAt(Date.UTC(2026, 5, 1)), idAt(Date.UTC(2026, 7, 1))])
  assert.deepEqual(await parts(db), { usage_2026_05: 3, usage_2026_06: 1, usage_rest: 3 })
  // A month that has passed is opened as well.
  assert.equal(await openMonth(db, '2026-04-01', world.now()), true)
  assert.deepEqual(await parts(db), { usage_2026_04: 1, usage_2026_05: 3, usage_2026_06: 1, usage_rest: 2 })
})

test('opening what is open changes nothing, and several may open the same at once', async () => {
  assert.equal(await openMonths(db, world.now()), 0)
  assert.equal(await openMonth(db, '2026-04-01', world.now()), false)
  const september = Array.from({ length: 4 }, () => openMonth(db, '2026-09-01', world.now()))
  assert.deepEqual((await Promise.all(september)).filter(Boolean), [true])
})

test('an id is there once, in whichever part, and a look-up by id reads one part', async () => {
  const id = idAt(world.now())
  await write(db, [id])
  await assert.rejects(write(db, [id]), /duplicate key/)
  const plan = await db.query<{ 'QUERY PLAN': string }>(
    `explain (costs off) select * from ledger.usage where id = '${id}'`,
  )
  assert.match(
    plan.map((row) => row['QUERY PLAN']).join('\n'),
    /^Index Scan using usage_2026_05_pkey on usage_2026_05/,
  )
})

test('our own program cannot change or delete a call of a month', async () => {
  for (const part of ['usage', 'usage_rest', 'usage_2026_05']) {
    await assert.rejects(db.query(`update ledger.${part} set cost = 0`), /permission denied/)
    await assert.rejects(db.query(`delete from ledger.${part}`), /permission denied/)
  }
})

test('beside a large table from before, the running month is opened from now on, and what came before it later', async () => {
  const old = await testDb({ migrated: false })
  const files = await readMigrations()
  const months = files.findIndex(({ name }) => name === 'ledger_months')
  await migrateWith(old, files.slice(0, months))
  const now = world.now()
  const before = [idAt(now - 40 * DAY), idAt(now - DAY), idAt(now)]
  await write(old, before)
  await migrateWith(old, files)
  // A table counts as large here from its first byte on.
  assert.equal(await openMonths(old, now, 0), 3)
  assert.deepEqual(await parts(old), { usage_rest: 3 })
  await write(old, [idAt(now + DAY)])
  assert.deepEqual(await parts(old), { usage_2026_05: 1, usage_rest: 3 })
  world.advance(40 * DAY)
  assert.equal(await openMonth(old, '2026-05-01', world.now(), 0), true)
  assert.equal(await openMonth(old, '2026-04-01', world.now(), 0), true)
  assert.deepEqual(await parts(old), { usage_2026_04: 1, usage_2026_05: 1, usage_2026_05_before: 2 })
  const left = await old.query(
    `select from pg_constraint where conrelid = 'ledger.usage_rest'::regclass and conname like 'outside%'`,
  )
  assert.deepEqual(left, [])
  const kept = await old.query<{ id: string }>('select id from ledger.usage where id = any ($1)', [before])
  assert.equal(kept.length, 3)
  await old.drop()
})
