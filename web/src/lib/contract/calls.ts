import type { CallStatus, CostLine, ModelClass, Purpose } from '../base.ts'
import type { Nano, Instant } from './common.ts'
import type { Entry } from './entries.ts'

export type Call = {
  readonly id: string
  readonly at: Instant
  readonly started_at: Instant
  readonly door: string
  readonly route: string
  readonly model: string
  readonly class: ModelClass
  readonly provider: string
  readonly upstream: string
  readonly purpose: Purpose
  readonly key: { readonly id: string; readonly name: string } | null
  readonly tokens: Readonly<
    Record<
      | 'input'
      | 'cache_read'
      | 'cache_write_5m'
      | 'cache_write_1h'
      | 'output'
      | 'reasoning'
      | 'audio_input'
      | 'audio_cache_read'
      | 'searches',
      number
    >
  >
  /** Null for a call that was answered at once. */
  readonly variant: 'batch' | null
  readonly held: Nano
  readonly cost: Nano
  readonly charged: Nano
  readonly absorbed: Nano
  readonly status: CallStatus
  readonly estimated: boolean
  readonly price: {
    readonly version: number
    readonly source: string
    /** Null when the source names no date. */
    readonly effective_from: Instant | null
    readonly tier_above: number | null
  }
  readonly lines: readonly {
    readonly item: CostLine['item']
    readonly tokens: number
    readonly rate_pico: string
    readonly cost_pico: string
  }[]
}
export type CallWithEntries = Call & { readonly entries: readonly Entry[] }
export type Calls = { readonly calls: readonly Call[]; readonly next: string | null }
