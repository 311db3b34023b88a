import pg from 'pg'
import { Fault } from '#base/fault.ts'
import { toJson } from '#base/json.ts'
import { openSession } from './listen.ts'
import { markLost } from './lost.ts'
import { types } from './parsers.ts'
import { openPrepared } from './prepared.ts'
import { CONNECTION_LOST, isConnectionLost, type Db, type Sql } from './sql.ts'

export type ConnectOptions = {
  /** Most connections at once. */
  max?: number
  /** Shown in pg_stat_activity. */
  name?: string
  /** Idle connections do not keep the process alive: for tests and short commands. */
  mayExit?: boolean
}

const CONNECT_TIMEOUT = 10_000
const IDLE_TIMEOUT = 30_000
/** With fewer connections than this none is kept apart; from twice as many on two are. */
const LEAST_TO_SHARE = 4
const MOST_APART = 2
/** A process that hangs inside a transaction must not hold its locks for ever. */
const IDLE_IN_TRANSACTION = 60_000
const CACHED_PLAN_CHANGED = /cached plan must not change result type/

/**
 * Opens a pool and proves that it reaches the server. `url` is a PostgreSQL URL; a unix socket folder goes in as
 * `?host=/folder&port=5432`. Throws Fault `unavailable` with the remedy when nothing answers. Errors of queries are
 * the driver's own (`code` is the SQLSTATE); those of a broken connection satisfy `isConnectionLost`.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Db> {
  const settings = clientSettings(url, options.name ?? 'perq')
  const most = options.max ?? 10
  const poolOf = (max: number): pg.Pool => openPool(settings, max, options.mayExit ?? false)
  // A few of the connections are kept apart, as long as that leaves enough for those who need two at once.
  const kept = Math.min(MOST_APART, Math.floor(most / LEAST_TO_SHARE))
  const pool = poolOf(most - kept)
  const apart = kept === 0 ? pool : poolOf(kept)
  const prepared = openPrepared()

  async function run<R extends object>(
    on: pg.Pool | pg.PoolClient,
    text: string,
    values?: readonly unknown[],
  ): Promise<R[]> {
    try {
      if (values === undefined) return lastRows<R>(await on.query(text))
      const name = prepared.nameOf(text)
      const query = { text, values: values.map(parameter) }
      return (await on.query<R>(name === undefined ? query : { ...query, name })).rows
    } catch (error) {
      throw markLost(error)
    }
  }

  const asker =
    (on: pg.Pool) =>
    async <R extends object>(text: string, values?: readonly unknown[]): Promise<R[]> => {
      try {
        return await run<R>(on, text, values)
      } catch (error) {
        if (!isChangedPlan(error)) throw error
        prepared.forget()
        return run<R>(on, text, values)
      }
    }
  const query = asker(pool)

  async function tx<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => {
      throw markLost(error)
    })
    let broken = false
    try {
      await run(client, 'begin isolation level read committed')
      const result = await work({ query: (text, values) => run(client, text, values) })
      await run(client, 'commit')
      return result
    } catch (error) {
      if (isChangedPlan(error)) prepared.forget()
      // A connection that cannot even roll back is thrown away: the server rolls back by itself.
      broken =
        isConnectionLost(error) ||
        !(await client.query('rollback').then(
          () => true,
          () => false,
        ))
      throw error
    } finally {
      client.release(broken)
    }
  }

  try {
    await query('select 1')
  } catch (error) {
    await pool.end().catch(() => {})
    throw unreachable(url, error)
  }
  const session = openSession(settings)
  let closing: Promise<void> | undefined
  const end = async (): Promise<void> => {
    await session.close()
    await pool.end()
    if (apart !== pool) await apart.end()
  }
  return {
    query,
    steady: { query: asker(apart) },
    tx,
    listen: session.listen,
    turn: session.turn,
    close: () => (closing ??= end()),
  }
}

function openPool(settings: pg.ClientConfig, max: number, mayExit: boolean): pg.Pool {
  const pool = new pg.Pool({
    ...settings,
    max,
    idleTimeoutMillis: IDLE_TIMEOUT,
    allowExitOnIdle: mayExit,
    // oxlint-disable-next-line typescript/no-misused-promises -- the driver waits for it; its types do not say so
    onConnect: prepareSession,
  })
  // A server that stops ends idle connections too; without a listener that would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => void client.on('error', () => {}))
  return pool
}

/** What one connection needs to speak as `Sql` promises. */
function clientSettings(url: string, name: string): pg.ClientConfig {
  return {
    connectionString: url,
    types,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
}

/** By statement and not as a start-up option: poolers between Perq and the server often refuse those. */
async function prepareSession(client: pg.ClientBase): Promise<void> {
  await client.query(
    `set time zone 'UTC'; set datestyle = 'ISO, YMD'; set idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION}`,
  )
}

/** Plain objects go in as JSON with bigints as decimal strings; everything else the driver knows. */
function parameter(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return ArrayBuffer.isView(value) || value instanceof Date ? value : toJson(value)
}

/** A text of several statements answers with several results; the last one counts. */
function lastRows<R extends object>(result: pg.QueryResult | pg.QueryResult[]): R[] {
  const last = Array.isArray(result) ? result.at(-1) : result
  return (last?.rows ?? []) as R[]
}

const isChangedPlan = (error: unknown): boolean =>
  error instanceof Error && CACHED_PLAN_CHANGED.test(error.message)

/** Never shows the password: the URL's user, host and database only. */
function unreachable(url: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const said = error instanceof Error ? error.message || code : String(error)
  const remedy =
    code === '28P01' || code === '28000'
      ? 'Check the user and the password in DATABASE_URL.'
      : code === '3D000'
        ? 'Create the database first, or correct its name in DATABASE_URL.'
        : code === '53300'
          ? 'Raise max_connections of the server, or run fewer replicas.'
          : 'Check that it runs and that DATABASE_URL names it.'
  const fault = new Fault('unavailable', `PostgreSQL at ${publicName(url)} refuses: ${said}. ${remedy}`, {
    cause: error,
  })
  return isConnectionLost(error) ? Object.defineProperty(fault, CONNECTION_LOST, { value: true }) : fault
}

function publicName(url: string): string {
  const match = /^\w+:\/\/(?:[^@/]*@)?([^/?]*)\/?([^?]*)(?:\?(.*))?$/.exec(url)
  if (!match) return 'an address that is no PostgreSQL URL'
  const host = match[1] || new URLSearchParams(match[3] ?? '').get('host') || 'localhost'
  return `${host}, database ${match[2] || '(default)'}`
}
