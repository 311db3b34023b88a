import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { request } from 'undici'
import { connect } from '#db/connect.ts'
import { longStreams, serveCrew } from '../support/crew.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { perq, type Served } from '../support/perq.ts'

const LONG = 60_000

let db: TestDb
let served: Served
before(async () => {
  db = await testDb()
  served = await serveCrew(db.url, { workers: 1, env: { PERQ_STOP_NOTICE: '8' } })
})
after(async () => {
  if (!served.gone()) await served.stop()
  await db.drop()
})

const ask = async (path: string): Promise<{ status: number; text: string }> => {
  const reply = await request(`${served.url}${path}`)
  return { status: reply.statusCode, text: await reply.body.text() }
}

test('a budget of connections that cannot be met is refused at the start, by name', async () => {
  const env = { DATABASE_URL: db.url, PERQ_CONNECTIONS: '3', PERQ_SECRET: '0'.repeat(64) }
  const { code, err } = await perq(['serve', '--port', '0'], { env })
  assert.equal(code, 1)
  assert.match(err, /^perq: PERQ_CONNECTIONS is 3, and one process need 4: raise it/m)
})

test('a database without a free connection is told as such, and calls go on when it has some again', async () => {
  assert.equal((await ask('/readyz')).status, 200)
  const name = new URL(db.url.replace('@/', '@unix/')).pathname.slice(1)
  const admin = await connect(db.adminUrl, { max: 1, mayExit: true })
  // Nobody but a superuser gets in, and who was in is put out.
  await admin.query(`alter database ${name} connection limit 0`)
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'perq'`,
    [name],
  )
  const { status, text } = await ask('/readyz')
  assert.deepEqual(
    [status, JSON.parse(text)],
    [503, { status: 'not ready', reason: 'the database does not answer' }],
  )
  assert.equal((await ask('/healthz')).status, 200)
  const refused = await longStreams(served, 1).then(
    () => 'answered',
    (error: Error) => error.message,
  )
  assert.match(refused, /503/)
  await admin.query(`alter database ${name} connection limit -1`)
  await admin.close()
  await eventually(async () => assert.equal((await ask('/readyz')).status, 200), LONG)
  const { finished } = await longStreams(served, 1)
  assert.equal(await finished, 1)
})

test('a server that is told to stop says so first, serves on, ends its calls, and is gone', async () => {
  const { finished } = await longStreams(served, 2)
  const ended = served.stop()
  await eventually(async () => {
    const { status, text } = await ask('/readyz')
    assert.deepEqual([status, JSON.parse(text)], [503, { status: 'not ready', reason: 'it is stopping' }])
  }, LONG)
  assert.equal((await ask('/healthz')).status, 200)
  assert.equal(await finished, 2)
  assert.equal(await ended, 0)
  const [row] = await db.query<{ holds: number }>('select count(*)::int as holds from ledger.hold')
  assert.equal(row!.holds, 0)
})
