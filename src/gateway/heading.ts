import { secretOf, type Secret } from '#spending/secret.ts'
import type { Door, MeteredRoute, Place } from './door.ts'
import { doorAt } from './doors.ts'
import { headerOf, headersOf, requestHeaders, type HeaderList } from './relay/headers.ts'
import type { ClientRequest, UpstreamRequest } from './relay/transport.ts'
import type { Upstream } from './upstreams/upstreams.ts'

/** Where a request goes at an upstream, and with which headers. */
export type Way = Required<Pick<UpstreamRequest, 'origin' | 'path' | 'headers' | 'keep'>>

/** What the head of a request says, whatever body comes with it. */
export type Heading = {
  readonly door: Door
  /** Behind the door's prefix. */
  readonly path: string
  /** Without a credential that stood in it; with its `?`, or ''. */
  readonly query: string
  /** Why the query cannot be passed on, if so. */
  readonly closed: string | null
  /** Null: none that could be one of ours. */
  readonly secret: Secret | null
  readonly metered: { readonly route: MeteredRoute; readonly place: Place } | null
  readonly userAgent: string
  /** An encoding of the body that nobody here reads. */
  readonly encoding: string | null
  readonly purpose: string | null
  /** The client's headers without its credentials, then the company's. */
  way(upstream: Upstream, path: string): Way
}

/**
 * Null: there is no such door. A client says nearly the same with each call: what was worked out of a head is kept for as
 * long as it is the same.
 */
export function headingOf(request: ClientRequest): Heading | null {
  const { keep } = request
  if (!keep) return readHeading(request)
  return (keep.value ??= readHeading(request)) as Heading | null
}

function readHeading({ method, path: whole, query: asked, headers }: ClientRequest): Heading | null {
  const door = doorAt(whole)
  if (!door) return null
  const path = whole.slice(door.prefix.length)
  const said = door.query?.(asked) ?? null
  const query = said?.text ?? asked
  const closed = said?.closed ?? null
  const key = keyOf(headers, said?.key ?? null)
  return {
    door,
    path,
    query,
    closed,
    secret: key === null ? null : secretOf(key),
    metered: method === 'POST' && closed === null ? routeAt(door, path, query) : null,
    userAgent: apart(headerOf(headers, 'user-agent') ?? ''),
    encoding: encodingIn(headers),
    purpose: headerOf(headers, 'x-perq-purpose'),
    way: wayOf(door, headers, query),
  }
}

function routeAt(door: Door, path: string, query: string): Heading['metered'] {
  for (const route of door.metered) {
    const place = route.place(path, query)
    if (place) return { route, place }
  }
  return null
}

/** Of all of them: the provider may obey another than the first. */
const encodingIn = (headers: HeaderList): string | null =>
  headersOf(headers, 'content-encoding').find((each) => each.toLowerCase() !== 'identity') ?? null

/** The last way is remembered: nearly all calls of a client take the same one. */
function wayOf(door: Door, client: HeaderList, query: string): Heading['way'] {
  let last: { readonly upstream: Upstream; readonly asked: string; readonly way: Way } | null = null
  return (upstream, asked) => {
    if (last?.upstream === upstream && last.asked === asked) return last.way
    const headers = requestHeaders(client)
    headers.push(...door.credentials(upstream.key, (name) => headerOf(headers, name) !== null))
    const { origin, prefix } = upstream
    last = { upstream, asked, way: { origin, path: prefix + asked + query, headers, keep: { value: null } } }
    return last.way
  }
}

/** Clients may send two credentials, of which one is left over from another provider: Perq's own goes first. */
function keyOf(headers: HeaderList, inQuery: string | null): string | null {
  const bearer = bearerIn(headerOf(headers, 'authorization'))
  const named = [headerOf(headers, 'x-api-key'), headerOf(headers, 'x-goog-api-key')]
  const given = [...named, bearer, inQuery].filter((key): key is string => !!key)
  return given.find((each) => each.startsWith('pq_')) ?? given[0] ?? null
}

const BEARER = 'bearer '

function bearerIn(authorization: string | null): string | null {
  if (authorization?.slice(0, BEARER.length).toLowerCase() !== BEARER) return null
  return authorization.slice(BEARER.length).trim() || null
}

/** On its own: a piece of a text keeps all of it, and this one is kept for as long as a reply lasts. */
const apart = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
