import type { Sql } from '#db/sql.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Purpose } from '#ledger/types.ts'
import type { Key } from './types.ts'

/** A key as its own table has it; what it may spend is the ledger's. */
export type KeyRow = Omit<Key, 'limit'>

const KEY = `id, person_id as person, name, prefix, purpose, models, created_at as "createdAt", expires_at as "expiresAt",
  revoked_at as "revokedAt", first_used_at as "firstUsedAt", last_used_at as "lastUsedAt"`

export async function insertKey(sql: Sql, key: KeyRow, hash: string): Promise<void> {
  await sql.query(
    `insert into spending.key (id, person_id, name, hash, prefix, purpose, models, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      key.id,
      key.person,
      key.name,
      hash,
      key.prefix,
      key.purpose,
      key.models,
      iso(key.createdAt),
      key.expiresAt === null ? null : iso(key.expiresAt),
    ],
  )
}

/** Newest first; `limit` because revoked keys stay for ever. */
export const keysOf = (sql: Sql, person: string, limit: number): Promise<KeyRow[]> =>
  sql.query<KeyRow>(
    `select ${KEY} from spending.key where person_id = $1 order by created_at desc, id desc limit $2`,
    [person, limit],
  )

export async function key(sql: Sql, id: string): Promise<KeyRow | null> {
  const rows = await sql.query<KeyRow>(`select ${KEY} from spending.key where id = $1`, [id])
  return rows[0] ?? null
}

/** Two who change one key come one after the other. */
export async function lockedKey(sql: Sql, id: string): Promise<KeyRow | null> {
  const rows = await sql.query<KeyRow>(`select ${KEY} from spending.key where id = $1 for no key update`, [
    id,
  ])
  return rows[0] ?? null
}

export const updateKey = (
  sql: Sql,
  { id, name, models, expiresAt }: Pick<KeyRow, 'id' | 'name' | 'models' | 'expiresAt'>,
): Promise<object[]> =>
  sql.query('update spending.key set name = $2, models = $3, expires_at = $4 where id = $1', [
    id,
    name,
    models,
    expiresAt === null ? null : iso(expiresAt),
  ])

export async function liveKeys(sql: Sql, person: string, now: Millis): Promise<number> {
  const rows = await sql.query<{ count: number }>(
    `select count(*)::int as count from spending.key
     where person_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)`,
    [person, iso(now)],
  )
  return rows[0]!.count
}

/** The first revocation keeps its time. */
export async function revokeKey(sql: Sql, id: string, now: Millis): Promise<KeyRow | null> {
  const rows = await sql.query<KeyRow>(
    `update spending.key set revoked_at = coalesce(revoked_at, $2) where id = $1 returning ${KEY}`,
    [id, iso(now)],
  )
  return rows[0] ?? null
}

export async function revokeKeysOf(sql: Sql, person: string, now: Millis): Promise<number> {
  const rows = await sql.query(
    'update spending.key set revoked_at = $2 where person_id = $1 and revoked_at is null returning id',
    [person, iso(now)],
  )
  return rows.length
}

/** Rows are locked in id order, so that two processes writing at once wait for each other and never in a circle. */
export async function recordUses(sql: Sql, uses: readonly { key: string; at: Millis }[]): Promise<void> {
  await sql.query(
    `with used as (select * from unnest($1::uuid[], $2::timestamptz[]) as u(id, at)),
       locked as (
         select k.id, u.at from spending.key k join used u using (id) order by k.id for no key update of k
       )
     update spending.key k
     set first_used_at = coalesce(k.first_used_at, l.at), last_used_at = greatest(k.last_used_at, l.at)
     from locked l where k.id = l.id`,
    [uses.map((use) => use.key), uses.map((use) => iso(use.at))],
  )
}

export type Spender = {
  /** The first day of work. */
  readonly hiredOn: DateText
  readonly leftOn: DateText | null
  /** The first day on which a leaver's new keys are dead, too; null: a leaver has none. */
  readonly accessUntil: DateText | null
  /** What a leaver may make keys for; null: everything. */
  readonly accessPurposes: readonly string[] | null
}

/** Locked against leaving, so that no key is made for somebody who leaves at the same moment. */
export async function spender(sql: Sql, person: string): Promise<Spender | null> {
  const rows = await sql.query<Spender>(
    `select hired_on as "hiredOn", left_on as "leftOn", access_until as "accessUntil", access_purposes as "accessPurposes"
     from people.spender where id = $1 for share`,
    [person],
  )
  return rows[0] ?? null
}

export type PrincipalRow = {
  readonly hash: string
  readonly id: string
  readonly name: string
  readonly purpose: Purpose
  readonly models: string[] | null
  readonly expiresAt: Millis | null
  readonly person: string
  readonly email: string
  readonly personName: string
  readonly level: string
  readonly leftOn: DateText | null
  readonly accessUntil: DateText | null
  readonly createdAt: Millis
  readonly wallet: string
}

/** Who holds these keys, and from which wallet they spend; revoked keys are not among them. */
export const principals = (sql: Sql, hashes: readonly string[]): Promise<PrincipalRow[]> =>
  sql.query<PrincipalRow>(
    `select k.hash, k.id, k.name, k.purpose, k.models, k.expires_at as "expiresAt", p.id as person, p.email,
       p.name as "personName", p.level, p.left_on as "leftOn", p.access_until as "accessUntil",
       k.created_at as "createdAt", w.id as wallet
     from spending.key k
     join people.spender p on p.id = k.person_id
     join ledger.wallet w on w.person_id = p.id and w.asset = 'USD'
     where k.hash = any ($1) and k.revoked_at is null`,
    [hashes],
  )

/** Null for a call that has not ended. */
export async function personOfCall(sql: Sql, call: string): Promise<string | null> {
  const rows = await sql.query<{ person: string }>(
    'select person_id as person from ledger.usage where id = $1',
    [call],
  )
  return rows[0]?.person ?? null
}

export type PolicyRow = {
  readonly version: number
  readonly recordedAt: Millis
  readonly recordedBy: string
  readonly body: unknown
}

export async function policy(sql: Sql): Promise<PolicyRow | null> {
  const rows = await sql.query<PolicyRow>(
    `select version, recorded_at as "recordedAt", recorded_by as "recordedBy", body
     from spending.policy order by version desc limit 1`,
  )
  return rows[0] ?? null
}

export async function insertPolicy(
  sql: Sql,
  row: { recordedAt: Millis; recordedBy: string; body: object },
): Promise<number> {
  const rows = await sql.query<{ version: number }>(
    'insert into spending.policy (recorded_at, recorded_by, body) values ($1, $2, $3) returning version',
    [iso(row.recordedAt), row.recordedBy, row.body],
  )
  return rows[0]!.version
}

/** Heard by every process when the transaction commits, and not at all when it does not. */
export const announce = (sql: Sql, what: string): Promise<unknown> =>
  sql.query(`select pg_notify('perq_spending', $1)`, [what])
