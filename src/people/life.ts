import { Fault } from '#base/fault.ts'
import { isDate, type DateText, type Millis } from '#base/time.ts'

/** A time away from work. `to` is the first day back, null while nobody knows it. */
export type LeaveOfAbsence = {
  readonly id: string
  readonly person: string
  /** As the company names its leaves: parental, medical, unpaid. */
  readonly kind: string
  readonly from: DateText
  readonly to: DateText | null
  /** The day back is expected, not certain. */
  readonly approximate: boolean
  readonly note: string
  /** Recorded by mistake: counts for nothing. */
  readonly withdrawn: boolean
  /** When what it lost was forfeited; from then on it stays as it is. */
  readonly settledAt: Millis | null
  readonly recordedAt: Millis
  readonly recordedBy: string | null
}

export type LeavingState = 'scheduled' | 'done' | 'cancelled'

/** The end of an employment; `plan` is what was confirmed and, once done, what was done. */
export type Leaving = {
  readonly id: string
  readonly person: string
  readonly leftOn: DateText
  readonly reason: string
  readonly note: string
  readonly state: LeavingState
  readonly plan: unknown
  /** Calls still hold a part of it. */
  readonly open: boolean
  readonly rounds: number
  readonly recordedAt: Millis
  readonly recordedBy: string | null
  readonly doneAt: Millis | null
}

/** What happened to a person: told once, never changed. */
export type PersonEvent = {
  readonly id: string
  readonly person: string
  readonly kind: 'level' | 'transfer' | 'leave' | 'left' | 'rehired'
  readonly day: DateText
  readonly body: Readonly<Record<string, unknown>>
  readonly recordedAt: Millis
  readonly recordedBy: string | null
}

const NOTE_LIMIT = 500

export function checkLeave(leave: LeaveOfAbsence): LeaveOfAbsence {
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(leave.kind)) {
    throw invalid('kind', `"${leave.kind.slice(0, 40)}" names no leave; give parental, medical, unpaid, …`)
  }
  if (!isDate(leave.from)) throw invalid('from', `"${leave.from}" is no date, YYYY-MM-DD.`)
  const { to } = leave
  if (to !== null && !isDate(to)) throw invalid('to', `"${to}" is no date, YYYY-MM-DD.`)
  if (to !== null && to <= leave.from) {
    throw invalid('to', `The first day back is ${to}; it lies after ${leave.from}, the first day away.`)
  }
  return { ...leave, note: checkNote(leave.note), approximate: leave.approximate || to === null }
}

export function checkNote(note: string): string {
  const trimmed = note.trim()
  if (trimmed.length <= NOTE_LIMIT) return trimmed
  throw invalid('note', `A note has at most ${NOTE_LIMIT} characters.`)
}

/** Two leaves do not overlap: a day away is away once. */
export function checkApart(leave: LeaveOfAbsence, others: readonly LeaveOfAbsence[]): void {
  const clash = others.find(
    (other) =>
      other.id !== leave.id &&
      !other.withdrawn &&
      (other.to === null || other.to > leave.from) &&
      (leave.to === null || leave.to > other.from),
  )
  if (!clash) return
  const until = clash.to === null ? 'an unknown day' : clash.to
  throw new Fault('conflict', `A ${clash.kind} leave from ${clash.from} to ${until} lies in the same time.`, {
    param: 'from',
  })
}

/** Whoever leaves is no longer away: a leave ends with the day of leaving, and one that had not begun never was. */
export function endedBy(leave: LeaveOfAbsence, on: DateText): LeaveOfAbsence {
  const over = leave.withdrawn || leave.settledAt !== null || (leave.to !== null && leave.to <= on)
  if (over) return leave
  return leave.from < on ? { ...leave, to: on, approximate: false } : { ...leave, withdrawn: true }
}

const invalid = (param: string, message: string): Fault => new Fault('invalid', message, { param })
