import type { DateText } from '../base.ts'
import type { Instant } from './common.ts'
import type { OfferEquity, OfferExample, OfferLetter, OfferWorth } from './offers.ts'

/** An offer as its candidate sees it. Money is in billionths of the offer's currency. */

export type CandidateStatus = 'open' | 'accepted' | 'declined' | 'expired' | 'withdrawn' | 'revising'
export type CandidateQuestion = {
  readonly id: string
  readonly text: string
  readonly asked_at: Instant
  readonly answer: string | null
  readonly answered_at: Instant | null
}
export type OfferPromises = {
  readonly n: number
  readonly name: string
  readonly promises: readonly { readonly name: string; readonly value: string }[]
}
export type CandidateTerms = {
  readonly version: number
  readonly content_hash: string
  readonly document_sha256: string | null
  readonly candidate: { readonly name: string }
  readonly position: { readonly title: string; readonly level: string; readonly starts_on: DateText }
  readonly expires_on: DateText
  readonly message: string
  readonly currency: string
  readonly rate: string | null
  readonly equity: OfferEquity | null
  readonly worth: OfferWorth
  readonly letter: OfferLetter
  readonly examples: readonly OfferExample[]
  readonly guarantees: readonly OfferPromises[]
  readonly questions: readonly CandidateQuestion[]
}
export type CandidateOffer = {
  readonly status: CandidateStatus
  readonly now: Instant
  readonly company: string
  readonly offer: CandidateTerms | null
  readonly accepted: {
    readonly typed_name: string
    readonly at: Instant
    readonly content_hash: string
    readonly signed_in: boolean
  } | null
}
