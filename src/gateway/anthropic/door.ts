import { iso } from '#base/time.ts'
import type { Price } from '#prices/types.ts'
import { isBudget, placeAt, type Door, type Failure } from '../door.ts'
import { messages } from './messages.ts'

const VERSION = '2023-06-01'

/** Refusals that Claude Code may cure by itself: it sends the call again with one feature less, five times over. */
const CURABLE = new Set(['invalid', 'route_closed'])

function typeOf({ status, code }: Failure, isClaudeCode: boolean): string {
  // The one type at which it stops at once and shows the text.
  if (isBudget(code) || (isClaudeCode && status === 400 && !CURABLE.has(code))) return 'billing_error'
  switch (status) {
    case 401:
      return 'authentication_error'
    case 403:
      return 'permission_error'
    case 404:
      return 'not_found_error'
    case 413:
      return 'request_too_large'
    case 429:
      return 'rate_limit_error'
    default:
      return status >= 500 ? 'api_error' : 'invalid_request_error'
  }
}

function failure(failure: Failure, { id, userAgent }: { id: string; userAgent: string }) {
  const isClaudeCode = userAgent.startsWith('claude-cli/')
  // It repeats a 401 for more than a minute; a 403 it shows at once.
  const status = failure.status === 401 && isClaudeCode ? 403 : failure.status
  const type = typeOf({ ...failure, status }, isClaudeCode)
  return {
    status,
    body: { type: 'error', error: { type, message: failure.message }, request_id: `req_${id}` },
  }
}

/** `claude-opus-4-8` is shown as "Claude Opus 4.8". */
const titleOf = (model: string): string =>
  model
    .replace(/-(\d+)-(\d+)$/, '-$1.$2')
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')

const model = (price: Price) => ({
  type: 'model',
  id: price.model,
  display_name: titleOf(price.model),
  created_at: iso(price.effectiveFrom),
  max_input_tokens: price.contextWindow,
  max_tokens: price.maxOutput,
})

/** One page: the whole list is short, and cursors of the SDK start from its ids. */
function models(prices: readonly Price[], query: URLSearchParams): unknown {
  const after = query.get('after_id')
  const limit = Math.min(1_000, Math.max(1, Number(query.get('limit') ?? 1_000) || 1_000))
  const from = after === null ? 0 : prices.findIndex((price) => price.model === after) + 1
  const data = prices.slice(from, from + limit).map(model)
  return {
    data,
    has_more: from + limit < prices.length,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  }
}

/** The Anthropic protocol under /anthropic. */
export const anthropicDoor: Door = {
  protocol: 'anthropic',
  provider: 'anthropic',
  prefix: '/anthropic',
  metered: [messages],
  free: [{ place: placeAt('/v1/messages/count_tokens', '/v1/messages/count_tokens') }],
  modelsPaths: ['/v1/models'],
  models,
  model,
  failure,
  credentials: (key, has) => [
    ...(key === null ? [] : ['x-api-key', key]),
    ...(has('anthropic-version') ? [] : ['anthropic-version', VERSION]),
  ],
}
