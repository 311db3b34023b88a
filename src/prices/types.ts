import type { Millis } from '#base/time.ts'

/** Integer pico-dollars per token (= micro-dollars per million tokens). */
export type Rates = {
  readonly input: bigint
  readonly cacheRead: bigint
  readonly cacheWrite5m: bigint
  readonly cacheWrite1h: bigint
  readonly output: bigint
  /** Absent: sound costs what text does. */
  readonly audioInput?: bigint
  /** Sound read from the cache. Absent: as sound where that has a rate of its own, else as cached text. */
  readonly audioCacheRead?: bigint
}

/** Rates that apply to the whole call when its total input (cached included) is above `aboveInput` tokens. */
export type Tier = { readonly aboveInput: number; readonly rates: Rates }

export type ModelClass = 'small' | 'standard' | 'frontier' | 'embedding'

/** One price of one model, in force from `effectiveFrom` until the next. `tiers` ascending by aboveInput; may be empty. */
export type Price = {
  readonly provider: 'openai' | 'anthropic' | 'google'
  /** The book's own id of the model. */
  readonly model: string
  readonly class: ModelClass
  readonly effectiveFrom: Millis
  readonly rates: Rates
  readonly tiers: readonly Tier[]
  /** Pico-dollars for one use of what the provider runs; absent: its price is not known, so it is closed. */
  readonly fees?: { readonly webSearch?: bigint }
  /** The price of a call that is answered in a batch; absent for one that is answered at once. */
  readonly variant?: 'batch'
  /** Tokens; null when the source does not say. */
  readonly contextWindow: number | null
  readonly maxOutput: number
  /** Stamped on every entry of a call that used this price; a row of prices.version. */
  readonly version: number
  readonly source: string
}

/** Total input for tiers = input + audioInput + cacheRead + audioCacheRead + cacheWrite5m + cacheWrite1h. */
export type TokenCounts = {
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  readonly output: number
  readonly audioInput?: number
  readonly audioCacheRead?: number
  readonly searches?: number
}

export type CostLine = {
  readonly item:
    | 'input'
    | 'cache_read'
    | 'cache_write_5m'
    | 'cache_write_1h'
    | 'audio_input'
    | 'audio_cache_read'
    | 'output'
    | 'web_search'
  /** For `web_search` the count of searches, and the fee for one. */
  readonly tokens: number
  readonly ratePico: bigint
  readonly costPico: bigint
}

/** The explanation of a cost: Σ costPico, rounded once, half to even, is costNano. */
export type Cost = {
  readonly nano: bigint
  readonly lines: readonly CostLine[]
  readonly tier: number | null
}
