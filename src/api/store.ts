import { iso } from '#base/time.ts'
import type { Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'

/** Statements of the schema `api`, and nothing else. Hashes are SHA-256. */

export type SessionRow = {
  readonly person_id: string
  readonly created_at: Millis
  readonly expires_at: Millis
  readonly last_seen_at: Millis
}

export const insertToken = (
  sql: Sql,
  token: { hash: Buffer; person: string; at: Millis; expiresAt: Millis },
): Promise<object[]> =>
  sql.query(
    'insert into api.signin_token (hash, person_id, created_at, expires_at) values ($1, $2, $3, $4)',
    [token.hash, token.person, iso(token.at), iso(token.expiresAt)],
  )

/** Deleting is consuming: of two that come at once, one finds the row. */
export async function consumeToken(sql: Sql, hash: Buffer, now: Millis): Promise<string | null> {
  const [row] = await sql.query<{ person_id: string; expires_at: Millis }>(
    'delete from api.signin_token where hash = $1 returning person_id, expires_at',
    [hash],
  )
  return row && row.expires_at > now ? row.person_id : null
}

export const insertSession = (
  sql: Sql,
  session: { hash: Buffer; person: string; at: Millis; expiresAt: Millis },
): Promise<object[]> =>
  sql.query(
    `insert into api.session (hash, person_id, created_at, expires_at, last_seen_at) values ($1, $2, $3, $4, $3)`,
    [session.hash, session.person, iso(session.at), iso(session.expiresAt)],
  )

/** Kept when the session is forgotten. */
export const noteSignedIn = (sql: Sql, person: string, at: Millis): Promise<object[]> =>
  sql.query(
    'insert into api.signed_in (person_id, first_at) values ($1, $2) on conflict (person_id) do nothing',
    [person, iso(at)],
  )

export async function hasSignedIn(sql: Sql, person: string): Promise<boolean> {
  const rows = await sql.query('select 1 from api.signed_in where person_id = $1', [person])
  return rows.length === 1
}

export async function session(sql: Sql, hash: Buffer): Promise<SessionRow | null> {
  const [row] = await sql.query<SessionRow>(
    'select person_id, created_at, expires_at, last_seen_at from api.session where hash = $1',
    [hash],
  )
  return row ?? null
}

export const touchSession = (sql: Sql, hash: Buffer, now: Millis): Promise<object[]> =>
  sql.query('update api.session set last_seen_at = $2 where hash = $1 and last_seen_at < $2', [
    hash,
    iso(now),
  ])

export const deleteSession = (sql: Sql, hash: Buffer): Promise<object[]> =>
  sql.query('delete from api.session where hash = $1', [hash])

export const deleteSessionsOf = (sql: Sql, person: string): Promise<object[]> =>
  sql.query('delete from api.session where person_id = $1', [person])

export type Claim = {
  readonly principal: string
  readonly key: string
  readonly route: string
  readonly bodyHash: Buffer
}

export type ClaimRow = {
  readonly route: string
  readonly body_hash: Buffer
  readonly status: number | null
  readonly response: string | null
  readonly claimed_until: Millis
}

/** True when this claim is the first of its key. */
export async function claim(sql: Sql, one: Claim, now: Millis, until: Millis): Promise<boolean> {
  const rows = await sql.query(
    `insert into api.idempotency (principal, key, route, body_hash, created_at, claimed_until)
     values ($1, $2, $3, $4, $5, $6) on conflict (principal, key) do nothing returning 1`,
    [one.principal, one.key, one.route, one.bodyHash, iso(now), iso(until)],
  )
  return rows.length === 1
}

export async function claimed(sql: Sql, one: Claim): Promise<ClaimRow | null> {
  const [row] = await sql.query<ClaimRow>(
    `select route, body_hash, status, response, claimed_until from api.idempotency where principal = $1 and key = $2`,
    [one.principal, one.key],
  )
  return row ?? null
}

/** Takes over a claim whose holder did not finish; of two that try, one succeeds. */
export async function retake(sql: Sql, one: Claim, seen: Millis, until: Millis): Promise<boolean> {
  const rows = await sql.query(
    `update api.idempotency set claimed_until = $4
     where principal = $1 and key = $2 and status is null and claimed_until = $3 returning 1`,
    [one.principal, one.key, iso(seen), iso(until)],
  )
  return rows.length === 1
}

export const answer = (sql: Sql, one: Claim, status: number, response: string): Promise<object[]> =>
  sql.query(
    'update api.idempotency set status = $3, response = $4 where principal = $1 and key = $2 and status is null',
    [one.principal, one.key, status, response],
  )

/** Gives an unanswered claim free, so that the next attempt may start at once. */
export const yieldClaim = (sql: Sql, one: Claim, now: Millis): Promise<object[]> =>
  sql.query(
    'update api.idempotency set claimed_until = $3 where principal = $1 and key = $2 and status is null',
    [one.principal, one.key, iso(now)],
  )

/** Deletes at most `limit` rows of each table that say nothing any more. Returns how many. */
export async function sweep(sql: Sql, now: Millis, answersBefore: Millis, limit: number): Promise<number> {
  const [row] = await sql.query<{ count: bigint }>(
    `with
       tokens as (delete from api.signin_token where hash in
         (select hash from api.signin_token where expires_at <= $1 order by expires_at limit $3) returning 1),
       sessions as (delete from api.session where hash in
         (select hash from api.session where expires_at <= $1 order by expires_at limit $3) returning 1),
       answers as (delete from api.idempotency where (principal, key) in
         (select principal, key from api.idempotency where created_at < $2 order by created_at limit $3) returning 1)
     select (select count(*) from tokens) + (select count(*) from sessions) + (select count(*) from answers) as count`,
    [iso(now), iso(answersBefore), limit],
  )
  return Number(row?.count ?? 0n)
}
