import type { DateText, Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Terms } from '#grants/terms.ts'
import type { Bands } from '#offers/bands.ts'
import type { OfferCheck } from '#offers/checks.ts'
import type { OfferContent, OfferLine } from '#offers/content.ts'
import type { Offer, OfferAcceptance, OfferBasis, Pay } from '#offers/offer.ts'
import type { OfferApproval, OfferLink, Offers, OfferVersion } from '#offers/offers.ts'
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

/** A line whose terms are read. */
export type PlannedGrant = Omit<OfferLine, 'terms'> & { readonly terms: Terms }

/** The grants as documents of the Open Compute Grant format, one text. */
export type Documented = (ask: {
  readonly lines: readonly PlannedGrant[]
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
