import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Fault } from '#base/fault.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { CLAIM_MS, openIdempotency } from './idempotency.ts'
import type { Answer, Command } from './idempotency.ts'

let db: TestDb
before(async () => void (db = await testDb()))
after(() => db.drop())

let seed = 0
function open(): {
  world: ReturnType<typeof testWorld>
  idempotent: ReturnType<typeof openIdempotency>
  command: (run: (id: string) => Promise<Answer>, more?: Partial<Command>) => Command
} {
  const world = testWorld({ seed: ++seed })
  const principal = world.id()
  return {
    world,
    idempotent: openIdempotency({ db, world }),
    command: (run, more = {}) => ({
      principal,
      key: 'k1',
      route: 'POST /things',
      body: { a: 1, b: 2n },
      work: { kind: 'once', run },
      ...more,
    }),
  }
}

test('the same key and body run once and get the first answer again', async () => {
  const { idempotent, command } = open()
  let runs = 0
  const run = async (): Promise<Answer> => ({ status: 201, body: { n: ++runs, amount: 10n ** 20n } })
  const first = await idempotent(command(run))
  const again = await idempotent(command(run, { body: { b: 2n, a: 1 } }))
  assert.deepEqual(first, {
    status: 201,
    body: { n: 1, amount: '100000000000000000000' },
    replayed: false,
  })
  assert.deepEqual(again, { ...first, replayed: true })
  assert.equal(runs, 1)
})

test('another body or another route under the same key is a conflict and does nothing', async () => {
  const { idempotent, command } = open()
  let runs = 0
  const run = async (): Promise<Answer> => ({ status: 201, body: ++runs })
  await idempotent(command(run))
  const conflict = (error: unknown): boolean =>
    error instanceof Fault && error.code === 'idempotency_conflict'
  await assert.rejects(idempotent(command(run, { body: { a: 2 } })), conflict)
  await assert.rejects(idempotent(command(run, { route: 'POST /others' })), conflict)
  assert.equal(runs, 1)
})

test('of many at once one runs; the others wait for another try or get its answer', async () => {
  const { idempotent, command } = open()
  let runs = 0
  const run = async (): Promise<Answer> => {
    runs += 1
    await new Promise((resolve) => setTimeout(resolve, 20))
    return { status: 201, body: 'done' }
  }
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => idempotent(command(run))))
  assert.equal(runs, 1)
  for (const result of results) {
    if (result.status === 'fulfilled') assert.equal(result.value.body, 'done')
    else assert.ok(result.reason instanceof Fault && result.reason.code === 'conflict')
  }
})

test('a command that died is run again under the same id, by one of those who ask', async () => {
  const { world, idempotent, command } = open()
  const ids: string[] = []
  // A process that dies never answers: the claim stays as it was made.
  void idempotent(command((id) => (ids.push(id), new Promise(() => undefined))))
  while (ids.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const run = async (id: string): Promise<Answer> => (ids.push(id), { status: 200, body: 'ok' })
  await assert.rejects(idempotent(command(run)), /still at work/)
  world.advance(CLAIM_MS)
  const results = await Promise.allSettled([1, 2, 3].map(() => idempotent(command(run))))
  assert.ok(results.some((result) => result.status === 'fulfilled'))
  assert.equal(ids.length, 2)
  assert.equal(ids[0], ids[1])
})

test('a refusal stays the answer, a bug leaves the next attempt free', async () => {
  const { idempotent, command } = open()
  const refuse = async (): Promise<Answer> => {
    throw new Fault('conflict', 'taken')
  }
  await assert.rejects(idempotent(command(refuse)), /taken/)
  const again = idempotent(command(async () => ({ status: 200, body: 'never' })))
  await assert.rejects(
    again,
    (error) => error instanceof Fault && error.code === 'conflict' && error.message === 'taken',
  )

  const broken = command(async () => Promise.reject(new Error('bug')), { key: 'k2' })
  await assert.rejects(idempotent(broken), /bug/)
  const healed = await idempotent(command(async () => ({ status: 200, body: 'ok' }), { key: 'k2' }))
  assert.equal(healed.body, 'ok')
})

test('a secret is answered once and never stored', async () => {
  const { idempotent, command } = open()
  const run = async (): Promise<Answer> => ({
    status: 201,
    body: { id: 7, secret: 'pq_live_hidden' },
    repeat: { id: 7, secret: null },
  })
  assert.deepEqual((await idempotent(command(run))).body, { id: 7, secret: 'pq_live_hidden' })
  assert.deepEqual((await idempotent(command(run))).body, { id: 7, secret: null })
  const rows = await db.query<{ text: string }>('select i::text as text from api.idempotency i')
  assert.ok(rows.every((row) => !row.text.includes('hidden')))
})

test('a command within the transaction is undone with its answer when it breaks', async () => {
  const { world, idempotent, command } = open()
  const person = world.id()
  const insert = (fail: boolean): Command =>
    command(async () => ({ status: 500, body: null }), {
      work: {
        kind: 'within',
        run: async (sql) => {
          await sql.query(
            `insert into api.session (hash, person_id, created_at, expires_at, last_seen_at)
             values (sha256($1::bytea), $2, to_timestamp(0), to_timestamp(1), to_timestamp(0))`,
            [Buffer.from(world.random(8)), person],
          )
          if (fail) throw new Error('bug')
          return { status: 201, body: 'made' }
        },
      },
    })
  const count = async (): Promise<number | undefined> =>
    (
      await db.query<{ n: number }>('select count(*)::int as n from api.session where person_id = $1', [
        person,
      ])
    )[0]?.n
  await assert.rejects(idempotent(insert(true)), /bug/)
  assert.equal(await count(), 0)
  for (const replayed of [false, true])
    assert.deepEqual(await idempotent(insert(false)), { status: 201, body: 'made', replayed })
  assert.equal(await count(), 1)
})

test('without a key every request is its own command; a key that cannot be one is refused', async () => {
  const { idempotent, command } = open()
  let runs = 0
  const run = async (): Promise<Answer> => ({ status: 201, body: ++runs })
  await idempotent(command(run, { key: null }))
  await idempotent(command(run, { key: null }))
  assert.equal(runs, 2)
  for (const key of ['', ' ', 'x'.repeat(256), 'ümlaut'])
    await assert.rejects(idempotent(command(run, { key })), /visible ASCII/)
})
