import type { Json } from '#base/json.ts'
import type { DateText, Millis } from '#base/time.ts'

/** What can happen to a grant: on its way to the ledger, and in its life. */
export const GRANT_EVENTS = [
  'drafted',
  'changed',
  'submitted',
  'approved',
  'rejected',
  'offered',
  'accepted',
  'declined',
  'withdrawn',
  'activated',
  'ended',
  'fired',
  'paused',
  'resumed',
  'amended',
  'repriced',
  'transferred',
  'left',
  'rehired',
  'revoked',
] as const
export type GrantEventKind = (typeof GRANT_EVENTS)[number]

export type GrantEvent = {
  readonly id: string
  readonly grant: string
  readonly kind: GrantEventKind
  /** The day on which it happened or takes effect. */
  readonly on: DateText
  readonly body: { readonly [key: string]: Json }
  readonly recordedAt: Millis
  readonly recordedBy: string | null
}
