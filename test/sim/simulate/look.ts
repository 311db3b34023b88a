import type { Millis } from '#base/time.ts'
import { callId, leavingId, walletOf, type Company } from './company.ts'
import { isOpen, type Lot } from './model.ts'

/** What a step may have touched. */
export type Touched = {
  readonly people: readonly number[]
  readonly calls: readonly number[]
  /** Ended lots, too: where a step may make a lot and end it. */
  readonly everyLot: boolean
}

export type SeenLot = {
  readonly id: string
  readonly wallet: string
  readonly grant: string
  readonly tranche: number
  readonly priority: number
  readonly scope: number
  readonly from: Millis
  readonly to: Millis | null
  readonly vested: number
  readonly available: number
  readonly held: number
  readonly spent: number
  readonly expired: number
  readonly revoked: number
  readonly carried: number
  readonly source: string | null
}
type SeenHold = {
  readonly id: string
  readonly amount: number
  readonly floor: number
  readonly owner: string
  readonly ends: Millis
}
type SeenUsage = {
  readonly id: string
  readonly held: number
  readonly cost: number
  readonly charged: number
  readonly absorbed: number
  readonly status: string
}
export type SeenEntry = {
  readonly id: string
  readonly kind: string
  readonly n: number
  readonly from: string
  readonly to: string
  readonly lot: string | null
  readonly amount: number
}
type SeenBook = {
  readonly id: string
  readonly granted: number
  readonly unvested: number
  readonly vested: number
  readonly forfeited: number
  readonly revoked: number
}
type SeenCap = {
  readonly key: string
  readonly amount: number
  readonly period: string | null
  readonly start: Millis
  readonly used: number
}

/** The rows that stand, of the wallets and calls that were touched. Amounts here are far below what a double holds. */
export type Seen = {
  readonly wallets: readonly { readonly id: string; readonly at: Millis }[]
  readonly lots: readonly SeenLot[]
  readonly books: readonly SeenBook[]
  readonly holds: ReadonlyMap<string, SeenHold>
  readonly usage: ReadonlyMap<string, SeenUsage>
  readonly late: ReadonlyMap<string, { readonly cost: number; readonly absorbed: number }>
  readonly entries: readonly SeenEntry[]
  readonly caps: readonly SeenCap[]
  readonly leavings: readonly { readonly id: string; readonly state: string; readonly rounds: number }[]
}

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::bigint`
const rows = (text: string): string => `(select coalesce(json_agg(r), '[]') from (${text}) r)`

/** One statement, by indexes, one snapshot. */
const LOOK = `select json_build_object(
  'wallets', ${rows(`select id, ${ms('last_at')} as at from ledger.wallet where id = any ($1)`)},
  'lots', ${rows(`select id, wallet_id as wallet, grant_id as grant, tranche, priority, scope_id as scope, ${ms('effective_at')} as "from",
      ${ms('expires_at')} as "to", vested, available, held, spent, expired, revoked, carried, carried_from as source
    from ledger.lot where wallet_id = any ($1) and (open or $3 or id = any ($2))`)},
  'books', ${rows(`select grant_id as id, granted, unvested, vested, forfeited, revoked from ledger.grant_book where wallet_id = any ($1)`)},
  'holds', ${rows(`select id, amount, floor, owner, ${ms('expires_at')} as ends from ledger.hold where wallet_id = any ($1)`)},
  'usage', ${rows(`select id, held, cost, charged, absorbed, status from ledger.usage where id = any ($4)`)},
  'late', ${rows(`select id, cost, absorbed from ledger.late where id = any ($4)`)},
  'entries', ${rows(`select transfer as id, kind, n, source as "from", target as "to", lot_id as lot, amount from ledger.entry
    where transfer = any ($4) order by transfer, seq`)},
  'caps', ${rows(`select key_id as key, amount, period, ${ms('window_start')} as start, used from ledger.cap where wallet_id = any ($1)`)},
  'leavings', ${rows(`select id, state, rounds from people.leaving where $3 and id = any ($5)`)}
) as seen`

type Listed = {
  [K in keyof Seen]: Seen[K] extends ReadonlyMap<string, infer V> ? readonly ({ id: string } & V)[] : Seen[K]
}

export async function look(company: Company, { people, calls, everyLot }: Touched): Promise<Seen> {
  const standing = company.model.lots.filter((lot: Lot) => lot.id !== null && isOpen(lot)).map(({ id }) => id)
  const [row] = await company.slot.db.query<{ seen: Listed }>(LOOK, [
    people.map((n) => walletOf(company, n)),
    standing,
    everyLot,
    calls.map((n) => callId(company, n)),
    people.map((n) => leavingId(company, n)),
  ])
  const { holds, usage, late, ...rest } = row!.seen
  const byId = <R extends { id: string }>(list: readonly R[]) => new Map(list.map((one) => [one.id, one]))
  return { ...rest, holds: byId(holds), usage: byId(usage), late: byId(late) }
}
