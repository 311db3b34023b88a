import type { Db } from '#db/sql.ts'
import { MINUTE, type Millis } from '#base/time.ts'
import { anthropicDoor } from '../anthropic/door.ts'
import type { Parts } from '../call.ts'
import type { UpstreamRequest } from '../relay/transport.ts'
import type { Upstream, Upstreams } from '../upstreams/upstreams.ts'

/** What batches need beside what a call needs. */
export type BatchSources = {
  readonly db: Db
  readonly upstreams: Pick<Upstreams, 'callable'>
  /** Where clients reach Perq, for the addresses in replies; null: where the request came to. */
  readonly publicUrl: string | null
}

export type BatchParts = Parts & { readonly batches: BatchSources }

export const PATH = '/v1/messages/batches'
export const ROUTE = 'messages/batches'
/** What a provider says of a batch is small; of a whole page of them, too. */
export const MAX_ANSWER = 8 * 1024 * 1024
/** How long after a failure, or while a provider is at work, a batch is looked at again. */
export const LOOK_AGAIN: Millis = MINUTE

/** A request of Perq's own to the provider. */
export function askFor(
  upstream: Upstream,
  { method, path, beta }: { method: UpstreamRequest['method']; path: string; beta: string | null },
): UpstreamRequest {
  const headers = ['accept', 'application/json, application/x-jsonl']
  if (beta !== null) headers.push('anthropic-beta', beta)
  headers.push(...anthropicDoor.credentials(upstream.key, () => false))
  return { origin: upstream.origin, path: `${upstream.prefix}${path}`, method, headers, body: null }
}

export const pathOf = (providerId: string, more = ''): string =>
  `${PATH}/${encodeURIComponent(providerId)}${more}`
