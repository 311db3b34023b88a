import { Fault, messageOf } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { dayOf, isDate, startOfDay, type DateText, type Millis } from '#base/time.ts'
import { isConnectionLost, type Sql } from '#db/sql.ts'
import { LEAVER_REASONS, type LeaverReason } from '#grants/clauses.ts'
import { lotSteps } from '#grants/leaving.ts'
import { leavingRule } from '#grants/defaults.ts'
import type { Leaving } from '#people/life.ts'
import type { Person } from '#people/person.ts'
import { doLeaving, endGrant } from './leave-do.ts'
import { planLeave, type LeavePlan } from './leave-plan.ts'
import type { LifeParts } from './parts.ts'
import { several } from './several.ts'
import { grantStates, leavingLotsNamed, type GrantState } from './state.ts'
import { recordOf, waitingOf } from './leave-record.ts'

export type LeaveAsk = {
  readonly person: string
  /** The first day on which the person no longer works here; it may lie ahead. */
  readonly on: DateText
  readonly reason: LeaverReason
}

export type LeaveOrder = LeaveAsk & {
  /** The caller's own id makes the command repeatable. */
  readonly id?: string | undefined
  readonly note?: string | undefined
  readonly by?: string | null | undefined
  /** The hash of a preview: when that is no longer what would happen, nothing is done. */
  readonly expect?: string | undefined
}

export type KeyName = { readonly id: string; readonly name: string; readonly prefix: string }

export type LeavePreview = {
  readonly person: Person
  readonly plan: LeavePlan
  /** Live keys; all of them are dead within a second of the day's beginning. */
  readonly keys: readonly KeyName[]
  /** The day lies ahead: spending and changes until then change the amounts. */
  readonly ahead: boolean
}

export type LeaveAnswer = LeavePreview & { readonly leaving: Leaving; readonly replayed: boolean }

/** What would happen, from one snapshot; nothing is changed. */
export const previewLeave = (parts: LifeParts, ask: LeaveAsk): Promise<LeavePreview> =>
  parts.db.tx(async (sql) => {
    await sql.query('set transaction isolation level repeatable read, read only')
    const person = await leaver(parts, sql, { ...ask, lock: false })
    return previewOf(parts, sql, { ...ask, subject: person, lock: null })
  })

/** Schedules the leaving, or carries it out at once when its day has come. */
export async function confirmLeave(
  parts: LifeParts,
  sql: Sql,
  order: LeaveOrder & { readonly id: string },
): Promise<LeaveAnswer> {
  const { people, world } = parts
  const now = world.now()
  const standing = await people.lives.leaving(sql, order.id)
  if (standing) return replayOf(parts, sql, standing, order)
  const person = await leaver(parts, sql, { ...order, lock: true })
  if (order.by === order.person) {
    throw new Fault('forbidden', 'somebody else confirms that you leave', { param: 'person_id' })
  }
  const today = order.on <= dayOf(now)
  const preview = await previewOf(parts, sql, { ...order, subject: person, lock: today ? now : null })
  if (order.expect !== undefined && order.expect !== preview.plan.hash) {
    const message = 'What would happen has changed since this preview; look at it again, then confirm.'
    throw new Fault('conflict', message, { param: 'expect' })
  }
  const leaving: Leaving = {
    id: order.id,
    person: order.person,
    leftOn: order.on,
    reason: order.reason,
    note: order.note ?? '',
    state: 'scheduled',
    plan: recordOf(preview.plan, []),
    open: false,
    rounds: 0,
    recordedAt: now,
    recordedBy: order.by ?? null,
    doneAt: null,
  }
  await people.lives.recordLeaving(sql, leaving)
  if (today) return { ...preview, leaving: await carryOut(parts, sql, leaving), replayed: false }
  await people.update(order.person, { leftOn: order.on }, sql)
  return { ...preview, leaving, replayed: false }
}

/** Only while it is scheduled; the person stays. */
export async function cancelLeave(parts: LifeParts, sql: Sql, id: string): Promise<Leaving> {
  const { lives } = parts.people
  const leaving = await lives.leaving(sql, id)
  if (!leaving) throw new Fault('not_found', `There is no leaving ${id}.`, { param: 'id' })
  if (leaving.state === 'cancelled') return leaving
  if (leaving.state === 'done') {
    throw new Fault('conflict', `It was carried out on ${leaving.leftOn}; hire the person again instead.`, {
      param: 'id',
    })
  }
  const cancelled: Leaving = { ...leaving, state: 'cancelled' }
  await lives.changeLeaving(sql, cancelled)
  await parts.people.update(leaving.person, { leftOn: null }, sql)
  return cancelled
}

/** Does what the contracts say, under lock, with what is there now. */
export async function carryOut(parts: LifeParts, sql: Sql, leaving: Leaving): Promise<Leaving> {
  const { people, spending, world } = parts
  const now = world.now()
  const { leftOn: on, person } = leaving
  // Before their grants are listed: one that is being issued to them is among them, or refused.
  await people.locked(person, sql)
  const reason = reasonOf(leaving.reason)
  const read = await grantStates(parts, sql, { person, lock: now, leaving: { on, reason, now } })
  const plan = planLeave(read, { on, reason, now }, await lateBy(parts, sql, read.states, on))
  for (const grant of plan.grants) {
    const state = stateNamed(read.states, grant.grant)
    const doing = { state, on, reason, now }
    await doLeaving(parts, sql, grant, doing)
    await endGrant(parts, sql, grant, doing)
    await tellGrant(parts, sql, leaving, state)
  }
  await endOthers(parts, sql, read, plan, leaving)
  await people.lives.endLeaves(sql, person, on)
  await settleLeaves(parts, sql, person, on)
  if (plan.held === 'cancel') await spending.endCalls(person, sql)
  await spending.revokeKeys(person, sql)
  const { until, purposes } = plan.access
  await people.update(person, { leftOn: on, accessUntil: until, accessPurposes: purposes }, sql)
  const waiting = read.states.flatMap(({ grant }) =>
    grant.lots.filter(({ held }) => held > 0n).map(({ id }) => id),
  )
  const done: Leaving = {
    ...leaving,
    state: 'done',
    plan: recordOf(plan, waiting),
    open: waiting.length > 0,
    doneAt: now,
  }
  await people.lives.changeLeaving(sql, done)
  await people.lives.tell(sql, {
    id: uuidOf('left', leaving.id),
    person,
    kind: 'left',
    day: on,
    body: { leaving: leaving.id, reason, note: leaving.note },
    recordedBy: leaving.recordedBy,
  })
  return done
}

/** What calls that were left to run gave back follows the rules that held on the day of leaving. */
export async function followUp(parts: LifeParts, sql: Sql, leaving: Leaving): Promise<Leaving> {
  const now = parts.world.now()
  const held = await leavingLotsNamed(sql, waitingOf(leaving.plan))
  if (held.every((lot) => lot.held > 0n && lot.available === 0n)) return leaving
  const round = leaving.rounds + 1
  const { states } = await grantStates(parts, sql, { person: leaving.person, lock: now })
  const reason = reasonOf(leaving.reason)
  const ask = { on: leaving.leftOn, reason, asOf: Math.max(now, startOfDay(leaving.leftOn)), round }
  const lots = await leavingLotsNamed(sql, waitingOf(leaving.plan))
  for (const lot of lots) {
    const state = stateNamed(states, lot.grant)
    const { clauses } = state.grant
    const terms = { rule: leavingRule(clauses, reason).rule, portability: clauses.portability }
    const past = lot.expiresAt !== null && lot.expiresAt <= now
    // A lot whose own end has come meanwhile is the expiry's.
    if (!past) {
      const { plan } = lotSteps(lot, terms, ask)
      await doLeaving(parts, sql, { steps: plan }, { state, on: leaving.leftOn, reason, now })
    }
  }
  const waiting = lots.filter(({ held }) => held > 0n).map(({ id }) => id)
  const plan = { ...(leaving.plan as object), waiting }
  const next: Leaving = { ...leaving, rounds: round, plan, open: waiting.length > 0 }
  await parts.people.lives.changeLeaving(sql, next)
  return next
}

/** Carries out what is due: leavings whose day has come, and what their calls gave back. Returns how many. */
export async function workLeavings(parts: LifeParts, now: Millis, limit: number): Promise<number> {
  const { db, people } = parts
  const ids = await people.lives.leavingsDue(db, dayOf(now), limit)
  const refused: string[] = []
  await several(ids, async (id) => {
    try {
      await db.tx(async (sql) => {
        const leaving = await people.lives.leaving(sql, id)
        if (leaving?.state === 'scheduled' && leaving.leftOn <= dayOf(now))
          await carryOut(parts, sql, leaving)
        else if (leaving?.open) await followUp(parts, sql, leaving)
      })
    } catch (error) {
      // One that cannot be carried out keeps nobody else from it.
      if (isConnectionLost(error)) throw error
      refused.push(`${id}: ${messageOf(error)}`)
    }
  })
  if (refused.length === 0) return ids.length
  throw new Fault('conflict', `${refused.length} leavings could not be carried out; ${refused[0]}`, {
    param: 'leaving_id',
  })
}

async function leaver(
  { people }: LifeParts,
  sql: Sql,
  ask: LeaveAsk & { readonly lock: boolean },
): Promise<Person> {
  if (!isDate(ask.on)) throw new Fault('invalid', `on is "${ask.on}"; give a real date`, { param: 'on' })
  reasonOf(ask.reason)
  const person = ask.lock ? await people.locked(ask.person, sql) : await people.find(ask.person, sql)
  if (!person) throw new Fault('not_found', `There is no person ${ask.person}.`, { param: 'person_id' })
  if (ask.on < person.hiredOn) {
    const message = `on is ${ask.on}, before ${person.name} began on ${person.hiredOn}`
    throw new Fault('invalid', message, { param: 'on' })
  }
  const last = (await people.lives.leavingsOf(sql, person.id)).find(({ state }) => state !== 'cancelled')
  if (person.leftOn !== null && last?.state !== 'scheduled' && last?.leftOn === person.leftOn) {
    throw new Fault('conflict', `${person.name} left on ${person.leftOn} already.`, { param: 'person_id' })
  }
  return person
}

async function previewOf(
  parts: LifeParts,
  sql: Sql,
  ask: LeaveAsk & { readonly subject: Person; readonly lock: Millis | null },
): Promise<LeavePreview> {
  const now = parts.world.now()
  const { on, reason } = ask
  const leaving = { on, reason, now }
  const read = await grantStates(parts, sql, { person: ask.person, lock: ask.lock, leaving })
  const plan = planLeave(read, { on, reason, now }, await lateBy(parts, sql, read.states, on))
  const keys = (await parts.spending.keys(ask.person, sql))
    .filter(({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt === null || expiresAt > now))
    .map(({ id, name, prefix }) => ({ id, name, prefix }))
  return { person: ask.subject, plan, keys, ahead: on > dayOf(now) }
}

/** What vested on the day of leaving or after it, of each grant. */
async function lateBy(
  { grants }: LifeParts,
  sql: Sql,
  states: readonly GrantState[],
  on: DateText,
): Promise<(grant: string) => bigint> {
  const tranches = await grants.tranches(
    sql,
    states.filter(({ root }) => root.status === 'active').map(({ root }) => root.id),
  )
  const late = tranches.filter(({ date, vestedAt }) => date >= on && vestedAt !== null)
  return (id) => late.reduce((sum, { grant, quantity }) => (grant === id ? sum + quantity : sum), 0n)
}

async function replayOf(
  parts: LifeParts,
  sql: Sql,
  leaving: Leaving,
  order: LeaveOrder,
): Promise<LeaveAnswer> {
  const same =
    leaving.person === order.person && leaving.leftOn === order.on && leaving.reason === order.reason
  if (!same) throw new Fault('conflict', `Leaving ${leaving.id} already stands otherwise.`, { param: 'id' })
  const person = await parts.people.find(leaving.person, sql)
  invariant(person, 'a person is never deleted')
  const preview = await previewOf(parts, sql, { ...order, subject: person, lock: null })
  return { ...preview, leaving, replayed: true }
}

/** What leaves that are over have lost is booked with the leaving. */
async function settleLeaves({ people }: LifeParts, sql: Sql, person: string, on: DateText): Promise<void> {
  for (const leave of await people.lives.leaves(sql, person)) {
    const isOpen = leave.settledAt === null && !leave.withdrawn
    if (isOpen && leave.to !== null && leave.to <= on) await people.lives.settleLeave(sql, leave)
  }
}

async function tellGrant(parts: LifeParts, sql: Sql, leaving: Leaving, { root }: GrantState): Promise<void> {
  await parts.grants.record(sql, {
    id: uuidOf('left', leaving.id, root.id),
    grant: root.id,
    kind: 'left',
    on: leaving.leftOn,
    body: { leaving: leaving.id, reason: leaving.reason },
    recordedAt: parts.world.now(),
    recordedBy: leaving.recordedBy,
  })
}

/** Grants in force with nothing left in them, and those that never came into force. */
async function endOthers(
  parts: LifeParts,
  sql: Sql,
  read: Awaited<ReturnType<typeof grantStates>>,
  plan: LeavePlan,
  leaving: Leaving,
): Promise<void> {
  const now = parts.world.now()
  for (const state of read.states) {
    const { root } = state
    if (root.id !== state.grant.id || plan.grants.some(({ grant }) => grant === root.id)) continue
    await endGrant(
      parts,
      sql,
      { grant: root.id, goesOn: 0n },
      {
        state,
        on: plan.on,
        reason: plan.reason,
        now,
      },
    )
  }
  for (const { id, status } of read.others) {
    if (status === 'accepted') await parts.grants.end(sql, id, plan.lastDay, now)
    else if (status !== 'declined' && status !== 'withdrawn') await parts.grants.move(sql, id, 'withdraw')
    else continue
    await parts.grants.record(sql, {
      id: uuidOf('left', leaving.id, id),
      grant: id,
      kind: 'left',
      on: plan.on,
      body: { leaving: leaving.id, reason: leaving.reason },
      recordedAt: now,
      recordedBy: leaving.recordedBy,
    })
  }
}

function stateNamed(states: readonly GrantState[], id: string): GrantState {
  const state = states.find(({ grant }) => grant.id === id)
  invariant(state, 'a plan names grants that were read')
  return state
}

export function reasonOf(text: string): LeaverReason {
  const reason = LEAVER_REASONS.find((known) => known === text)
  if (reason) return reason
  throw new Fault('invalid', `reason is "${text.slice(0, 40)}"; give one of ${LEAVER_REASONS.join(', ')}`, {
    param: 'reason',
  })
}
