import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { allowed, shareOut } from './budget.ts'

let db: TestDb
before(async () => {
  db = await testDb({ migrated: false })
})
after(() => db.drop())

const all = ({ pool, primary }: { pool: number; primary: number }, workers: number): number =>
  workers === 1 ? pool + 1 : (workers + 1) * (pool + 1) + primary + 1

test('all processes of a server together never open more connections than they were given', () => {
  for (let workers = 1; workers <= 64; workers += 1) {
    const least = workers === 1 ? 4 : (workers + 1) * 4 + 5
    for (const asked of [least, least + 1, least + 17, 1_000])
      assert.ok(all(shareOut({ most: 1_000, used: 0 }, asked, workers), workers) <= asked)
    for (const most of [least, least + 40, 10_000])
      assert.ok(all(shareOut({ most, used: 0 }, null, workers), workers) <= most)
  }
})

test('what nobody asked for is the usual, and less where others need it', () => {
  assert.equal(shareOut({ most: 97, used: 0 }, null, 1).pool, 12)
  assert.equal(shareOut({ most: 97, used: 0 }, null, 2).pool, 12)
  assert.equal(shareOut({ most: 97, used: 47 }, null, 2).pool, 10)
  assert.equal(shareOut({ most: 97, used: 47 }, null, 4).pool, 6)
})

test('a budget that cannot be met names the setting, the value and the remedy', () => {
  const refusal = (most: number, used: number, asked: number | null, workers: number) => () =>
    shareOut({ most, used }, asked, workers)
  assert.throws(
    refusal(97, 0, 20, 8),
    /PERQ_CONNECTIONS is 20, and 8 processes.* need 41: raise it, or lower PERQ_WORKERS/,
  )
  assert.throws(
    refusal(97, 0, 200, 2),
    /PERQ_CONNECTIONS is 200, and the database gives out 97 .*max_connections/,
  )
  assert.throws(
    refusal(97, 90, null, 2),
    /gives out 97 connections, 90 are in use, .* need 17: raise its max_connections/,
  )
  assert.throws(refusal(97, 95, 10, 1), /95 are in use/)
})

test('the database itself says what it gives out', async () => {
  const [row] = await db.query<{ most: number }>(`select current_setting('max_connections')::int as most`)
  const now = await allowed(db)
  assert.ok(now.most > 0 && now.most < row!.most && now.used >= 0)
  const name = new URL(db.url.replace('@/', '@unix/')).pathname.slice(1)
  await db.query(`alter database ${name} connection limit 5`)
  assert.equal((await allowed(db)).most, 5)
})
