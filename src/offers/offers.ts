import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import type { DateText, Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { bandsFromJson, bandsToJson } from './bands-json.ts'
import { checkBands, NO_BANDS, type Bands } from './bands.ts'
import { contentOf } from './content-json.ts'
import type { OfferContent } from './content.ts'
import type { Offer, OfferAcceptance, OfferAsk, OfferEvent, OfferEventKind, Question } from './offer.ts'
import { checkChangeable, nextStatus, type OfferMove, type OfferStatus } from './status.ts'
import * as store from './store.ts'

/** What was submitted, and never changes. */
export type OfferVersion = {
  readonly offer: string
  readonly n: number
  /** Canonical JSON of OfferContent, and its SHA-256 in hex. */
  readonly content: string
  readonly contentHash: string
  /** Of the grants as documents: what compute.json is, byte for byte. */
  readonly documentHash: string
  /** The cap of its compute over four years, in nano-dollars. */
  readonly computeCapUsd: bigint
  /** How many must approve it, as the policy and the bands said when it was submitted. */
  readonly needed: 1 | 2
  readonly submittedAt: Millis
  readonly submittedBy: string
}

export type OfferApproval = {
  readonly id: string
  readonly offer: string
  readonly version: number
  readonly verdict: 'approved' | 'rejected'
  readonly contentHash: string
  readonly note: string
  readonly at: Millis
  readonly by: string
}

/** A way in for whoever has it. Its token is made from its id and its end alone (`link.ts`). */
export type OfferLink = {
  readonly id: string
  readonly offer: string
  /** A whole second. */
  readonly expiresAt: Millis
  readonly createdAt: Millis
  readonly createdBy: string | null
  readonly revokedAt: Millis | null
}

export type OfferListAsk = {
  readonly status?: OfferStatus | undefined
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** What somebody looks for in a list of offers. */
export type OfferRow = Offer & {
  /** Of the newest version that was submitted; null for a first draft. */
  readonly submitted: OfferContent | null
  readonly viewedAt: Millis | null
  readonly openQuestions: number
}

export type KeptBands = Bands & { readonly version: number }

/** Every function works inside the caller's transaction. What an offer needs of other rooms is the caller's to know. */
export interface Offers {
  /** A draft. False when the id stands. */
  create(
    sql: Sql,
    ask: { readonly id: string; readonly ask: OfferAsk; readonly by: string },
    now: Millis,
  ): Promise<boolean>
  /** The whole of a draft anew. Throws Fault `frozen` for anything else. */
  change(sql: Sql, offer: Offer, ask: OfferAsk, now: Millis): Promise<Offer>
  /**
   * One move of a locked offer; null when it stands there already. Back to a draft it is the next version's. To accept is
   * only written with `accepted`, which follows in the same transaction.
   */
  move(sql: Sql, offer: Offer, move: OfferMove, now: Millis): Promise<Offer | null>
  find(sql: Sql, id: string): Promise<Offer | null>
  /** Throws Fault `not_found`. */
  offer(sql: Sql, id: string): Promise<Offer>
  /** As `offer`, and nobody else changes it before this transaction ends. */
  locked(sql: Sql, id: string): Promise<Offer>
  /** Newest first, a page at a time (50, at most 200). */
  list(
    sql: Sql,
    ask?: OfferListAsk,
  ): Promise<{ readonly offers: readonly OfferRow[]; readonly next: string | null }>

  /** One submission at a time until this transaction ends: two that fit by themselves may not fit together. */
  inTurn(sql: Sql): Promise<void>
  /** False when the version stands. */
  keepVersion(sql: Sql, version: OfferVersion): Promise<boolean>
  version(sql: Sql, offer: string, n: number): Promise<OfferVersion | null>
  /** The newest that was submitted. */
  lastVersion(sql: Sql, offer: string): Promise<OfferVersion | null>
  /** Oldest first. */
  versions(sql: Sql, offer: string): Promise<readonly OfferVersion[]>

  /** False when this person has judged this version before. */
  judge(sql: Sql, approval: OfferApproval): Promise<boolean>
  /** Of every version, oldest first. */
  approvals(sql: Sql, offer: string): Promise<readonly OfferApproval[]>

  /** False when the id stands. */
  tell(sql: Sql, event: OfferEvent): Promise<boolean>
  /** Oldest first, at most 10,000. */
  events(sql: Sql, offer: string): Promise<readonly OfferEvent[]>
  lastEvent(sql: Sql, offer: string, kind: OfferEventKind): Promise<OfferEvent | null>

  /** False when the id stands. */
  ask(sql: Sql, question: Pick<Question, 'id' | 'offer' | 'text' | 'askedAt'>): Promise<boolean>
  /** False when it was answered before. */
  answer(
    sql: Sql,
    answer: { readonly question: string; readonly text: string; readonly at: Millis; readonly by: string },
  ): Promise<boolean>
  question(sql: Sql, id: string): Promise<Question | null>
  /** Oldest first. */
  questions(sql: Sql, offer: string): Promise<readonly Question[]>

  addLink(sql: Sql, link: OfferLink): Promise<void>
  link(sql: Sql, id: string): Promise<OfferLink | null>
  /** The newest first. */
  links(sql: Sql, offer: string): Promise<readonly OfferLink[]>
  /** All that work; how many they were. */
  revokeLinks(sql: Sql, offer: string, by: string | null, now: Millis): Promise<number>

  /** What was agreed, and who became of the candidate. Null when it was accepted before. */
  accepted(sql: Sql, offer: Offer, acceptance: OfferAcceptance, person: string): Promise<Offer | null>
  acceptance(sql: Sql, offer: string): Promise<OfferAcceptance | null>

  /** Locks and gives offers past their last day that were approved or sent; those in other hands are passed over. */
  expiring(sql: Sql, day: DateText, limit: number): Promise<readonly Offer[]>

  /** Empty, version 0, until somebody records some. */
  bands(sql: Sql): Promise<KeptBands>
  /** Throws Fault `invalid` that names the field. */
  setBands(sql: Sql, bands: Bands, by: string, now: Millis): Promise<KeptBands>
}

const PAGE = 50
const PAGE_LIMIT = 200
const MOST_EVENTS = 10_000

export function openOffers(): Offers {
  return {
    create: (sql, { id, ask, by }, now) =>
      store.insertOffer(sql, {
        ...ask,
        id,
        status: 'draft',
        version: 1,
        person: null,
        createdBy: by,
        createdAt: now,
        changedAt: now,
      }),

    async change(sql, offer, ask, now) {
      checkChangeable(offer.status)
      const next = { ...offer, ...ask, changedAt: now }
      await store.updateOffer(sql, next)
      return next
    },

    async move(sql, offer, move, now) {
      const status = nextStatus(move, offer.status)
      if (status === null) return null
      // What was submitted is kept under its number, so a draft that comes after it has the next one.
      const version = status === 'draft' ? offer.version + 1 : offer.version
      const next = { ...offer, status, version, changedAt: now }
      // Accepting needs to know who became of the candidate, too.
      if (status !== 'accepted') await store.updateOffer(sql, next)
      return next
    },

    find: (sql, id) => store.offer(sql, id, false),
    offer: (sql, id) => known(store.offer(sql, id, false), id),
    locked: (sql, id) => known(store.offer(sql, id, true), id),

    async list(sql, { status, limit = PAGE, cursor } = {}) {
      if (!Number.isSafeInteger(limit) || limit < 1 || limit > PAGE_LIMIT)
        throw new Fault('invalid', `limit is ${limit}; give 1 to ${PAGE_LIMIT}`, { param: 'limit' })
      const rows = await store.list(sql, {
        status: status ?? null,
        after: cursor === undefined ? null : decodeCursor(cursor),
        limit: limit + 1,
      })
      const page = rows.slice(0, limit)
      const last = page.at(-1)?.offer
      return {
        offers: page.map(({ offer, content, contentHash, viewedAt, openQuestions }) => ({
          ...offer,
          submitted: content && contentHash ? contentOf({ content, contentHash }) : null,
          viewedAt,
          openQuestions,
        })),
        next: rows.length > limit && last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
      }
    },

    inTurn: async (sql) => void (await store.inTurn(sql)),
    keepVersion: store.insertVersion,
    version: store.version,
    lastVersion: (sql, offer) => store.version(sql, offer, null),
    versions: store.versions,

    judge: store.insertApproval,
    approvals: store.approvals,

    tell: store.insertEvent,
    events: (sql, offer) => store.events(sql, offer, MOST_EVENTS),
    lastEvent: store.lastEvent,

    ask: store.insertQuestion,
    answer: store.insertAnswer,
    question: store.question,
    questions: store.questions,

    addLink: store.insertLink,
    link: store.link,
    links: store.links,
    revokeLinks: store.revokeLinks,

    async accepted(sql, offer, acceptance, person) {
      invariant(offer.status === 'accepted' && offer.id === acceptance.offer, 'the offer was moved first')
      const kept = await store.insertAcceptance(sql, acceptance, person)
      if (!kept) return null
      const next = { ...offer, person }
      await store.updateOffer(sql, next)
      return next
    },
    acceptance: store.acceptance,

    expiring: store.expiring,

    async bands(sql) {
      const row = await store.bands(sql)
      return row ? { ...bandsFromJson(row.body), version: row.version } : { ...NO_BANDS, version: 0 }
    },

    async setBands(sql, bands, by, now) {
      const checked = checkBands(bands)
      const body = bandsToJson(checked)
      const { version } = await store.insertBands(sql, { body, recordedAt: now, recordedBy: by })
      return { ...checked, version }
    },
  }
}

async function known(found: Promise<Offer | null>, id: string): Promise<Offer> {
  const offer = await found
  if (offer) return offer
  throw new Fault('not_found', `there is no offer ${id}`, { param: 'offer_id' })
}

type Place = { readonly at: Millis; readonly id: string }

const encodeCursor = ({ at, id }: Place): string => Buffer.from(`${at} ${id}`).toString('base64url')

function decodeCursor(cursor: string): Place {
  const [at = '', id = '', ...rest] = Buffer.from(cursor.slice(0, 200), 'base64url').toString().split(' ')
  if (rest.length === 0 && /^\d{1,15}$/.test(at) && isUuid(id)) return { at: Number(at), id }
  throw new Fault('invalid', 'The cursor is not one that a page gave.', { param: 'cursor' })
}
