import { iso, startOfDay, type DateText, type Millis, dayOf } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'

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

/** By id, at most `limit` after `after`. Index: person's key, usage_wallet, lot_wallet. */
export const limits = (sql: Sql, now: Millis, { limit, after, people }: LimitAsk): Promise<LimitRow[]> =>
  sql.query<LimitRow>(
    `with page as materialized (
       select id, name, email, left_on, created_at from people.person
       where ($3::uuid is null or id > $3)
         and case when $4::uuid[] is null then left_on is null or left_on > $5 else id = any ($4) end
       order by id limit $6
     ), corrected as (
       select l.wallet_id, sum(e.amount) as amount
       from ledger.note n join ledger.entry e on e.transfer = n.transfer and e.kind = 'adjust' and e.source = 'spent'
         join ledger.lot l on l.id = e.lot_id
       where e.at >= $1 and e.at < $2 group by 1
     )
     select p.id, p.name, p.email, p.left_on as "leftOn", p.created_at as "createdAt",
       nullif(w.last_at, 'epoch') as "changedAt", coalesce(l.rest, 0)::bigint as left,
       (coalesce(u.charged, 0) - coalesce(c.amount, 0))::bigint as "spentMonth"
     from page p
       left join ledger.wallet w on w.person_id = p.id and w.asset = 'USD'
       left join lateral (select sum(available + held) as rest from ledger.lot where wallet_id = w.id) l on true
       left join lateral (
         select sum(charged) as charged from ledger.usage where wallet_id = w.id and at >= $1 and at < $2
       ) u on true
       left join corrected c on c.wallet_id = w.id
     order by p.id`,
    [iso(startOfMonth(now)), iso(now + 1), after, people, dayOf(now), limit],
  )
