import type { Asset, DateText } from '../base.ts'
import type { Basis } from '../value.ts'
import type { Instant, Nano } from './common.ts'

/** Offers on the wire. Money is in billionths of the offer's currency unless a name says USD. */

export type OfferStatus =
  | 'draft'
  | 'pending'
  | 'approved'
  | 'sent'
  | 'accepted'
  | 'declined'
  | 'expired'
  | 'withdrawn'

export type OfferCandidate = { readonly name: string; readonly email: string; readonly country: string }
export type OfferPosition = {
  readonly title: string
  readonly level: string
  readonly family: string
  readonly entity_id: string
  readonly manager_id: string | null
  readonly starts_on: DateText
}
export type OfferRate = { readonly usd: string; readonly source: string; readonly on: DateText } | null
export type OfferBonus =
  | { readonly kind: 'share'; readonly share: string }
  | { readonly kind: 'amount'; readonly amount: Nano }
  | null
export type OfferEquity = {
  readonly units: string
  readonly price: Nano
  readonly source: string
  readonly as_of: DateText
  readonly years: readonly string[]
} & (
  | { readonly kind: 'rsu' }
  | {
      readonly kind: 'option'
      readonly strike: Nano
      readonly volatility: string
      readonly term_years: string
    }
)
export type OfferCompute = {
  readonly template_id: string
  readonly quantity: Nano | null
  readonly name: string | null
}
export type BenefitKind = 'seat' | 'subscription' | 'fine_tuning'
export type OfferBenefit = {
  readonly kind: BenefitKind
  readonly name: string
  readonly monthly_usd: Nano
  readonly months: number
}
export type OfferPay = {
  readonly currency: string
  readonly rate: OfferRate
  readonly salary: Nano
  readonly bonus: OfferBonus
  readonly signing: Nano
  readonly equity: OfferEquity | null
  readonly compute: readonly OfferCompute[]
  readonly benefits: readonly OfferBenefit[]
}
/** Everything of an offer that somebody decides. */
export type OfferAsk = {
  readonly candidate: OfferCandidate
  readonly position: OfferPosition
  readonly pay: OfferPay
  readonly basis: Basis
  readonly expires_on: DateText
  readonly message: string
}

export type OfferYear = {
  readonly year: number
  readonly salary: Nano
  readonly bonus: Nano
  readonly signing: Nano
  readonly equity: Nano
  readonly compute_cap: Nano
  readonly compute_expected: Nano
  readonly benefits: Nano
  readonly total_cap: Nano
  readonly total_expected: Nano
}
type LineYear = { readonly quantity: Nano; readonly cap: Nano; readonly expected: Nano }
type Share = { readonly share: string; readonly why: string }
export type OfferLineWorth = {
  readonly n: number
  readonly name: string
  readonly asset: Asset
  readonly quantity: Nano
  readonly tranches: readonly { readonly date: DateText; readonly quantity: Nano }[]
  readonly price:
    | {
        readonly kind: 'priced'
        readonly nano_usd: { readonly n: string; readonly d: string }
        readonly how: string
        readonly mark: {
          readonly hash: string
          readonly day: DateText
          readonly source: string
          readonly stale: boolean
        } | null
      }
    | { readonly kind: 'unpriced'; readonly reason: string }
  readonly delivered: Share
  readonly used: Share
  readonly years: readonly LineYear[]
  readonly total: LineYear
  readonly beyond: LineYear
}
export type OfferWorth = {
  readonly day: DateText
  readonly basis: Basis
  readonly lines: readonly OfferLineWorth[]
  readonly equity: {
    readonly each: Nano
    readonly intrinsic: Nano | null
    readonly how: string
    readonly years: readonly Nano[]
    readonly beyond: Nano
  } | null
  readonly years: readonly OfferYear[]
  readonly total: OfferYear
}

export type OfferLine = {
  readonly n: number
  readonly name: string
  readonly asset: Asset
  readonly quantity: Nano
  readonly tranches: readonly { readonly date: DateText; readonly quantity: Nano }[]
  readonly template: { readonly id: string; readonly name: string; readonly version: number }
}

export type OfferCheck = {
  readonly kind: 'plan' | 'candidate' | 'value' | 'bands' | 'budget' | 'coverage' | 'transparency'
  readonly severity: 'refuse' | 'warn' | 'ok'
  readonly message: string
  readonly param: string | null
}

export type OfferExample = {
  readonly kind: string
  readonly line: number | null
  readonly says: string
  readonly basis: string
}

export type OfferLetter = {
  readonly company: string
  readonly title: string
  readonly facts: readonly (readonly [string, string])[]
  readonly sections: readonly {
    readonly id: string
    readonly title: string
    readonly lines: readonly string[]
  }[]
  readonly tables: readonly {
    readonly id: string
    readonly title: string
    readonly head: readonly string[]
    readonly rows: readonly (readonly string[])[]
    readonly note: string | null
  }[]
  readonly marks: readonly string[]
  readonly foot: string
}

/** What the candidate would see, and what stands against it. */
export type OfferPreview = {
  /** Null while it cannot be planned; the checks say why. */
  readonly worth: OfferWorth | null
  readonly lines: readonly OfferLine[]
  readonly checks: readonly OfferCheck[]
  readonly letter: OfferLetter | null
  readonly examples: readonly OfferExample[]
  readonly needed: 1 | 2
}

type OfferStanding = {
  readonly id: string
  readonly status: OfferStatus
  readonly version: number
  readonly person_id: string | null
  readonly created_by: string
  readonly created_at: Instant
  readonly changed_at: Instant
}

export type OfferRow = OfferStanding & {
  readonly candidate: OfferCandidate
  readonly title: string
  readonly level: string
  readonly family: string
  readonly starts_on: DateText
  readonly expires_on: DateText
  readonly currency: string
  /** Of the version that was submitted; null for a first draft. */
  readonly total: OfferYear | null
  readonly viewed_at: Instant | null
  readonly open_questions: number
}
export type Offers = { readonly offers: readonly OfferRow[]; readonly next: string | null }

export type OfferQuestion = {
  readonly id: string
  readonly text: string
  readonly asked_at: Instant
  readonly answer: string | null
  readonly answered_at: Instant | null
  readonly answered_by: string | null
}

export type OfferStep =
  | 'change'
  | 'submit'
  | 'approve'
  | 'reject'
  | 'send'
  | 'link'
  | 'withdraw'
  | 'revise'
  | 'answer'

export type Offer = OfferStanding &
  OfferAsk &
  OfferPreview & {
    readonly company: string
    readonly entity_name: string
    readonly manager_name: string | null
    readonly created_by_name: string
    /** Null while it is a draft. */
    readonly content_hash: string | null
    readonly document_sha256: string | null
    readonly approvals: readonly {
      readonly person_id: string
      readonly name: string
      readonly at: Instant
      readonly note: string
      readonly content_hash: string
    }[]
    readonly events: readonly {
      readonly id: string
      readonly version: number
      readonly kind: string
      readonly at: Instant
      readonly by: string | null
      readonly by_name: string | null
      readonly body: Readonly<Record<string, string>>
    }[]
    readonly questions: readonly OfferQuestion[]
    readonly link: {
      readonly expires_at: Instant
      readonly created_at: Instant
      readonly revoked_at: Instant | null
    } | null
    readonly acceptance: {
      readonly version: number
      readonly typed_name: string
      readonly at: Instant
      readonly content_hash: string
    } | null
    /** What the viewer may do with it now. */
    readonly steps: readonly OfferStep[]
  }

/** The link is told once. */
export type SentOffer = { readonly offer: Offer; readonly url: string | null }

export type OfferBand = {
  readonly level: string
  /** Empty: any. */
  readonly family: string
  readonly salary: { readonly min: Nano; readonly max: Nano; readonly currency: string } | null
  /** The cap of all compute over four years, in nano-dollars. */
  readonly compute: { readonly min: Nano; readonly max: Nano } | null
}
export type OfferBands = {
  readonly bands: readonly OfferBand[]
  readonly budget: readonly { readonly year: number; readonly compute: Nano }[]
  readonly version: number
}

type OfferCounts = {
  /** Null: too few to be told. */
  readonly sent: number | null
  readonly viewed: number | null
  readonly accepted: number | null
  readonly declined: number | null
  readonly expired: number | null
  readonly open: number | null
  /** A decimal share. */
  readonly acceptance: string | null
}
export type OfferStatistics = {
  readonly least: number
  readonly total: OfferCounts
  readonly bands: readonly (OfferCounts & {
    readonly band: string
    readonly from_usd: Nano
    readonly below_usd: Nano | null
    readonly why: string | null
  })[]
}
