import type { Asset, DateText, Denomination } from '../base.ts'
import type { Nano, Instant } from './common.ts'

export type ExpiryRule =
  | { readonly kind: 'never' }
  | { readonly kind: 'days_after_vest'; readonly days: number }
  | { readonly kind: 'on'; readonly date: DateText }
  | { readonly kind: 'end_of_month_after_vest'; readonly months: number }

export type Tranche = {
  readonly n: number
  readonly date: DateText
  readonly quantity: Nano
  readonly state: 'vested' | 'due' | 'upcoming' | 'forfeited'
  readonly lot_id: string | null
  readonly available: Nano | null
  readonly held: Nano | null
  readonly spent: Nano | null
  readonly expired: Nano | null
  readonly expires_at: Instant | null
}
export type Grant = {
  readonly id: string
  readonly name: string
  readonly template_name: string
  readonly denomination: Denomination
  /** What the amounts count, in its smallest unit. */
  readonly asset: Asset
  readonly quantity: Nano
  readonly start_date: DateText
  readonly grant_date: DateText
  readonly status: string
  readonly vested: Nano
  readonly unvested: Nano
  readonly forfeited: Nano
  readonly available: Nano
  readonly held: Nano
  readonly spent: Nano
  readonly expired: Nano
  readonly next_vest: { readonly date: DateText; readonly quantity: Nano } | null
  readonly ends_on: DateText | null
  readonly expiry_rule: ExpiryRule
  readonly tranches: readonly Tranche[]
}
export type Grants = { readonly grants: readonly Grant[] }
