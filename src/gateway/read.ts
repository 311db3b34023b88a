import { refuseBody, type Ask, type MeteredRoute, type NoAsk, type Place } from './door.ts'
import { isNoAsk } from './fields.ts'
import { readJson, type JsonBody } from './relay/body.ts'
import type { HeaderList } from './relay/headers.ts'

export type ReadAsk = { readonly kind: 'read'; readonly body: JsonBody; readonly ask: Ask }

/**
 * What a request asks. A body is skimmed where its route can do that; only one that says plainly what it asks is taken at
 * that. Every other is read in full, and refused in words that need all of it.
 */
export function readAsk(
  route: MeteredRoute,
  bytes: Buffer,
  place: Place,
  headers: HeaderList,
): ReadAsk | NoAsk {
  const skimmed = route.skim?.(bytes)
  if (skimmed) {
    const ask = route.ask(skimmed, place, headers)
    if (!isNoAsk(ask)) return { kind: 'read', body: skimmed, ask }
  }
  const body = readJson(bytes, route.guarded)
  if (body.kind === 'bad') return refuseBody(body)
  const ask = route.ask(body, place, headers)
  return isNoAsk(ask) ? ask : { kind: 'read', body, ask }
}
