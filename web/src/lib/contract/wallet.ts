import type { DateText, Scope } from '../base.ts'
import type { Nano, Instant } from './common.ts'

export type Lot = {
  readonly id: string
  readonly grant_id: string
  readonly grant_name: string
  readonly tranche: number
  readonly priority: number
  readonly scope: Scope
  readonly effective_at: Instant
  readonly expires_at: Instant | null
  readonly vested: Nano
  readonly available: Nano
  readonly held: Nano
  readonly spent: Nano
  readonly expired: Nano
  readonly revoked: Nano
}

export type Hold = {
  readonly id: string
  readonly model: string
  readonly amount: Nano
  readonly since: Instant
  readonly expires_at: Instant
}

/** The seven places a granted dollar can be; they always add up to what was granted. */
export type State = 'unvested' | 'available' | 'held' | 'spent' | 'expired' | 'forfeited' | 'revoked'

export type Wallet = Readonly<Record<State | 'granted', Nano>> & {
  readonly person: { readonly id: string; readonly name: string }
  readonly asset: 'USD'
  readonly unit: string
  readonly as_of: Instant
  readonly version: string | number
  readonly lots: readonly Lot[]
  readonly holds: readonly Hold[]
  readonly next_vest: {
    readonly date: DateText
    readonly quantity: Nano
    readonly grant_id: string
    readonly grant_name: string
  } | null
  readonly next_expiry: { readonly date: DateText; readonly amount: Nano } | null
  readonly spent_30d: Nano
  readonly spent_prev_30d: Nano
  readonly pace_per_day: Nano
  readonly runway_days: number | null
  readonly plan_per_day: Nano
  readonly runway_plan_days: number | null
  readonly seats: readonly Seat[]
}

/** A seat of a subscription; its amounts count months. */
export type Seat = Readonly<Record<State | 'granted' | 'vested', string>> & {
  readonly product: string
  readonly unit: string
  readonly next_vest: {
    readonly date: DateText
    readonly quantity: string
    readonly grant_id: string
    readonly grant_name: string
  } | null
  readonly month: {
    /** `2026-11` */
    readonly month: string
    readonly used_since: Instant | null
    readonly last_used_at: Instant | null
    readonly requests: number
    readonly tokens: number
    readonly worth_nano: Nano
    readonly backed: boolean
  }
}
