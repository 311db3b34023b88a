import type { Sql } from '#db/sql.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Position } from './cursor.ts'
import type { LegalEntity, Person } from './person.ts'
import type { Salary } from './salary.ts'

const PERSON = `id, email, name, role, level, title, entity_id as entity, country, hired_on as "hiredOn",
  left_on as "leftOn", manager_id as "managerId", access_until as "accessUntil", access_purposes as "accessPurposes"`

/** False when the id or the name is taken. */
export async function insertEntity(sql: Sql, row: LegalEntity, now: Millis): Promise<boolean> {
  const rows = await sql.query(
    `insert into people.legal_entity (id, name, country, currency, created_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning id`,
    [row.id, row.name, row.country, row.currency, iso(now)],
  )
  return rows.length > 0
}

export const entities = (sql: Sql): Promise<LegalEntity[]> =>
  sql.query<LegalEntity>(
    'select id, name, country, currency from people.legal_entity order by lower(name), id',
  )

export async function entity(sql: Sql, id: string): Promise<LegalEntity | null> {
  const rows = await sql.query<LegalEntity>(
    'select id, name, country, currency from people.legal_entity where id = $1',
    [id],
  )
  return rows[0] ?? null
}

/** False when the id or the email is taken; `on conflict` keeps the caller's transaction usable. */
export async function insertPerson(sql: Sql, row: Person, now: Millis): Promise<boolean> {
  const rows = await sql.query(
    `insert into people.person (id, email, name, role, level, title, entity_id, country, hired_on, left_on, manager_id,
       created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) on conflict do nothing returning id`,
    [...columns(row), iso(now)],
  )
  return rows.length > 0
}

export async function updatePerson(sql: Sql, row: Person, now: Millis): Promise<void> {
  await sql.query(
    `update people.person set email = $2, name = $3, role = $4, level = $5, title = $6, entity_id = $7, country = $8,
       hired_on = $9, left_on = $10, manager_id = $11, updated_at = $12, access_until = $13, access_purposes = $14
     where id = $1`,
    [...columns(row), iso(now), row.accessUntil, row.accessPurposes],
  )
}

const columns = (row: Person): unknown[] => [
  row.id,
  row.email,
  row.name,
  row.role,
  row.level,
  row.title,
  row.entity,
  row.country,
  row.hiredOn,
  row.leftOn,
  row.managerId,
]

/** Spending keeps who may spend in memory and listens here; it hears of the change when the transaction commits. */
export const announce = (sql: Sql, id: string): Promise<unknown> =>
  sql.query(`select pg_notify('perq_spending', 'person:' || $1)`, [id])

const LOCKS = { read: '', keep: ' for share', change: ' for no key update' } as const

/** Kept or to be changed, it is locked until the transaction ends; many may keep the same person at once. */
export async function person(sql: Sql, id: string, to: keyof typeof LOCKS): Promise<Person | null> {
  const rows = await sql.query<Person>(`select ${PERSON} from people.person where id = $1${LOCKS[to]}`, [id])
  return rows[0] ?? null
}

export async function personByEmail(sql: Sql, email: string): Promise<Person | null> {
  const rows = await sql.query<Person>(`select ${PERSON} from people.person where lower(email) = lower($1)`, [
    email,
  ])
  return rows[0] ?? null
}

/** The chain of managers above a person, nearest first; stops where it would repeat or after 64. */
export async function managersAbove(sql: Sql, id: string): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `with recursive up(id, depth) as (
       select manager_id, 1 from people.person where id = $1
       union
       select p.manager_id, up.depth + 1 from up join people.person p on p.id = up.id where up.depth < 64
     )
     select id from up where id is not null order by depth`,
    [id],
  )
  return rows.map((row) => row.id)
}

export type Filter = {
  /** Part of a name or an email, any case. */
  readonly q: string | null
  readonly entity: string | null
  /** Only those who work here on that day. */
  readonly activeOn: DateText | null
  readonly after: Position | null
  readonly limit: number
}

export async function list(sql: Sql, filter: Filter): Promise<{ person: Person; key: string }[]> {
  const rows = await sql.query<Person & { key: string }>(
    `select ${PERSON}, lower(name) as key from people.person
     where ($1::text is null or name ilike $1 escape '\\' or email ilike $1 escape '\\')
       and ($2::uuid is null or entity_id = $2)
       and ($3::date is null or (hired_on <= $3 and (left_on is null or left_on > $3)))
       and ($4::text is null or (lower(name) collate "C", id) > ($4 collate "C", $5::uuid))
     order by lower(name) collate "C", id
     limit $6`,
    [
      filter.q === null ? null : `%${filter.q.replaceAll(/[\\%_]/g, '\\$&')}%`,
      filter.entity,
      filter.activeOn,
      filter.after?.key ?? null,
      filter.after?.id ?? null,
      filter.limit,
    ],
  )
  return rows.map(({ key, ...row }) => ({ person: row, key }))
}

export async function count(sql: Sql): Promise<number> {
  const rows = await sql.query<{ count: number }>('select count(*)::int as count from people.person')
  return rows[0]!.count
}

const SALARY = `id, person_id as person, effective_on as "effectiveOn", amount, currency, recorded_at as "recordedAt",
  recorded_by as "recordedBy"`

/** False when the id is taken. */
export async function insertSalary(sql: Sql, row: Salary): Promise<boolean> {
  const rows = await sql.query(
    `insert into people.salary (id, person_id, effective_on, amount, currency, recorded_at, recorded_by)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id`,
    [row.id, row.person, row.effectiveOn, row.amount, row.currency, iso(row.recordedAt), row.recordedBy],
  )
  return rows.length > 0
}

export async function salary(sql: Sql, id: string): Promise<Salary | null> {
  const rows = await sql.query<Salary>(`select ${SALARY} from people.salary where id = $1`, [id])
  return rows[0] ?? null
}

/** What holds on a day: the latest that began by then, of those of one day the one recorded last. */
export async function salaryOn(sql: Sql, person: string, day: DateText): Promise<Salary | null> {
  const rows = await sql.query<Salary>(
    `select ${SALARY} from people.salary where person_id = $1 and effective_on <= $2
     order by effective_on desc, seq desc limit 1`,
    [person, day],
  )
  return rows[0] ?? null
}

/** Newest first. */
export const salaries = (sql: Sql, person: string, limit: number): Promise<Salary[]> =>
  sql.query<Salary>(
    `select ${SALARY} from people.salary where person_id = $1
     order by effective_on desc, seq desc limit $2`,
    [person, limit],
  )
