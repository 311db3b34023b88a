import { Fault } from '#base/fault.ts'
import type { DateText, Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Sql } from '#db/sql.ts'
import {
  checkApart,
  checkLeave,
  checkNote,
  endedBy,
  type LeaveOfAbsence,
  type Leaving,
  type PersonEvent,
} from './life.ts'
import * as store from './life-store.ts'

export type LeaveAsk = {
  readonly id?: string | undefined
  readonly person: string
  readonly kind: string
  readonly from: DateText
  readonly to: DateText | null
  readonly approximate?: boolean | undefined
  readonly note?: string | undefined
  readonly by?: string | null | undefined
}

/** What is absent stays as it is. */
export type LeaveChange = {
  readonly to?: DateText | null | undefined
  readonly approximate?: boolean | undefined
  readonly note?: string | undefined
  readonly withdrawn?: boolean | undefined
}

/** What a person's time at the company is made of. Every function works in the caller's transaction. */
export interface Lives {
  /** The same id again is a replay. Throws Fault `conflict` where two leaves would overlap. */
  recordLeave(sql: Sql, ask: LeaveAsk): Promise<{ leave: LeaveOfAbsence; replayed: boolean }>
  changeLeave(sql: Sql, id: string, change: LeaveChange): Promise<LeaveOfAbsence>
  settleLeave(sql: Sql, leave: LeaveOfAbsence): Promise<void>
  /** Ids of leaves that are over for certain and not settled. */
  unsettledLeaves(sql: Sql, day: DateText, limit: number): Promise<readonly string[]>
  /** Locked. Throws Fault `not_found`. */
  leave(sql: Sql, id: string): Promise<LeaveOfAbsence>
  /** In the order in which they began, those withdrawn included. */
  leaves(sql: Sql, person: string): Promise<readonly LeaveOfAbsence[]>
  /** Whoever leaves is no longer away: their leaves end with the day, those that had not begun are withdrawn. */
  endLeaves(sql: Sql, person: string, on: DateText): Promise<void>
  /** Throws Fault `conflict` when one is scheduled already. */
  recordLeaving(sql: Sql, leaving: Leaving): Promise<void>
  changeLeaving(sql: Sql, leaving: Leaving): Promise<void>
  /** Locked; null when there is none. */
  leaving(sql: Sql, id: string): Promise<Leaving | null>
  /** The newest first, cancelled ones included. */
  leavingsOf(sql: Sql, person: string): Promise<readonly Leaving[]>
  /** All from a day on, soonest first, at most 500. */
  leavings(sql: Sql, from: DateText): Promise<readonly Leaving[]>
  /** Ids of those whose day has come and of those that running calls keep open. */
  leavingsDue(sql: Sql, day: DateText, limit: number): Promise<readonly string[]>
  tell(sql: Sql, event: Omit<PersonEvent, 'id' | 'recordedAt'> & { id?: string }): Promise<void>
  events(sql: Sql, person: string): Promise<readonly PersonEvent[]>
}

const LIST = 500
const EVENTS = 1_000

export function openLives(world: Pick<World, 'now' | 'id'>): Lives {
  const locked = async (sql: Sql, id: string): Promise<LeaveOfAbsence> => {
    const found = await store.leave(sql, id)
    if (!found) throw new Fault('not_found', `There is no leave ${id}.`, { param: 'id' })
    return found
  }

  return {
    async recordLeave(sql, ask) {
      const now: Millis = world.now()
      const { id = world.id(), approximate = false, note = '', by = null, ...rest } = ask
      const fresh = {
        ...rest,
        id,
        approximate,
        note,
        withdrawn: false,
        settledAt: null,
        recordedAt: now,
        recordedBy: by,
      }
      const leave = checkLeave(fresh)
      const standing = await store.leave(sql, id)
      if (standing) {
        if (isSame(standing, leave)) return { leave: standing, replayed: true }
        throw new Fault('conflict', `Leave ${id} already stands with other days.`, { param: 'id' })
      }
      checkApart(leave, await store.leaves(sql, ask.person))
      if (!(await store.insertLeave(sql, leave)))
        throw new Fault('conflict', `Leave ${id} already stands.`, { param: 'id' })
      return { leave, replayed: false }
    },

    async changeLeave(sql, id, change) {
      const before = await locked(sql, id)
      if (before.settledAt !== null) {
        const message = `The leave is over since ${before.to} and what it lost is booked; amend the grants instead.`
        throw new Fault('conflict', message, { param: 'id' })
      }
      const { to = before.to, note = before.note, withdrawn = before.withdrawn } = change
      const approximate = change.approximate ?? (change.to === undefined ? before.approximate : false)
      const leave = checkLeave({ ...before, to, note, withdrawn, approximate })
      if (!withdrawn) checkApart(leave, await store.leaves(sql, before.person))
      await store.updateLeave(sql, leave, world.now())
      return leave
    },

    settleLeave: async (sql, leave) =>
      void (await store.updateLeave(sql, { ...leave, settledAt: world.now() }, world.now())),
    unsettledLeaves: async (sql, day, limit) =>
      (await store.unsettledLeaves(sql, day, limit)).map(({ id }) => id),
    leave: locked,
    leaves: store.leaves,

    async endLeaves(sql, person, on) {
      for (const leave of await store.leaves(sql, person)) {
        const ended = endedBy(leave, on)
        if (ended !== leave) await store.updateLeave(sql, ended, world.now())
      }
    },

    async recordLeaving(sql, leaving) {
      const checked = { ...leaving, note: checkNote(leaving.note) }
      if (await store.insertLeaving(sql, checked)) return
      throw new Fault('conflict', 'A leaving is scheduled for this person already; cancel it first.', {
        param: 'person_id',
      })
    },
    changeLeaving: async (sql, leaving) => void (await store.updateLeaving(sql, leaving)),
    leaving: store.leaving,
    leavingsOf: store.leavingsOf,
    leavings: (sql, from) => store.leavings(sql, from, LIST),
    leavingsDue: async (sql, day, limit) => (await store.leavingsDue(sql, day, limit)).map(({ id }) => id),

    tell: async (sql, event) =>
      void (await store.insertEvent(sql, { ...event, id: event.id ?? world.id(), recordedAt: world.now() })),
    events: (sql, person) => store.events(sql, person, EVENTS),
  }
}

const isSame = (a: LeaveOfAbsence, b: LeaveOfAbsence): boolean =>
  a.person === b.person && a.kind === b.kind && a.from === b.from && a.to === b.to
