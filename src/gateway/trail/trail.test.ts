import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { DAY, SECOND } from '#base/time.ts'
import { connect } from '#db/connect.ts'
import type { Db } from '#db/sql.ts'
import { breakable } from '../../../test/support/breakable.ts'
import { testDb, type TestDb } from '../../../test/support/database.ts'
import { testWorld } from '../../../test/support/world.ts'
import { openTrail } from './trail.ts'
import type { Attempt } from './types.ts'

type DenialRow = { message: string; count: number; model: string | null; short: bigint | null }

describe('what is written behind the calls', () => {
  const world = testWorld()
  let real: TestDb
  let wire: ReturnType<typeof breakable>
  let db: Db
  let logged: string[] = []
  const log = (_: string, message: string, fields?: object): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`)

  before(async () => {
    real = await testDb()
    wire = breakable(real.url)
    await wire.mend()
    db = await connect(wire.url, { mayExit: true })
  })
  beforeEach(async () => {
    logged = []
    await real.query('delete from gateway.denial')
    await real.query('delete from gateway.attempt')
  })
  after(async () => {
    await db.close()
    await wire.cut()
    wire.remove()
    await real.drop()
  })

  const attempt = (more: Partial<Attempt> = {}): Attempt => ({
    call: world.id(),
    n: 1,
    upstreamId: world.id(),
    upstream: 'one',
    model: 'gpt-5.2',
    at: world.now(),
    status: 200,
    outcome: 'ok',
    passedOn: false,
    error: null,
    firstByteMs: 5,
    totalMs: 9,
    failures: 0,
    coolingUntil: null,
    ...more,
  })
  const [person, key] = [world.id(), world.id()]
  const denied = { person, key, door: 'openai', route: 'responses', model: 'm', code: 'invalid', short: 7n }
  const denials = () => real.query<DenialRow>('select * from gateway.denial order by at, id')
  const attempts = async (): Promise<number> =>
    (await real.query<{ n: number }>('select count(*)::int as n from gateway.attempt'))[0]!.n

  test('the same refusal of a key within a minute only counts up, whenever it is written; another is its own', async () => {
    const trail = openTrail({ db, world, log })
    trail.denied({ ...denied, message: 'first' })
    trail.denied({ ...denied, message: 'second' })
    await trail.flush()
    trail.denied({ ...denied, message: 'third' })
    trail.denied({ ...denied, model: 'other', message: 'other' })
    await trail.flush()
    world.advance(61 * SECOND)
    trail.denied({ ...denied, message: 'a minute later' })
    await trail.close()
    assert.deepEqual(
      (await denials()).map(({ message, count, model, short }) => [message, count, model, short]),
      [
        ['first', 3, 'm', 7n],
        ['other', 1, 'other', 7n],
        ['a minute later', 1, 'm', 7n],
      ],
    )
  })

  test('texts from outside are kept as a database can hold them', async () => {
    const trail = openTrail({ db, world, log })
    trail.denied({ ...denied, model: `a\u0000b\ud800${'x'.repeat(500)}`, message: 'line\nbreak' })
    trail.attempt(attempt({ error: 'bad \u0000 byte', status: null, outcome: 'unsent' }))
    await trail.close()
    assert.deepEqual(logged, [])
    const [row] = await denials()
    assert.equal(row!.model, `a?b?${'x'.repeat(196)}`)
    assert.equal(row!.message, 'line?break')
    assert.equal(await attempts(), 1)
  })

  test('while the database is away calls go on, the newest are kept, and the log tells what was lost', async () => {
    const trail = openTrail({ db, world, log })
    await wire.cut()
    trail.denied({ ...denied, message: 'while away' })
    for (let n = 0; n < 10_100; n += 1) trail.attempt(attempt({ upstream: `u${n}` }))
    await trail.flush()
    assert.equal(await attempts(), 0)
    await wire.mend()
    await trail.flush()
    await trail.close()
    assert.equal(await attempts(), 10_000)
    assert.match(
      logged.join('\n'),
      /attempts could not be written in time; the oldest were dropped.*"dropped":100/,
    )
    const [oldest] = await real.query<{ upstream: string }>(
      'select upstream from gateway.attempt where upstream = $1',
      ['u99'],
    )
    assert.equal(oldest, undefined)
    assert.equal((await denials()).length, 1)
  })

  test('rows that the database refuses do not stop the others', async () => {
    const trail = openTrail({ db, world, log })
    trail.attempt(attempt({ n: 99 }))
    await trail.flush()
    trail.attempt(attempt())
    await trail.close()
    assert.equal(await attempts(), 1)
    assert.match(logged.join('\n'), /attempts could not be written/)
  })

  test('a row that stands already, because its answer was lost, stands once and takes no other with it', async () => {
    const trail = openTrail({ db, world, log })
    const [stands, other] = [attempt(), attempt()]
    trail.attempt(stands)
    await trail.flush()
    trail.attempt({ ...stands, totalMs: 99 })
    trail.attempt(other)
    await trail.flush()
    trail.attempt(attempt())
    await trail.close()
    assert.deepEqual(logged, [])
    const rows = await real.query<{ call: string; total_ms: number }>(
      'select call, total_ms from gateway.attempt order by call',
    )
    assert.deepEqual(
      rows.filter(({ call }) => call === stands.call),
      [{ call: stands.call, total_ms: stands.totalMs }],
    )
    assert.equal(rows.length, 3)
  })

  test('what is older than 90 days is forgotten, and nothing younger', async () => {
    const trail = openTrail({ db, world, log })
    const now = world.now()
    trail.attempt(attempt({ at: now - 91 * DAY }))
    trail.attempt(attempt({ at: now - 89 * DAY }))
    trail.denied({ ...denied, message: 'today' })
    await trail.flush()
    await real.query(`update gateway.denial set at = at - interval '91 days'`)
    assert.equal(await trail.sweep(now), 2)
    assert.deepEqual([await attempts(), (await denials()).length], [1, 0])
    await trail.close()
  })
})
