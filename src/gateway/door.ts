import type { Price } from '#prices/types.ts'
import type { InputBound } from './relay/bound.ts'
import type { BadBody, JsonBody } from './relay/body.ts'
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
}

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
  ask(body: JsonBody, place: Place): Ask | NoAsk
  /** The bytes to send: the client's own, with at most `cap` tokens of output a copy when a cap is given. */
  rewrite(body: JsonBody, ask: Ask, cap: number | null): Buffer
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
}

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
