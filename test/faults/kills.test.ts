import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from '#db/connect.ts'
import { workersIn } from '#db/postmaster.ts'
import type { Db } from '#db/sql.ts'
import { openLedger } from '#ledger/ledger.ts'
import { readTrace } from '#main/demo/trace.ts'
import { longStreams } from '../support/crew.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { perq, servePerq, tempFolder, type Served } from '../support/perq.ts'
import { proveAll } from '../support/proven.ts'
import { sweepTheDead } from '../support/sweep.ts'
import { sendCall } from '../support/trace-client.ts'

const LONG = 60_000
const CALLERS = 8

type Row = { id: string; status: string; charged: bigint; held: bigint; absorbed: bigint }
const usageOf = (db: Db): Promise<Row[]> =>
  db.query<Row>('select id, status, charged, held, absorbed from ledger.usage order by id')

describe('the server is killed in the middle of a call', () => {
  let db: TestDb
  let admin: Db
  let served: Served
  const env = (): Record<string, string> => ({
    DATABASE_URL: db.url,
    PERQ_DEMO_DAYS: '0',
    PERQ_SECRET: secret,
  })
  const secret = randomBytes(32).toString('hex')
  const start = (): Promise<Served> => servePerq({ args: ['--demo'], env: env() })

  before(async () => {
    db = await testDb()
    admin = await connect(db.adminUrl, { max: 2, name: 'perq test', mayExit: true })
    served = await start()
  })
  after(async () => {
    if (!served.gone()) await served.stop()
    await admin.close()
    await db.drop()
  })

  /** Sessions of the server, those included that go on without it. */
  const sessions = (more: string): Promise<object[]> =>
    admin.query(
      `select pid from pg_stat_activity where datname = current_database() and application_name = 'perq' ${more}`,
    )

  /** Has the database stand still at what `lock` locks, until a group commit waits there; then kills the server. */
  async function killAt(lock: string, id: string, begin: () => void = () => {}): Promise<void> {
    await admin.tx(async (sql) => {
      assert.equal((await sql.query(lock, [id])).length, 1)
      begin()
      await eventually(
        async () =>
          assert.equal(
            (await sessions(`and wait_event_type = 'Lock' and query like '%ledger.spend%'`)).length,
            1,
          ),
        LONG,
      )
      await served.kill()
    })
    // What was on its way may still be committed, and nobody will hear of it.
    await eventually(async () => assert.deepEqual(await sessions(''), []), LONG)
  }

  const keyed = (n: number) => served.people.filter(({ key }) => key !== null)[n]!
  const walletOf = async (email: string): Promise<string> => {
    const [row] = await admin.query<{ id: string }>(
      `select w.id from ledger.wallet w join people.person p on p.id = w.person_id where p.email = $1 and w.asset = 'USD'`,
      [email],
    )
    return row!.id
  }
  const call = (n: number, tokens = 40): Promise<string | null> =>
    fetch(`${served.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keyed(n).key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-5-mini',
        max_completion_tokens: 2_000,
        stream: true,
        messages: [{ role: 'user', content: `Reply with ${tokens} tokens.` }],
      }),
    })
      .then((reply) => reply.text())
      .catch(() => null)

  test('kill -9 of the server in the middle of a hold and of a stream: both end at their floors, once, and within their holds', async () => {
    const { finished } = await longStreams(served, 1)
    // The stream is another person's.
    const wallet = await walletOf(keyed(1).email)
    let other: Promise<string | null> = Promise.resolve(null)
    await killAt('select id from ledger.wallet where id = $1 for update', wallet, () => {
      other = call(1)
    })
    assert.equal(await finished, 0)
    assert.equal(await other, null)
    await sweepTheDead(db)
    assert.deepEqual(await db.query('select id from ledger.hold'), [])
    const rows = await usageOf(db)
    // The hold may have been committed when its server died.
    assert.ok(rows.length === 1 || rows.length === 2, `${rows.length} rows`)
    for (const { status, charged, held, absorbed } of rows)
      assert.ok(status === 'lapsed' && charged > 0n && charged <= held && absorbed === 0n)
  })

  test('kill -9 of the server in the middle of a settle: charged once, and the client saw no end that is not in the ledger', async () => {
    served = await start()
    const before = (await usageOf(db)).length
    // Long enough to be caught before its end.
    const answer = call(1, 1_000)
    let id = ''
    await eventually(async () => {
      const [hold] = await db.query<{ id: string }>('select id from ledger.hold')
      id = hold!.id
    }, LONG)
    await killAt('select id from ledger.hold where id = $1 for update', id)
    const text = await answer
    assert.ok(text === null || !text.includes('[DONE]'), 'no end without a commit')
    await sweepTheDead(db)
    assert.deepEqual(await db.query('select id from ledger.hold'), [])
    const rows = await usageOf(db)
    assert.equal(rows.length, before + 1)
    const row = rows.find((one) => one.id === id)!
    assert.ok(row.status === 'ok' || row.status === 'lapsed', row.status)
    assert.ok(row.charged > 0n && row.charged <= row.held && row.absorbed === 0n)
  })

  test('and the next server serves at once, with a ledger that verifies', async () => {
    served = await start()
    assert.ok((await call(1))?.includes('[DONE]'))
    await served.stop()
    await proveAll(openLedger({ db, owner: 'test' }), db)
  })
})

test('kill -9 of the server and of every process of its PostgreSQL at once: the next start serves, and no answered call is lost', async (t) => {
  const folder = tempFolder()
  const start = (): Promise<Served> => servePerq({ data: folder.path, env: { PERQ_DEMO_DAYS: '0' } })
  let served = await start()
  t.after(async () => {
    await served.stop()
    folder.remove()
  })
  const answered = new Map<string, bigint>()
  const trace = readTrace()
  let stopped = false
  const load = (): Promise<unknown> =>
    Promise.all(
      Array.from({ length: CALLERS }, async (_, n) => {
        for (let turn = n; !stopped; turn += CALLERS) {
          const answer = await sendCall(
            served,
            served.people[n % served.people.length]!.key!,
            trace[turn % trace.length]!,
          )
          if (answer.kind !== 'answered') return
          answered.set(answer.id, answer.cost)
        }
      }),
    )
  const enough = async (more: number, running: Promise<unknown>): Promise<void> => {
    const wanted = answered.size + more
    await eventually(() => assert.ok(answered.size >= wanted), LONG)
    return void running
  }

  const first = load()
  await enough(20, first)
  const dir = realpathSync(join(folder.path, 'postgres'))
  const dead = served.kill()
  for (const pid of workersIn(dir)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // It went down with the server.
      assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
    }
  }
  await dead
  await first

  served = await start()
  const second = load()
  await enough(20, second)
  stopped = true
  await second
  const db = await connect(served.database, { max: 2, mayExit: true })
  await sweepTheDead(db)
  assert.deepEqual(await db.query('select id from ledger.hold'), [])
  const costs = new Map(
    (await db.query<{ id: string; cost: bigint }>('select id, cost from ledger.usage')).map((row) => [
      row.id,
      row.cost,
    ]),
  )
  await db.close()
  assert.deepEqual(
    [...answered].filter(([id, cost]) => costs.get(id) !== cost),
    [],
  )
  const { code, out, err } = await perq(['ledger', 'verify', '--data', folder.path])
  assert.equal(code, 0, out + err)
})
