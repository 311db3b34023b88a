import type { CallFacts, DurableOwner, Cap, Purpose, SettleRequest } from '#ledger/types.ts'
import type { Price } from '#prices/types.ts'
import type { Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Alerts } from './alerts/alerts.ts'
import type { GuardView } from './guard/view.ts'
import type { Allowance, Policy } from './policy.ts'
import type { Secret } from './secret.ts'

/** Who spends, from a key; everything the hot path needs, in memory. */
export type Principal = {
  readonly key: {
    readonly id: string
    readonly name: string
    readonly purpose: Purpose
    readonly models: readonly string[] | null
  }
  readonly person: {
    readonly id: string
    readonly email: string
    readonly name: string
    readonly level: string
  }
  readonly wallet: string
  /** Model classes that the person's level may use, of open and of proprietary models. */
  readonly classes: Allowance
}

/** An expected refusal of a call; wires translate it into the provider's own error shape. */
export type Refusal = {
  readonly kind: 'refused'
  readonly code:
    | 'unknown_model'
    | 'model_not_allowed'
    | 'budget_exhausted'
    /** The wallet may have more: it is the key's own limit that does not admit the call. */
    | 'key_budget_exhausted'
    | 'route_closed'
    | 'invalid'
    | 'velocity_slow'
    | 'velocity_paused'
  /** One or two sentences for the person at the client: what is short, by how much, next vest, whom to ask. */
  readonly message: string
  readonly short: bigint | null
  /** With `velocity_slow`: the same call may be sent again after so many seconds, at most 30. */
  readonly retryAfter?: number
}

/** At once where memory has the answer, which in steady use is nearly always. */
export type Soon<T> = T | Promise<T>

export type Admission = {
  readonly kind: 'admitted'
  readonly price: Price
  readonly purpose: Purpose
  readonly scopes: readonly number[] | null
}

export type Held = { readonly kind: 'held'; readonly amount: bigint }

export type Key = {
  readonly id: string
  readonly person: string
  readonly name: string
  /** `pq_live_AbCd…`: the first characters, to recognise it by. */
  readonly prefix: string
  readonly purpose: Purpose
  readonly models: readonly string[] | null
  readonly createdAt: Millis
  readonly expiresAt: Millis | null
  readonly revokedAt: Millis | null
  readonly firstUsedAt: Millis | null
  readonly lastUsedAt: Millis | null
  /** What the key may spend, whatever the wallet has; null: as much as the wallet. */
  readonly limit: Cap | null
}

export type KeyLimit = Pick<Cap, 'amount' | 'period'>

/** What is absent stays as it is. */
export type KeyChange = {
  readonly name?: string
  readonly models?: readonly string[] | null
  readonly expiresAt?: Millis | null
  readonly limit?: KeyLimit | null
}

/** `version` 0: nobody has recorded one, the default holds. */
export type RecordedPolicy = {
  readonly version: number
  readonly recordedAt: Millis | null
  readonly recordedBy: string | null
  readonly policy: Policy
}

export interface Spending {
  /** Null for an unknown, expired or revoked key and for a leaver; a revocation is seen within one second on every replica. */
  authenticate(secret: string | Secret): Soon<Principal | null>
  /** Policy only, in memory: is there a price, may this person and key use it, which lots may pay. */
  admit(
    who: Principal,
    ask: { provider: Price['provider']; model: string; purpose: string | null },
  ): Soon<Admission | Refusal>
  /** Commits the hold before it returns. Holds up to `max`, at least `min`, else refuses with what is short and the next vest. */
  hold(
    who: Principal,
    call: {
      id: string
      min: bigint
      max: bigint
      floor: bigint
      scopes: readonly number[] | null
      facts: CallFacts
      /** A hold that outlives this process, and for how long; absent for a call that is answered at once. */
      lasting?: { readonly owner: DurableOwner; readonly for: Millis }
    },
  ): Promise<Held | Refusal>
  /**
   * Before holds that belong together and stand for hours, `total` nano-dollars at most: the refusal of the velocity guard
   * when they cannot fit without the person's word, else null. Holds nothing. `classes` are those of the models.
   */
  foresee(who: Principal, total: bigint, classes: readonly string[]): Promise<Refusal | null>
  /** Commits usage and settlement before it returns. */
  settle(request: SettleRequest): Promise<{ readonly charged: bigint; readonly absorbed: bigint }>
  /** Ends a hold without charge: only when the provider certainly bills nothing. */
  release(id: string, reason: string): Promise<void>
  /** The secret is given here and never again. Opens the person's wallet. Throws Fault for a field, a leaver, too many keys. */
  createKey(
    person: string,
    ask: {
      name: string
      purpose: Purpose
      models: readonly string[] | null
      expiresAt: Millis | null
      limit?: KeyLimit | null
    },
    sql?: Sql,
  ): Promise<{ key: Key; secret: string }>
  /** Newest first, revoked ones included. */
  keys(person: string, sql?: Sql): Promise<readonly Key[]>
  key(id: string): Promise<Key | null>
  /** Idempotent; every gateway follows within a second. Throws Fault for a field, an unknown or a revoked key. */
  changeKey(id: string, change: KeyChange, sql?: Sql): Promise<Key>
  /** What the key used in the window counts against a new limit at once: setting one never resets anything. */
  setLimit(id: string, limit: KeyLimit | null, sql?: Sql): Promise<Key>
  /** Idempotent: the first revocation keeps its time. Throws Fault `not_found`. */
  revokeKey(id: string, sql?: Sql): Promise<Key>
  /** All keys of a person, as when they leave. Returns how many were live. */
  revokeKeys(person: string, sql?: Sql): Promise<number>
  /** Ends the calls of a person that run, on every gateway within a second; they are settled for what they used. */
  endCalls(person: string, sql: Sql): Promise<void>
  /** Told when somebody's calls are to end. Returns the way to stop. */
  onEnded(then: (person: string) => void): () => void
  /** How the velocity guard stands with a person, from the database. */
  guard(person: string): Promise<GuardView>
  /** The person confirms that it is them: calls go on at once and the limits are raised for a day. Two clicks are one. */
  resume(person: string): Promise<GuardView>
  readonly alerts: Alerts
  policy(): Promise<RecordedPolicy>
  /** Records another policy; every gateway follows within a second. Throws Fault `invalid`. */
  setPolicy(policy: unknown, by: string): Promise<RecordedPolicy>
  /** Ends caches and listeners. */
  close(): Promise<void>
}
