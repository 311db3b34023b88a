import type { DateText, Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Bands } from './bands.ts'
import type { OfferContent } from './content.ts'
import type { Offer, OfferAcceptance, OfferAsk, OfferEvent, OfferEventKind, Question } from './offer.ts'
import type { OfferMove, OfferStatus } from './status.ts'

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
  /** One move of a locked offer; null when it stands there already. What was judged or revised begins the next version. */
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

  /** What was agreed, and who became of the candidate. False when it was accepted before. */
  accepted(sql: Sql, acceptance: OfferAcceptance, person: string): Promise<boolean>
  acceptance(sql: Sql, offer: string): Promise<OfferAcceptance | null>

  /** Locks and gives offers past their last day that were approved or sent; those in other hands are passed over. */
  expiring(sql: Sql, day: DateText, limit: number): Promise<readonly Offer[]>

  /** Empty, version 0, until somebody records some. */
  bands(sql: Sql): Promise<KeptBands>
  /** Throws Fault `invalid` that names the field. */
  setBands(sql: Sql, bands: Bands, by: string, now: Millis): Promise<KeptBands>
}
