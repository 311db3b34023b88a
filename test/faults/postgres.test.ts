import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { callersOf } from '../support/callers.ts'
import { eventually } from '../support/eventually.ts'
import { testGateway, type TestGateway } from '../support/gateway.ts'
import { ownPostgres, type OwnPostgres } from '../support/postgres.ts'
import { proveAll } from '../support/proven.ts'

const DOLLAR = 1_000_000_000n
const LONG = 60_000
/** Of ten connections two are for group commits. */
const POOL = 8

describe('PostgreSQL fails while calls are made', () => {
  let postgres: OwnPostgres
  let at: TestGateway
  let load: ReturnType<typeof callersOf>

  before(async () => {
    postgres = await ownPostgres({ settings: { max_connections: '40' } })
    at = await testGateway({ db: postgres.db, retryFor: 500, clientWaits: 2_000 })
    load = callersOf(at, await at.employee(1_000n * DOLLAR))
  })
  after(async () => {
    await load.stop()
    await load.close()
    await at.close()
  })

  /** Under load: `fails`, and calls are answered again; nothing that was answered is lost. */
  async function under(fails: () => unknown): Promise<void> {
    load.start()
    await load.answers(20)
    await fails()
    await load.answers(20)
    await load.stop()
    await load.kept()
  }

  const replaced = async (fails: () => void): Promise<void> => {
    const before = postgres.pid()
    fails()
    await eventually(() => assert.ok(postgres.pid() !== 0 && postgres.pid() !== before), LONG)
  }

  test('PostgreSQL stopped fast under load: it comes back by itself, and no answered call is lost', () =>
    under(() => replaced(() => postgres.signal('SIGINT'))))

  test('PostgreSQL stopped at once under load: it comes back by itself, and no answered call is lost', () =>
    under(() => replaced(() => postgres.signal('SIGQUIT'))))

  test('kill -9 of every process of PostgreSQL under load: it comes back by itself, and no answered call is lost', () =>
    under(() => replaced(postgres.killAll)))

  test('kill -9 of one backend: PostgreSQL starts its sessions anew, and no answered call is lost', () =>
    under(async () => {
      const [row] = await postgres.admin(
        `select pid from pg_stat_activity where usename = 'perq' and query like '%ledger.spend%' limit 1`,
      )
      process.kill(Number(row!['pid']), 'SIGKILL')
    }))

  test('sessions that are ended again and again in the middle of their statements: no answered call is lost or charged twice', () =>
    under(async () => {
      for (let n = 0; n < 5; n += 1) {
        await postgres.admin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'perq'`)
        await load.answers(5)
      }
    }))

  test('a database that turns read-only, as after a failover: a clear 503, and calls go on when it takes writes again', () =>
    under(async () => {
      await postgres.admin('alter role perq set default_transaction_read_only = on')
      await postgres.admin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'perq'`)
      await load.refuses()
      await postgres.admin('alter role perq reset default_transaction_read_only')
    }))

  test('commits that hang, as behind a standby that is gone: calls wait so long and no longer, nothing is charged twice, and all goes on', () =>
    under(async () => {
      await postgres.admin(`alter system set synchronous_standby_names = 'nobody'`)
      await postgres.admin('select pg_reload_conf()')
      await load.refuses()
      await postgres.admin('alter system reset synchronous_standby_names')
      await postgres.admin('select pg_reload_conf()')
    }))

  test('a pool that is used up: calls wait for it, and are answered when it has room', async () => {
    const free: (() => void)[] = []
    const using: Promise<void>[] = []
    while (free.length < POOL) {
      const had = free.length
      using.push(at.db.tx(() => new Promise<void>((resolve) => void free.push(resolve))))
      await eventually(() => assert.equal(free.length, had + 1), LONG)
    }
    // Nothing is known any more of whose key it is.
    await postgres.admin(`notify perq_spending, 'all'`)
    let over = false
    const waiting = load.call().finally(() => (over = true))
    await eventually(() => assert.ok(over || at.gateway.inFlight() === 1), LONG)
    for (const give of free) give()
    await Promise.all(using)
    assert.equal((await waiting)?.status, 200)
    await under(() => {})
  })

  test('every connection taken by others: calls are told to come again, and go on when there are some', () =>
    under(async () => {
      await postgres.admin('alter role perq connection limit 0')
      await postgres.admin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'perq'`)
      await load.refuses()
      await postgres.admin('alter role perq connection limit -1')
    }))

  test('and in the end the ledger verifies', () => proveAll(at.ledger, at.db))
})
