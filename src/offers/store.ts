import { toJson, type Json } from '#base/json.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { askFromJson, askOf } from './ask-json.ts'
import type { Offer, OfferAcceptance, OfferEvent, OfferEventKind, Question } from './offer.ts'
import type { OfferApproval, OfferLink, OfferVersion } from './offers.ts'
import type { OfferStatus } from './status.ts'

const OFFER = `o.id, o.status, o.version, o.ask, o.person_id as person, o.created_by as "createdBy",
  o.created_at as "createdAt", o.changed_at as "changedAt"`
const VERSION = `offer_id as offer, n, content, content_hash as "contentHash", document_hash as "documentHash",
  compute_cap_usd as "computeCapUsd", needed, submitted_at as "submittedAt", submitted_by as "submittedBy"`
const APPROVAL = `id, offer_id as offer, version, verdict, content_hash as "contentHash", note, recorded_at as at,
  recorded_by as by`
const EVENT = `id, offer_id as offer, version, kind, body, recorded_at as at, recorded_by as by`
const QUESTION = `q.id, q.offer_id as offer, q.body as text, q.asked_at as "askedAt", a.body as answer,
  a.answered_at as "answeredAt", a.answered_by as "answeredBy"`
const LINK = `id, offer_id as offer, expires_at as "expiresAt", created_at as "createdAt", created_by as "createdBy",
  revoked_at as "revokedAt"`

type Row = Omit<Offer, keyof ReturnType<typeof askFromJson>> & { readonly ask: Json }

const offerOf = ({ ask, ...row }: Row): Offer => ({ ...askFromJson(ask), ...row })

/** False when the id is taken. */
export async function insertOffer(sql: Sql, row: Offer): Promise<boolean> {
  const rows = await sql.query(
    `insert into offers.offer (id, status, version, ask, level, starts_on, expires_on, person_id, created_by, created_at,
       changed_at)
     values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing returning id`,
    [...columns(row), row.createdBy, iso(row.createdAt), iso(row.changedAt)],
  )
  return rows.length > 0
}

export async function updateOffer(sql: Sql, row: Offer): Promise<void> {
  await sql.query(
    `update offers.offer set status = $2, version = $3, ask = $4::jsonb, level = $5, starts_on = $6, expires_on = $7,
       person_id = $8, changed_at = $9 where id = $1`,
    [...columns(row), iso(row.changedAt)],
  )
}

const columns = (row: Offer): unknown[] => [
  row.id,
  row.status,
  row.version,
  toJson(askOf(row)),
  row.position.level,
  row.position.startsOn,
  row.expiresOn,
  row.person,
]

export async function offer(sql: Sql, id: string, lock: boolean): Promise<Offer | null> {
  const rows = await sql.query<Row>(
    `select ${OFFER} from offers.offer o where o.id = $1 ${lock ? 'for no key update' : ''}`,
    [id],
  )
  return rows[0] ? offerOf(rows[0]) : null
}

/** Until this transaction ends nobody else is let in. */
export const inTurn = (sql: Sql): Promise<unknown> =>
  sql.query(`select pg_advisory_xact_lock(hashtextextended('offers.submit', 0))`)

export type ListedRow = {
  readonly offer: Offer
  readonly content: string | null
  readonly contentHash: string | null
  readonly viewedAt: Millis | null
  readonly openQuestions: number
}

/** Newest first. */
export async function list(
  sql: Sql,
  filter: {
    readonly status: OfferStatus | null
    readonly after: { readonly at: Millis; readonly id: string } | null
    readonly limit: number
  },
): Promise<readonly ListedRow[]> {
  const rows = await sql.query<Row & Omit<ListedRow, 'offer'>>(
    `select ${OFFER}, v.content, v.content_hash as "contentHash",
       (select min(e.recorded_at) from offers.event e where e.offer_id = o.id and e.kind = 'viewed') as "viewedAt",
       (select count(*)::int from offers.question q where q.offer_id = o.id
          and not exists (select 1 from offers.answer a where a.question_id = q.id)) as "openQuestions"
     from offers.offer o
     left join lateral (
       select content, content_hash from offers.version where offer_id = o.id order by n desc limit 1
     ) v on true
     where ($1::text is null or o.status = $1)
       and ($2::timestamptz is null or (o.created_at, o.id) < ($2, $3::uuid))
     order by o.created_at desc, o.id desc limit $4`,
    [filter.status, filter.after ? iso(filter.after.at) : null, filter.after?.id ?? null, filter.limit],
  )
  return rows.map(({ content, contentHash, viewedAt, openQuestions, ...row }) => ({
    offer: offerOf(row),
    content,
    contentHash,
    viewedAt,
    openQuestions,
  }))
}

/** False when the version stands. */
export async function insertVersion(sql: Sql, row: OfferVersion): Promise<boolean> {
  const rows = await sql.query(
    `insert into offers.version (offer_id, n, content, content_hash, document_hash, compute_cap_usd, needed, submitted_at,
       submitted_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning n`,
    [
      row.offer,
      row.n,
      row.content,
      row.contentHash,
      row.documentHash,
      row.computeCapUsd,
      row.needed,
      iso(row.submittedAt),
      row.submittedBy,
    ],
  )
  return rows.length > 0
}

export const versions = (sql: Sql, id: string): Promise<OfferVersion[]> =>
  sql.query<OfferVersion>(`select ${VERSION} from offers.version where offer_id = $1 order by n`, [id])

/** That one, or the newest where none is named. */
export async function version(sql: Sql, id: string, n: number | null): Promise<OfferVersion | null> {
  const rows = await sql.query<OfferVersion>(
    `select ${VERSION} from offers.version where offer_id = $1 and ($2::int is null or n = $2) order by n desc limit 1`,
    [id, n],
  )
  return rows[0] ?? null
}

/** False when this person has judged this version before. */
export async function insertApproval(sql: Sql, row: OfferApproval): Promise<boolean> {
  const rows = await sql.query(
    `insert into offers.approval (id, offer_id, version, verdict, content_hash, note, recorded_at, recorded_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning id`,
    [row.id, row.offer, row.version, row.verdict, row.contentHash, row.note, iso(row.at), row.by],
  )
  return rows.length > 0
}

/** Of every version, oldest first. */
export const approvals = (sql: Sql, id: string): Promise<OfferApproval[]> =>
  sql.query<OfferApproval>(`select ${APPROVAL} from offers.approval where offer_id = $1 order by seq`, [id])

/** False when the id is taken. */
export async function insertEvent(sql: Sql, row: OfferEvent): Promise<boolean> {
  const rows = await sql.query(
    `insert into offers.event (id, offer_id, version, kind, body, recorded_at, recorded_by)
     values ($1, $2, $3, $4, $5::jsonb, $6, $7) on conflict do nothing returning id`,
    [row.id, row.offer, row.version, row.kind, toJson(row.body), iso(row.at), row.by],
  )
  return rows.length > 0
}

export const events = (sql: Sql, id: string, limit: number): Promise<OfferEvent[]> =>
  sql.query<OfferEvent>(`select ${EVENT} from offers.event where offer_id = $1 order by seq limit $2`, [
    id,
    limit,
  ])

/** The newest of a kind. */
export async function lastEvent(sql: Sql, id: string, kind: OfferEventKind): Promise<OfferEvent | null> {
  const rows = await sql.query<OfferEvent>(
    `select ${EVENT} from offers.event where offer_id = $1 and kind = $2 order by seq desc limit 1`,
    [id, kind],
  )
  return rows[0] ?? null
}

/** False when the id is taken. */
export async function insertQuestion(
  sql: Sql,
  row: Pick<Question, 'id' | 'offer' | 'text' | 'askedAt'>,
): Promise<boolean> {
  const rows = await sql.query(
    `insert into offers.question (id, offer_id, body, asked_at) values ($1, $2, $3, $4)
     on conflict do nothing returning id`,
    [row.id, row.offer, row.text, iso(row.askedAt)],
  )
  return rows.length > 0
}

/** False when it was answered before. */
export async function insertAnswer(
  sql: Sql,
  row: { readonly question: string; readonly text: string; readonly at: Millis; readonly by: string },
): Promise<boolean> {
  const rows = await sql.query(
    `insert into offers.answer (question_id, body, answered_at, answered_by) values ($1, $2, $3, $4)
     on conflict do nothing returning question_id`,
    [row.question, row.text, iso(row.at), row.by],
  )
  return rows.length > 0
}

const FROM_QUESTION = `from offers.question q left join offers.answer a on a.question_id = q.id`

export async function question(sql: Sql, id: string): Promise<Question | null> {
  const rows = await sql.query<Question>(`select ${QUESTION} ${FROM_QUESTION} where q.id = $1`, [id])
  return rows[0] ?? null
}

export const questions = (sql: Sql, id: string): Promise<Question[]> =>
  sql.query<Question>(`select ${QUESTION} ${FROM_QUESTION} where q.offer_id = $1 order by q.seq`, [id])

export async function insertLink(sql: Sql, row: OfferLink): Promise<void> {
  await sql.query(
    `insert into offers.link (id, offer_id, expires_at, created_at, created_by) values ($1, $2, $3, $4, $5)`,
    [row.id, row.offer, iso(row.expiresAt), iso(row.createdAt), row.createdBy],
  )
}

export async function link(sql: Sql, id: string): Promise<OfferLink | null> {
  const rows = await sql.query<OfferLink>(`select ${LINK} from offers.link where id = $1`, [id])
  return rows[0] ?? null
}

/** The newest first. */
export const links = (sql: Sql, id: string): Promise<OfferLink[]> =>
  sql.query<OfferLink>(`select ${LINK} from offers.link where offer_id = $1 order by seq desc`, [id])

export async function revokeLinks(sql: Sql, id: string, by: string | null, now: Millis): Promise<number> {
  const rows = await sql.query(
    `update offers.link set revoked_at = $3, revoked_by = $2 where offer_id = $1 and revoked_at is null returning id`,
    [id, by, iso(now)],
  )
  return rows.length
}

/** False when it was accepted before. */
export async function insertAcceptance(sql: Sql, row: OfferAcceptance, person: string): Promise<boolean> {
  const rows = await sql.query(
    `insert into offers.acceptance (offer_id, version, person_id, content, content_hash, typed_name, accepted_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning offer_id`,
    [row.offer, row.version, person, row.content, row.contentHash, row.typedName, iso(row.acceptedAt)],
  )
  return rows.length > 0
}

export async function acceptance(sql: Sql, id: string): Promise<OfferAcceptance | null> {
  const rows = await sql.query<OfferAcceptance>(
    `select offer_id as offer, version, content, content_hash as "contentHash", typed_name as "typedName",
       accepted_at as "acceptedAt" from offers.acceptance where offer_id = $1`,
    [id],
  )
  return rows[0] ?? null
}

/** Those that another worker has in hand are passed over: it will end them. */
export async function expiring(sql: Sql, day: DateText, limit: number): Promise<readonly Offer[]> {
  const rows = await sql.query<Row>(
    `select ${OFFER} from offers.offer o where o.status in ('approved', 'sent') and o.expires_on < $1
     order by o.expires_on, o.id limit $2 for no key update skip locked`,
    [day, limit],
  )
  return rows.map(offerOf)
}

export type BandsRow = { readonly version: number; readonly body: Json }

/** The latest; null while nobody has recorded any. */
export async function bands(sql: Sql): Promise<BandsRow | null> {
  const rows = await sql.query<BandsRow>(
    'select version, body from offers.bands order by version desc limit 1',
  )
  return rows[0] ?? null
}

export async function insertBands(
  sql: Sql,
  row: { readonly body: Json; readonly recordedAt: Millis; readonly recordedBy: string },
): Promise<BandsRow> {
  const rows = await sql.query<BandsRow>(
    `insert into offers.bands (body, recorded_at, recorded_by) values ($1::jsonb, $2, $3) returning version, body`,
    [toJson(row.body), iso(row.recordedAt), row.recordedBy],
  )
  return rows[0]!
}
