import { iso } from '#base/time.ts'
import type { LeaveOfAbsence, Leaving, PersonEvent } from '#people/life.ts'
import type { Absence } from './absence.ts'
import type { Amended } from './amend.ts'
import type { ClawedBack } from './clawback.ts'
import type { LeavePreview } from './leave.ts'
import { planView } from './leave-record.ts'
import type { Levelled } from './level.ts'
import type { Rehired } from './rehire.ts'
import type { Repriced } from './reprice.ts'
import type { Transferred } from './transfer.ts'

/** The answers of a life's commands, as the API and the CLI tell them. Amounts are in each grant's smallest unit. */

export const previewView = ({ person, plan, keys, ahead }: LeavePreview) => ({
  person: { id: person.id, email: person.email, name: person.name },
  ahead,
  as_of: iso(plan.asOf),
  ...planView(plan),
  keys: keys.map(({ id, name, prefix }) => ({ id, name, prefix })),
})

export const leavingView = (leaving: Leaving) => ({
  id: leaving.id,
  person_id: leaving.person,
  left_on: leaving.leftOn,
  reason: leaving.reason,
  note: leaving.note,
  state: leaving.state,
  open: leaving.open,
  recorded_at: iso(leaving.recordedAt),
  recorded_by: leaving.recordedBy,
  done_at: leaving.doneAt === null ? null : iso(leaving.doneAt),
})

export const leaveView = (leave: LeaveOfAbsence) => ({
  id: leave.id,
  person_id: leave.person,
  kind: leave.kind,
  from: leave.from,
  to: leave.to,
  approximate: leave.approximate,
  note: leave.note,
  withdrawn: leave.withdrawn,
  settled: leave.settledAt !== null,
  recorded_at: iso(leave.recordedAt),
  recorded_by: leave.recordedBy,
})

export const eventView = ({ id, kind, day, body, recordedAt, recordedBy }: PersonEvent) => ({
  id,
  kind,
  day,
  body,
  recorded_at: iso(recordedAt),
  recorded_by: recordedBy,
})

export const absenceView = ({ leave, effects, replayed }: Absence) => ({
  leave: leaveView(leave),
  effects: effects.map((effect) => ({
    grant_id: effect.grant,
    name: effect.name,
    policy: effect.policy,
    grace_days: effect.graceDays,
    next_vest: effect.nextVest,
    last_vest: effect.lastVest,
    planned: effect.planned,
    waiting: effect.waiting,
    lost: effect.lost,
  })),
  replayed,
})

export const amendedView = ({ grant, before, superseded, installments, change, replayed }: Amended) => ({
  grant_id: grant.id,
  name: grant.name,
  version: grant.version,
  quantity_before: before.quantity,
  change,
  superseded: superseded.map(({ date, quantity }) => ({ date, quantity })),
  installments: installments.map(({ date, quantity }) => ({ date, quantity })),
  replayed,
})

export const levelledView = ({ person, amended, replayed }: Levelled) => ({
  person_id: person.id,
  level: person.level,
  title: person.title,
  amended: amended.map(amendedView),
  replayed,
})

export const transferredView = ({ person, grants, replayed }: Transferred) => ({
  person_id: person.id,
  entity_id: person.entity,
  country: person.country,
  grants: grants.map(({ id, name, from }) => ({ grant_id: id, name, from_entity_id: from })),
  replayed,
})

export const rehiredView = ({ person, served, credited, grants, replayed }: Rehired) => ({
  person_id: person.id,
  hired_on: person.hiredOn,
  served_days: served,
  credited_days: credited,
  grants: grants.map(({ grant, tranches }) => ({
    grant_id: grant.id,
    name: grant.name,
    quantity: grant.quantity,
    start_date: grant.startDate,
    grant_date: grant.grantDate,
    tranches: tranches.map(({ n, date, quantity }) => ({ n, date, quantity })),
  })),
  replayed,
})

export const clawedBackView = (taken: ClawedBack) => ({
  unvested: taken.unvested,
  vested: taken.vested,
  exchanged: taken.exchanged.map(({ asset, quantity }) => ({ asset, quantity })),
  held: taken.held,
  spent: taken.spent,
  missing: taken.missing,
  replayed: taken.replayed,
})

export const repricedView = (repriced: Repriced) =>
  repriced.kind === 'none'
    ? { grant_id: repriced.grant, grows: false as const, why: repriced.why }
    : {
        grant_id: repriced.grant,
        grows: true as const,
        name: repriced.name,
        index: repriced.index,
        before: repriced.before,
        now: repriced.now,
        unvested: repriced.unvested,
        added: repriced.added,
        capped: repriced.capped,
        installments: repriced.installments.map(({ date, quantity }) => ({ date, quantity })),
        why: repriced.why,
      }
