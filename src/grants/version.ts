import { canonicalJson, sha256Hex } from '#base/json.ts'
import type { DateText, Millis } from '#base/time.ts'
import { termsOf, type Terms } from './terms.ts'

/** One state of a grant's terms. Never changed; an amendment is the next one. */
export type GrantVersion = {
  readonly grant: string
  /** From 1. */
  readonly n: number
  readonly terms: Terms
  readonly quantity: bigint
  readonly startDate: DateText
  readonly grantDate: DateText
  /** From this day on these terms hold. */
  readonly effectiveOn: DateText
  /** Canonical JSON of what was agreed, and its SHA-256 in hex. */
  readonly content: string
  readonly contentHash: string
  readonly reason: string
  readonly recordedAt: Millis
  readonly recordedBy: string | null
}

/** What a person agrees to. Its canonical JSON is what is hashed; a field that is added here makes another `format`. */
export type Contract = {
  readonly grant: string
  readonly version: number
  readonly person: { readonly id: string; readonly name: string }
  readonly entity: string
  readonly name: string
  readonly template: { readonly name: string; readonly version: number }
  readonly terms: Terms
  readonly quantity: bigint
  readonly startDate: DateText
  readonly grantDate: DateText
  /** What has a day: planned and not superseded, in order. */
  readonly tranches: readonly { readonly date: DateText; readonly quantity: bigint }[]
}

export type Content = { readonly text: string; readonly hash: string }

/** The same contract has the same text and hash, in whatever order its fields came. */
export function contentOf({ tranches, terms, ...contract }: Contract): Content {
  const text = canonicalJson({
    format: 'perq.contract.1',
    ...contract,
    terms: termsOf(terms),
    tranches: tranches.map(({ date, quantity }) => [date, quantity]),
  })
  return { text, hash: sha256Hex(text) }
}

export type Acceptance = {
  readonly grant: string
  readonly version: number
  readonly person: string
  readonly content: string
  readonly contentHash: string
  readonly typedName: string
  readonly acceptedAt: Millis
}

export type Approval = {
  readonly id: string
  readonly grant: string
  /** The event that submitted it. */
  readonly submission: string
  readonly verdict: 'approved' | 'rejected'
  readonly contentHash: string
  readonly note: string
  readonly recordedAt: Millis
  readonly recordedBy: string
}
