import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { append, lockTranches, supersedeAfter } from '#grants/changes.ts'
import type { LeaverReason } from '#grants/clauses.ts'
import { leavingRule } from '#grants/defaults.ts'
import type { Grant, Tranche } from '#grants/grant.ts'
import type { LeavingGrant, LeavingLot, Loss } from '#grants/leaving.ts'
import { booksOf, lockWallets, lotsNamed, openLots, type GrantBook, type OpenLot } from '#ledger/contracts.ts'
import type { Scope } from '#ledger/types.ts'
import type { NewPlan } from './lived.ts'
import type { LifeParts } from './parts.ts'
import { isUpcoming, lossesUntil, planUntil } from './replan.ts'

/** A grant in force with everything that leaving concerns; `root` is the grant itself where it was exchanged. */
export type GrantState = { readonly root: Grant; readonly grant: LeavingGrant }

/** The scope that the lots of a grant get. */
export const scopeOf = ({ scope, clauses: { exchange = [] } }: Pick<Grant, 'scope' | 'clauses'>): Scope =>
  exchange.length === 0 ? scope : { ...scope, exchange }

/**
 * The grants of a person that stand in the ledger. With `lock` everything that is read stays as it is until the
 * transaction ends: grants first, then tranches, then wallets, as every command locks.
 */
export async function grantStates(
  parts: LifeParts,
  sql: Sql,
  ask: {
    readonly person: string
    readonly lock: Millis | null
    /** Whoever leaves is no longer away: what goes on vesting after a leave is dated. */
    readonly leaving?: { readonly on: DateText; readonly reason: LeaverReason; readonly now: Millis }
  },
): Promise<{ readonly states: readonly GrantState[]; readonly others: readonly Grant[] }> {
  const { grants } = parts
  const known = [...(await grants.grantsOf(sql, ask.person))].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const all: Grant[] = []
  for (const { id } of known) {
    all.push(ask.lock === null ? known.find((grant) => grant.id === id)! : await grants.locked(sql, id))
  }
  const roots = all.filter(({ status }) => status === 'active' || status === 'ended')
  const ids = roots.map(({ id }) => id)
  if (ask.lock !== null) await lockTranches(sql, ids)
  const resumed = ask.leaving
    ? await resume(parts, sql, roots, { ...ask.leaving, write: ask.lock !== null })
    : null
  const tranches = await grants.tranches(sql, ids)
  const wallets = (await booksOf(sql, ids)).map(({ wallet }) => wallet)
  if (ask.lock !== null && wallets.length > 0) await lockWallets(sql, [...new Set(wallets)], ask.lock)
  const books = await booksOf(sql, ids)
  const lots = await openLots(
    sql,
    books.map(({ grant }) => grant),
  )
  const losses = ask.leaving ? await lost(parts, sql, roots, ask.leaving) : null
  return {
    states: books.map((book) => {
      const state = stateOf(book, roots, tranches, lots)
      const plan = resumed?.get(book.grant)
      const grant = plan ? resumedGrant(state.grant, plan, carriedOutOn(ask.leaving!)) : state.grant
      return { ...state, grant: { ...grant, losses: losses?.get(book.grant) ?? [] } }
    }),
    others: all.filter((grant) => !roots.includes(grant)),
  }
}

/** A leaving that lies ahead is planned as it will be on its day: what is due until then keeps its number. */
const carriedOutOn = ({ on, now }: { readonly on: DateText; readonly now: Millis }): DateText =>
  on > dayOf(now) ? on : dayOf(now)

/** Grants that go on vesting though a leave had them wait; written only when the leaving is carried out. */
async function resume(
  parts: LifeParts,
  sql: Sql,
  roots: readonly Grant[],
  ask: {
    readonly on: DateText
    readonly reason: LeaverReason
    readonly now: Millis
    readonly write: boolean
  },
): Promise<ReadonlyMap<string, NewPlan>> {
  const plans = new Map<string, NewPlan>()
  const today = carriedOutOn(ask)
  for (const root of roots) {
    if (root.status !== 'active' || leavingRule(root.clauses, ask.reason).rule.unvested !== 'continue')
      continue
    const plan = await planUntil(parts, sql, root, { on: ask.on, today })
    if (!plan) continue
    if (ask.write) {
      await supersedeAfter(sql, root.id, today, ask.now)
      await append(sql, root.id, plan.installments)
    } else plans.set(root.id, plan)
  }
  return plans
}

/** What the leaves of whoever leaves have lost by then. */
async function lost(
  parts: LifeParts,
  sql: Sql,
  roots: readonly Grant[],
  ask: { readonly on: DateText; readonly now: Millis },
): Promise<ReadonlyMap<string, readonly Loss[]>> {
  const losses = new Map<string, readonly Loss[]>()
  for (const root of roots) {
    if (root.status === 'active')
      losses.set(root.id, await lossesUntil(parts, sql, root, { on: ask.on, today: carriedOutOn(ask) }))
  }
  return losses
}

/** As it will be read once the plan is written. */
function resumedGrant(grant: LeavingGrant, { installments }: NewPlan, today: DateText): LeavingGrant {
  const due = grant.upcoming.filter(({ date }) => date <= today)
  const fresh = installments.map(({ date, quantity }, index) => ({
    n: grant.nextTranche + index,
    date,
    quantity,
  }))
  return { ...grant, upcoming: [...due, ...fresh], nextTranche: grant.nextTranche + fresh.length }
}

function stateOf(
  book: GrantBook,
  roots: readonly Grant[],
  tranches: readonly Tranche[],
  lots: readonly OpenLot[],
): GrantState {
  const root = roots.find(({ id }) => id === (book.convertedFrom ?? book.grant))!
  const own = tranches.filter(({ grant }) => grant === book.grant)
  const { expiry, priority, clauses } = root
  return {
    root,
    grant: {
      id: book.grant,
      name: root.name,
      asset: book.asset,
      // What was exchanged is a grant's only by its clauses: it vests nothing and rolls nothing over.
      expiry: book.convertedFrom === null ? expiry : { kind: 'never' },
      scope: scopeOf(root),
      priority,
      clauses,
      unvested: book.unvested,
      upcoming: own
        .filter(isUpcoming)
        .map(({ n, date, quantity }) => ({ n, date, quantity }))
        .toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.n - b.n)),
      nextTranche: own.reduce((most, { n }) => Math.max(most, n), 0) + 1,
      lots: lots.filter(({ grant }) => grant === book.grant).map(leavingLot),
    },
  }
}

const leavingLot = ({ carriedFrom, ...lot }: OpenLot): LeavingLot => ({
  ...lot,
  carried: carriedFrom !== null,
})

export const leavingLotsNamed = async (
  sql: Sql,
  ids: readonly string[],
): Promise<readonly (LeavingLot & { grant: string })[]> =>
  (await lotsNamed(sql, ids)).map((lot) => ({ ...leavingLot(lot), grant: lot.grant }))
