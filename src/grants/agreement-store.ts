import type { Json } from '#base/json.ts'
import { toJson } from '#base/json.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { GrantEvent } from './event.ts'
import type { Acceptance, Approval, GrantVersion } from './version.ts'

const VERSION = `grant_id as grant, n, terms, quantity, start_date as "startDate", grant_date as "grantDate",
  effective_on as "effectiveOn", content, content_hash as "contentHash", reason, recorded_at as "recordedAt",
  recorded_by as "recordedBy"`
const EVENT = `id, grant_id as grant, kind, day as on, body, recorded_at as "recordedAt", recorded_by as "recordedBy"`
const APPROVAL = `id, grant_id as grant, submission, verdict, content_hash as "contentHash", note,
  recorded_at as "recordedAt", recorded_by as "recordedBy"`
const ACCEPTANCE = `grant_id as grant, version, person_id as person, content, content_hash as "contentHash",
  typed_name as "typedName", accepted_at as "acceptedAt"`

/** False when the version stands. */
export async function insertVersion(sql: Sql, row: GrantVersion): Promise<boolean> {
  const rows = await sql.query(
    `insert into grants.version (grant_id, n, terms, quantity, start_date, grant_date, effective_on, content, content_hash,
       reason, recorded_at, recorded_by)
     values ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing returning n`,
    [
      row.grant,
      row.n,
      toJson(row.terms),
      row.quantity,
      row.startDate,
      row.grantDate,
      row.effectiveOn,
      row.content,
      row.contentHash,
      row.reason,
      iso(row.recordedAt),
      row.recordedBy,
    ],
  )
  return rows.length > 0
}

export const versions = (sql: Sql, grant: string): Promise<GrantVersion[]> =>
  sql.query<GrantVersion>(`select ${VERSION} from grants.version where grant_id = $1 order by n`, [grant])

/** False when the id is taken. */
export async function insertEvent(sql: Sql, row: GrantEvent): Promise<boolean> {
  const rows = await sql.query(
    `insert into grants.event (id, grant_id, kind, day, body, recorded_at, recorded_by)
     values ($1, $2, $3, $4, $5::jsonb, $6, $7) on conflict do nothing returning id`,
    [row.id, row.grant, row.kind, row.on, toJson(row.body), iso(row.recordedAt), row.recordedBy],
  )
  return rows.length > 0
}

export const events = (sql: Sql, grant: string, limit: number): Promise<GrantEvent[]> =>
  sql.query<GrantEvent>(`select ${EVENT} from grants.event where grant_id = $1 order by seq limit $2`, [
    grant,
    limit,
  ])

/** The newest of a kind. */
export async function lastEvent(
  sql: Sql,
  grant: string,
  kind: GrantEvent['kind'],
): Promise<GrantEvent | null> {
  const rows = await sql.query<GrantEvent>(
    `select ${EVENT} from grants.event where grant_id = $1 and kind = $2 order by seq desc limit 1`,
    [grant, kind],
  )
  return rows[0] ?? null
}

/** False when this person has judged this submission before. */
export async function insertApproval(sql: Sql, row: Approval): Promise<boolean> {
  const rows = await sql.query(
    `insert into grants.approval (id, grant_id, submission, verdict, content_hash, note, recorded_at, recorded_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning id`,
    [
      row.id,
      row.grant,
      row.submission,
      row.verdict,
      row.contentHash,
      row.note,
      iso(row.recordedAt),
      row.recordedBy,
    ],
  )
  return rows.length > 0
}

/** Of every submission, oldest first. */
export const approvals = (sql: Sql, grant: string): Promise<Approval[]> =>
  sql.query<Approval>(`select ${APPROVAL} from grants.approval where grant_id = $1 order by seq`, [grant])

/** False when this version was accepted before. */
export async function insertAcceptance(sql: Sql, row: Acceptance): Promise<boolean> {
  const rows = await sql.query(
    `insert into grants.acceptance (grant_id, version, person_id, content, content_hash, typed_name, accepted_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning grant_id`,
    [row.grant, row.version, row.person, row.content, row.contentHash, row.typedName, iso(row.acceptedAt)],
  )
  return rows.length > 0
}

export const acceptances = (sql: Sql, grant: string): Promise<Acceptance[]> =>
  sql.query<Acceptance>(`select ${ACCEPTANCE} from grants.acceptance where grant_id = $1 order by version`, [
    grant,
  ])

export type BulkRow = {
  readonly id: string
  readonly fileHash: string
  readonly rows: number
  readonly recordedAt: Millis
  readonly recordedBy: string | null
}

/** False when the file was committed before; waits for who is committing it now. */
export async function insertBulk(sql: Sql, row: BulkRow): Promise<boolean> {
  const rows = await sql.query(
    `insert into grants.bulk (id, file_hash, rows, recorded_at, recorded_by) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning id`,
    [row.id, row.fileHash, row.rows, iso(row.recordedAt), row.recordedBy],
  )
  return rows.length > 0
}

export type PolicyRow = {
  readonly version: number
  readonly body: Json
  readonly recordedAt: Millis
  readonly recordedBy: string | null
}

/** The latest; null while nobody has recorded one. */
export async function policy(sql: Sql): Promise<PolicyRow | null> {
  const rows = await sql.query<PolicyRow>(
    `select version, body, recorded_at as "recordedAt", recorded_by as "recordedBy" from grants.policy
     order by version desc limit 1`,
  )
  return rows[0] ?? null
}

export async function insertPolicy(sql: Sql, row: Omit<PolicyRow, 'version'>): Promise<void> {
  await sql.query('insert into grants.policy (body, recorded_at, recorded_by) values ($1::jsonb, $2, $3)', [
    toJson(row.body),
    iso(row.recordedAt),
    row.recordedBy,
  ])
}

/** Accepted grants that are to begin, soonest first. */
export const startsBy = (
  sql: Sql,
  day: DateText,
  limit: number,
  except: readonly string[],
): Promise<{ id: string }[]> =>
  sql.query<{ id: string }>(
    `select id from grants.grant where status = 'accepted' and start_date <= $1 and id <> all ($3::uuid[])
     order by start_date, id limit $2
     for no key update skip locked`,
    [day, limit, except],
  )

export async function nextStart(sql: Sql): Promise<DateText | null> {
  const rows = await sql.query<{ day: DateText | null }>(
    `select min(start_date) as day from grants.grant where status = 'accepted'`,
  )
  return rows[0]?.day ?? null
}
