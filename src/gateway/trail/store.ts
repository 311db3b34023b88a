import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Attempt, Denial } from './types.ts'

/** Written `again` after a lost answer, they stand once. To look for each row before it is written costs a quarter of the writing. */
export async function insertAttempts(
  sql: Sql,
  attempts: readonly Attempt[],
  { again }: { again: boolean },
): Promise<void> {
  await sql.query(
    `insert into gateway.attempt (call, n, upstream_id, upstream, model, at, status, outcome, passed_on, error,
       first_byte_ms, total_ms, failures, cooling_until)
     select call, n, upstream_id, upstream, model, to_timestamp(at / 1000::float8), status, outcome, passed_on, error,
       first_byte_ms, total_ms, failures, to_timestamp(cooling_until / 1000::float8)
     from unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::int[], $8::text[],
       $9::boolean[], $10::text[], $11::int[], $12::int[], $13::int[], $14::bigint[])
       as a(call, n, upstream_id, upstream, model, at, status, outcome, passed_on, error, first_byte_ms, total_ms,
         failures, cooling_until)
     ${again ? 'on conflict (call, n) do nothing' : ''}`,
    [
      plain(attempts.map(({ call }) => call)),
      plain(attempts.map(({ n }) => n)),
      plain(attempts.map(({ upstreamId }) => upstreamId)),
      quoted(attempts.map(({ upstream }) => upstream)),
      quoted(attempts.map(({ model }) => model)),
      plain(attempts.map(({ at }) => at)),
      plain(attempts.map(({ status }) => status)),
      plain(attempts.map(({ outcome }) => outcome)),
      plain(attempts.map(({ passedOn }) => passedOn)),
      quoted(attempts.map(({ error }) => error)),
      plain(attempts.map(({ firstByteMs }) => firstByteMs)),
      plain(attempts.map(({ totalMs }) => totalMs)),
      plain(attempts.map(({ failures }) => failures)),
      plain(attempts.map(({ coolingUntil }) => coolingUntil)),
    ],
  )
}

/** Arrays as PostgreSQL reads them: there is a row for every call, and the driver would quote and copy each value. */
const plain = (values: readonly (string | number | boolean | null)[]): string =>
  `{${values.map((value) => value ?? 'null').join()}}`

const quoted = (values: readonly (string | null)[]): string =>
  `{${values.map((value) => (value === null ? 'null' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`)).join()}}`

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
