import type { Millis } from '#base/time.ts'
import type { ServeSettings } from '../settings.ts'
import type { Scraped } from './scrape.ts'

/** What a process of the crew needs to begin; it goes by message, so that no secret stands in a command line. */
export type Brief = {
  readonly settings: ServeSettings
  /** The URL of the database, and how many connections this process may open to it. */
  readonly database: string
  readonly pool: number
  /** In hex. */
  readonly master: string
  readonly demo: boolean
  readonly clockShifted: boolean
  /** By how much the clock is moved. */
  readonly offset: Millis
}

/** From the primary to a member. */
export type Order =
  | { readonly kind: 'begin'; readonly brief: Brief }
  /** `/readyz` says no from now on. */
  | { readonly kind: 'look away' }
  /** Answered by `scraped` with its metrics. */
  | { readonly kind: 'scrape'; readonly id: string }
  /** The answer to `gather`. */
  | { readonly kind: 'gathered'; readonly n: number; readonly texts: readonly Scraped[] }
  | { readonly kind: 'leave'; readonly grace: Millis; readonly patience: Millis }

/** From a member to the primary. */
export type Word =
  | { readonly kind: 'ready'; readonly port: number; readonly url: string }
  | { readonly kind: 'failed'; readonly text: string }
  /** Asks for the metrics of the others. */
  | { readonly kind: 'gather'; readonly n: number }
  | { readonly kind: 'scraped'; readonly id: string; readonly text: string }
