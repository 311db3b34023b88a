import type { FreeRoute, Place, Query } from '../door.ts'

/** One segment and one verb: a name in any other spelling (`%3A`, `../`) is no route of ours. */
const PATH = /^\/(?:v1beta|v1)\/models\/([A-Za-z0-9][A-Za-z0-9._@-]{0,127}):([A-Za-z]+)$/

/** The place of `/v1beta/models/{model}:{verb}`, and the same under `/v1`. */
export const placeOf =
  (verb: string): FreeRoute['place'] =>
  (path): Place | null => {
    const [, model, asked] = PATH.exec(path) ?? []
    return model !== undefined && asked === verb ? { upstreamPath: path, model } : null
  }

/** Parameters that every Google API knows and that would hide the usage, name other credentials, or change the call. */
const CLOSED = new Set(['fields', 'callback', 'access_token', 'oauth_token', 'upload_protocol', 'uploadType'])
const FORMATS = new Set(['sse', 'json'])

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** Takes the key out of a query. Everything else stays as it was written. */
export function readQuery(text: string): Query {
  const kept: string[] = []
  let key: string | null = null
  let closed: string | null = null
  let formats = 0
  for (const item of text.slice(1).split('&')) {
    if (item === '') continue
    const equals = item.indexOf('=')
    const name = decoded(equals === -1 ? item : item.slice(0, equals))
    const value = equals === -1 ? '' : decoded(item.slice(equals + 1))
    if (name === 'key') {
      if (key === null || value.startsWith('pq_')) key = value
      continue
    }
    kept.push(item)
    if (name === 'alt') formats += 1
    if (CLOSED.has(name) || name.startsWith('$') || (name === 'alt' && !FORMATS.has(value)) || formats > 1)
      closed ??= `The parameter "${name}" of the query is closed: it can change what the provider does or reports, so Perq could not meter it.`
  }
  return { text: kept.length === 0 ? '' : `?${kept.join('&')}`, key, closed }
}
