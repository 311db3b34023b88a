import type { DateText, Millis } from '#base/time.ts'
import type { OfferStatus } from './status.ts'

/**
 * The nouns of an offer. Money is in billionths of the offer's currency unless a name says USD; shares and rates are decimal
 * text, read as exact rationals; dates are UTC days.
 */

export type Candidate = {
  readonly name: string
  readonly email: string
  /** Where they will work, ISO 3166-1 alpha-2. */
  readonly country: string
}

export type Position = {
  readonly title: string
  /** The company's own ladder, as a person's level. */
  readonly level: string
  /** Of jobs, such as Research; bands may differ by it. Empty: none. */
  readonly family: string
  /** Id of the legal entity that will employ the person. */
  readonly entity: string
  readonly managerId: string | null
  /** The first day of work: vesting starts, keys work. */
  readonly startsOn: DateText
}

/** Dollars for one unit of the offer's currency, and who said so. Null for dollars. */
export type CurrencyRate = { readonly usd: string; readonly source: string; readonly on: DateText } | null

export type Bonus =
  | { readonly kind: 'share'; readonly share: string }
  | { readonly kind: 'amount'; readonly amount: bigint }
  | null

/** Shares of the company. They vest by year, evenly within it: `years` are shares of the whole that sum to 1. */
export type Equity = {
  readonly units: bigint
  /** Of one share, today, as the company says. */
  readonly price: bigint
  readonly source: string
  readonly asOf: DateText
  readonly years: readonly string[]
} & (
  | { readonly kind: 'rsu' }
  | {
      readonly kind: 'option'
      readonly strike: bigint
      /** How much the share moves in a year, and how long an option is expected to be held. */
      readonly volatility: string
      readonly termYears: string
    }
)

/** One grant that the offer makes. The quantity is as the template's basis counts it; null: as its formula says. */
export type ComputeAsk = {
  readonly template: string
  readonly quantity: bigint | null
  /** The template's name when null. */
  readonly name: string | null
}

/** What the company pays beside grants, in nano-dollars a month: a seat, a subscription, an allowance to fine-tune. */
export type Benefit = {
  readonly kind: 'seat' | 'subscription' | 'fine_tuning'
  readonly name: string
  readonly monthlyUsd: bigint
  readonly months: number
}

export type Pay = {
  /** ISO 4217. */
  readonly currency: string
  readonly rate: CurrencyRate
  /** Of a year. */
  readonly salary: bigint
  /** Of a year, at target. */
  readonly bonus: Bonus
  /** Paid once, with the first salary. */
  readonly signing: bigint
  readonly equity: Equity | null
  readonly compute: readonly ComputeAsk[]
  readonly benefits: readonly Benefit[]
}

export const OFFER_BASES = ['list', 'replacement', 'index', 'cost'] as const
export type OfferBasis = (typeof OFFER_BASES)[number]

/** Everything of an offer that somebody decides. */
export type OfferAsk = {
  readonly candidate: Candidate
  readonly position: Position
  readonly pay: Pay
  /** On which compute is valued. */
  readonly basis: OfferBasis
  /** The last day on which it can be accepted. */
  readonly expiresOn: DateText
  /** Words of one's own to the candidate; empty: none. */
  readonly message: string
}

export type Offer = OfferAsk & {
  readonly id: string
  readonly status: OfferStatus
  /** From 1. What was submitted is a version and never changes; revising begins the next one. */
  readonly version: number
  /** Who became of the candidate; null until it is accepted. */
  readonly person: string | null
  readonly createdBy: string
  readonly createdAt: Millis
  readonly changedAt: Millis
}

export type OfferEventKind =
  | 'drafted'
  | 'changed'
  | 'submitted'
  | 'approved'
  | 'rejected'
  | 'sent'
  | 'viewed'
  | 'asked'
  | 'answered'
  | 'accepted'
  | 'declined'
  | 'withdrawn'
  | 'expired'
  | 'revised'

export type OfferEvent = {
  readonly id: string
  readonly offer: string
  readonly version: number
  readonly kind: OfferEventKind
  readonly at: Millis
  /** Null: the candidate, or the clock. */
  readonly by: string | null
  readonly body: Readonly<Record<string, string>>
}

export type Question = {
  readonly id: string
  readonly offer: string
  readonly text: string
  readonly askedAt: Millis
  readonly answer: string | null
  readonly answeredAt: Millis | null
  readonly answeredBy: string | null
}

/** What the candidate agreed to: the content byte by byte, and their name as they typed it. */
export type OfferAcceptance = {
  readonly offer: string
  readonly version: number
  readonly content: string
  readonly contentHash: string
  readonly typedName: string
  readonly acceptedAt: Millis
}
