import type { Rational } from '#base/rational.ts'
import type { Millis } from '#base/time.ts'
import type { Asset } from './assets.ts'

export type { Asset } from './assets.ts'

/**
 * Where value can be. `absorbed` is what the company pays outside every grant; through `carried` value goes from one lot
 * to another, and nothing stays in it.
 */
export type Account =
  | 'promised'
  | 'unvested'
  | 'available'
  | 'held'
  | 'spent'
  | 'expired'
  | 'forfeited'
  | 'revoked'
  | 'absorbed'
  | 'carried'

/** The typed templates: entries are made by these and by nothing else. */
export type EntryKind =
  | 'granted'
  | 'vested'
  | 'hold'
  | 'settle'
  | 'release'
  | 'lapse'
  | 'absorb'
  | 'expire'
  | 'forfeit'
  | 'revoke'
  | 'adjust'
  | 'carry'
  | 'convert'

export type Purpose = 'work' | 'learning' | 'personal' | 'open_source'

/** Where a lot may be spent. An absent list means anywhere; an empty list means nowhere. */
export type Scope = {
  readonly classes?: readonly string[]
  readonly providers?: readonly string[]
  readonly purposes?: readonly Purpose[]
  /** Assets that the lot may be exchanged into when it is spent; absent means none. */
  readonly exchange?: readonly string[]
}

/** What is known of a call when its hold is made; a lapsed hold's usage row is written from it. */
export type CallFacts = {
  readonly person: string
  readonly key: string | null
  readonly door: 'openai' | 'anthropic' | 'gemini' | 'cluster'
  readonly route: string
  readonly model: string
  readonly class: string
  readonly provider: string
  readonly upstream: string
  readonly purpose: Purpose
  readonly priceVersion: number
  /** Prices of a batch; absent for a call that is answered at once. */
  readonly variant?: 'batch'
}

export type HoldRequest = {
  /** The call's id (uuid v7) is its idempotency key. */
  readonly id: string
  readonly wallet: string
  /** Hold as much as there is up to `max`; refuse when less than `min` can be held. nano-dollars, 0 ≤ min ≤ max. */
  readonly min: bigint
  readonly max: bigint
  /** Ids of the scopes that admit this call; null admits every lot. */
  readonly scopes: readonly number[] | null
  readonly expiresAt: Millis
  /** Charged when the hold lapses (≤ min): the cost that is certain once the request has left. */
  readonly floor: bigint
  readonly facts: CallFacts
  /** Absent: this process, and the hold lapses soon after it is gone. */
  readonly owner?: DurableOwner
}

/** Owners that are no process: what they hold outlives every process and lapses by its expiry alone. */
export type DurableOwner = 'batches' | 'cluster'

export type HoldResult =
  | { readonly kind: 'held'; readonly amount: bigint; readonly replayed: boolean }
  | { readonly kind: 'short'; readonly available: bigint; readonly held: bigint }
  /** The key's cap has less than `min` left in its window, which ends at `resetsAt` (null: never). */
  | { readonly kind: 'capped'; readonly left: bigint; readonly resetsAt: Millis | null }
  | { readonly kind: 'unknown_wallet' }
  | { readonly kind: 'conflict' }

/** Calendar windows in UTC; weeks begin on Monday. */
export type CapPeriod = 'day' | 'week' | 'month'

/** What a key may spend within a window, beside what its wallet has. */
export type Cap = {
  readonly amount: bigint
  /** Null: one window for ever. */
  readonly period: CapPeriod | null
  /** Of the calls of this window: what they hold and what they were charged. */
  readonly used: bigint
  readonly left: bigint
  readonly resetsAt: Millis | null
}

/**
 * Counts of a finished call, normalised: `input` is uncached input without sound; `reasoning` is part of `output`. What is absent
 * was not used.
 */
export type Tokens = {
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  readonly output: number
  readonly reasoning: number
  /** Uncached input that was sound. */
  readonly audioInput?: number
  /** Input that was sound and was read from the cache; not part of `cacheRead`. */
  readonly audioCacheRead?: number
  /** Searches of the web that the provider ran, each with a fee. */
  readonly searches?: number
}

export type CallStatus = 'ok' | 'cancelled' | 'failed' | 'lapsed'

export type SettleRequest = {
  readonly id: string
  /** The real cost, nano-dollars. Above the hold the rest is the company's (`absorbed`). */
  readonly cost: bigint
  readonly tokens: Tokens
  readonly status: CallStatus
  /** True when the usage was not reported but derived. */
  readonly estimated: boolean
  /** The provider's own id of the response, for reconciliation. */
  readonly providerId: string | null
  readonly startedAt: Millis
}

export type SettleResult =
  | {
      readonly kind: 'settled'
      readonly charged: bigint
      readonly absorbed: bigint
      readonly replayed: boolean
    }
  /** The hold had lapsed before: what the lapse had not charged is now `absorbed`. */
  | { readonly kind: 'late'; readonly charged: bigint; readonly absorbed: bigint; readonly replayed: boolean }
  | { readonly kind: 'unknown_hold' }
  | { readonly kind: 'conflict' }

export type ReleaseResult =
  | { readonly kind: 'released'; readonly replayed: boolean }
  | { readonly kind: 'unknown_hold' }
  | { readonly kind: 'conflict' }

/** The eight numbers of a grant or a wallet; granted is always the sum of the other seven. */
export type Balances = {
  readonly granted: bigint
  readonly unvested: bigint
  readonly available: bigint
  readonly held: bigint
  readonly spent: bigint
  readonly expired: bigint
  readonly forfeited: bigint
  readonly revoked: bigint
}

export type Lot = {
  readonly id: string
  readonly wallet: string
  readonly grant: string
  readonly tranche: number
  readonly priority: number
  readonly scope: Scope
  readonly effectiveAt: Millis
  readonly expiresAt: Millis | null
  /** What is accounted for in this lot: the sum of the five that follow. */
  readonly vested: bigint
  readonly available: bigint
  readonly held: bigint
  readonly spent: bigint
  readonly expired: bigint
  readonly revoked: bigint
  /** What left for other lots of the same grant, not part of `vested`. */
  readonly carried: bigint
  /** The lot that this one goes on from, of the same grant. */
  readonly carriedFrom: string | null
  /** The lot that this one was exchanged for, of another asset. */
  readonly convertedFrom: string | null
}

/** A tranche that falls due: becomes a lot. The lot's id is derived from (grant, tranche), so it can vest only once. */
export type VestRequest = {
  readonly grant: string
  readonly tranche: number
  readonly quantity: bigint
  /** 0 is drawn first, 50 is usual, at most 100. */
  readonly priority: number
  readonly scope: Scope
  readonly effectiveAt: Millis
  readonly expiresAt: Millis | null
}

/** Part of a lot goes on in a lot of its own: rollover, a leaver's window, portability. */
export type CarryOrder = {
  /** The transfer's id makes the order repeatable. */
  readonly id: string
  readonly lot: string
  /** Above 0, at most what is available of the lot. */
  readonly amount: bigint
  /** What is absent stays as it is in the lot. `effectiveAt` absent: now. */
  readonly to: {
    readonly expiresAt: Millis | null
    readonly scope?: Scope
    readonly priority?: number
    readonly effectiveAt?: Millis
  }
  readonly reason: string
}

/** Part of a lot is exchanged into another asset of the same person, with the lot's scope, priority and expiry. */
export type ConvertOrder = {
  readonly id: string
  readonly lot: string
  /** Smallest units of the lot's asset that are given: above 0, at most what is available. */
  readonly amount: bigint
  readonly to: { readonly wallet: string; readonly asset: Asset }
  /** Smallest units of the other asset for one of this one; what is less than one unit is rounded away. */
  readonly rate: Rational
  /** Where the rate comes from, in words that still say it in years. */
  readonly basis: string
}
