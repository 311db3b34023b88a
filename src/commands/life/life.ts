import { Fault } from '#base/fault.ts'
import type { Millis } from '#base/time.ts'
import type { Leaving } from '#people/life.ts'
import type { LeaveAsk as AbsenceAsk, LeaveChange } from '#people/lives.ts'
import { changeAbsence, recordAbsence, settleAbsences, type Absence } from './absence.ts'
import { amend, previewAmend, type AmendAsk, type Amended } from './amend.ts'
import { clawback, type ClawbackAsk, type ClawedBack } from './clawback.ts'
import { expireDue } from './expire.ts'
import { fire, type FireAsk, type Fired } from './fire.ts'
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
import { changeLevel, type LevelAsk, type Levelled } from './level.ts'
import type { LifeParts } from './parts.ts'
import { rehearsed } from './rehearse.ts'
import { rehire, type RehireAsk, type Rehired } from './rehire.ts'
import { previewReprice, reprice, repriceDue, type RepriceAsk, type Repriced } from './reprice.ts'
import { transfer, type TransferAsk, type Transferred } from './transfer.ts'

/**
 * How a person's life at the company changes what was promised. Each command is one transaction, all or nothing, and
 * with the caller's own id it is done once.
 */
export interface Life {
  /** Exactly what would happen, and changes nothing. */
  previewLeave(ask: LeaveAsk): Promise<LeavePreview>
  /** Does it when the day has come, else schedules it: the worker does it at the day's beginning (UTC). */
  confirmLeave(order: LeaveOrder): Promise<LeaveAnswer>
  /** Only before its day. */
  cancelLeave(id: string): Promise<Leaving>
  /** A leave of absence: each grant pauses by its own rule. */
  recordAbsence(ask: AbsenceAsk): Promise<Absence>
  /** Another expected end, or the real one; or it never was. */
  changeAbsence(
    id: string,
    change: LeaveChange & { readonly by?: string | null | undefined },
  ): Promise<Absence>
  previewAmend(ask: AmendAsk): Promise<Amended>
  /** Another quantity or other terms from a day on: a new version; the old one stays. */
  amend(ask: AmendAsk): Promise<Amended>
  /** Another level or salary; grants by formula are computed anew from the day on. */
  changeLevel(ask: LevelAsk): Promise<Levelled>
  /** Another legal entity employs the person and owes their grants. */
  transfer(ask: TransferAsk): Promise<Transferred>
  /** The same person and wallet again; new grants count the service before. */
  rehire(ask: RehireAsk): Promise<Rehired>
  /** Takes back for cause what is left of a grant; what is spent is told, not taken. */
  clawback(ask: ClawbackAsk): Promise<ClawedBack>
  /** An event that a grant waits for has happened. */
  fire(ask: FireAsk): Promise<Fired>
  previewReprice(ask: RepriceAsk): Promise<Repriced>
  reprice(ask: RepriceAsk): Promise<Repriced>
  /** The same commands, undone before anything of them stays: what they would do now. */
  readonly rehearse: Pick<
    Life,
    'recordAbsence' | 'changeAbsence' | 'changeLevel' | 'transfer' | 'clawback' | 'fire'
  >
  /** What time brings: leavings whose day has come, leaves that are over. Returns how many. */
  work(now: Millis): Promise<number>
  /** Grants whose index has fallen grow by their contract. Returns how many. */
  repriceDue(): Promise<number>
  /** Rolls over and expires what is past its expiry. Returns how many lots ended. */
  expireDue(now: Millis): Promise<number>
}

const WORK_LIMIT = 500
const REPRICE_LIMIT = 100_000

export function openLife(parts: LifeParts): Life {
  const { db, world } = parts
  const named = <T extends { readonly id?: string | undefined }>(ask: T): T & { readonly id: string } => ({
    ...ask,
    id: ask.id ?? world.id(),
  })
  return {
    previewLeave: (ask) => previewLeave(parts, ask),
    confirmLeave(order) {
      const own = named(order)
      return twice(() => db.tx((sql) => confirmLeave(parts, sql, own)))
    },
    cancelLeave: (id) => db.tx((sql) => cancelLeave(parts, sql, id)),
    recordAbsence: (ask) => db.tx((sql) => recordAbsence(parts, sql, ask)),
    changeAbsence: (id, change) => db.tx((sql) => changeAbsence(parts, sql, id, change)),
    previewAmend: (ask) => previewAmend(parts, ask),
    amend: (ask) => db.tx((sql) => amend(parts, sql, named(ask))),
    changeLevel: (ask) => db.tx((sql) => changeLevel(parts, sql, named(ask))),
    transfer: (ask) => db.tx((sql) => transfer(parts, sql, named(ask))),
    rehire: (ask) => db.tx((sql) => rehire(parts, sql, named(ask))),
    clawback: (ask) => db.tx((sql) => clawback(parts, sql, named(ask))),
    fire: (ask) => db.tx((sql) => fire(parts, sql, named(ask))),
    previewReprice: (ask) => previewReprice(parts, ask),
    reprice: (ask) => db.tx((sql) => reprice(parts, sql, ask)),
    rehearse: {
      recordAbsence: (ask) => rehearsed(db, (sql) => recordAbsence(parts, sql, ask)),
      changeAbsence: (id, change) => rehearsed(db, (sql) => changeAbsence(parts, sql, id, change)),
      changeLevel: (ask) => rehearsed(db, (sql) => changeLevel(parts, sql, named(ask))),
      transfer: (ask) => rehearsed(db, (sql) => transfer(parts, sql, named(ask))),
      clawback: (ask) => rehearsed(db, (sql) => clawback(parts, sql, named(ask))),
      fire: (ask) => rehearsed(db, (sql) => fire(parts, sql, named(ask))),
    },
    work: async (now) =>
      (await workLeavings(parts, now, WORK_LIMIT)) + (await settleAbsences(parts, now, WORK_LIMIT)),
    repriceDue: () => repriceDue(parts, REPRICE_LIMIT),
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
