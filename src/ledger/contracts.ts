import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import * as store from './store.ts'
import type { Scope } from './types.ts'

/** What commands that change a contract have to know of it: its books, and the lots that are not empty. */

export type GrantBook = {
  readonly grant: string
  readonly wallet: string
  readonly asset: string
  readonly granted: bigint
  readonly unvested: bigint
  /** The grant whose lots were exchanged into this book's asset; null for a grant itself. */
  readonly convertedFrom: string | null
}

/** The books of these grants, and those of what was exchanged from them. */
export const booksOf = (sql: Sql, grants: readonly string[]): Promise<GrantBook[]> =>
  sql.query<GrantBook>(
    `select g.grant_id as grant, g.wallet_id as wallet, w.asset, g.granted, g.unvested, g.converted_from as "convertedFrom"
     from ledger.grant_book g join ledger.wallet w on w.id = g.wallet_id
     where g.grant_id = any ($1) or g.converted_from = any ($1) order by g.grant_id`,
    [grants],
  )

/** Of the grant itself; null while the ledger knows nothing of it. */
export const bookOf = async (sql: Sql, grant: string): Promise<GrantBook | null> =>
  (await booksOf(sql, [grant])).find((book) => book.grant === grant) ?? null

export type OpenLot = {
  readonly id: string
  readonly grant: string
  readonly tranche: number
  readonly priority: number
  readonly scope: Scope
  readonly effectiveAt: Millis
  readonly expiresAt: Millis | null
  readonly available: bigint
  readonly held: bigint
  readonly spent: bigint
  readonly expired: bigint
  readonly carriedFrom: string | null
}

const LOT = `l.id, l.grant_id as grant, l.tranche, l.priority, s.body as scope, l.effective_at as "effectiveAt",
  l.expires_at as "expiresAt", l.available, l.held, l.spent, l.expired, l.carried_from as "carriedFrom"
  from ledger.lot l join ledger.scope s on s.id = l.scope_id`

/** With something available or held, in draw order. */
export const openLots = (sql: Sql, books: readonly string[]): Promise<OpenLot[]> =>
  sql.query<OpenLot>(
    `select ${LOT} where l.open and l.grant_id = any ($1)
     order by l.grant_id, l.priority, l.expires_at, l.effective_at, l.id`,
    [books],
  )

export const lotsNamed = (sql: Sql, ids: readonly string[]): Promise<OpenLot[]> =>
  sql.query<OpenLot>(`select ${LOT} where l.id = any ($1) order by l.id`, [ids])

/** What was spent of these grants, for good. */
export async function spentOf(sql: Sql, books: readonly string[]): Promise<bigint> {
  const [row] = await sql.query<{ spent: bigint }>(
    'select coalesce(sum(spent), 0)::bigint as spent from ledger.lot where grant_id = any ($1)',
    [books],
  )
  return row!.spent
}

/** Nobody draws on these wallets until the transaction ends; what is read after this stays true. */
export const lockWallets = (
  sql: Sql,
  wallets: readonly string[],
  now: Millis,
): Promise<Map<string, Millis>> => store.lockWallets(sql, wallets, now)

/** Lots past their expiry with something left that was not carried before: those that a rollover could concern. */
export const expiringLots = (sql: Sql, grants: readonly string[], now: Millis): Promise<OpenLot[]> =>
  sql.query<OpenLot>(
    `select ${LOT} where l.open and l.expires_at <= $2 and l.available > 0 and l.grant_id = any ($1) order by l.id`,
    [grants, iso(now)],
  )
