import { toJson } from '#base/json.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { DueTranche, Grant, GrantAsk, NextVest, Template, TemplateAsk, Tranche } from './grant.ts'
import type { GrantStatus } from './status.ts'

const TEMPLATE = `id, name, version, denomination, unit, statements, allocation, basis, formula, expiry, scope, priority, clauses, created_by as "createdBy",
  created_at as "createdAt"`
const GRANT = `id, person_id as person, wallet_id as wallet, entity_id as entity, template_id as template,
  template_name as "templateName", template_version as "templateVersion", denomination, unit, statements, allocation, basis, formula, expiry, scope,
  priority, clauses, name, quantity, reckoning, version, start_date as "startDate", grant_date as "grantDate", status, ended_on as "endedOn",
  created_by as "createdBy", created_at as "createdAt"`
const TRANCHE = `grant_id as grant, n, date, quantity, vested_at as "vestedAt", forfeited_at as "forfeitedAt",
  superseded_at as "supersededAt"`

/** The next version of its name. Null when the id is taken, or when another version came in at the same moment. */
export async function insertTemplate(sql: Sql, ask: TemplateAsk, now: Millis): Promise<Template | null> {
  const rows = await sql.query<Template>(
    `insert into grants.template (id, name, version, statements, allocation, basis, expiry, scope, priority, created_by,
       created_at, denomination, unit, formula, clauses)
     select $1, $2, coalesce(max(version), 0) + 1, $3::jsonb, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8, $9, $10, $11,
       $12::jsonb, $13::jsonb, $14::jsonb
     from grants.template where lower(name) = lower($2)
     on conflict do nothing returning ${TEMPLATE}`,
    [
      ask.id,
      ask.name,
      toJson(ask.statements),
      ask.allocation,
      toJson(ask.basis),
      toJson(ask.expiry),
      toJson(ask.scope),
      ask.priority,
      ask.createdBy,
      iso(now),
      ask.denomination,
      toJson(ask.unit),
      toJson(ask.formula),
      toJson(ask.clauses),
    ],
  )
  return rows[0] ?? null
}

export async function template(sql: Sql, id: string): Promise<Template | null> {
  const rows = await sql.query<Template>(`select ${TEMPLATE} from grants.template where id = $1`, [id])
  return rows[0] ?? null
}

/** The newest version of each name, by name. */
export const templates = (sql: Sql, limit: number): Promise<Template[]> =>
  sql.query<Template>(
    `select ${TEMPLATE} from (
       select distinct on (lower(name)) * from grants.template order by lower(name), version desc
     ) newest order by lower(name) limit $1`,
    [limit],
  )

/** False when the id is taken. */
export async function insertGrant(sql: Sql, ask: GrantAsk, now: Millis): Promise<boolean> {
  const { template: terms } = ask
  const rows = await sql.query(
    `insert into grants.grant (id, person_id, wallet_id, entity_id, template_id, template_name, template_version,
       statements, allocation, expiry, scope, priority, name, quantity, start_date, grant_date, status, created_by,
       created_at, denomination, basis, unit, formula, clauses, reckoning)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10::jsonb, $11::jsonb, $12, $13, $14, $15, $16, $17, $18, $19, $20,
       $21::jsonb, $22::jsonb, $23::jsonb, $24::jsonb, $25::jsonb)
     on conflict do nothing returning id`,
    [
      ask.id,
      ask.person,
      ask.wallet,
      ask.entity,
      terms.id,
      terms.name,
      terms.version,
      toJson(terms.statements),
      terms.allocation,
      toJson(terms.expiry),
      toJson(terms.scope),
      terms.priority,
      ask.name,
      ask.quantity,
      ask.startDate,
      ask.grantDate,
      ask.status,
      ask.createdBy,
      iso(now),
      terms.denomination,
      toJson(terms.basis),
      toJson(terms.unit),
      toJson(terms.formula),
      toJson(terms.clauses),
      ask.reckoning === null ? null : toJson(ask.reckoning),
    ],
  )
  return rows.length > 0
}

/** After those that stand: numbers are never used again. */
export async function insertTranches(
  sql: Sql,
  grantId: string,
  planned: GrantAsk['installments'],
): Promise<void> {
  await sql.query(
    `insert into grants.tranche (grant_id, n, date, quantity)
     select $1, last.n + t.n, t.date, t.quantity
     from unnest($2::date[], $3::bigint[]) with ordinality as t(date, quantity, n),
       (select coalesce(max(n), 0) as n from grants.tranche where grant_id = $1) last`,
    [grantId, planned.map(({ date }) => date), planned.map(({ quantity }) => quantity)],
  )
}

/** A draft's plan is written over: nothing of it was promised yet, so its tranches count from 1 again. */
export async function replanDraft(
  sql: Sql,
  grantId: string,
  planned: GrantAsk['installments'],
): Promise<void> {
  await sql.query(
    `insert into grants.tranche as old (grant_id, n, date, quantity)
     select $1, t.n, t.date, t.quantity from unnest($2::date[], $3::bigint[]) with ordinality as t(date, quantity, n)
     on conflict (grant_id, n) do update
       set date = excluded.date, quantity = excluded.quantity, superseded_at = null
       where old.vested_at is null and old.forfeited_at is null`,
    [grantId, planned.map(({ date }) => date), planned.map(({ quantity }) => quantity)],
  )
  await sql.query(
    `update grants.tranche t set superseded_at = g.created_at from grants.grant g
     where g.id = $1 and t.grant_id = $1 and t.n > $2 and t.superseded_at is null`,
    [grantId, planned.length],
  )
}

/** What has neither vested nor been forfeited gives way to a later plan. */
export async function supersede(sql: Sql, grantId: string, now: Millis): Promise<void> {
  await sql.query(
    `update grants.tranche set superseded_at = $2
     where grant_id = $1 and vested_at is null and forfeited_at is null and superseded_at is null`,
    [grantId, iso(now)],
  )
}

/** Everything of a grant that an agreement can change. */
export async function updateContract(sql: Sql, row: Grant): Promise<void> {
  await sql.query(
    `update grants.grant set template_id = $2, template_name = $3, template_version = $4, denomination = $5, unit = $6::jsonb,
       statements = $7::jsonb, allocation = $8, basis = $9::jsonb, formula = $10::jsonb, expiry = $11::jsonb,
       scope = $12::jsonb, priority = $13, clauses = $14::jsonb, name = $15, entity_id = $16, quantity = $17,
       reckoning = $18::jsonb, start_date = $19, grant_date = $20, version = $21, wallet_id = $22
     where id = $1`,
    [
      row.id,
      row.template,
      row.templateName,
      row.templateVersion,
      row.denomination,
      toJson(row.unit),
      toJson(row.statements),
      row.allocation,
      toJson(row.basis),
      toJson(row.formula),
      toJson(row.expiry),
      toJson(row.scope),
      row.priority,
      toJson(row.clauses),
      row.name,
      row.entity,
      row.quantity,
      row.reckoning === null ? null : toJson(row.reckoning),
      row.startDate,
      row.grantDate,
      row.version,
      row.wallet,
    ],
  )
}

export async function grant(sql: Sql, id: string, lock: boolean): Promise<Grant | null> {
  const rows = await sql.query<Grant>(
    `select ${GRANT} from grants.grant where id = $1 ${lock ? 'for no key update' : ''}`,
    [id],
  )
  return rows[0] ?? null
}

export const grantsOf = (sql: Sql, person: string): Promise<Grant[]> =>
  sql.query<Grant>(`select ${GRANT} from grants.grant where person_id = $1 order by created_at, id`, [person])

export const tranches = (sql: Sql, grants: readonly string[]): Promise<Tranche[]> =>
  sql.query<Tranche>(`select ${TRANCHE} from grants.tranche where grant_id = any ($1) order by grant_id, n`, [
    grants,
  ])

const DUE = `select t.grant_id as grant, t.n, t.date, t.quantity, g.priority, g.expiry,
    case when jsonb_array_length(coalesce(g.clauses -> 'exchange', '[]')) = 0 then g.scope
      else g.scope || jsonb_build_object('exchange', g.clauses -> 'exchange') end as scope
  from grants.tranche t join grants.grant g on g.id = t.grant_id
  where t.vested_at is null and t.forfeited_at is null and t.superseded_at is null and g.status = 'active'
    and t.date <= $1
    and not exists (select 1 from people.scheduled_leaving s where s.person_id = g.person_id and s.left_on <= t.date)`

/** Rows that another worker has in hand are passed over: it will vest them. */
export const due = (
  sql: Sql,
  day: DateText,
  limit: number,
  except: readonly string[],
): Promise<DueTranche[]> =>
  sql.query<DueTranche>(
    `${DUE} and t.grant_id <> all ($3::uuid[]) order by t.date, t.grant_id, t.n limit $2 for update of t skip locked`,
    [day, limit, except],
  )

/** Waits for a worker that has them in hand. */
export const dueOf = (sql: Sql, grantId: string, day: DateText): Promise<DueTranche[]> =>
  sql.query<DueTranche>(`${DUE} and t.grant_id = $2 order by t.n for update of t`, [day, grantId])

export async function markVested(
  sql: Sql,
  items: readonly { readonly grant: string; readonly n: number }[],
  now: Millis,
): Promise<void> {
  await sql.query(
    `update grants.tranche t set vested_at = $3
     from unnest($1::uuid[], $2::int[]) as v(grant_id, n)
     where t.grant_id = v.grant_id and t.n = v.n and t.vested_at is null`,
    [items.map((item) => item.grant), items.map((item) => item.n), iso(now)],
  )
}

export async function setStatus(sql: Sql, id: string, status: GrantStatus): Promise<void> {
  await sql.query('update grants.grant set status = $2 where id = $1', [id, status])
}

export async function end(sql: Sql, id: string, day: DateText, now: Millis): Promise<void> {
  await sql.query(`update grants.grant set status = 'ended', ended_on = $2 where id = $1`, [id, day])
  await sql.query(
    `update grants.tranche set forfeited_at = $2
     where grant_id = $1 and vested_at is null and forfeited_at is null and superseded_at is null`,
    [id, iso(now)],
  )
}

export async function nextVest(sql: Sql, person: string): Promise<NextVest | null> {
  const rows = await sql.query<NextVest>(
    `select t.date, t.quantity, g.id as grant, g.name as "grantName"
     from grants.grant g join grants.tranche t on t.grant_id = g.id
     where g.person_id = $1 and g.denomination = 'usd' and g.status = 'active' and t.vested_at is null
       and t.forfeited_at is null and t.superseded_at is null
     order by t.date, g.id, t.n limit 1`,
    [person],
  )
  return rows[0] ?? null
}

/** The next tranche of GPU time of one accelerator and tier. */
export async function nextGpuVest(
  sql: Sql,
  person: string,
  unit: { readonly accelerator: string; readonly tier: string },
): Promise<NextVest | null> {
  const rows = await sql.query<NextVest>(
    `select t.date, t.quantity, g.id as grant, g.name as "grantName"
     from grants.grant g join grants.tranche t on t.grant_id = g.id
     where g.person_id = $1 and g.denomination = 'gpu_hour' and g.unit ->> 'accelerator' = $2 and g.unit ->> 'tier' = $3
       and g.status = 'active' and t.vested_at is null and t.forfeited_at is null and t.superseded_at is null
     order by t.date, g.id, t.n limit 1`,
    [person, unit.accelerator, unit.tier],
  )
  return rows[0] ?? null
}

/** The day of the soonest tranche that is still to vest. */
export async function nextDay(sql: Sql): Promise<DateText | null> {
  const rows = await sql.query<{ date: DateText }>(
    `select t.date from grants.tranche t join grants.grant g on g.id = t.grant_id
     where t.vested_at is null and t.forfeited_at is null and t.superseded_at is null and g.status = 'active'
     order by t.date limit 1`,
  )
  return rows[0]?.date ?? null
}
