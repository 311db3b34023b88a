import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Fault } from '#base/fault.ts'
import { eventually } from '../../test/support/eventually.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { connect } from './connect.ts'
import { isConnectionLost } from './sql.ts'

let db: TestDb
before(async () => {
  db = await testDb({ migrated: false })
})
after(() => db.drop())

const one = async (text: string, values?: readonly unknown[]): Promise<unknown> =>
  (await db.query<{ it: unknown }>(`select ${text} as it`, values))[0]?.it

test('amounts, times and dates arrive exact, whatever the size and the zone', async () => {
  assert.equal(await one('9223372036854775807::int8'), 9223372036854775807n)
  assert.equal(await one('-1::int8'), -1n)
  assert.deepEqual(await one(`array[1, null, 9223372036854775807]::int8[]`), [1n, null, 9223372036854775807n])
  assert.deepEqual(await one(`array[[1,2],[3,4]]::int8[]`), [
    [1n, 2n],
    [3n, 4n],
  ])
  assert.deepEqual(await one(`'{}'::int8[]`), [])
  assert.equal(
    await one('(select sum(x) from (values (9223372036854775807::int8), (1)) v(x))'),
    9223372036854775808n,
  )
  assert.equal(await one(`'12.50'::numeric`), '12.50')
  assert.equal(await one(`'NaN'::numeric`), 'NaN')
  assert.equal(
    await one(`'2026-03-29 02:30:00.123456+02'::timestamptz`),
    Date.UTC(2026, 2, 29, 0, 30, 0, 123),
  )
  assert.equal(await one(`'1969-12-31 23:59:59.5Z'::timestamptz`), -500)
  assert.equal(await one(`'infinity'::timestamptz`), Infinity)
  assert.deepEqual(await one(`array['1970-01-01Z', null]::timestamptz[]`), [0, null])
  assert.equal(await one(`'2026-02-28'::date`), '2026-02-28')
  assert.deepEqual(await one(`array['2026-02-28']::date[]`), ['2026-02-28'])
  assert.deepEqual(await one(`'{"a": [1]}'::jsonb`), { a: [1] })
})

test('bigints, arrays and plain objects go in as they are', async () => {
  assert.equal(await one('$1::int8', [2n ** 62n]), 2n ** 62n)
  assert.deepEqual(await one('$1::int8[]', [[1n, null, 3n]]), [1n, null, 3n])
  assert.deepEqual(await one('$1::text[]', [['a"b', 'c,d', '', null]]), ['a"b', 'c,d', '', null])
  assert.deepEqual(await one('$1::jsonb', [{ amount: 5n, at: [1] }]), { amount: '5', at: [1] })
  assert.equal(await one('$1::timestamptz', ['2026-01-01T00:00:00.000Z']), Date.UTC(2026, 0, 1))
})

test('another user of the driver in the same process keeps its own types', async () => {
  const { default: pg } = await import('pg')
  assert.equal(pg.types.getTypeParser(20)('7'), '7')
})

test('a transaction that throws leaves nothing, and its connection serves on', async () => {
  await db.query('create table kept (n int)')
  const thrown = new Error('stop')
  await assert.rejects(
    db.tx(async (sql) => {
      await sql.query('insert into kept values (1)')
      throw thrown
    }),
    thrown,
  )
  await assert.rejects(
    db.tx(async (sql) => {
      await sql.query('insert into kept values (2)')
      await sql.query('select 1 / 0')
    }),
    { code: '22012' },
  )
  assert.equal(
    await db.tx(async (sql) => (await sql.query('insert into kept values (3) returning n')).length),
    1,
  )
  assert.deepEqual(await db.query('select n from kept'), [{ n: 3 }])
})

test('a statement used often is prepared once, and survives a change of its table', async () => {
  await db.query('create table wide (a int)')
  await db.query('insert into wide values (1)')
  const single = await connect(db.url, { max: 1, mayExit: true })
  const read = (): Promise<unknown[]> => single.query('select * from wide where a = $1', [1])
  for (let use = 0; use < 20; use += 1) await read()
  assert.deepEqual(
    await single.query(
      `select generic_plans + custom_plans as uses from pg_prepared_statements where statement like 'select * from wide%'`,
    ),
    [{ uses: 18n }],
  )
  await db.query('alter table wide add b int')
  assert.deepEqual(await read(), [{ a: 1, b: null }])
  await single.close()
})

test('a connection that the server cuts is told apart from a refusal, and the pool recovers', async () => {
  const pid = async (sql: { query: typeof db.query }): Promise<unknown> =>
    (await sql.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]?.pid
  const error = await db
    .tx(async (sql) => {
      const mine = await pid(sql)
      const other = await connect(db.adminUrl, { max: 1, mayExit: true })
      await other.query('select pg_terminate_backend($1)', [mine])
      await other.close()
      await sql.query('select pg_sleep(5)')
    })
    .then(
      () => null,
      (thrown: unknown) => thrown,
    )
  assert.ok(isConnectionLost(error))
  assert.ok(!isConnectionLost(await db.query('select 1 / 0').catch((thrown: unknown) => thrown)))
  assert.equal(await one('1'), 1)
})

test('what is asked steadily stays on a connection or two that nobody else gets, also when all others are taken', async () => {
  const own = await connect(db.url, { max: 4 })
  const pid = async (on: { query: typeof own.query }): Promise<number> =>
    (await on.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]!.pid
  const apart = new Set<number>()
  const others = new Set<number>()
  await Promise.all(
    Array.from({ length: 24 }, async (_, n) =>
      n % 2 ? apart.add(await pid(own.steady)) : others.add(await pid(own)),
    ),
  )
  assert.equal(apart.size, 1)
  assert.ok(others.size <= 3 && ![...apart].some((own) => others.has(own)))
  const held = Promise.withResolvers<void>()
  const takers = Array.from({ length: 3 }, () => own.tx(() => held.promise))
  assert.ok(apart.has(await pid(own.steady)))
  held.resolve()
  await Promise.all(takers)
  await own.close()
  const few = await connect(db.url, { max: 1 })
  assert.equal(await pid(few.steady), await pid(few))
  await few.close()
  const many = await connect(db.url, { max: 8 })
  const two = await Promise.all(Array.from({ length: 12 }, () => pid(many.steady)))
  assert.equal(new Set(two).size, 2)
  await many.close()
})

test('idle connections that the server ends do not end the process', async () => {
  await Promise.all(Array.from({ length: 5 }, () => db.query('select pg_sleep(0.05)')))
  const other = await connect(db.adminUrl, { max: 1, mayExit: true })
  await other.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'perq test' and pid <> pg_backend_pid()
       and datname = current_database()`,
  )
  await other.close()
  await new Promise((done) => setTimeout(done, 50))
  assert.equal(await one('1'), 1)
})

test(
  'notifications arrive, and a lost connection is opened again and announced',
  { timeout: 20_000 },
  async () => {
    const heard: string[] = []
    let wake = (): void => {}
    const next = (): Promise<void> => new Promise((done) => (wake = done))
    let gaps = 0
    const stop = await db.listen(
      'keys',
      (payload) => {
        heard.push(payload)
        wake()
      },
      () => {
        gaps += 1
        wake()
      },
    )
    let event = next()
    await db.query(`select pg_notify('keys', 'first')`)
    await event
    event = next()
    const other = await connect(db.adminUrl, { max: 1, mayExit: true })
    await other.query(`select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen "keys"'`)
    await other.close()
    await event
    assert.equal(gaps, 1)
    event = next()
    await db.query(`select pg_notify('keys', 'second')`)
    await event
    assert.deepEqual(heard, ['first', 'second'])
    await stop()
  },
)

test('one connection serves every channel, and ends with the last', { timeout: 20_000 }, async () => {
  const own = await connect(db.url, { max: 1, name: 'perq channels', mayExit: true })
  const connections = async (): Promise<number> =>
    Number(
      (
        await db.query<{ count: bigint }>(
          `select count(*) from pg_stat_activity where application_name = 'perq channels' and query like '%listen%'`,
        )
      )[0]!.count,
    )
  const heard: string[] = []
  const stops = await Promise.all(
    ['one', 'two'].map((channel) =>
      own.listen(
        channel,
        (text) => heard.push(`${channel} ${text}`),
        () => {},
      ),
    ),
  )
  assert.equal(await connections(), 1)
  await db.query(`select pg_notify('one', 'a'), pg_notify('two', 'b'), pg_notify('three', 'c')`)
  await eventually(() => assert.deepEqual(heard.toSorted(), ['one a', 'two b']))
  await stops[0]!()
  await db.query(`select pg_notify('one', 'c'), pg_notify('two', 'd')`)
  await eventually(() => assert.deepEqual(heard.toSorted(), ['one a', 'two b', 'two d']))
  await stops[1]!()
  await eventually(async () => assert.equal(await connections(), 0))
  await own.close()
})

test('one of several has the turn, and another soon after its end', { timeout: 60_000 }, async () => {
  const open = () => connect(db.url, { max: 1, name: 'perq turn', mayExit: true })
  const several = await Promise.all([open(), open(), open()])
  const turns = several.map((one) => one.turn(4_711))
  const whose = (): readonly number[] => turns.flatMap((turn, index) => (turn.mine() ? [index] : []))
  await eventually(() => assert.equal(whose().length, 1))
  const [first] = whose()
  turns[first!]!.stop()
  await eventually(() => {
    assert.equal(whose().length, 1)
    assert.notEqual(whose()[0], first)
  }, 30_000)
  // The session ends under the second, as when its process dies.
  const [second] = whose()
  await several[first!]!.close()
  const admin = await connect(db.adminUrl, { max: 1, mayExit: true })
  await eventually(async () => {
    await admin.query(
      `select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)
       where locktype = 'advisory' and objid = 4711 and datname = current_database()`,
    )
    assert.equal(turns[second!]!.mine(), false)
  }, 30_000)
  await eventually(() => assert.equal(whose().length, 1), 30_000)
  await admin.close()
  for (const one of several) await one.close()
})

test('a server that is not there is a plain refusal that never shows the password', async () => {
  for (const url of [
    'postgresql://perq:geheim@127.0.0.1:1/perq',
    'postgresql://perq@/perq?host=/nowhere&port=5432',
  ]) {
    const error = await connect(url).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof Fault)
    assert.equal(error.code, 'unavailable')
    assert.ok(isConnectionLost(error))
    assert.doesNotMatch(error.message, /geheim/)
    assert.match(error.message, /DATABASE_URL/)
  }
})

test('a database that does not exist is named, and is no lost connection', async () => {
  const error = await connect(db.url.replace('/perq_t_', '/missing_')).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof Fault && !isConnectionLost(error))
  assert.match(error.message, /Create the database/)
})
