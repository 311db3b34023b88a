import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { append, supersede } from '#grants/changes.ts'
import type { Grant, Tranche } from '#grants/grant.ts'
import type { Loss } from '#grants/leaving.ts'
import { bookOf } from '#ledger/contracts.ts'
import { endedBy } from '#people/life.ts'
import { vestGrant } from '../vest.ts'
import { lossOf, lostIn, pausesOf, planAnew, type Lived, type NewPlan } from './lived.ts'
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
  ask: { readonly on: DateText; readonly today: DateText },
): Promise<NewPlan | null> {
  const lived = await livedOf(parts, sql, grant)
  const leaves = lived.leaves.map((leave) => endedBy(leave, ask.on))
  if (leaves.every((leave, index) => leave === lived.leaves[index])) return null
  const { plan, rest } = await afterDue(parts, sql, { ...lived, leaves }, ask.today)
  return isSame(rest, plan) ? null : plan
}

/** What leaves that are over by a day have lost by then and nobody has booked, if leaves ended with that day. */
export async function lossesUntil(
  parts: LifeParts,
  sql: Sql,
  grant: Grant,
  ask: { readonly on: DateText; readonly today: DateText },
): Promise<readonly Loss[]> {
  const told = await livedOf(parts, sql, grant)
  const lived = { ...told, leaves: told.leaves.map((leave) => endedBy(leave, ask.on)) }
  const losing = pausesOf(lived).filter(({ policy }) => policy === 'pause_forfeit')
  const over = lived.leaves.filter(
    ({ id, to, settledAt }) =>
      settledAt === null && to !== null && to <= ask.on && losing.some(({ leave }) => leave === id),
  )
  if (over.length === 0) return []
  const { plan, most } = await afterDue(parts, sql, lived, ask.today)
  let spare = most - plan.planned
  return over.flatMap((leave) => {
    const lost = lostIn(plan, leave)
    const quantity = lost < spare ? lost : spare
    if (quantity <= 0n) return []
    spare -= quantity
    return [{ ...lossOf(leave, grant.id), quantity }]
  })
}

/** The plan for what comes after today; what is due vests as it was planned. */
async function afterDue(
  parts: LifeParts,
  sql: Sql,
  lived: Lived,
  today: DateText,
): Promise<{ readonly plan: NewPlan; readonly most: bigint; readonly rest: readonly Tranche[] }> {
  const { id } = lived.grant
  const tranches = await parts.grants.tranches(sql, [id])
  const due = inOrder(tranches).filter(({ date }) => date <= today)
  const vested = vestedOf(tranches) + due.reduce((sum, { quantity }) => sum + quantity, 0n)
  const most = (await unvestedOf(sql, id)) - (vested - vestedOf(tranches))
  const rest = inOrder(tranches).filter(({ date }) => date > today)
  return { plan: planAnew(lived, { today, vested, most }), most, rest }
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
