import type { Millis } from '#base/time.ts'

/** How one sending to an upstream ended. Everything but `ok`, `refused` and `cancelled` speaks against the upstream. */
export type Outcome = 'ok' | 'refused' | 'busy' | 'error' | 'unsent' | 'timeout' | 'broken' | 'cancelled'

export type Attempt = {
  readonly call: string
  readonly n: number
  readonly upstreamId: string
  readonly upstream: string
  /** Null for what is nobody's call: a test. */
  readonly model: string | null
  readonly at: Millis
  readonly status: number | null
  readonly outcome: Outcome
  readonly passedOn: boolean
  readonly error: string | null
  readonly firstByteMs: number | null
  readonly totalMs: number
  readonly failures: number
  readonly coolingUntil: Millis | null
}

/** Something that Perq itself refused to a key that it knows. */
export type Denied = {
  readonly person: string
  readonly key: string
  readonly door: string
  readonly route: string
  readonly model: string | null
  readonly code: string
  readonly message: string
  /** nano-dollars */
  readonly short: bigint | null
}

export type Denial = Denied & { readonly id: string; readonly at: Millis; readonly count: number }
