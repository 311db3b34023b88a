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

function filter(list: HeaderList, drop: (name: string) => boolean): string[] {
  const named = new Set<string>()
  for (let at = 0; at < list.length; at += 2)
    if (list[at]!.toLowerCase() === 'connection')
      for (const name of list[at + 1]!.split(',')) named.add(name.trim().toLowerCase())
  const kept: string[] = []
  for (let at = 0; at + 1 < list.length; at += 2) {
    const name = list[at]!.toLowerCase()
    if (!HOP.has(name) && !named.has(name) && !drop(name)) kept.push(list[at]!, list[at + 1]!)
  }
  return kept
}

/**
 * What of the client's headers goes on: all but credentials, connection headers and Perq's own. A compressed reply
 * could not be read on its way, so none is asked for.
 */
export function requestHeaders(client: HeaderList): string[] {
  const kept = filter(
    client,
    (name) => NOT_UPSTREAM.has(name) || PREFIXES_NOT_UPSTREAM.some((prefix) => name.startsWith(prefix)),
  )
  kept.push('accept-encoding', 'identity')
  return kept
}

/** What of the upstream's headers goes back. `length` is false when the body's length may change on the way. */
export const replyHeaders = (upstream: HeaderList, { length }: { length: boolean }): string[] =>
  filter(
    upstream,
    (name) => NOT_DOWN.has(name) || name.startsWith('x-perq-') || (!length && name === 'content-length'),
  )

/** Every value of a header. */
export const headersOf = (list: HeaderList, wanted: string): readonly string[] =>
  list.filter((_, at) => at % 2 === 1 && list[at - 1]!.toLowerCase() === wanted)

/** First value of a header, or null. */
export function headerOf(list: HeaderList, wanted: string): string | null {
  for (let at = 0; at + 1 < list.length; at += 2) if (list[at]!.toLowerCase() === wanted) return list[at + 1]!
  return null
}
