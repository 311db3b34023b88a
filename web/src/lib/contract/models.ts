import type { ModelClass } from '../base.ts'
import type { Instant } from './common.ts'

export type Rates = Readonly<
  Record<'input' | 'cache_read' | 'cache_write_5m' | 'cache_write_1h' | 'output', string>
> & { readonly audio_input: string | null; readonly audio_cache_read: string | null }

/** A model with its price in pico-dollars per token, where that is from, and who may use it. */
export type Model = {
  readonly provider: string
  readonly model: string
  readonly class: ModelClass
  readonly effective_from: Instant | null
  readonly rates: Rates
  readonly fees: { readonly web_search: string | null }
  readonly tiers: readonly { readonly above_input: number; readonly rates: Rates }[]
  readonly context_window: number | null
  readonly max_output: number
  readonly version: number
  readonly source: string
  readonly recorded_at: Instant | null
  readonly recorded_by: string | null
  readonly licence: string | null
  readonly own_price: boolean
  readonly who: {
    readonly everyone: boolean
    readonly levels: readonly { readonly track: string; readonly from: number }[]
  }
  readonly yours: boolean
}
export type Models = {
  readonly policy: {
    readonly version: number
    readonly recorded_at: Instant | null
    readonly recorded_by: string | null
  }
  readonly models: readonly Model[]
}
