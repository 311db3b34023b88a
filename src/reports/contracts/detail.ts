import type { Asset } from '#base/asset.ts'
import { formatQuantity } from '#base/quantity.ts'
import type { Json } from '#base/json.ts'
import { dayOf, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Clauses, Formula } from '#grants/clauses.ts'
import type { ExpiryRule } from '#grants/expiry.ts'
import type { Scope } from '#ledger/types.ts'
import { trancheViews, type TrancheView } from '../grants.ts'
import { contractWords } from '../words/contract.ts'
import { reckoningWords } from '../words/reckoning.ts'
import type { Section } from '../words/clauses.ts'
import { contractRow, type ContractRow } from './list.ts'
import * as trail from './trail.ts'

export type ContractView = ContractRow & {
  readonly available: bigint
  readonly held: bigint
  readonly forfeited: bigint
  readonly expired: bigint
  readonly revoked: bigint
  /** The terms as data, as they hold now. */
  readonly terms: Terms
  /** How the quantity came about; null when it was given. */
  readonly reckoning: Json
  /** The terms in plain words. */
  readonly words: readonly Section[]
  readonly tranches: readonly TrancheView[]
  readonly versions: readonly trail.VersionView[]
  readonly events: readonly trail.EventView[]
  readonly approvals: readonly trail.ApprovalView[]
  readonly acceptances: readonly trail.AcceptanceView[]
}

type Terms = {
  readonly statements: Json
  readonly allocation: string
  readonly formula: Formula
  readonly expiry: ExpiryRule
  readonly scope: Scope
  readonly priority: number
  readonly clauses: Clauses
}

type More = Terms & {
  readonly reckoning: { readonly [key: string]: Json } | null
  readonly available: bigint
  readonly held: bigint
  readonly forfeited: bigint
  readonly expired: bigint
  readonly revoked: bigint
}

/** Everything about one grant, whatever its status. Null when there is none. */
export async function contract(sql: Sql, id: string, now: Millis): Promise<ContractView | null> {
  const row = await contractRow(sql, id)
  if (!row) return null
  const more = await moreOf(sql, id)
  const { statements, allocation, formula, expiry, scope, priority, clauses, reckoning, ...balances } = more
  const [tranches, versions, events, approvals, acceptances] = [
    await trancheViews(sql, id, dayOf(now)),
    await trail.versionsOf(sql, id),
    await trail.eventsOf(sql, id),
    await trail.approvalsOf(sql, id),
    await trail.acceptancesOf(sql, id),
  ]
  const terms = { statements, allocation, formula, expiry, scope, priority, clauses }
  return {
    ...row,
    ...balances,
    terms,
    reckoning: reckoning ?? null,
    words: wordsOf(row, terms, reckoningWords(reckoning ?? null)),
    tranches,
    versions,
    events,
    approvals,
    acceptances,
  }
}

async function moreOf(sql: Sql, id: string): Promise<More> {
  const [more] = await sql.query<More>(
    `select g.statements, g.allocation, g.formula, g.expiry, g.scope, g.priority, g.clauses, g.reckoning,
       coalesce(l.available, 0) as available, coalesce(l.held, 0) as held, coalesce(b.forfeited, 0) as forfeited,
       coalesce(l.expired, 0) as expired, coalesce(b.revoked, 0) + coalesce(l.revoked, 0) as revoked
     from grants.grant g left join ledger.grant_book b on b.grant_id = g.id
       left join lateral (
         select sum(available) as available, sum(held) as held, sum(expired) as expired, sum(revoked) as revoked
         from ledger.lot where grant_id = g.id
       ) l on true
     where g.id = $1`,
    [id],
  )
  return more!
}

const wordsOf = (
  row: Pick<ContractRow, 'name' | 'asset' | 'quantity' | 'start_date' | 'grant_date'>,
  terms: Terms,
  reckoning: string | null,
): readonly Section[] =>
  contractWords({
    name: row.name,
    quantity: formatQuantity(row.asset, row.quantity),
    reckoning,
    startDate: row.start_date,
    grantDate: row.grant_date,
    statements: terms.statements,
    expiry: terms.expiry,
    scope: terms.scope,
    clauses: terms.clauses,
    amount: (quantity) => say(row.asset, quantity),
  })

/** A quantity of a clause is text; one that is no whole number is told as it stands. */
const say = (asset: Asset, quantity: string): string =>
  /^\d{1,30}$/.test(quantity) ? formatQuantity(asset, BigInt(quantity)) : quantity
