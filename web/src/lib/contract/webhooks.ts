import type { Instant } from './common.ts'

/** Where alerts are sent to as signed requests: a person's own endpoint, or the company's. */
export type Webhook = {
  readonly id: string
  readonly url: string
  /** Null: every event. */
  readonly types: readonly string[] | null
  readonly created_at: Instant
  readonly failing_since: Instant | null
  readonly disabled_at: Instant | null
  readonly disabled_why: string | null
}
export type Webhooks = { readonly webhooks: readonly Webhook[]; readonly types: readonly string[] }
/** The secret is shown in this answer only. */
export type NewWebhook = { readonly webhook: Webhook; readonly secret: string | null }
export type Delivery = {
  readonly event_id: string
  readonly type: string
  readonly at: Instant
  readonly state: 'waiting' | 'delivered' | 'failed'
  readonly attempts: number
  readonly next_at: Instant | null
  readonly tried_at: Instant | null
  readonly status: number | null
  readonly error: string | null
}
export type Deliveries = { readonly deliveries: readonly Delivery[] }
