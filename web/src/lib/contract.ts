import type {
  Account,
  Asset,
  CallStatus,
  CostLine,
  DateText,
  Denomination,
  EntryKind,
  ModelClass,
  Purpose,
  Scope,
} from './base.ts'

/** An amount on the wire: nano-dollars as a decimal string. It becomes a bigint where it is used. */
export type Nano = string
/** An instant on the wire, ISO 8601 UTC. */
export type Instant = string

export type Role = 'employee' | 'people' | 'finance' | 'admin'

export type Session = {
  readonly person: {
    readonly id: string
    readonly name: string
    readonly email: string
    readonly role: Role
    readonly level: string
    readonly title: string
    readonly entity: {
      readonly id: string
      readonly name: string
      readonly country: string
      readonly currency: string
    }
  }
  readonly company: { readonly name: string }
  readonly now: Instant
  readonly demo: boolean
  readonly clock_shifted: boolean
  readonly permissions: readonly string[]
}

export type Lot = {
  readonly id: string
  readonly grant_id: string
  readonly grant_name: string
  readonly tranche: number
  readonly priority: number
  readonly scope: Scope
  readonly effective_at: Instant
  readonly expires_at: Instant | null
  readonly vested: Nano
  readonly available: Nano
  readonly held: Nano
  readonly spent: Nano
  readonly expired: Nano
  readonly revoked: Nano
}

export type Hold = {
  readonly id: string
  readonly model: string
  readonly amount: Nano
  readonly since: Instant
  readonly expires_at: Instant
}

/** The seven places a granted dollar can be; they always add up to what was granted. */
export type State = 'unvested' | 'available' | 'held' | 'spent' | 'expired' | 'forfeited' | 'revoked'

export type Wallet = Readonly<Record<State | 'granted', Nano>> & {
  readonly person: { readonly id: string; readonly name: string }
  readonly asset: 'USD'
  readonly unit: string
  readonly as_of: Instant
  readonly version: string | number
  readonly lots: readonly Lot[]
  readonly holds: readonly Hold[]
  readonly next_vest: {
    readonly date: DateText
    readonly quantity: Nano
    readonly grant_id: string
    readonly grant_name: string
  } | null
  readonly next_expiry: { readonly date: DateText; readonly amount: Nano } | null
  readonly spent_30d: Nano
  readonly spent_prev_30d: Nano
  readonly pace_per_day: Nano
  readonly runway_days: number | null
  readonly plan_per_day: Nano
  readonly runway_plan_days: number | null
  readonly seats: readonly Seat[]
}

/** A seat of a subscription; its amounts count months. */
export type Seat = Readonly<Record<State | 'granted' | 'vested', string>> & {
  readonly product: string
  readonly unit: string
  readonly next_vest: {
    readonly date: DateText
    readonly quantity: string
    readonly grant_id: string
    readonly grant_name: string
  } | null
  readonly month: {
    /** `2026-11` */
    readonly month: string
    readonly used_since: Instant | null
    readonly last_used_at: Instant | null
    readonly requests: number
    readonly tokens: number
    readonly worth_nano: Nano
    readonly backed: boolean
  }
}

export type SpendDay = {
  readonly day: DateText
  readonly total: Nano
  readonly calls: number
  readonly by: Readonly<Partial<Record<ModelClass, Nano>>>
}
export type Spend = { readonly unit: string; readonly days: readonly SpendDay[] }

export type UsageBy = 'model' | 'class' | 'key' | 'purpose' | 'door' | 'provider' | 'upstream'
export type UsageSums = {
  readonly spent: Nano
  readonly absorbed: Nano
  readonly calls: number
  readonly tokens: Call['tokens']
}
export type UsageGroup = UsageSums & {
  /** What the filter of the same name takes; null for all groups after the first forty. */
  readonly value: string | null
  readonly name: string
}
export type UsageStep = {
  readonly at: string
  readonly spent: Nano
  readonly calls: number
  readonly amounts: readonly Nano[]
}
export type Usage = {
  readonly unit: string
  readonly from: DateText
  readonly to: DateText
  readonly by: UsageBy
  readonly step: 'day' | 'hour'
  readonly total: UsageSums
  readonly previous: { readonly from: DateText; readonly to: DateText; readonly total: UsageSums }
  readonly groups: readonly UsageGroup[]
  readonly steps: readonly UsageStep[]
}

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

export type Entry = {
  readonly seq: number | string
  readonly at: Instant
  readonly transfer: string
  readonly kind: EntryKind
  readonly source: Account
  readonly target: Account
  readonly amount: Nano
  readonly grant_id: string | null
  readonly grant_name: string | null
  readonly lot_id: string | null
  readonly tranche: number | null
  readonly party: string | null
  readonly price_version: number | null
  readonly cause: string | null
  readonly sealed: boolean
}
export type Entries = {
  readonly entries: readonly Entry[]
  readonly sum: Nano
  readonly count: number
  readonly next: string | null
}

export type ExpiryRule =
  | { readonly kind: 'never' }
  | { readonly kind: 'days_after_vest'; readonly days: number }
  | { readonly kind: 'on'; readonly date: DateText }
  | { readonly kind: 'end_of_month_after_vest'; readonly months: number }

export type Tranche = {
  readonly n: number
  readonly date: DateText
  readonly quantity: Nano
  readonly state: 'vested' | 'due' | 'upcoming' | 'forfeited'
  readonly lot_id: string | null
  readonly available: Nano | null
  readonly held: Nano | null
  readonly spent: Nano | null
  readonly expired: Nano | null
  readonly expires_at: Instant | null
}
export type Grant = {
  readonly id: string
  readonly name: string
  readonly template_name: string
  readonly denomination: Denomination
  /** What the amounts count, in its smallest unit. */
  readonly asset: Asset
  readonly quantity: Nano
  readonly start_date: DateText
  readonly grant_date: DateText
  readonly status: string
  readonly vested: Nano
  readonly unvested: Nano
  readonly forfeited: Nano
  readonly available: Nano
  readonly held: Nano
  readonly spent: Nano
  readonly expired: Nano
  readonly next_vest: { readonly date: DateText; readonly quantity: Nano } | null
  readonly ends_on: DateText | null
  readonly expiry_rule: ExpiryRule
  readonly tranches: readonly Tranche[]
}
export type Grants = { readonly grants: readonly Grant[] }

export type Key = {
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly purpose: Purpose
  readonly models: readonly string[] | null
  readonly created_at: Instant
  readonly expires_at: Instant | null
  readonly revoked_at: Instant | null
  readonly first_used_at: Instant | null
  readonly last_used_at: Instant | null
  /** What the key may spend, whatever the wallet has. */
  readonly limit: KeyLimit | null
}
export type KeyLimit = {
  readonly amount: Nano
  /** Null: for ever. */
  readonly period: 'day' | 'week' | 'month' | null
  readonly used: Nano
  readonly left: Nano
  readonly resets_at: Instant | null
}
export type Keys = { readonly keys: readonly Key[] }
export type NewKey = { readonly key: Key; readonly secret: string }

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

export type Person = {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly level: string
  readonly title: string
  readonly entity_name: string
  readonly country: string
  readonly granted: Nano
  readonly unvested: Nano
  readonly available: Nano
  readonly held: Nano
  readonly spent: Nano
  readonly spent_30d: Nano
}
export type People = { readonly people: readonly Person[]; readonly next: string | null }

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

/** A call that Perq refused, in the words that the client got. */
export type Denial = {
  readonly id: string
  readonly at: Instant
  readonly door: string
  readonly route: string
  readonly model: string | null
  readonly code: string
  readonly message: string
  readonly short: Nano | null
  /** How often the same was refused within a minute. */
  readonly count: number
  readonly key: { readonly id: string; readonly name: string }
}
/** `GET /api/v1/people/{id}/denials?limit&cursor&from&to&code`, newest first; kept for 90 days. */
export type Denials = { readonly denials: readonly Denial[]; readonly next: string | null }

/** Where alerts are sent to as signed requests: a person's own endpoint, or the company's. */
export type Webhook = {
  readonly id: string
  readonly url: string
  /** Null: every event. */
  readonly types: readonly string[] | null
  readonly created_at: Instant
  readonly failing_since: Instant | null
  readonly disabled_at: Instant | null
  readonly disabled_why: string | null
}
export type Webhooks = { readonly webhooks: readonly Webhook[]; readonly types: readonly string[] }
/** The secret is shown in this answer only. */
export type NewWebhook = { readonly webhook: Webhook; readonly secret: string | null }
export type Delivery = {
  readonly event_id: string
  readonly type: string
  readonly at: Instant
  readonly state: 'waiting' | 'delivered' | 'failed'
  readonly attempts: number
  readonly next_at: Instant | null
  readonly tried_at: Instant | null
  readonly status: number | null
  readonly error: string | null
}
export type Deliveries = { readonly deliveries: readonly Delivery[] }

/** `GET/PUT /api/v1/policy`. `guard` null: nobody is watched; `sandbox` null: none is given. Track `*` is every track. */
export type Policy = {
  readonly everyone: readonly ModelClass[]
  readonly levels: readonly {
    readonly track: string
    readonly from: number
    readonly classes: readonly ModelClass[]
    /** Only models of that kind; absent: both. */
    readonly weights?: 'open' | 'proprietary'
  }[]
  readonly guard: { readonly floor: Readonly<Record<GuardSpan, Nano>> } | null
  readonly sandbox: {
    readonly quantity: Nano
    readonly period: 'month'
    readonly classes: readonly ModelClass[]
    readonly purposes: readonly Purpose[]
  } | null
}
export type RecordedPolicy = {
  readonly version: number
  readonly recorded_at: Instant | null
  readonly recorded_by: string | null
  readonly policy: Policy
}

/** `GET /api/v1/people/{id}/sandbox`; `POST` (own only) opens it and answers the same. none: the policy gives none. */
export type Sandbox = {
  readonly state: 'none' | 'closed' | 'open'
  readonly grant_id: string | null
  readonly quantity: Nano | null
  readonly classes: readonly ModelClass[] | null
  readonly purposes: readonly Purpose[] | null
  readonly ends_on: DateText
  readonly next_at: Instant
}
