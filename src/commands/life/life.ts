import { Fault } from '#base/fault.ts'
import type { Millis } from '#base/time.ts'
import type { Leaving } from '#people/life.ts'
import { expireDue } from './expire.ts'
import {
  cancelLeave,
  confirmLeave,
  previewLeave,
  workLeavings,
  type LeaveAnswer,
  type LeaveAsk,
  type LeaveOrder,
  type LeavePreview,
} from './leave.ts'
import type { LifeParts } from './parts.ts'

/** How a person's life at the company changes what was promised. Each command is one transaction, all or nothing. */
export interface Life {
  /** Exactly what would happen, and changes nothing. */
  previewLeave(ask: LeaveAsk): Promise<LeavePreview>
  /** Does it when the day has come, else schedules it: the worker does it at the day's beginning (UTC). */
  confirmLeave(order: LeaveOrder): Promise<LeaveAnswer>
  /** Only before its day. */
  cancelLeave(id: string): Promise<Leaving>
  /** What time brings: leavings whose day has come. Returns how many. */
  work(now: Millis): Promise<number>
  /** Rolls over and expires what is past its expiry. Returns how many lots ended. */
  expireDue(now: Millis): Promise<number>
}

const WORK_LIMIT = 500

export function openLife(parts: LifeParts): Life {
  const { db, world } = parts
  return {
    previewLeave: (ask) => previewLeave(parts, ask),
    confirmLeave(order) {
      const named = { ...order, id: order.id ?? world.id() }
      return twice(() => db.tx((sql) => confirmLeave(parts, sql, named)))
    },
    cancelLeave: (id) => db.tx((sql) => cancelLeave(parts, sql, id)),
    work: (now) => workLeavings(parts, now, WORK_LIMIT),
    expireDue: (now) => expireDue(parts, now),
  }
}

/** Whoever loses to the same command at the same moment sees what that one did, when they ask again. */
async function twice<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict' && error.param === 'person_id') return attempt()
    throw error
  }
}
