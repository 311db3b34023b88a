import { startOfDay, type DateText, type Millis, dayOf } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { spentWithin } from './spent.ts'

/** What a person can still spend of dollars, and has spent this UTC month. */
export type LimitRow = {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly leftOn: DateText | null
  readonly createdAt: Millis
  /** When the wallet last changed; null when it never did. */
  readonly changedAt: Millis | null
  /** Vested and neither spent nor gone: what is available and what calls in flight hold. */
  readonly left: bigint
  /** Charged since the first of the month, less what was corrected since. */
  readonly spentMonth: bigint
}

export type LimitAsk = {
  readonly limit: number
  readonly after: string | null
  /** Null: everybody who works here. */
  readonly people: readonly string[] | null
}

export const startOfMonth = (now: Millis): Millis => startOfDay(`${dayOf(now).slice(0, 7)}-01`)

type Row = Omit<LimitRow, 'spentMonth'> & { readonly wallet: string | null }

/** By id, at most `limit` after `after`. Index: person's key, lot_wallet. */
export async function limits(
  sql: Sql,
  now: Millis,
  { limit, after, people }: LimitAsk,
): Promise<readonly LimitRow[]> {
  const rows = await sql.query<Row>(
    `with page as materialized (
       select id, name, email, left_on, created_at from people.person
       where ($1::uuid is null or id > $1)
         and case when $2::uuid[] is null then left_on is null or left_on > $3 else id = any ($2) end
       order by id limit $4
     )
     select p.id, p.name, p.email, p.left_on as "leftOn", p.created_at as "createdAt",
       nullif(w.last_at, 'epoch') as "changedAt", coalesce(l.rest, 0)::bigint as left, w.id as wallet
     from page p
       left join ledger.wallet w on w.person_id = p.id and w.asset = 'USD'
       left join lateral (select sum(available + held) as rest from ledger.lot where wallet_id = w.id) l on true
     order by p.id`,
    [after, people, dayOf(now), limit],
  )
  const wallets = rows.flatMap(({ wallet }) => (wallet === null ? [] : [wallet]))
  const spent = await spentWithin(sql, wallets, [{ from: startOfMonth(now), until: now + 1 }])
  return rows.map(({ wallet, ...row }) => ({
    ...row,
    spentMonth: (wallet === null ? null : spent.get(wallet)?.[0]) ?? 0n,
  }))
}
