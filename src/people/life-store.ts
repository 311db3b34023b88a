import { toJson } from '#base/json.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { LeaveOfAbsence, Leaving, PersonEvent } from './life.ts'

const LEAVE = `id, person_id as person, kind, from_on as "from", to_on as "to", approximate, note, withdrawn,
  settled_at as "settledAt", recorded_at as "recordedAt", recorded_by as "recordedBy"`
const LEAVING = `id, person_id as person, left_on as "leftOn", reason, note, state, plan, open, rounds,
  recorded_at as "recordedAt", recorded_by as "recordedBy", done_at as "doneAt"`
const EVENT = `id, person_id as person, kind, day, body, recorded_at as "recordedAt", recorded_by as "recordedBy"`

/** False when the id is taken. */
export async function insertLeave(sql: Sql, leave: LeaveOfAbsence): Promise<boolean> {
  const rows = await sql.query(
    `insert into people.leave (id, person_id, kind, from_on, to_on, approximate, note, recorded_at, recorded_by, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8) on conflict do nothing returning id`,
    [
      leave.id,
      leave.person,
      leave.kind,
      leave.from,
      leave.to,
      leave.approximate,
      leave.note,
      iso(leave.recordedAt),
      leave.recordedBy,
    ],
  )
  return rows.length > 0
}

export const updateLeave = (sql: Sql, leave: LeaveOfAbsence, now: Millis): Promise<object[]> =>
  sql.query(
    `update people.leave set kind = $2, from_on = $3, to_on = $4, approximate = $5, note = $6, withdrawn = $7, changed_at = $8, settled_at = $9
     where id = $1`,
    [
      leave.id,
      leave.kind,
      leave.from,
      leave.to,
      leave.approximate,
      leave.note,
      leave.withdrawn,
      iso(now),
      leave.settledAt === null ? null : iso(leave.settledAt),
    ],
  )

/** Over for certain, and not settled. */
export const unsettledLeaves = (sql: Sql, day: DateText, limit: number): Promise<{ id: string }[]> =>
  sql.query(
    `select id from people.leave where settled_at is null and not withdrawn and not approximate and to_on <= $1
     order by to_on, id limit $2`,
    [day, limit],
  )

export async function leave(sql: Sql, id: string): Promise<LeaveOfAbsence | null> {
  const rows = await sql.query<LeaveOfAbsence>(
    `select ${LEAVE} from people.leave where id = $1 for no key update`,
    [id],
  )
  return rows[0] ?? null
}

/** In the order in which they began, those withdrawn included. */
export const leaves = (sql: Sql, person: string): Promise<LeaveOfAbsence[]> =>
  sql.query<LeaveOfAbsence>(
    `select ${LEAVE} from people.leave where person_id = $1 order by from_on, recorded_at, id`,
    [person],
  )

/** False when one is scheduled already, or the id is taken. */
export async function insertLeaving(sql: Sql, row: Leaving): Promise<boolean> {
  const rows = await sql.query(
    `insert into people.leaving (id, person_id, left_on, reason, note, state, plan, open, rounds, recorded_at, recorded_by, done_at)
     values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, $12) on conflict do nothing returning id`,
    [
      row.id,
      row.person,
      row.leftOn,
      row.reason,
      row.note,
      row.state,
      toJson(row.plan),
      row.open,
      row.rounds,
      iso(row.recordedAt),
      row.recordedBy,
      row.doneAt === null ? null : iso(row.doneAt),
    ],
  )
  return rows.length > 0
}

export const updateLeaving = (sql: Sql, row: Leaving): Promise<object[]> =>
  sql.query(
    'update people.leaving set state = $2, plan = $3::jsonb, open = $4, rounds = $5, done_at = $6 where id = $1',
    [row.id, row.state, toJson(row.plan), row.open, row.rounds, row.doneAt === null ? null : iso(row.doneAt)],
  )

export async function leaving(sql: Sql, id: string): Promise<Leaving | null> {
  const rows = await sql.query<Leaving>(
    `select ${LEAVING} from people.leaving where id = $1 for no key update`,
    [id],
  )
  return rows[0] ?? null
}

/** The newest first. */
export const leavingsOf = (sql: Sql, person: string): Promise<Leaving[]> =>
  sql.query<Leaving>(
    `select ${LEAVING} from people.leaving where person_id = $1 order by recorded_at desc, id desc`,
    [person],
  )

export const leavings = (sql: Sql, from: DateText, limit: number): Promise<Leaving[]> =>
  sql.query<Leaving>(
    `select ${LEAVING} from people.leaving where state <> 'cancelled' and left_on >= $1 order by left_on, id limit $2`,
    [from, limit],
  )

/** Those whose day has come and those that calls keep open; one in another worker's hands is passed over. */
export const leavingsDue = (sql: Sql, day: DateText, limit: number): Promise<{ id: string }[]> =>
  sql.query(
    `select id from people.leaving where (state = 'scheduled' and left_on <= $1) or open order by left_on, id limit $2`,
    [day, limit],
  )

export const insertEvent = (sql: Sql, event: PersonEvent): Promise<object[]> =>
  sql.query(
    `insert into people.event (id, person_id, kind, day, body, recorded_at, recorded_by)
     values ($1, $2, $3, $4, $5::jsonb, $6, $7) on conflict (id) do nothing`,
    [
      event.id,
      event.person,
      event.kind,
      event.day,
      toJson(event.body),
      iso(event.recordedAt),
      event.recordedBy,
    ],
  )

export const events = (sql: Sql, person: string, limit: number): Promise<PersonEvent[]> =>
  sql.query<PersonEvent>(
    `select ${EVENT} from people.event where person_id = $1 order by recorded_at, id limit $2`,
    [person, limit],
  )
