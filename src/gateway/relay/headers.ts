/** Flat lists `[name, value, name, value, …]`, as both ends of a relay keep them: order and repeats survive. */
export type HeaderList = readonly string[]

/** Meant for one connection only (RFC 9110 §7.6.1), and those we set ourselves. */
const HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The client's credentials and everything that speaks of its way to us. */
const NOT_UPSTREAM = new Set([
  'host',
  'content-length',
  'expect',
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'cookie',
  'accept-encoding',
  'openai-organization',
  'openai-project',
  'forwarded',
  'via',
  'x-real-ip',
  // These make Google leave out the usage, bill another project, take another method, or serve at another price.
  'x-goog-fieldmask',
  'x-goog-user-project',
  'x-http-method-override',
])

/** Perq's own, those of the way here, and those by which clouds are told to serve at another price or from another place. */
const PREFIXES_NOT_UPSTREAM = [
  'x-perq-',
  'x-forwarded-',
  'x-vertex-ai-llm-',
  'x-amzn-bedrock-',
  'x-ms-',
  'cf-aig-',
  'x-portkey-',
  'helicone-',
]

const NOT_DOWN = new Set(['set-cookie', 'alt-svc', 'strict-transport-security'])

/** What becomes of a header: it goes on, it stays behind, or its value names others that stay behind. */
type Fate = 'goes' | 'stays' | 'names'

/** Names as they were seen, and how many of them are remembered. */
const REMEMBERED = 2_000
const LONGEST_REMEMBERED = 64

/**
 * Decides by name. Clients and providers send the same few names on every call, so what was decided is remembered; the
 * memory is emptied when somebody fills it with names of their own.
 */
export function byName<T>(decide: (name: string) => T): (name: string) => T {
  const decided = new Map<string, T>()
  return (name) => {
    const known = decided.get(name)
    if (known !== undefined) return known
    const fresh = decide(name)
    if (decided.size >= REMEMBERED) decided.clear()
    if (name.length <= LONGEST_REMEMBERED) decided.set(name, fresh)
    return fresh
  }
}

const deciding = (drop: (name: string) => boolean): ((raw: string) => Fate) =>
  byName((raw) => {
    const name = raw.toLowerCase()
    return name === 'connection' ? 'names' : HOP.has(name) || drop(name) ? 'stays' : 'goes'
  })

/** What `connection` says of the connection itself names no header. */
const isPlain = (value: string): boolean =>
  value === 'keep-alive' || value === 'close' || value === 'Keep-Alive' || value === 'Close'

function filter(list: HeaderList, fateOf: (name: string) => Fate): string[] {
  const kept: string[] = []
  let named: Set<string> | null = null
  for (let at = 0; at + 1 < list.length; at += 2) {
    const fate = fateOf(list[at]!)
    if (fate === 'goes') kept.push(list[at]!, list[at + 1]!)
    else if (fate === 'names' && !isPlain(list[at + 1]!)) {
      named ??= new Set()
      for (const name of list[at + 1]!.split(',')) named.add(name.trim().toLowerCase())
    }
  }
  return named === null ? kept : without(kept, named)
}

function without(list: HeaderList, named: ReadonlySet<string>): string[] {
  const kept: string[] = []
  for (let at = 0; at < list.length; at += 2)
    if (!named.has(list[at]!.toLowerCase())) kept.push(list[at]!, list[at + 1]!)
  return kept
}

const upward = deciding(
  (name) => NOT_UPSTREAM.has(name) || PREFIXES_NOT_UPSTREAM.some((prefix) => name.startsWith(prefix)),
)
const isOurs = (name: string): boolean => NOT_DOWN.has(name) || name.startsWith('x-perq-')
const downward = deciding(isOurs)
const downwardAnew = deciding((name) => isOurs(name) || name === 'content-length')

/**
 * What of the client's headers goes on: all but credentials, connection headers and Perq's own. A compressed reply
 * could not be read on its way, so none is asked for.
 */
export function requestHeaders(client: HeaderList): string[] {
  const kept = filter(client, upward)
  kept.push('accept-encoding', 'identity')
  return kept
}

/** What of the upstream's headers goes back. `length` is false when the body's length may change on the way. */
export const replyHeaders = (upstream: HeaderList, { length }: { length: boolean }): string[] =>
  filter(upstream, length ? downward : downwardAnew)

/** Every value of a header. */
export function headersOf(list: HeaderList, wanted: string): readonly string[] {
  const values: string[] = []
  for (let at = 0; at + 1 < list.length; at += 2) if (isNamed(list[at]!, wanted)) values.push(list[at + 1]!)
  return values
}

/** First value of a header, or null. */
export function headerOf(list: HeaderList, wanted: string): string | null {
  for (let at = 0; at + 1 < list.length; at += 2) if (isNamed(list[at]!, wanted)) return list[at + 1]!
  return null
}

/** `wanted` in lower case. Nearly every other name has another length, and its letters need not be looked at. */
const isNamed = (name: string, wanted: string): boolean =>
  name.length === wanted.length && (name === wanted || name.toLowerCase() === wanted)
