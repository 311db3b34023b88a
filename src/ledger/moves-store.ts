import type { Rational } from '#base/rational.ts'
import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Asset, Scope } from './types.ts'

/** Statements of moves.ts only; what is decided about their rows is decided there. */

/** Takes from a lot what goes on elsewhere: `carried` is no longer its own, `spent` at the exchange is. */
export const takeFromLot = (
  sql: Sql,
  how: 'carried' | 'spent',
  move: { lot: string; amount: bigint },
): Promise<object[]> =>
  sql.query(
    `update ledger.lot set available = available - $2, open = available - $2 > 0 or held > 0,
       vested = vested - case when $3 = 'carried' then $2 else 0 end, carried = carried + case when $3 = 'carried' then $2 else 0 end,
       spent = spent + case when $3 = 'spent' then $2 else 0 end
     where id = $1`,
    [move.lot, move.amount, how],
  )

/** What a grant's conversions into an asset have come to: granted and vested at once. */
export const addConverted = (
  sql: Sql,
  add: { book: string; wallet: string; from: string; quantity: bigint },
): Promise<object[]> =>
  sql.query(
    `insert into ledger.grant_book as g (grant_id, wallet_id, granted, unvested, vested, converted_from) values ($1, $2, $4, 0, $4, $3)
     on conflict (grant_id) do update set granted = g.granted + excluded.granted, vested = g.vested + excluded.vested`,
    [add.book, add.wallet, add.from, add.quantity],
  )

export const insertConversion = (
  sql: Sql,
  row: {
    transfer: string
    at: Millis
    lot: string
    into: string
    fromAsset: string
    toAsset: string
    amount: bigint
    quantity: bigint
    rate: Rational
    basis: string
  },
): Promise<object[]> =>
  sql.query(
    `insert into ledger.conversion (transfer, at, lot_id, into_lot_id, from_asset, to_asset, amount, quantity, rate_n, rate_d, basis)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::numeric, $10::text::numeric, $11)`,
    [
      row.transfer,
      iso(row.at),
      row.lot,
      row.into,
      row.fromAsset,
      row.toAsset,
      row.amount,
      row.quantity,
      String(row.rate.n),
      String(row.rate.d),
      row.basis,
    ],
  )

export type WalletRow = { id: string; person_id: string; asset: Asset; last_at: Millis }

export const walletRows = (sql: Sql, ids: readonly string[]): Promise<WalletRow[]> =>
  sql.query('select id, person_id, asset, last_at from ledger.wallet where id = any ($1)', [ids])

export const scopeBody = async (sql: Sql, id: number): Promise<Scope> =>
  (await sql.query<{ body: Scope }>('select body from ledger.scope where id = $1', [id]))[0]!.body
