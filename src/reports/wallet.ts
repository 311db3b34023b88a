import { dayOf, iso } from '#base/time.ts'
import type { DateText, Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { balances, lotsOf, openHolds, walletOf, type PersonLot } from '#ledger/reads.ts'
import type { Balances, Lot, Scope } from '#ledger/types.ts'
import { plans, tranches, upcoming } from './grants.ts'
import type { TrancheRow } from './grants.ts'
import { meanPerDay, PACE_DAYS, planPerDay, runwayDays, shown } from './pace.ts'
import { seats, seatsTag } from './seats.ts'
import type { SeatView } from './seats.ts'
import { recentSpend } from './spend.ts'

export type LotView = {
  readonly id: string
  readonly grant_id: string
  readonly grant_name: string
  readonly tranche: number
  readonly priority: number
  readonly scope: Scope
  readonly effective_at: string
  readonly expires_at: string | null
  readonly vested: bigint
  readonly available: bigint
  readonly held: bigint
  readonly spent: bigint
  readonly expired: bigint
  readonly revoked: bigint
}

export type WalletView = Balances & {
  readonly person: { readonly id: string; readonly name: string }
  readonly asset: 'USD'
  readonly unit: 'nano-dollar'
  readonly as_of: string
  readonly version: bigint
  /** In the order in which they are drawn. */
  readonly lots: readonly LotView[]
  readonly holds: readonly {
    readonly id: string
    readonly model: string
    readonly amount: bigint
    readonly since: string
    readonly expires_at: string
  }[]
  readonly next_vest: {
    readonly date: DateText
    readonly quantity: bigint
    readonly grant_id: string
    readonly grant_name: string
  } | null
  /** The soonest day on which something is lost, and how much if nothing more is spent. */
  readonly next_expiry: { readonly date: DateText; readonly amount: bigint } | null
  readonly spent_30d: bigint
  readonly spent_prev_30d: bigint
  /** The mean of the last 14 days. */
  readonly pace_per_day: bigint
  /** Days that `available` lasts at the pace; null when nothing is spent. */
  readonly runway_days: number | null
  /** What the grants themselves set as pace: each vested portion lasts until the next. */
  readonly plan_per_day: bigint
  readonly runway_plan_days: number | null
  /** Seats of subscriptions, counted apart from the dollars above. */
  readonly seats: readonly SeatView[]
}

const NOTHING: Balances = {
  granted: 0n,
  unvested: 0n,
  available: 0n,
  held: 0n,
  spent: 0n,
  expired: 0n,
  forfeited: 0n,
  revoked: 0n,
}

/** The wallet of a person as of `now`. Someone to whom nothing was promised yet has an empty one. */
export async function wallet(
  sql: Sql,
  person: { readonly id: string; readonly name: string },
  now: Millis,
): Promise<WalletView> {
  const found = await walletOf(sql, person.id)
  const all = await tranches(sql, person.id)
  const planned = all.filter(({ denomination }) => denomination === 'usd')
  const seatTranches = all.filter(({ denomination }) => denomination === 'seat_month')
  const own = (await lotsOf(sql, person.id, { ended: true })).filter((lot) => lot.asset === 'USD')
  const totals = found ? await balances(sql, found.id) : NOTHING
  const holds = found ? await openHolds(sql, found.id) : []
  const spent = found ? await recentSpend(sql, found.id, now) : { last14: 0n, last30: 0n, previous30: 0n }
  const pace = meanPerDay(spent.last14, PACE_DAYS)
  const plan = planPerDay(plans(planned), dayOf(now))
  const names = new Map(all.map((row) => [row.grant_id, row.grant_name]))
  return {
    person: { id: person.id, name: person.name },
    asset: 'USD',
    unit: 'nano-dollar',
    as_of: iso(now),
    version: found?.version ?? 0n,
    ...totals,
    lots: own.map((lot) => lotView(lot, names.get(lot.root) ?? '')),
    holds: holds.map((hold) => ({
      id: hold.id,
      model: hold.model,
      amount: hold.amount,
      since: iso(hold.at),
      expires_at: iso(hold.expiresAt),
    })),
    next_vest: nextVest(planned),
    next_expiry: nextExpiry(own),
    spent_30d: spent.last30,
    spent_prev_30d: spent.previous30,
    pace_per_day: shown(pace),
    runway_days: runwayDays(totals.available, pace),
    plan_per_day: shown(plan),
    runway_plan_days: runwayDays(totals.available, plan),
    seats: (await seats(sql, person.id, seatTranches, now)).seats,
  }
}

/**
 * Changes when the view may have changed: with every move of the wallet, every change of its person's grants, every use of
 * a seat, and every day, because pace, runway and the next dates are counted in days.
 */
export async function walletTag(sql: Sql, person: string, now: Millis): Promise<string> {
  const found = await walletOf(sql, person)
  return `${found?.id ?? person}.${found?.version ?? 0n}.${await seatsTag(sql, person)}.${dayOf(now)}`
}

function nextVest(planned: readonly TrancheRow[]): WalletView['next_vest'] {
  const [next] = upcoming(planned)
  if (!next) return null
  return { date: next.date, quantity: next.quantity, grant_id: next.grant_id, grant_name: next.grant_name }
}

/** What is held now may come back, so it counts as something that can be lost. */
function nextExpiry(own: readonly Lot[]): WalletView['next_expiry'] {
  const open = own.filter((lot) => lot.available + lot.held > 0n)
  const days = open.flatMap((lot) => (lot.expiresAt === null ? [] : [dayOf(lot.expiresAt)])).toSorted()
  const [date] = days
  if (date === undefined) return null
  const amount = open.reduce(
    (sum, lot) =>
      lot.expiresAt !== null && dayOf(lot.expiresAt) === date ? sum + lot.available + lot.held : sum,
    0n,
  )
  return { date, amount }
}

/** What was exchanged belongs to the grant that it comes from. */
const lotView = (lot: PersonLot, grantName: string): LotView => ({
  id: lot.id,
  grant_id: lot.root,
  grant_name: grantName,
  tranche: lot.tranche,
  priority: lot.priority,
  scope: lot.scope,
  effective_at: iso(lot.effectiveAt),
  expires_at: lot.expiresAt === null ? null : iso(lot.expiresAt),
  vested: lot.vested,
  available: lot.available,
  held: lot.held,
  spent: lot.spent,
  expired: lot.expired,
  revoked: lot.revoked,
})
