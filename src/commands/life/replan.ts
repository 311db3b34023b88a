import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { append, supersede } from '#grants/changes.ts'
import type { Grant, Tranche } from '#grants/grant.ts'
import { bookOf } from '#ledger/contracts.ts'
import { endedBy } from '#people/life.ts'
import { vestGrant } from '../vest.ts'
import { planAnew, type Lived, type NewPlan } from './lived.ts'
import type { LifeParts } from './parts.ts'

/** Everything that a grant has lived through. The caller holds the grant. */
export async function livedOf({ grants, people }: LifeParts, sql: Sql, grant: Grant): Promise<Lived> {
  return {
    grant,
    versions: await grants.versions(sql, grant.id),
    events: await grants.events(sql, grant.id),
    leaves: await people.lives.leaves(sql, grant.person),
  }
}

export const isUpcoming = ({ vestedAt, forfeitedAt, supersededAt }: Tranche): boolean =>
  vestedAt === null && forfeitedAt === null && supersededAt === null

export const vestedOf = (tranches: readonly Tranche[]): bigint =>
  tranches.reduce((sum, { vestedAt, quantity }) => (vestedAt === null ? sum : sum + quantity), 0n)

const inOrder = (tranches: readonly Tranche[]): readonly Tranche[] =>
  tranches.filter(isUpcoming).toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.n - b.n))

async function unvestedOf(sql: Sql, grant: string): Promise<bigint> {
  return (await bookOf(sql, grant))?.unvested ?? 0n
}

/** What is still to vest after today if its person's leaves ended with a day; null when that changes nothing. */
export async function planUntil(
  parts: LifeParts,
  sql: Sql,
  grant: Grant,
  ask: { readonly on: DateText; readonly now: Millis },
): Promise<NewPlan | null> {
  const lived = await livedOf(parts, sql, grant)
  const leaves = lived.leaves.map((leave) => endedBy(leave, ask.on))
  if (leaves.every((leave, index) => leave === lived.leaves[index])) return null
  const today = dayOf(ask.now)
  const tranches = await parts.grants.tranches(sql, [grant.id])
  // What is due vests as it was planned.
  const due = inOrder(tranches).filter(({ date }) => date <= today)
  const vested = vestedOf(tranches) + due.reduce((sum, { quantity }) => sum + quantity, 0n)
  const most = (await unvestedOf(sql, grant.id)) - (vested - vestedOf(tranches))
  const plan = planAnew({ ...lived, leaves }, { today, vested, most })
  const rest = inOrder(tranches).filter(({ date }) => date > today)
  return isSame(rest, plan) ? null : plan
}

/**
 * Plans anew what is still to vest of a grant, after something that changes its days has been recorded: what is due
 * already vests first, as it was planned. Nothing is written when the plan stays as it is.
 */
export async function replanGrant(
  parts: LifeParts,
  sql: Sql,
  grant: Grant,
  now: Millis,
): Promise<NewPlan & { readonly changed: boolean }> {
  const today = dayOf(now)
  const lived = await livedOf(parts, sql, grant)
  const tranches = await parts.grants.tranches(sql, [grant.id])
  const plan = planAnew(lived, { today, vested: vestedOf(tranches), most: await unvestedOf(sql, grant.id) })
  const standing = inOrder(tranches)
  if (isSame(standing, plan)) return { ...plan, changed: false }
  await supersede(sql, grant.id, now)
  await append(sql, grant.id, plan.installments)
  await vestGrant(parts, sql, { grant: grant.id, until: today }, now)
  return { ...plan, changed: true }
}

const isSame = (standing: readonly Tranche[], { installments }: NewPlan): boolean =>
  standing.length === installments.length &&
  standing.every(({ date, quantity }, index) => {
    const planned = installments[index]!
    return planned.date === date && planned.quantity === quantity
  })
