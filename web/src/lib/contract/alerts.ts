import type { Instant } from './common.ts'

/**
 * Something that somebody should know. `title` and `message` are ready to be shown; `link` is a page of this site.
 * `person` is null when it concerns the company.
 */
export type AlertKind =
  | 'velocity_notify'
  | 'velocity_slow'
  | 'velocity_paused'
  | 'velocity_resumed'
  | 'absorbed'
  | 'budget'
  | 'seat_unbacked'
export type Alert = {
  readonly id: string
  readonly at: Instant
  readonly kind: AlertKind
  readonly title: string
  readonly message: string
  readonly seen_at: Instant | null
  readonly link: string
  readonly person: { readonly id: string; readonly name: string } | null
}
/** `GET /api/v1/people/{id}/alerts?limit&cursor`, newest first; `POST …/alerts/seen` `{ids?: string[]}` (all when absent) → `{unseen}`. */
export type Alerts = {
  readonly alerts: readonly Alert[]
  readonly unseen: number
  readonly next: string | null
}
/** `GET /api/v1/alerts?limit&cursor`: everybody's, for those who may read reports. */
export type CompanyAlerts = { readonly alerts: readonly Alert[]; readonly next: string | null }
