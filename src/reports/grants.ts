import { assetOf, type Asset, type AssetUnit, type Denomination } from '#base/asset.ts'
import { dayOf, iso } from '#base/time.ts'
import type { DateText, Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { expiresAt } from '#grants/expiry.ts'
import type { ExpiryRule } from '#grants/expiry.ts'

import type { PlannedTranche } from './pace.ts'

export type TrancheState = 'vested' | 'due' | 'upcoming' | 'forfeited'

export type TrancheView = {
  readonly n: number
  readonly date: DateText
  readonly quantity: bigint
  readonly state: TrancheState
  readonly lot_id: string | null
  readonly available: bigint | null
  readonly held: bigint | null
  readonly spent: bigint | null
  readonly expired: bigint | null
  /** Of the lot; before it vests, as its rule will make it. Null when it never expires. */
  readonly expires_at: string | null
}

export type GrantView = {
  readonly id: string
  readonly name: string
  readonly template_name: string
  readonly denomination: Denomination
  /** What the amounts count, in its smallest unit. */
  readonly asset: Asset
  readonly quantity: bigint
  readonly start_date: DateText
  readonly grant_date: DateText
  readonly status: string
  /** Became spendable so far, whatever happened to it since. */
  readonly vested: bigint
  readonly unvested: bigint
  readonly forfeited: bigint
  readonly available: bigint
  readonly held: bigint
  readonly spent: bigint
  readonly expired: bigint
  readonly revoked: bigint
  readonly next_vest: { readonly date: DateText; readonly quantity: bigint } | null
  /** The day it ended, or the day its last tranche vests. */
  readonly ends_on: DateText | null
  readonly expiry_rule: ExpiryRule
  readonly tranches: readonly TrancheView[]
}

type GrantRow = {
  id: string
  name: string
  template_name: string
  denomination: Denomination
  unit: AssetUnit
  quantity: bigint
  start_date: DateText
  grant_date: DateText
  status: string
  ended_on: DateText | null
  expiry: ExpiryRule
  vested: bigint
  unvested: bigint
  forfeited: bigint
  revoked: bigint
  available: bigint
  held: bigint
  spent: bigint
  expired: bigint
  lots_revoked: bigint
}

export type TrancheRow = {
  grant_id: string
  grant_name: string
  denomination: Denomination
  n: number
  date: DateText
  quantity: bigint
  expiry: ExpiryRule
  vested_at: Millis | null
  forfeited_at: Millis | null
  lot_id: string | null
  available: bigint | null
  held: bigint | null
  spent: bigint | null
  expired: bigint | null
  expires_at: Millis | null
}

/**
 * A person's grants that stand in the ledger, oldest first, each with its tranches; drafts promise nothing yet.
 * Index: grant_person, tranche's and lot's keys (grant_id, n).
 */
export async function grants(sql: Sql, person: string, now: Millis): Promise<readonly GrantView[]> {
  const rows = await sql.query<GrantRow>(
    `select g.id, g.name, g.template_name, g.denomination, g.unit, g.quantity, g.start_date, g.grant_date, g.status, g.ended_on,
       g.expiry, b.vested, b.unvested, b.forfeited, b.revoked, l.*
     from grants.grant g join ledger.grant_book b on b.grant_id = g.id
       cross join lateral (
         select coalesce(sum(available), 0) as available, coalesce(sum(held), 0) as held, coalesce(sum(spent), 0) as spent,
           coalesce(sum(expired), 0) as expired, coalesce(sum(revoked), 0) as lots_revoked
         from ledger.lot where grant_id = g.id
       ) l
     where g.person_id = $1 order by g.created_at, g.id limit 1000`,
    [person],
  )
  const planned = await tranches(sql, person)
  return rows.map((row) =>
    grantView(
      row,
      planned.filter((one) => one.grant_id === row.id),
      dayOf(now),
    ),
  )
}

/** Every planned tranche of a person's grants with its lot, by grant and number. */
export const tranches = (sql: Sql, person: string): Promise<TrancheRow[]> =>
  sql.query<TrancheRow>(TRANCHES(`g.person_id = $1 and g.status in ('active', 'ended')`), [person])

const TRANCHES = (where: string): string =>
  `select t.grant_id, g.name as grant_name, g.denomination, t.n, t.date, t.quantity, g.expiry, t.vested_at, t.forfeited_at,
     l.id as lot_id, l.available, l.held, l.spent, l.expired, l.expires_at
   from grants.grant g join grants.tranche t on t.grant_id = g.id
     left join ledger.lot l on l.grant_id = t.grant_id and l.tranche = t.n and l.carried_from is null
   where ${where} and t.superseded_at is null
   order by t.grant_id, t.n`

/** The planned tranches of one grant, whatever its status. */
export async function trancheViews(
  sql: Sql,
  grant: string,
  today: DateText,
): Promise<readonly TrancheView[]> {
  const rows = await sql.query<TrancheRow>(TRANCHES('g.id = $1'), [grant])
  return rows.map((row) => trancheView(row, today))
}

/** What still comes, soonest first. */
export const upcoming = (rows: readonly TrancheRow[]): readonly TrancheRow[] =>
  rows
    .filter((row) => row.vested_at === null && row.forfeited_at === null)
    .toSorted((a, b) => compareText(a.date, b.date) || compareText(a.grant_id, b.grant_id) || a.n - b.n)

/** The tranches of each grant as its plan counts them; forfeited ones never come. */
export function plans(rows: readonly TrancheRow[]): readonly (readonly PlannedTranche[])[] {
  const byGrant = new Map<string, PlannedTranche[]>()
  for (const row of rows) {
    if (row.forfeited_at !== null) continue
    const expiry = expiresAt(row.expiry, row.date)
    const one = { date: row.date, quantity: row.quantity, expiresOn: expiry === null ? null : dayOf(expiry) }
    byGrant.set(row.grant_id, [...(byGrant.get(row.grant_id) ?? []), one])
  }
  return [...byGrant.values()]
}

function grantView(row: GrantRow, planned: readonly TrancheRow[], today: DateText): GrantView {
  const [next] = upcoming(planned)
  return {
    id: row.id,
    name: row.name,
    template_name: row.template_name,
    denomination: row.denomination,
    asset: assetOf(row.denomination, row.unit),
    quantity: row.quantity,
    start_date: row.start_date,
    grant_date: row.grant_date,
    status: row.status,
    vested: row.vested,
    unvested: row.unvested,
    forfeited: row.forfeited,
    available: row.available,
    held: row.held,
    spent: row.spent,
    expired: row.expired,
    revoked: row.revoked + row.lots_revoked,
    next_vest: next ? { date: next.date, quantity: next.quantity } : null,
    ends_on: row.ended_on ?? planned.at(-1)?.date ?? null,
    expiry_rule: row.expiry,
    tranches: planned.map((one) => trancheView(one, today)),
  }
}

function trancheView(row: TrancheRow, today: DateText): TrancheView {
  const expiry = row.lot_id === null ? expiresAt(row.expiry, row.date) : row.expires_at
  return {
    n: row.n,
    date: row.date,
    quantity: row.quantity,
    state: stateOf(row, today),
    lot_id: row.lot_id,
    available: row.available,
    held: row.held,
    spent: row.spent,
    expired: row.expired,
    expires_at: expiry === null ? null : iso(expiry),
  }
}

/** The lot is the proof that a tranche vested. */
function stateOf(row: TrancheRow, today: DateText): TrancheState {
  if (row.lot_id !== null) return 'vested'
  if (row.forfeited_at !== null) return 'forfeited'
  return row.date <= today ? 'due' : 'upcoming'
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
