import type { DateText, ModelClass, Purpose } from '../base.ts'
import type { Nano, Instant } from './common.ts'
import type { GuardSpan } from './guard.ts'

/** `GET/PUT /api/v1/policy`. `guard` null: nobody is watched; `sandbox` null: none is given. Track `*` is every track. */
export type Policy = {
  readonly everyone: readonly ModelClass[]
  readonly levels: readonly {
    readonly track: string
    readonly from: number
    readonly classes: readonly ModelClass[]
    /** Only models of that kind; absent: both. */
    readonly weights?: 'open' | 'proprietary'
  }[]
  readonly guard: { readonly floor: Readonly<Record<GuardSpan, Nano>> } | null
  readonly sandbox: {
    readonly quantity: Nano
    readonly period: 'month'
    readonly classes: readonly ModelClass[]
    readonly purposes: readonly Purpose[]
  } | null
}
export type RecordedPolicy = {
  readonly version: number
  readonly recorded_at: Instant | null
  readonly recorded_by: string | null
  readonly policy: Policy
}

/** `GET /api/v1/people/{id}/sandbox`; `POST` (own only) opens it and answers the same. none: the policy gives none. */
export type Sandbox = {
  readonly state: 'none' | 'closed' | 'open'
  readonly grant_id: string | null
  readonly quantity: Nano | null
  readonly classes: readonly ModelClass[] | null
  readonly purposes: readonly Purpose[] | null
  readonly ends_on: DateText
  readonly next_at: Instant
}
