import type { Asset, Tier } from '#base/asset.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import type { Commands } from '#commands/commands.ts'
import type { OfferCommands } from '#commands/offers/offers.ts'
import type { PostCommands } from '#commands/offers/posts.ts'
import type { Life } from '#commands/life/life.ts'
import type { Grants } from '#grants/grants.ts'
import type { Purpose } from '#ledger/types.ts'
import type { OfferLinks } from '#offers/link.ts'
import type { Offers } from '#offers/offers.ts'
import type { People } from '#people/people.ts'
import type { Person } from '#people/person.ts'
import type { Exchange } from '#prices/exchanges.ts'
import type { Hardware } from '#prices/hardware/hardware.ts'
import type { Prices } from '#prices/prices.ts'
import type { Reports } from '#reports/reports.ts'
import type { OfferReports } from '#reports/offers/offers.ts'
import type { PostReports } from '#reports/offers/posts.ts'
import type { Value } from '#reports/value/value.ts'
import type { Spending } from '#spending/types.ts'
import type { Caller } from './access.ts'
import type { Feeds } from './feeds.ts'
import type { openIdempotency } from './idempotency.ts'
import type { Metrics } from './metrics.ts'
import type { Probes } from './probes.ts'
import type { Sessions } from './sessions.ts'

export type ApiConfig = {
  /** The company's name on the pages. */
  readonly company: string
  readonly demo: boolean
  /** The clock was moved, as when the demo plays time. */
  readonly clockShifted: boolean
  /** How people reach this server, without a slash at the end; null: as each request says. https makes cookies Secure. */
  readonly publicUrl: string | null
  /** The folder of the built web app; null when there is none. */
  readonly webDist: string | null
}

type ProviderAsk = {
  readonly baseUrl: string
  readonly key: string | null
  readonly priority?: number
  readonly models?: readonly string[] | null
  readonly enabled?: boolean
}

/** What an administrator does with the providers behind the gateway; keys go in and never come out. */
export type Providers = {
  create(
    ask: ProviderAsk & { name: string; protocol: 'openai' | 'anthropic' | 'gemini' },
    sql?: Sql,
  ): Promise<{ readonly id: string }>
  change(id: string, ask: Partial<ProviderAsk>): Promise<{ readonly id: string }>
  test(id: string): Promise<{
    readonly ok: boolean
    readonly status: number | null
    readonly latencyMs: number
    readonly error: string | null
  }>
}

export type WebhookEndpoint = {
  readonly id: string
  /** Null: the company's. */
  readonly person: string | null
  readonly url: string
  readonly types: readonly string[] | null
  readonly createdAt: Millis
  readonly failingSince: Millis | null
  readonly disabledAt: Millis | null
  readonly disabledWhy: string | null
}

/** Where alerts are sent to; secrets come out once. */
export type Webhooks = {
  /** What an endpoint of the company (null), or of a person, can hear of. */
  types(person: string | null): readonly string[]
  list(person: string | null): Promise<readonly WebhookEndpoint[]>
  find(id: string): Promise<WebhookEndpoint | null>
  create(
    person: string | null,
    ask: { url: string; types: readonly string[] | null },
  ): Promise<{ endpoint: WebhookEndpoint; secret: string }>
  change(
    id: string,
    ask: {
      url?: string | undefined
      types?: readonly string[] | null | undefined
      enabled?: boolean | undefined
    },
  ): Promise<WebhookEndpoint>
  replaceSecret(id: string): Promise<{ endpoint: WebhookEndpoint; secret: string }>
  remove(id: string): Promise<void>
  test(id: string): Promise<string>
  deliveries(id: string): Promise<
    readonly {
      readonly event: string
      readonly type: string
      readonly at: Millis
      readonly state: 'waiting' | 'delivered' | 'failed'
      readonly attempts: number
      readonly next_at: Millis
      readonly tried_at: Millis | null
      readonly status: number | null
      readonly error: string | null
    }[]
  >
}

/** A GPU job as its person means to submit it, and what would become of it. Amounts are GPU-seconds. */
export type Quotes = (
  person: string,
  ask: {
    readonly cluster?: string | undefined
    readonly gpus: { readonly type: string | null; readonly count: bigint }
    readonly allowance?: string | undefined
    readonly tier?: Tier | undefined
    readonly timeLimitSeconds: number | null
    readonly tasks: number
    readonly purpose: Purpose
  },
) => Promise<
  | { readonly kind: 'free'; readonly cluster: string }
  | { readonly kind: 'refused'; readonly cluster: string | null; readonly reason: string }
  | {
      readonly kind: 'fits' | 'short'
      readonly cluster: string
      readonly mode: string
      readonly asset: Asset
      readonly allowance: string
      readonly type: string
      readonly gpus: bigint
      readonly tasks: number
      readonly timeLimitSeconds: bigint
      readonly hold: bigint
      readonly most: bigint
      readonly available: bigint
      readonly exchangeable: bigint
      readonly held: bigint
    }
>

/** Where the door tells what an operator should know; never bodies, tokens or cookies. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, string | number | boolean | null>>,
) => void

export type Rooms = {
  readonly db: Db
  readonly world: World
  readonly people: Pick<People, 'find' | 'entity' | 'entities' | 'salaries' | 'setSalary' | 'lives'>
  readonly grants: Pick<Grants, 'templates' | 'find' | 'acceptances' | 'policy' | 'setPolicy'>
  readonly spending: Pick<
    Spending,
    | 'authenticate'
    | 'createKey'
    | 'changeKey'
    | 'keys'
    | 'key'
    | 'revokeKey'
    | 'policy'
    | 'setPolicy'
    | 'guard'
    | 'resume'
    | 'alerts'
  >
  readonly prices: Pick<Prices, 'models' | 'version'>
  readonly exchange: Omit<Exchange, 'load' | 'close'>
  readonly hardware: Pick<Hardware, 'mark' | 'stored' | 'history' | 'observations' | 'tokens' | 'loads'>
  readonly commands: Pick<
    Commands,
    | 'hire'
    | 'createTemplate'
    | 'issueGrant'
    | 'openSandbox'
    | 'creditBreach'
    | 'draftGrant'
    | 'changeDraft'
    | 'submitGrant'
    | 'approveGrant'
    | 'rejectGrant'
    | 'offerGrant'
    | 'acceptGrant'
    | 'declineGrant'
    | 'withdrawGrant'
    | 'agreement'
    | 'previewGrant'
    | 'previewBulk'
    | 'commitBulk'
  >
  readonly life: Omit<Life, 'work' | 'expireDue' | 'repriceDue'>
  readonly reports: Reports
  readonly value: Value
  readonly providers: Providers
  readonly webhooks: Webhooks
  readonly quotes: Quotes
  readonly offers: Offers
  readonly offering: Omit<OfferCommands, 'expireDue'>
  readonly offerReports: OfferReports
  /** Of candidates: signed by a part of the server's secret. */
  readonly offerLinks: OfferLinks
  readonly postCommands: PostCommands
  readonly postReports: PostReports
  readonly config: ApiConfig
  readonly log: Log
}

export type Parts = Rooms & {
  readonly sessions: Sessions
  readonly feeds: Feeds
  readonly metrics: Metrics
  readonly probes: Probes
  readonly idempotent: ReturnType<typeof openIdempotency>
}

/** What the middleware leaves for handlers. */
export type Env = {
  Bindings: { readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } } }
  Variables: {
    requestId: string
    caller: Caller | null
    person: Person | null
    /** The person whose thing the path names. */
    subject: string | null
  }
}
