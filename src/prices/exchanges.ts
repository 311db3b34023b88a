import { readFile } from 'node:fs/promises'
import type { Exchangeable } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { canonicalJson } from '#base/json.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import { parseAccelerators, type Accelerator } from './accelerators.ts'
import { checkExchange, type ExchangeAsk } from './exchange-ask.ts'
import * as store from './exchange-store.ts'
import {
  createExchange,
  exchangeKnownAt,
  type ExchangeKnowledge,
  type ExchangeRates,
  type ExchangeRow,
  type Rate,
  type Utilisation,
  type UtilisationRow,
} from './exchange.ts'

export interface Exchange {
  /** Reads what is known, and follows what other processes record. */
  load(): Promise<void>
  /**
   * What one smallest unit of `from` is worth in smallest units of `to` at `at`; null when they are not exchanged. In
   * memory. With `asKnownAt` it answers as it would have at that instant, whatever was recorded later.
   */
  rate(from: Exchangeable, to: Exchangeable, at: Millis, asKnownAt?: Millis): Rate | null
  /** The share of its peak that an accelerator is reckoned to reach. */
  utilisation(accelerator: string, at: Millis): Utilisation
  /** Ids of the rows that hold at `at`. */
  standing(at: Millis): ReadonlySet<string>
  /** All that was ever recorded, in that order. */
  rows(): readonly (ExchangeRow | UtilisationRow)[]
  readonly accelerators: ReadonlyMap<string, Accelerator>
  /** Records a rate or a utilisation. The same id again is the same row; with other words a conflict. Throws Fault `invalid`. */
  record(ask: ExchangeAsk, by: string): Promise<ExchangeRow | UtilisationRow>
  /** As `record`, in the caller's transaction; processes hear of it when that commits. */
  recordIn(sql: Sql, ask: ExchangeAsk, by: string): Promise<ExchangeRow | UtilisationRow>
  /** The rates as this transaction sees them. */
  ratesIn(sql: Sql): Promise<ExchangeRates>
  close(): Promise<void>
}

const TABLE = new URL('../../data/accelerators.csv', import.meta.url)

export async function openExchange({ db, world }: { db: Db; world: World }): Promise<Exchange> {
  const accelerators = parseAccelerators(await readFile(TABLE, 'utf8'))
  let known: { readonly knowledge: ExchangeKnowledge; readonly rates: ExchangeRates } | null = null
  let stop: (() => Promise<void>) | null = null
  let reading: Promise<void> = Promise.resolve()

  async function read(): Promise<void> {
    const knowledge = { rows: await store.readExchange(db), accelerators }
    known = { knowledge, rates: createExchange(knowledge) }
  }

  /** One at a time, in order, so that an older reading never replaces a newer one. */
  const reload = (): Promise<void> => (reading = reading.catch(() => {}).then(read))
  // The table in memory stays in force when a reading fails; the next notification or reconnect reads again.
  const follow = (): void => void reload().catch(() => {})

  const current = (): NonNullable<typeof known> => {
    invariant(known, 'the exchange table is loaded before it is asked')
    return known
  }

  async function recordIn(
    sql: Sql,
    { id = world.id(), ...ask }: ExchangeAsk,
    by: string,
  ): Promise<ExchangeRow | UtilisationRow> {
    const checked = checkExchange(ask, accelerators)
    const { count, recordedAt } = await store.nextExchange(sql, world.now())
    const standing = await store.findExchange(sql, id)
    if (standing) return same(standing, { ...checked, id, recordedAt: standing.recordedAt, recordedBy: by })
    if (count >= BigInt(store.MOST_ROWS))
      throw new Fault('conflict', `The exchange table has ${store.MOST_ROWS} rows, as many as it takes.`)
    const fresh = { ...checked, id, recordedAt, recordedBy: by }
    await store.insertExchange(sql, fresh)
    await store.announceExchange(sql)
    return fresh
  }

  return {
    accelerators,

    async load() {
      stop ??= await db.listen('perq_exchange', follow, follow)
      await reload()
    },

    rate(from, to, at, asKnownAt) {
      const { knowledge, rates } = current()
      if (asKnownAt === undefined) return rates.rate(from, to, at)
      return createExchange(exchangeKnownAt(knowledge, asKnownAt)).rate(from, to, at)
    },

    utilisation: (accelerator, at) => current().rates.utilisation(accelerator, at),
    standing: (at) => current().rates.standing(at),
    rows: () => current().knowledge.rows,

    async record(ask, by) {
      const row = await db.tx((sql) => recordIn(sql, ask, by))
      await reload()
      return row
    },

    recordIn,
    ratesIn: async (sql) => createExchange({ rows: await store.readExchange(sql), accelerators }),

    async close() {
      await stop?.()
      stop = null
      await reading.catch(() => {})
    },
  }
}

function same<T extends { readonly id: string }>(standing: T, asked: T): T {
  if (canonicalJson(standing) === canonicalJson(asked)) return standing
  throw new Fault('conflict', `The row ${standing.id} of the exchange table says something else.`, {
    param: 'id',
  })
}
