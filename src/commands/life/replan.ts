import { dayOf, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { append, supersede } from '#grants/changes.ts'
import type { Grant, Tranche } from '#grants/grant.ts'
import { vestGrant } from '../vest.ts'
import { planAnew, type Lived, type NewPlan } from './lived.ts'
import type { LifeParts } from './parts.ts'
import { isUpcoming } from './state.ts'

/** Everything that a grant has lived through. The caller holds the grant. */
export async function livedOf({ grants, people }: LifeParts, sql: Sql, grant: Grant): Promise<Lived> {
  return {
    grant,
    versions: await grants.versions(sql, grant.id),
    events: await grants.events(sql, grant.id),
    leaves: await people.lives.leaves(sql, grant.person),
  }
}

export const vestedOf = (tranches: readonly Tranche[]): bigint =>
  tranches.reduce((sum, { vestedAt, quantity }) => (vestedAt === null ? sum : sum + quantity), 0n)

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
  const plan = planAnew(lived, { today, vested: vestedOf(tranches) })
  const standing = tranches
    .filter(isUpcoming)
    .toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.n - b.n))
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
