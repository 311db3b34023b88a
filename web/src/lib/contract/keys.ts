import type { Purpose } from '../base.ts'
import type { Nano, Instant } from './common.ts'

export type Key = {
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly purpose: Purpose
  readonly models: readonly string[] | null
  readonly created_at: Instant
  readonly expires_at: Instant | null
  readonly revoked_at: Instant | null
  readonly first_used_at: Instant | null
  readonly last_used_at: Instant | null
  /** What the key may spend, whatever the wallet has. */
  readonly limit: KeyLimit | null
}
export type KeyLimit = {
  readonly amount: Nano
  /** Null: for ever. */
  readonly period: 'day' | 'week' | 'month' | null
  readonly used: Nano
  readonly left: Nano
  readonly resets_at: Instant | null
}
export type Keys = { readonly keys: readonly Key[] }
export type NewKey = { readonly key: Key; readonly secret: string }
