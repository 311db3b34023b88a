import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '#base/fault.ts'
import { sha256Hex } from '#base/json.ts'
import { testDb } from '../../test/support/database.ts'
import { connect } from './connect.ts'
import { migrateWith, nextOf, readMigrations, refuseGaps, type Migration } from './migrate.ts'

const file = (number: number, text: string): Migration => ({
  number,
  name: `step${number}`,
  hash: sha256Hex(text),
  text,
})
const FIRST = file(
  1,
  'create schema shop; create table shop.till (n int8 not null); insert into shop.till values (1)',
)
const SECOND = file(2, 'update shop.till set n = n + 1')

const refused = (said: RegExp) => (error: unknown) =>
  error instanceof Fault && error.code === 'conflict' && said.test(error.message)

test('replicas that start together apply each migration once', async () => {
  const db = await testDb({ migrated: false })
  const replicas = await Promise.all(Array.from({ length: 4 }, () => connect(db.url, { max: 2 })))
  const done = await Promise.all(replicas.map((replica) => migrateWith(replica, [FIRST, SECOND])))
  assert.deepEqual(
    done
      .flat()
      .map((one) => one.number)
      .sort(),
    [1, 2],
  )
  assert.deepEqual(await db.query('select n from shop.till'), [{ n: 2n }])
  assert.deepEqual(await migrateWith(db, [FIRST, SECOND]), [])
  await Promise.all(replicas.map((replica) => replica.close()))
  await db.drop()
})

test('a migration that fails leaves nothing of itself and keeps those before it', async () => {
  const db = await testDb({ migrated: false })
  const broken = file(2, 'create table shop.half (n int); select 1 / 0')
  await assert.rejects(
    migrateWith(db, [FIRST, broken]),
    /000002_step2 failed and was rolled back: division by zero/,
  )
  assert.deepEqual(
    await db.query(`select to_regclass('shop.half') as half, to_regclass('shop.till')::text as till`),
    [{ half: null, till: 'shop.till' }],
  )
  assert.equal((await migrateWith(db, [FIRST, SECOND])).length, 1)
  await db.drop()
})

test('a database that does not fit the files is refused and not touched', async () => {
  const db = await testDb({ migrated: false })
  await migrateWith(db, [FIRST, SECOND])
  await assert.rejects(
    migrateWith(db, [FIRST, file(2, 'select 2'), file(3, 'select 3')]),
    refused(/never edited/),
  )
  await assert.rejects(migrateWith(db, [FIRST]), refused(/newer than this Perq/))
  await assert.rejects(
    migrateWith(db, [FIRST, file(3, 'select 3')]),
    refused(/000002_step2 where 000003_step3 belongs/),
  )
  assert.deepEqual(await db.query('select number from public.perq_migration order by 1'), [
    { number: 1 },
    { number: 2 },
  ])
  await db.drop()
})

test('the next migration is the first that is not applied, and none when all are', () => {
  assert.equal(nextOf([], [FIRST, SECOND]), FIRST)
  assert.equal(nextOf([FIRST], [FIRST, SECOND]), SECOND)
  assert.equal(nextOf([FIRST, SECOND], [FIRST, SECOND]), null)
})

test('a missing and a doubled number are found before anything runs', () => {
  assert.throws(() => refuseGaps([FIRST, file(3, '')]), refused(/where number 2 belongs/))
  assert.throws(() => refuseGaps([FIRST, FIRST]), refused(/missing or doubled/))
})

test('every landed migration runs on an empty database, as a role that is no superuser', async () => {
  const db = await testDb()
  const files = await readMigrations()
  refuseGaps(files)
  assert.deepEqual(
    await db.query('select number, hash from public.perq_migration order by 1'),
    files.map(({ number, hash }) => ({ number, hash })),
  )
  assert.deepEqual(await db.query('select usesuper from pg_user where usename = current_user'), [
    { usesuper: false },
  ])
  await db.drop()
})

test('a database that met a migration in its other text goes on, and comes to the same tables', async () => {
  const files = await readMigrations()
  const told = files.map((one): Migration => {
    if (one.number !== 31) return one
    const text = one.text.replace(
      '  cluster_id     uuid not null references cluster.cluster,\n  record ',
      '  -- A row of cluster.cluster, which is read before each writing and is never deleted; to check that for each record would show.\n' +
        '  cluster_id     uuid not null,\n  record ',
    )
    return { ...one, text, hash: sha256Hex(text) }
  })
  const constraints = `select conname, pg_get_constraintdef(oid) as said from pg_constraint
    where conrelid in ('cluster.record'::regclass, 'prices.observation'::regclass) order by conname`
  const [one, other] = await Promise.all([testDb(), testDb({ migrated: false })])
  await migrateWith(other, told.slice(0, 35))
  assert.equal((await migrateWith(other, files)).length, files.length - 35)
  assert.deepEqual(await other.query(constraints), await one.query(constraints))
  await Promise.all([one.drop(), other.drop()])
})
