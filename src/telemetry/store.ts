import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Use } from './claude.ts'

export type Month = {
  readonly person: string
  readonly product: string
  readonly month: DateText
  readonly state: 'pending' | 'backed' | 'unbacked'
}

const MONTH = 'person_id as person, product, month, state'

/**
 * Records uses that were not known and adds them to their months. Rows go in by request id and months by date, so that two
 * replicas that are told the same never wait for each other in a circle. Returns how many were new.
 */
export async function insertUses(
  sql: Sql,
  by: { readonly person: string; readonly key: string | null; readonly product: string },
  uses: readonly (Use & { readonly month: DateText })[],
  now: Millis,
): Promise<number> {
  const column = <K extends keyof (typeof uses)[number]>(key: K): (typeof uses)[number][K][] =>
    uses.map((use) => use[key])
  const [row] = await sql.query<{ made: number }>(
    `with told as (
       select * from unnest($1::text[], $2::timestamptz[], $3::date[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
           $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
         as t(request_id, at, month, model, session, input, cache_read, cache_write_5m, cache_write_1h, output, worth)
       order by request_id
     ), made as (
       insert into telemetry.use (request_id, at, month, model, session, input, cache_read, cache_write_5m, cache_write_1h, output,
         worth, product, person_id, key_id, received_at)
       select told.*, $12, $13::uuid, $14::uuid, $15::timestamptz from told
       on conflict (request_id) do nothing
       returning month, at, input + cache_read + cache_write_5m + cache_write_1h + output as tokens, worth
     ), added as (
       insert into telemetry.month as m (person_id, product, month, first_at, last_at, requests, tokens, worth, state_at)
       select $13, $12, month, min(at), max(at), count(*), sum(tokens), sum(worth), $15 from made group by month order by month
       on conflict (person_id, product, month) do update set
         first_at = least(m.first_at, excluded.first_at), last_at = greatest(m.last_at, excluded.last_at),
         requests = m.requests + excluded.requests, tokens = m.tokens + excluded.tokens, worth = m.worth + excluded.worth
       returning 1
     )
     select count(*)::int as made from made`,
    [
      column('requestId'),
      column('at').map(iso),
      column('month'),
      column('model'),
      column('session'),
      column('input'),
      column('cacheRead'),
      column('cacheWrite5m'),
      column('cacheWrite1h'),
      column('output'),
      column('worth'),
      by.product,
      by.person,
      by.key,
      iso(now),
    ],
  )
  return row!.made
}

/**
 * Which of these request ids the gateway metered for this wallet itself, since a time. The ledger keeps the id that the
 * provider's reply gave. Index: usage_wallet (wallet_id, at).
 */
export async function metered(
  sql: Sql,
  wallet: string,
  requestIds: readonly string[],
  since: Millis,
): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ id: string }>(
    'select provider_id as id from ledger.usage where wallet_id = $1 and at >= $3 and provider_id = any ($2)',
    [wallet, requestIds, iso(since)],
  )
  return new Set(rows.map(({ id }) => id))
}

/** Of these months those for which no seat was spent yet. */
export const unbackedOf = (
  sql: Sql,
  by: { readonly person: string; readonly product: string },
  months: readonly DateText[],
): Promise<Month[]> =>
  sql.query<Month>(
    `select ${MONTH} from telemetry.month
     where person_id = $1 and product = $2 and month = any ($3) and state <> 'backed' order by month`,
    [by.person, by.product, months],
  )

/** Months whose uses were recorded by a process that ended before it asked for their seat. */
export const pending = (sql: Sql, before: Millis, limit: number): Promise<Month[]> =>
  sql.query<Month>(
    `select ${MONTH} from telemetry.month where state = 'pending' and state_at < $1 order by state_at limit $2`,
    [iso(before), limit],
  )

/** False when another process was first. */
export async function markBacked(
  sql: Sql,
  { person, product, month }: Month,
  transfer: string,
  now: Millis,
): Promise<boolean> {
  const rows = await sql.query(
    `update telemetry.month set state = 'backed', state_at = $4, transfer = $5
     where person_id = $1 and product = $2 and month = $3 and state <> 'backed' returning 1`,
    [person, product, month, iso(now), transfer],
  )
  return rows.length > 0
}

/** False when it was known before. */
export async function markUnbacked(
  sql: Sql,
  { person, product, month }: Month,
  now: Millis,
): Promise<boolean> {
  const rows = await sql.query(
    `update telemetry.month set state = 'unbacked', state_at = $4
     where person_id = $1 and product = $2 and month = $3 and state = 'pending' returning 1`,
    [person, product, month, iso(now)],
  )
  return rows.length > 0
}
