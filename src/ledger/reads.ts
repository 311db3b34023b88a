import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Asset, Balances, Lot, Scope } from './types.ts'

export type Wallet = {
  readonly id: string
  readonly person: string
  readonly version: bigint
  readonly lastAt: Millis
}

/** The person's wallet of that asset; null when there is none. */
export async function walletOf(sql: Sql, person: string, asset: Asset = 'USD'): Promise<Wallet | null> {
  const [row] = await sql.query<{ id: string; person_id: string; version: bigint; last_at: Millis }>(
    `select id, person_id, version, last_at from ledger.wallet where person_id = $1 and asset = $2`,
    [person, asset],
  )
  return row ? { id: row.id, person: row.person_id, version: row.version, lastAt: row.last_at } : null
}

/** The wallet of each of these people and assets, in their order, with what is available of it; null where there is none. */
export const walletsOf = (
  sql: Sql,
  asked: readonly { readonly person: string; readonly asset: Asset }[],
): Promise<{ wallet: string | null; available: bigint }[]> =>
  sql.query(
    `select w.id as wallet, coalesce((select sum(l.available) from ledger.lot l where l.wallet_id = w.id and l.open), 0)::bigint as available
     from unnest($1::uuid[], $2::text[]) with ordinality as c(person, asset, i)
       left join ledger.wallet w on w.person_id = c.person and w.asset = c.asset order by c.i`,
    [asked.map(({ person }) => person), asked.map(({ asset }) => asset)],
  )

/** The running totals of a wallet: its grant books and its lots. */
export async function balances(sql: Sql, wallet: string): Promise<Balances> {
  const [row] = await sql.query<Balances>(
    `select coalesce(g.granted, 0)::bigint as granted, coalesce(g.unvested, 0)::bigint as unvested,
       coalesce(g.forfeited, 0)::bigint as forfeited, (coalesce(g.revoked, 0) + coalesce(l.revoked, 0))::bigint as revoked,
       coalesce(l.available, 0)::bigint as available, coalesce(l.held, 0)::bigint as held,
       coalesce(l.spent, 0)::bigint as spent, coalesce(l.expired, 0)::bigint as expired
     from (select sum(granted) as granted, sum(unvested) as unvested, sum(forfeited) as forfeited, sum(revoked) as revoked
           from ledger.grant_book where wallet_id = $1) g,
       (select sum(available) as available, sum(held) as held, sum(spent) as spent, sum(expired) as expired, sum(revoked) as revoked
        from ledger.lot where wallet_id = $1) l`,
    [wallet],
  )
  return row!
}

/**
 * The balances as they were at an instant, from entries alone. A wallet's own time never runs backwards, so the
 * answer for a past instant is the same whenever it is asked.
 */
export async function balancesAt(sql: Sql, wallet: string, at: Millis): Promise<Balances> {
  const [row] = await sql.query<Balances>(
    `with e as (
       select e.source, e.target, e.amount from ledger.lot l join ledger.entry e on e.lot_id = l.id
       where l.wallet_id = $1 and e.at <= $2
       union all
       select e.source, e.target, e.amount from ledger.grant_book g join ledger.entry e on e.grant_id = g.grant_id
       where g.wallet_id = $1 and e.at <= $2
     ), m as (
       select target as account, amount from e union all select source, -amount from e
     )
     select coalesce(-sum(amount) filter (where account = 'promised'), 0)::bigint as granted,
       coalesce(sum(amount) filter (where account = 'unvested'), 0)::bigint as unvested,
       coalesce(sum(amount) filter (where account = 'available'), 0)::bigint as available,
       coalesce(sum(amount) filter (where account = 'held'), 0)::bigint as held,
       coalesce(sum(amount) filter (where account = 'spent'), 0)::bigint as spent,
       coalesce(sum(amount) filter (where account = 'expired'), 0)::bigint as expired,
       coalesce(sum(amount) filter (where account = 'forfeited'), 0)::bigint as forfeited,
       coalesce(sum(amount) filter (where account = 'revoked'), 0)::bigint as revoked
     from m`,
    [wallet, iso(at)],
  )
  return row!
}

type LotRow = {
  id: string
  wallet_id: string
  grant_id: string
  tranche: number
  priority: number
  scope: Scope
  effective_at: Millis
  expires_at: Millis | null
  vested: bigint
  available: bigint
  held: bigint
  spent: bigint
  expired: bigint
  revoked: bigint
  carried: bigint
  carried_from: string | null
  converted_from: string | null
}

/** All lots of a wallet in draw order, ended ones included. */
export async function lots(sql: Sql, wallet: string): Promise<readonly Lot[]> {
  const rows = await sql.query<LotRow>(
    `select l.*, s.body as scope from ledger.lot l join ledger.scope s on s.id = l.scope_id where l.wallet_id = $1
     order by l.priority, l.expires_at, l.effective_at, l.id`,
    [wallet],
  )
  return rows.map(lotOf)
}

export type PersonLot = Lot & {
  readonly asset: Asset
  /** The grant that it comes from: its own, or the one whose lots were exchanged into its asset. */
  readonly root: string
}

/**
 * The lots of all wallets of a person, of every asset, in draw order; `open` ones only unless ended ones are asked for
 * too. With `grant`, those that come from it, exchanged ones included.
 */
export async function lotsOf(
  sql: Sql,
  person: string,
  { ended = false, grant = null }: { readonly ended?: boolean; readonly grant?: string | null } = {},
): Promise<readonly PersonLot[]> {
  const rows = await sql.query<LotRow & { asset: Asset; root: string }>(
    `select l.*, s.body as scope, w.asset, coalesce(b.converted_from, b.grant_id) as root
     from ledger.wallet w join ledger.lot l on l.wallet_id = w.id join ledger.scope s on s.id = l.scope_id
       join ledger.grant_book b on b.grant_id = l.grant_id
     where w.person_id = $1 and (l.open or $2) and ($3::uuid is null or coalesce(b.converted_from, b.grant_id) = $3)
     order by w.asset, l.priority, l.expires_at, l.effective_at, l.id`,
    [person, ended, grant],
  )
  return rows.map((row) => ({ ...lotOf(row), asset: row.asset, root: row.root }))
}

/** The open lots of many people, by person, in draw order. */
export async function openLotsOf(
  sql: Sql,
  people: readonly string[],
): Promise<ReadonlyMap<string, readonly PersonLot[]>> {
  const rows = await sql.query<LotRow & { asset: Asset; root: string; person_id: string }>(
    `select l.*, s.body as scope, w.asset, w.person_id, coalesce(b.converted_from, b.grant_id) as root
     from ledger.wallet w join ledger.lot l on l.wallet_id = w.id join ledger.scope s on s.id = l.scope_id
       join ledger.grant_book b on b.grant_id = l.grant_id
     where w.person_id = any ($1) and l.open
     order by w.person_id, w.asset, l.priority, l.expires_at, l.effective_at, l.id`,
    [people],
  )
  const lots = new Map<string, PersonLot[]>()
  for (const row of rows) {
    const lot = { ...lotOf(row), asset: row.asset, root: row.root }
    const list = lots.get(row.person_id)
    if (list) list.push(lot)
    else lots.set(row.person_id, [lot])
  }
  return lots
}

const lotOf = (row: LotRow): Lot => ({
  id: row.id,
  wallet: row.wallet_id,
  grant: row.grant_id,
  tranche: row.tranche,
  priority: row.priority,
  scope: row.scope,
  effectiveAt: row.effective_at,
  expiresAt: row.expires_at,
  vested: row.vested,
  available: row.available,
  held: row.held,
  spent: row.spent,
  expired: row.expired,
  revoked: row.revoked,
  carried: row.carried,
  carriedFrom: row.carried_from,
  convertedFrom: row.converted_from,
})

export type OpenHold = {
  readonly id: string
  readonly amount: bigint
  readonly model: string
  readonly at: Millis
  readonly expiresAt: Millis
}

export async function openHolds(sql: Sql, wallet: string): Promise<readonly OpenHold[]> {
  const rows = await sql.query<{ id: string; amount: bigint; model: string; at: Millis; expires_at: Millis }>(
    `select id, amount, model, at, expires_at from ledger.hold where wallet_id = $1 order by at, id limit 1000`,
    [wallet],
  )
  return rows.map((row) => ({
    id: row.id,
    amount: row.amount,
    model: row.model,
    at: row.at,
    expiresAt: row.expires_at,
  }))
}
