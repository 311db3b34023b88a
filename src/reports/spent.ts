import { DAY, HOUR, iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { behind, rollupHead } from '#ledger/rollup.ts'

/** From and before. */
export type Window = { readonly from: Millis; readonly until: Millis }
export type Grain = 'day' | 'hour' | 'call'
export type Piece = Window & { readonly grain: Grain }

const up = (at: Millis, size: Millis): Millis => Math.ceil(at / size) * size
const down = (at: Millis, size: Millis): Millis => Math.floor(at / size) * size

/** A window as whole UTC days, whole hours beside them and what is left at its ends; together it, and none overlap. Pure. */
export function pieces({ from, until }: Window): readonly Piece[] {
  const cut = (grain: Grain, size: Millis, window: Window, rest: (one: Window) => readonly Piece[]) => {
    const [opens, closes] = [up(window.from, size), down(window.until, size)]
    if (opens >= closes) return rest(window)
    const ends = [
      { from: window.from, until: opens },
      { from: closes, until: window.until },
    ]
    return [{ grain, from: opens, until: closes }, ...ends.flatMap(rest)]
  }
  const calls = (one: Window): readonly Piece[] => (one.from < one.until ? [{ grain: 'call', ...one }] : [])
  return cut('day', DAY, { from, until }, (one) => cut('hour', HOUR, one, calls))
}

type Row = { wallet: string; n: number; amount: bigint }

/**
 * What left each wallet as `spent` within each window: calls at the time they settled, less corrections at the time they
 * were made. Wallets without any are left out. Days and hours come from the roll-ups; what these do not have yet, and the
 * ends of a window, from the calls. Must be asked inside a snapshot.
 */
export async function spentWithin(
  sql: Sql,
  wallets: readonly string[],
  windows: readonly Window[],
): Promise<ReadonlyMap<string, readonly bigint[]>> {
  const parts = windows.flatMap((window, n) => pieces(window).map((piece) => ({ n, ...piece })))
  const of = (...grains: readonly Grain[]): readonly [number[], string[], string[]] => {
    const some = parts.filter(({ grain }) => grains.includes(grain))
    return [some.map(({ n }) => n), some.map(({ from }) => iso(from)), some.map(({ until }) => iso(until))]
  }
  const missing = behind(await rollupHead(sql), 14)
  const list = (first: number): string =>
    `unnest($${first}::int[], $${first + 1}::timestamptz[], $${first + 2}::timestamptz[]) as p(n, opens, closes)`
  const rows = await sql.query<Row>(
    `select wallet_id as wallet, n, sum(amount) as amount from (
       select d.wallet_id, p.n, d.charged - d.corrected as amount
       from ${list(2)}, unnest($1::uuid[]) as w(id)
         join ledger.wallet_day d on d.wallet_id = w.id
       where d.day >= (p.opens at time zone 'UTC')::date and d.day < (p.closes at time zone 'UTC')::date
       union all
       select h.wallet_id, p.n, h.charged - h.corrected
       from ${list(5)}, unnest($1::uuid[]) as w(id) join ledger.usage_hour h on h.wallet_id = w.id
       where h.hour >= p.opens and h.hour < p.closes
       union all
       select u.wallet_id, p.n, u.charged
       from ${list(8)}, unnest($1::uuid[]) as w(id) join ledger.usage u on u.wallet_id = w.id
       where u.at >= p.opens and u.at < p.closes
       union all
       select l.wallet_id, p.n, -e.amount
       from ${list(8)} join ledger.note c on c.at >= p.opens and c.at < p.closes
         join ledger.entry e on e.transfer = c.transfer and e.kind = 'adjust' and e.source = 'spent'
         join ledger.lot l on l.id = e.lot_id and l.wallet_id = any ($1)
       union all
       select u.wallet_id, p.n, u.charged
       from ledger.usage u join ${list(11)} on u.at >= p.opens and u.at < p.closes
       where u.wallet_id = any ($1) and ${missing.text}
       union all
       select l.wallet_id, p.n, -e.amount
       from (select u.transfer as id, u.transfer, u.at, u.tx from ledger.note u) u join ${list(11)} on u.at >= p.opens and u.at < p.closes
         join ledger.entry e on e.transfer = u.transfer and e.kind = 'adjust' and e.source = 'spent'
         join ledger.lot l on l.id = e.lot_id and l.wallet_id = any ($1)
       where ${missing.text}
     ) s group by 1, 2`,
    [wallets, ...of('day'), ...of('hour'), ...of('call'), ...of('day', 'hour'), ...missing.values],
  )
  const found = new Map<string, bigint[]>()
  for (const { wallet, n, amount } of rows) {
    const sums = found.get(wallet) ?? windows.map(() => 0n)
    sums[n] = amount
    found.set(wallet, sums)
  }
  return found
}
