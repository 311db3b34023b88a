import type { DateText, Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Bands } from '#offers/bands.ts'
import type { OfferCheck } from '#offers/checks.ts'
import type { OfferContent, OfferLine } from '#offers/content.ts'
import type { Offer, OfferAcceptance, OfferAsk, OfferBasis, Pay, Question } from '#offers/offer.ts'
import type { KeptBands, OfferApproval, OfferLink, Offers, OfferVersion } from '#offers/offers.ts'
import type { PlannedLine, Worth } from '#offers/worth.ts'
import type { People } from '#people/people.ts'
import type { Parts } from '../parts.ts'

/** What an offer is worth on a day; made from the marks by `reports/offers/worth.ts`. */
export type Valued = (ask: {
  readonly pay: Pay
  readonly lines: readonly PlannedLine[]
  readonly startsOn: DateText
  readonly level: string
  readonly basis: OfferBasis
  /** The day of the prices. */
  readonly on: DateText
}) => Promise<Worth>

/** The grants as documents of the Open Compute Grant format, one text. */
export type Documented = (ask: {
  readonly lines: readonly OfferLine[]
  readonly email: string
  readonly startsOn: DateText
}) => { readonly text: string; readonly sha256: string }

/** Whether the company can carry it, apart from its bands: budget, coverage. What refuses, refuses the submission. */
export type Checked = (
  sql: Sql,
  ask: { readonly content: OfferContent; readonly bands: Bands; readonly now: Millis },
) => Promise<readonly OfferCheck[]>

export type OfferParts = Omit<Parts, 'people'> & {
  readonly people: Parts['people'] & Pick<People, 'entity' | 'setSalary'>
  readonly offers: Offers
  readonly valued: Valued
  readonly documented: Documented
  /** Absent: nothing but the bands is checked. */
  readonly checked?: Checked | undefined
  /** As the letter calls it; empty: the legal entity's name. */
  readonly company: () => string
}

/** An offer that nobody has submitted like this. */
export type OfferPreview = {
  /** What would be sealed; null while it cannot be planned, and `checks` say why. */
  readonly content: OfferContent | null
  readonly checks: readonly OfferCheck[]
  readonly needed: 1 | 2
}

/** Where an offer stands with those who have to agree to it. */
export type OfferStanding = {
  readonly offer: Offer
  /** Of the current version; null while it is a draft. */
  readonly version: OfferVersion | null
  readonly needed: 1 | 2
  /** Of the current version. */
  readonly approvals: readonly OfferApproval[]
  readonly replayed: boolean
}

export type OfferMoved = { readonly offer: Offer; readonly replayed: boolean }
/** `link` null: every link that stood was revoked. */
export type OfferSent = OfferMoved & { readonly link: OfferLink | null }
export type OfferAccepted = OfferMoved & {
  readonly acceptance: OfferAcceptance
  readonly person: string
  /** In the order of the offer's lines. */
  readonly grants: readonly string[]
}

type By = { readonly offer: string; readonly by: string }

/**
 * What is done with offers: each is one transaction, all or nothing; asked again it gives the first answer (`replayed`).
 * Refusals are Faults that name the field. What a candidate does comes by a link's id, of which the caller has proved the
 * signature; a link that does not work is Fault `not_found` with the same words, whatever the reason.
 */
export interface OfferCommands {
  draft(ask: {
    /** The caller's own id makes it repeatable. */
    readonly id?: string | undefined
    readonly ask: OfferAsk
    readonly by: string
  }): Promise<OfferMoved>
  /** The whole ask again. Throws Fault `frozen` for anything but a draft. */
  change(ask: By & { readonly ask: OfferAsk }): Promise<OfferMoved>
  /** What `submit` would seal, by the same checks and arithmetic; nothing is written, and refusals are checks. */
  preview(ask: { readonly ask: OfferAsk; readonly offer?: string | undefined }): Promise<OfferPreview>
  /** draft → pending: planned, valued, documented and sealed as a version. */
  submit(ask: By): Promise<OfferStanding>
  approve(ask: By & { readonly note?: string | undefined }): Promise<OfferStanding>
  /** Back to a draft of the next version. */
  reject(ask: By & { readonly reason: string }): Promise<OfferStanding>
  standing(offer: string): Promise<OfferStanding>
  /** approved → sent. The link is the newest that works, or a new one. */
  send(ask: By): Promise<OfferSent>
  /** A new link; those before it are revoked. Only of what was sent or answered. */
  newLink(ask: By): Promise<OfferSent>
  revoke(ask: By): Promise<OfferMoved>
  withdraw(ask: By & { readonly reason: string }): Promise<OfferMoved>
  /** Back to a draft, of the next version. */
  revise(ask: By): Promise<OfferMoved>
  answer(ask: { readonly question: string; readonly text: string; readonly by: string }): Promise<Question>

  /** The offer behind a link that works. */
  linked(link: string): Promise<{ readonly offer: Offer; readonly link: OfferLink }>
  /** Told at most once a day and version. */
  opened(ask: { readonly link: string }): Promise<OfferMoved>
  ask(ask: {
    readonly link: string
    readonly id?: string | undefined
    readonly text: string
  }): Promise<Question>
  /** sent → accepted: the candidate is a person, with their salary and grants. */
  accept(ask: {
    readonly link: string
    /** Their name as they typed it. */
    readonly typedName: string
    /** Of what they read. */
    readonly contentHash: string
  }): Promise<OfferAccepted>
  decline(ask: { readonly link: string; readonly reason?: string | undefined }): Promise<OfferMoved>

  /** Ends what is past its last day, at most `limit`; returns how many. */
  expireDue(now: Millis, limit?: number): Promise<number>

  setBands(ask: { readonly bands: Bands; readonly by: string }): Promise<KeptBands>
}
