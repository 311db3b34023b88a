import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { lockWallets } from './store.ts'
import type { Cap, CapPeriod } from './types.ts'

/** What a key may spend within a window of its own. Kept by ledger.spend(); here it is set and read. */

type CapRow = {
  key_id: string
  amount: bigint
  period: CapPeriod | null
  used: bigint
  resets_at: Millis | null
}

/**
 * Sets or ends (null) the cap of a key. What the key used in the window that `now` lies in is counted from its holds and
 * calls, so setting a cap again, or another, never resets anything; without a period everything it ever used counts, months
 * that are archived too, so that is read from the roll-ups and the calls behind them.
 */
export async function setCap(
  sql: Sql,
  now: Millis,
  cap: {
    readonly key: string
    readonly wallet: string
    readonly limit: { readonly amount: bigint; readonly period: CapPeriod | null } | null
  },
): Promise<void> {
  const at = (await lockWallets(sql, [cap.wallet], now)).get(cap.wallet) ?? now
  if (cap.limit === null) {
    await sql.query('delete from ledger.cap where key_id = $1 and wallet_id = $2', [cap.key, cap.wallet])
    return
  }
  await sql.query(
    `with w as (select coalesce(date_trunc($4::text, $5::timestamptz, 'UTC'), 'epoch') as start)
     insert into ledger.cap as c (key_id, wallet_id, amount, period, window_start, used)
     select $1, $2, $3, $4, w.start, (
         select coalesce(sum(h.amount), 0) from ledger.hold h where h.wallet_id = $2 and h.key_id = $1 and h.at >= w.start
       ) + (
         select coalesce(sum(u.charged), 0) from ledger.usage u
         where $4 is not null and u.wallet_id = $2 and u.at >= w.start and u.key_id = $1 and exists (
           select 1 from ledger.entry e where e.transfer = u.id and e.kind = 'hold' and e.n = 0 and e.at >= w.start
         )
       ) + (
         select coalesce(sum(r.charged), 0) from ledger.usage_hour r where $4 is null and r.wallet_id = $2 and r.key_id = $1
       ) + (
         select coalesce(sum(u.charged), 0) from ledger.usage u, ledger.rollup_head h
         where $4 is null and u.wallet_id = $2 and u.key_id = $1 and (u.tx > h.tx or u.tx = 0 and u.id > h.old)
       )
     from w
     on conflict (key_id) do update
     set amount = excluded.amount, period = excluded.period, window_start = excluded.window_start, used = excluded.used`,
    [cap.key, cap.wallet, cap.limit.amount, cap.limit.period, iso(at)],
  )
}

/** The caps of those keys that have one, as they stand in the window of `now`. */
export async function capsOf(
  sql: Sql,
  keys: readonly string[],
  now: Millis,
): Promise<ReadonlyMap<string, Cap>> {
  if (keys.length === 0) return new Map()
  const rows = await sql.query<CapRow>(
    `select c.key_id, c.amount, c.period, case when w.start > c.window_start then 0 else c.used end as used,
       ledger.window_end(c.period, w.start) as resets_at
     from ledger.cap c,
       lateral (select greatest(c.window_start, date_trunc(c.period, $2::timestamptz, 'UTC')) as start) w
     where c.key_id = any ($1)`,
    [keys, iso(now)],
  )
  return new Map(
    rows.map(({ key_id: key, amount, period, used, resets_at: resetsAt }) => [
      key,
      { amount, period, used, left: amount > used ? amount - used : 0n, resetsAt },
    ]),
  )
}
