import type { Nano, Instant } from './common.ts'

export type ProviderSpan = {
  readonly calls: number
  readonly failures: number
  /** Calls that went on to another provider. */
  readonly failovers: number
  readonly first_byte_p50_ms: number | null
  readonly first_byte_p95_ms: number | null
}
/** Where calls are sent to, as an administrator sees it; its key never comes here. */
export type Provider = {
  readonly id: string
  readonly name: string
  readonly protocol: 'openai' | 'anthropic' | 'gemini'
  readonly base_url: string
  readonly has_key: boolean
  readonly enabled: boolean
  readonly priority: number
  readonly models: readonly string[] | null
  /** Takes calls only while no other provider of its protocol is enabled. */
  readonly stand_in: boolean
  readonly created_at: Instant
  readonly state: 'healthy' | 'cooling' | 'down'
  readonly cooling_until: Instant | null
  readonly hour: ProviderSpan
  readonly day: ProviderSpan
  readonly spent_30d: Nano
  readonly last_error: {
    readonly at: Instant
    readonly status: number | null
    readonly message: string
  } | null
}
export type Providers = { readonly as_of: Instant; readonly providers: readonly Provider[] }
export type ProviderTest = {
  readonly ok: boolean
  readonly status: number | null
  readonly latency_ms: number | null
  readonly error: string | null
}

export type Setup = {
  readonly openai_base_url: string
  readonly anthropic_base_url: string
  readonly gemini_base_url: string
  readonly models: {
    readonly openai: readonly string[]
    readonly anthropic: readonly string[]
    readonly gemini: readonly string[]
  }
  readonly suggested: {
    readonly openai: string
    readonly anthropic: string
    readonly gemini: string
    readonly embedding: string
  }
}
