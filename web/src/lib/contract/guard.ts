import type { Nano, Instant } from './common.ts'

export type GuardSpan = 'five_minutes' | 'hour' | 'day'
/** One rolling window of the velocity guard: what was spent in it and where each level begins. */
export type GuardWindow = {
  readonly window: GuardSpan
  readonly spent: Nano
  /** The person's own largest such window of the last 60 days, or the company's floor when there is less history. */
  readonly baseline: Nano
  readonly notify_at: Nano
  readonly slow_at: Nano
  readonly pause_at: Nano
}
/**
 * `GET /api/v1/people/{id}/guard`. While paused, `window`, `spent` and `limit` are those of the pause; else those of
 * the window that is nearest to its next level. `POST …/guard/resume` (own only) → the same shape, open again.
 */
export type Guard = {
  readonly state: 'off' | 'open' | 'slow' | 'paused'
  readonly since: Instant | null
  readonly window: GuardSpan
  readonly spent: Nano
  readonly limit: Nano
  readonly baseline: Nano
  /** Money held by calls that are running; it counts towards the day's ceiling, not towards the levels. */
  readonly held: Nano
  /** While a confirmation holds: the limits are so many times the usual ones, until then. */
  readonly raised: { readonly times: number; readonly until: Instant } | null
  readonly windows: readonly GuardWindow[]
}
