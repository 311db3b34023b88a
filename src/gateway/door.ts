import type { Price } from '#prices/types.ts'
import type { InputBound } from './relay/bound.ts'
import type { BadBody, JsonBody } from './relay/body.ts'
import type { HeaderList } from './relay/headers.ts'
import type { Skim } from './relay/skim.ts'
import type { EventReader, Framing } from './relay/stream.ts'
import type { Reading } from './relay/usage.ts'

export type Protocol = 'openai' | 'anthropic' | 'gemini'

/** What a metered request asks for, as far as its price depends on it. */
export type Ask = {
  readonly kind: 'ask'
  readonly model: string
  readonly stream: boolean
  readonly input: InputBound
  /** Null when the route makes no output that is billed. */
  readonly output: OutputAsk | null
  /** Tools that the provider runs itself; absent when there are none. */
  readonly provided?: ProvidedTools
  /** What the request may write to the provider's cache; absent: anything. */
  readonly caches?: 'nothing' | '5m'
  /** A context window that the request asks for, in tokens; absent: the model's usual one. */
  readonly window?: number
}

/**
 * Tools that run at the provider. After every use the model reads its whole context again, so a limit of uses is
 * written into the request as the limit of output is.
 */
export type ProvidedTools = {
  /** The client's own limit; null when it gave none. */
  readonly asked: number | null
  /** Tools that each have the limit for themselves; 1 where one limit holds for all. */
  readonly tools: number
  /** How many of them have the fee of a search for each use. */
  readonly searching: number
  /** How to do without them, for a wallet that is too small. */
  readonly remedy: string
}

/** What is written into a request; null where the client's own limit stands. */
export type Limits = { readonly output: number | null; readonly uses: number | null }

export type OutputAsk = {
  /** The client's own limit in tokens for one copy; null when it gave none. */
  readonly asked: number | null
  /** Below this many tokens for one copy the call is refused, because a cut reply is worth nothing. */
  readonly floor: number
  /** Replies to one prompt (`n`). */
  readonly copies: number
}

/** A request that cannot be metered, or whose body says nothing that can be sent on. */
export type NoAsk = {
  readonly kind: 'refused'
  readonly code: 'route_closed' | 'invalid'
  readonly message: string
  readonly param: string | null
}

/** What a request's own path says. */
export type Place = {
  /** Behind the upstream's base URL. */
  readonly upstreamPath: string
  /** The model, for protocols that name it in the path. */
  readonly model: string | null
}

/** The place of a route with one path. */
export const placeAt =
  (path: string, upstreamPath: string) =>
  (asked: string): Place | null =>
    asked === path ? { upstreamPath, model: null } : null

/** A route that costs money: how to read its request, cap it, and read the use from its reply. */
export type MeteredRoute = {
  /** As it stands in the ledger, e.g. `chat/completions`. */
  readonly name: string
  /** Where a path behind the door's prefix leads, or null when it is another route's. `query` begins with `?` or is ''. */
  place(path: string, query: string): Place | null
  readonly guarded: ReadonlySet<string>
  /** Reads large bodies for `ask` without making values of all of them; null where the body must be read in full. */
  readonly skim?: Skim
  ask(body: JsonBody, place: Place, headers: HeaderList): Ask | NoAsk
  /** The same ask with its input counted and not only bounded by bytes; null where that cannot be done. */
  exact?(body: JsonBody, ask: Ask, model: string): Promise<Ask | null>
  /** The bytes to send, in pieces: the client's own, with at most `cap` tokens of output a copy and `uses` of the provider's tools. */
  rewrite(body: JsonBody, ask: Ask, cap: number | null, uses?: number | null): readonly Buffer[]
  events(body: JsonBody, place: Place): EventReader
  /** How a JSON reply comes: absent means in one piece. Server-sent events say of themselves that they are a stream. */
  framing?(place: Place): Framing | null
  reply(body: Buffer): Reading
}

/** A route that is free at the provider: passed on with the company's key, not metered. */
export type FreeRoute = Pick<MeteredRoute, 'place'>

/** A query without the credential that a client may put there, and why it cannot be passed on, if so. */
export type Query = {
  readonly text: string
  readonly key: string | null
  readonly closed: string | null
}

/** What a door says when Perq itself answers. */
export type Failure = {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly param?: string | null
  /** True when asking again would be charged again: then clients are told not to do it by themselves. */
  readonly charged?: boolean
  /** Seconds after which the same call is welcome: a door adds its protocol's own hint to the header. */
  readonly retryAfter?: number
}

/** A wallet or a key that cannot pay, in whatever words. */
export const isBudget = (code: string): boolean => code.endsWith('budget_exhausted')

/** One wire protocol: its routes, its error shape, its way to name a key. */
export type Door = {
  readonly protocol: Protocol
  readonly provider: Price['provider']
  readonly prefix: string
  readonly metered: readonly MeteredRoute[]
  readonly free: readonly FreeRoute[]
  readonly modelsPaths: readonly string[]
  /** Absent where a query neither names a key nor changes what a route does. */
  query?(text: string): Query
  models(prices: readonly Price[], query: URLSearchParams): unknown
  model(price: Price): unknown
  failure(failure: Failure, about: { id: string; userAgent: string }): { status: number; body: unknown }
  /** Headers that carry the company's key, and those without which the provider refuses. */
  credentials(key: string | null, has: (header: string) => boolean): readonly string[]
}

export const refuse = (code: NoAsk['code'], message: string, param: string | null = null): NoAsk => ({
  kind: 'refused',
  code,
  message,
  param,
})

export const refuseBody = (body: BadBody): NoAsk => refuse('invalid', body.message, body.param)

export const refusePart = (type: string): NoAsk =>
  refuse('route_closed', `Content of type "${type}" is closed: its price is not in the price book.`)
