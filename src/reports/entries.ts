import { iso } from '#base/time.ts'
import type { Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Account, EntryKind } from '#ledger/types.ts'
import { callMeets, callValues, isNarrow, spanOf } from './filter.ts'
import type { CallFilter, TimeFilter } from './filter.ts'
import { decode, pageOf, WHOLE } from './page.ts'

/** With something of `CallFilter`, only entries of finished calls that meet it, and of their corrections. */
export type EntryFilter = CallFilter &
  TimeFilter & {
    /** Only entries that enter (+) or leave (−) this account; the sum is then its balance. */
    readonly account?: Account | undefined
    readonly kind?: EntryKind | undefined
    readonly grant?: string | undefined
    readonly lot?: string | undefined
    /** The entries of a call and of its corrections. */
    readonly call?: string | undefined
  }

export type EntryView = {
  readonly seq: bigint
  readonly at: string
  readonly transfer: string
  readonly kind: EntryKind
  readonly source: Account
  readonly target: Account
  readonly amount: bigint
  readonly grant_id: string | null
  readonly grant_name: string | null
  readonly lot_id: string | null
  readonly tranche: number | null
  readonly party: string | null
  readonly price_version: number | null
  readonly cause: string | null
  readonly sealed: boolean
}

export type EntriesView = {
  readonly entries: readonly EntryView[]
  /** Of everything the filter meets, not only of this page. */
  readonly sum: bigint
  readonly count: number
  readonly next: string | null
}

type EntryRow = Omit<EntryView, 'at'> & { readonly at: Millis }

/** What was exchanged belongs to the grant that it comes from. */
const ROOT = 'coalesce(e.grant_id, b.converted_from, l.grant_id)'

const VIEW = `e.seq, e.at, e.transfer, e.kind, e.source, e.target, e.amount, ${ROOT} as grant_id,
  g.name as grant_name, e.lot_id, l.tranche, e.party, e.price_version, e.cause, e.xid`

/** An entry is sealed when the chain has passed it: seals follow (xid, seq) without a gap. */
const SEALED = `(select (h.xid, h.seq) from ledger.seal_head h) >= (e.xid, e.seq) as sealed`

/**
 * A wallet's entries: those of its lots and grants, and what the company absorbed of its calls. The absorbed part lies
 * outside every grant, so it belongs to no account of the wallet but `absorbed`.
 */
const OF_WALLET = `
  select e.* from ledger.lot o join ledger.grant_book b on b.grant_id = o.grant_id join ledger.entry e on e.lot_id = o.id
  where o.wallet_id = $1 and ($5::uuid is null or $5 in (b.grant_id, b.converted_from)) and ($6::uuid is null or o.id = $6)
  union all
  select e.* from ledger.grant_book b join ledger.entry e on e.grant_id = b.grant_id
  where b.wallet_id = $1 and ($5::uuid is null or b.grant_id = $5) and $6::uuid is null
  union all
  select e.* from ledger.usage u join ledger.entry e on e.transfer = u.id and e.kind = 'absorb'
  where u.wallet_id = $1 and $5::uuid is null and $6::uuid is null and coalesce($3, 'absorbed') = 'absorbed'
    and coalesce($4, 'absorb') = 'absorb' and ($7::uuid is null or u.id = $7)`

/** Index: entry_lot (lot_id, seq), entry_grant (grant_id, seq), usage_wallet, usage (id). */
const ENTRIES = `
  with met as materialized (
    select e.*, case when $3 is null or e.target::text = $3 then e.amount else -e.amount end as signed
    from (${OF_WALLET}) e
    where ($3::text is null or e.source::text = $3 or e.target::text = $3)
      and ($4::text is null or e.kind::text = $4)
      and ($7::uuid is null or e.transfer = $7 or e.cause = $7)
      and ($8::timestamptz is null or e.at >= $8) and ($9::timestamptz is null or e.at < $9)
      and (not $11::boolean or exists (
        select 1 from ledger.usage u where u.id in (e.transfer, e.cause) and ${callMeets(12)}))
  ), total as (
    select count(*)::int as total_count, coalesce(sum(signed), 0) as total_sum from met
  ), page as (
    select * from met where $2::bigint is null or seq < $2 order by seq desc limit $10
  )
  select total.*, v.* from total left join lateral (
    select ${VIEW}, e.signed, ${SEALED}
    from page e left join ledger.lot l on l.id = e.lot_id left join ledger.grant_book b on b.grant_id = l.grant_id
      left join grants.grant g on g.id = ${ROOT}
  ) v on true order by v.seq desc`

export async function entries(
  sql: Sql,
  wallet: string | null,
  filter: EntryFilter,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<EntriesView> {
  if (wallet === null) return { entries: [], sum: 0n, count: 0, next: null }
  const before = cursor === undefined ? null : decode(cursor, [WHOLE])[0]
  const { from, until } = spanOf(filter)
  type Row = EntryRow & { total_count: number; total_sum: bigint; signed: bigint }
  const rows = await sql.query<Row>(ENTRIES, [
    wallet,
    before,
    filter.account ?? null,
    filter.kind ?? null,
    filter.grant ?? null,
    filter.lot ?? null,
    filter.call ?? null,
    from,
    until,
    limit + 1,
    isNarrow(filter),
    ...callValues(filter),
  ])
  // The totals come even when the page is empty; then the entry's columns are null.
  const found = rows.filter((row) => row.seq !== null)
  const page = pageOf(found, limit, (row) => [String(row.seq)])
  return {
    entries: page.rows.map((row) => viewOf({ ...row, amount: row.signed })),
    sum: rows[0]?.total_sum ?? 0n,
    count: rows[0]?.total_count ?? 0,
    next: page.next,
  }
}

/** All entries of one call in the order they were made: hold, settle or lapse, what was absorbed, corrections. */
export async function entriesOfCall(sql: Sql, call: string): Promise<readonly EntryView[]> {
  const rows = await sql.query<EntryRow>(
    `select ${VIEW}, ${SEALED}
     from (
       select * from ledger.entry where transfer = $1
       union all
       select c.* from ledger.note n join ledger.entry c on c.transfer = n.transfer and c.kind = 'adjust' where c.cause = $1
     ) e left join ledger.lot l on l.id = e.lot_id left join ledger.grant_book b on b.grant_id = l.grant_id
       left join grants.grant g on g.id = ${ROOT}
     order by e.seq`,
    [call],
  )
  return rows.map(viewOf)
}

const viewOf = (row: EntryRow): EntryView => ({
  seq: row.seq,
  at: iso(row.at),
  transfer: row.transfer,
  kind: row.kind,
  source: row.source,
  target: row.target,
  amount: row.amount,
  grant_id: row.grant_id,
  grant_name: row.grant_name,
  lot_id: row.lot_id,
  tranche: row.tranche,
  party: row.party,
  price_version: row.price_version,
  cause: row.cause,
  sealed: row.sealed,
})
