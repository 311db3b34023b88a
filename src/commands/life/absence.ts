import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Grant } from '#grants/grant.ts'
import { bookOf } from '#ledger/contracts.ts'
import type { LeaveOfAbsence } from '#people/life.ts'
import { statusOn } from '#people/person.ts'
import type { LeaveAsk, LeaveChange } from '#people/lives.ts'
import { vestGrant } from '../vest.ts'
import { lossOf, lostIn, pausesOf, policyOf } from './lived.ts'
import type { LifeParts } from './parts.ts'
import { livedOf, replanGrant } from './replan.ts'
import { several } from './several.ts'

/** What a leave does to one grant. */
export type LeaveEffect = {
  readonly grant: string
  readonly name: string
  readonly policy: 'continue' | 'pause_extend' | 'pause_forfeit'
  readonly graceDays: number
  /** Of what is still planned; null when nothing is. */
  readonly nextVest: DateText | null
  readonly lastVest: DateText | null
  readonly planned: bigint
  /** What waits until the end of the leave is known. */
  readonly waiting: bigint
  /** What fell into the leave and is lost by its rule. */
  readonly lost: bigint
}

export type Absence = {
  readonly leave: LeaveOfAbsence
  readonly effects: readonly LeaveEffect[]
  readonly replayed: boolean
}

/** Records a leave and plans each grant anew by its own rule. */
export async function recordAbsence(parts: LifeParts, sql: Sql, ask: LeaveAsk): Promise<Absence> {
  const now = parts.world.now()
  const person = await parts.people.find(ask.person, sql)
  if (!person) throw new Fault('not_found', `There is no person ${ask.person}.`, { param: 'person_id' })
  if (statusOn(person, dayOf(now)) === 'left') {
    throw new Fault('conflict', `${person.name} left on ${person.leftOn}.`, { param: 'person_id' })
  }
  const grants = await activeGrants(parts, sql, ask.person)
  // What was due before this was told vests as it was planned.
  for (const { id } of grants) await vestGrant(parts, sql, { grant: id, until: dayOf(now) }, now)
  const { leave, replayed } = await parts.people.lives.recordLeave(sql, ask)
  if (!replayed) {
    for (const grant of grants) await pause(parts, sql, grant, leave)
    await tellPerson(parts, sql, leave)
  }
  return { leave, effects: await replanAll(parts, sql, leave, now), replayed }
}

/** Another end, or a known one; or the leave never was. */
export async function changeAbsence(
  parts: LifeParts,
  sql: Sql,
  id: string,
  change: LeaveChange & { readonly by?: string | null | undefined },
): Promise<Absence> {
  const now = parts.world.now()
  const { by: _, ...rest } = change
  const { person } = await parts.people.lives.leave(sql, id)
  for (const grant of await activeGrants(parts, sql, person))
    await vestGrant(parts, sql, { grant: grant.id, until: dayOf(now) }, now)
  const leave = await parts.people.lives.changeLeave(sql, id, rest)
  await tellPerson(parts, sql, leave)
  return { leave, effects: await replanAll(parts, sql, leave, now), replayed: false }
}

/** Books what certain leaves that are over have lost for good. Returns how many leaves. */
export async function settleAbsences(parts: LifeParts, now: Millis, limit: number): Promise<number> {
  const { db, people } = parts
  const ids = await people.lives.unsettledLeaves(db, dayOf(now), limit)
  await several(ids, async (id) => {
    await db.tx(async (sql) => {
      const leave = await people.lives.leave(sql, id)
      const grants = await activeGrants(parts, sql, leave.person)
      if (leave.settledAt !== null || leave.withdrawn || leave.to === null || leave.to > dayOf(now)) return
      for (const grant of grants) await settleGrant(parts, sql, grant, leave, now)
      await people.lives.settleLeave(sql, leave)
    })
  })
  return ids.length
}

async function settleGrant(
  parts: LifeParts,
  sql: Sql,
  grant: Grant,
  leave: LeaveOfAbsence,
  now: Millis,
): Promise<void> {
  const lived = await livedOf(parts, sql, grant)
  const own = pausesOf(lived).find((pause) => pause.leave === leave.id)
  if (own?.policy !== 'pause_forfeit') return
  await vestGrant(parts, sql, { grant: grant.id, until: dayOf(now) }, now)
  const plan = await replanGrant(parts, sql, grant, now)
  const book = await bookOf(sql, grant.id)
  const spare = (book?.unvested ?? 0n) - plan.planned
  const lost = lostIn(plan, leave)
  const amount = lost < spare ? lost : spare
  if (amount <= 0n) return
  const { order: id, why: reason } = lossOf(leave, grant.id)
  await parts.ledger.unvestedLost(sql, now, { id, grant: grant.id, to: 'forfeited', amount, reason })
}

/** Locked, in the order of their ids. */
export async function activeGrants(
  { grants }: LifeParts,
  sql: Sql,
  person: string,
): Promise<readonly Grant[]> {
  const ids = (await grants.grantsOf(sql, person))
    .filter(({ status }) => status === 'active')
    .map(({ id }) => id)
    .toSorted()
  const locked: Grant[] = []
  for (const id of ids) locked.push(await grants.locked(sql, id))
  return locked.filter(({ status }) => status === 'active')
}

async function pause(parts: LifeParts, sql: Sql, grant: Grant, leave: LeaveOfAbsence): Promise<void> {
  const { policy, graceDays } = policyOf(grant, leave.kind)
  await parts.grants.record(sql, {
    id: uuidOf('paused', leave.id, grant.id),
    grant: grant.id,
    kind: 'paused',
    on: leave.from,
    body: { leave: leave.id, kind: leave.kind, policy, grace_days: graceDays },
    recordedAt: parts.world.now(),
    recordedBy: leave.recordedBy,
  })
}

async function replanAll(
  parts: LifeParts,
  sql: Sql,
  leave: LeaveOfAbsence,
  now: Millis,
): Promise<readonly LeaveEffect[]> {
  const effects: LeaveEffect[] = []
  for (const grant of await activeGrants(parts, sql, leave.person)) {
    const plan = await replanGrant(parts, sql, grant, now)
    const { policy, graceDays } = policyOf(grant, leave.kind)
    const { installments, planned, timeline } = plan
    effects.push({
      grant: grant.id,
      name: grant.name,
      policy,
      graceDays,
      nextVest: installments[0]?.date ?? null,
      lastVest: installments.at(-1)?.date ?? null,
      planned,
      waiting: timeline.unresolved,
      lost: policy === 'pause_forfeit' ? lostIn(plan, leave) : 0n,
    })
  }
  return effects
}

async function tellPerson(parts: LifeParts, sql: Sql, leave: LeaveOfAbsence): Promise<void> {
  await parts.people.lives.tell(sql, {
    person: leave.person,
    kind: 'leave',
    day: leave.from,
    body: {
      leave: leave.id,
      kind: leave.kind,
      from: leave.from,
      to: leave.to,
      approximate: leave.approximate,
      withdrawn: leave.withdrawn,
    },
    recordedBy: leave.recordedBy,
  })
}
