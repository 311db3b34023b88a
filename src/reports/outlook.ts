import { assetOf, type Asset, type Denomination } from '#base/asset.ts'
import { dayOf, iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Unit } from '#grants/clauses.ts'
import { expiresAt, type ExpiryRule } from '#grants/expiry.ts'
import { rollover } from '#grants/rollover.ts'

/**
 * One dated change that is booked already: a tranche vests, what is left of a lot expires, or part of it rolls over.
 * `quantity` of an expiry is the most that can be lost: what is left now, or all of a tranche that is still to vest.
 */
export type OutlookItem = {
  readonly date: DateText
  readonly kind: 'vest' | 'expire' | 'roll_over'
  readonly asset: Asset
  readonly quantity: bigint
  readonly grant_id: string
  readonly grant_name: string
  readonly tranche: number
  /** Null while the tranche is still to vest. */
  readonly lot_id: string | null
  /** The instant from which it is spendable, or no longer. */
  readonly at: string
}

type GrantPart = {
  readonly grant_id: string
  readonly grant_name: string
  readonly denomination: Denomination
  readonly unit: Unit
  readonly expiry: ExpiryRule
  readonly tranche: number
}
type LotRow = GrantPart & {
  readonly lot_id: string
  readonly left: bigint
  readonly expired: bigint
  readonly expires_at: Millis
  readonly carried: boolean
}
type TrancheRow = GrantPart & { readonly date: DateText; readonly quantity: bigint }

const MAX_ITEMS = 10_000
const GRANT = `g.id as grant_id, g.name as grant_name, g.denomination, g.unit, g.expiry`

/** What will vest, expire and roll over, soonest first. Index: grant_person, lot_wallet, tranche's key. */
export async function outlook(sql: Sql, person: string): Promise<readonly OutlookItem[]> {
  const lots = await sql.query<LotRow>(
    `select ${GRANT}, l.tranche, l.id as lot_id, l.available + l.held as left, l.expired, l.expires_at,
       l.carried_from is not null as carried
     from grants.grant g join ledger.lot l on l.grant_id = g.id
     where g.person_id = $1 and l.open and l.expires_at is not null order by l.expires_at, l.id limit ${MAX_ITEMS}`,
    [person],
  )
  const tranches = await sql.query<TrancheRow>(
    `select ${GRANT}, t.n as tranche, t.date, t.quantity
     from grants.grant g join grants.tranche t on t.grant_id = g.id
     where g.person_id = $1 and g.status = 'active'
       and t.vested_at is null and t.forfeited_at is null and t.superseded_at is null
     order by t.date, t.grant_id, t.n limit ${MAX_ITEMS}`,
    [person],
  )
  return [...lots.flatMap(ofLot), ...tranches.flatMap(ofTranche)].toSorted(
    (a, b) => compare(a.at, b.at) || compare(a.grant_id, b.grant_id) || a.tranche - b.tranche,
  )
}

function ofLot({ left, expired, expires_at: at, carried, lot_id, ...grant }: LotRow): OutlookItem[] {
  const rolled = rollover(grant.expiry, { left, expired, expiresAt: at, carried })
  const amount = rolled?.amount ?? 0n
  return [
    ...(rolled ? [item(grant, { kind: 'roll_over', quantity: amount, lot_id, at })] : []),
    ...(left > amount ? [item(grant, { kind: 'expire', quantity: left - amount, lot_id, at })] : []),
  ]
}

function ofTranche({ date, quantity, ...grant }: TrancheRow): OutlookItem[] {
  const vests = item(grant, { kind: 'vest', quantity, lot_id: null, at: Date.parse(`${date}T00:00:00Z`) })
  const end = expiresAt(grant.expiry, date)
  if (end === null) return [vests]
  const ends = ofLot({ ...grant, lot_id: '', left: quantity, expired: 0n, expires_at: end, carried: false })
  return [vests, ...ends.map((one) => ({ ...one, lot_id: null }))]
}

const item = (
  { grant_id, grant_name, denomination, unit, tranche }: GrantPart,
  { at, ...change }: Pick<OutlookItem, 'kind' | 'quantity' | 'lot_id'> & { readonly at: Millis },
): OutlookItem => ({
  date: dayOf(at),
  asset: assetOf(denomination, unit),
  grant_id,
  grant_name,
  tranche,
  at: iso(at),
  ...change,
})

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
