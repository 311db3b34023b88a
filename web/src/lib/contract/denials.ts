import type { Nano, Instant } from './common.ts'

/** A call that Perq refused, in the words that the client got. */
export type Denial = {
  readonly id: string
  readonly at: Instant
  readonly door: string
  readonly route: string
  readonly model: string | null
  readonly code: string
  readonly message: string
  readonly short: Nano | null
  /** How often the same was refused within a minute. */
  readonly count: number
  readonly key: { readonly id: string; readonly name: string }
}
/** `GET /api/v1/people/{id}/denials?limit&cursor&from&to&code`, newest first; kept for 90 days. */
export type Denials = { readonly denials: readonly Denial[]; readonly next: string | null }
