import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Attempt, Denial } from './types.ts'

/** Written again after a lost answer, they stand once. */
export async function insertAttempts(sql: Sql, attempts: readonly Attempt[]): Promise<void> {
  const rows = attempts.map((one) => ({
    call: one.call,
    n: one.n,
    upstream_id: one.upstreamId,
    upstream: one.upstream,
    model: one.model,
    at: iso(one.at),
    status: one.status,
    outcome: one.outcome,
    passed_on: one.passedOn,
    error: one.error,
    first_byte_ms: one.firstByteMs,
    total_ms: one.totalMs,
    failures: one.failures,
    cooling_until: one.coolingUntil === null ? null : iso(one.coolingUntil),
  }))
  await sql.query(
    `insert into gateway.attempt
     select * from jsonb_populate_recordset(null::gateway.attempt, $1::jsonb)
     on conflict (call, n) do nothing`,
    [JSON.stringify(rows)],
  )
}

/** `count` is the whole count so far: a row that was written before takes it over. */
export async function upsertDenials(sql: Sql, denials: readonly Denial[]): Promise<void> {
  const rows = denials.map((one) => ({
    id: one.id,
    at: iso(one.at),
    person_id: one.person,
    key_id: one.key,
    door: one.door,
    route: one.route,
    model: one.model,
    code: one.code,
    message: one.message,
    short: one.short === null ? null : String(one.short),
    count: one.count,
  }))
  await sql.query(
    `insert into gateway.denial
     select * from jsonb_populate_recordset(null::gateway.denial, $1::jsonb)
     on conflict (id) do update set count = greatest(gateway.denial.count, excluded.count)`,
    [JSON.stringify(rows)],
  )
}

/** At most `limit` rows of each table, so that no sweep holds them for long. Returns how many went. */
export async function sweep(sql: Sql, before: Millis, limit: number): Promise<number> {
  const [row] = await sql.query<{ gone: number }>(
    `with old_attempts as (
       delete from gateway.attempt where (call, n) in
         (select call, n from gateway.attempt where at < $1 limit $2) returning 1
     ), old_denials as (
       delete from gateway.denial where id in (select id from gateway.denial where at < $1 limit $2) returning 1
     )
     select ((select count(*) from old_attempts) + (select count(*) from old_denials))::int as gone`,
    [iso(before), limit],
  )
  return row!.gone
}
