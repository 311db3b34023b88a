import type { Price } from '#prices/types.ts'
import type { Door, Failure } from '../door.ts'
import { batchEmbedContents, embedContent } from './embed.ts'
import { generateContent, streamGenerateContent } from './generate.ts'
import { placeOf, readQuery } from './place.ts'

/** Google's own name for what an HTTP status says. */
function statusOf({ status, code }: Failure): string {
  switch (status) {
    case 400:
      return code === 'invalid' ? 'INVALID_ARGUMENT' : 'FAILED_PRECONDITION'
    case 401:
      return 'UNAUTHENTICATED'
    case 402:
      return 'FAILED_PRECONDITION'
    case 403:
      return 'PERMISSION_DENIED'
    case 404:
      return 'NOT_FOUND'
    case 409:
      return 'ABORTED'
    case 413:
      return 'INVALID_ARGUMENT'
    case 429:
      return 'RESOURCE_EXHAUSTED'
    case 501:
      return 'UNIMPLEMENTED'
    case 502:
    case 503:
      return 'UNAVAILABLE'
    case 504:
      return 'DEADLINE_EXCEEDED'
    default:
      return status > 500 ? 'UNAVAILABLE' : status === 500 ? 'INTERNAL' : 'FAILED_PRECONDITION'
  }
}

const TYPE = 'type.googleapis.com/google.rpc.'

function failure(failure: Failure, { id }: { id: string }) {
  const { status, code, message, param, retryAfter } = failure
  const reason = `PERQ_${code.toUpperCase()}`
  const metadata = { call: id, ...(param ? { param } : {}) }
  const details: object[] = [{ '@type': `${TYPE}ErrorInfo`, reason, domain: 'perq', metadata }]
  if (status === 429 && retryAfter !== undefined)
    details.push({ '@type': `${TYPE}RetryInfo`, retryDelay: `${retryAfter}s` })
  return { status, body: { error: { code: status, message, status: statusOf(failure), details } } }
}

const model = (price: Price) => ({
  name: `models/${price.model}`,
  baseModelId: price.model,
  version: price.model,
  displayName: price.model,
  ...(price.contextWindow === null ? {} : { inputTokenLimit: price.contextWindow }),
  outputTokenLimit: price.maxOutput,
  supportedGenerationMethods:
    price.class === 'embedding'
      ? ['embedContent', 'batchEmbedContents', 'countTokens']
      : ['generateContent', 'streamGenerateContent', 'countTokens'],
})

const USUAL_PAGE = 50
const LARGEST_PAGE = 1_000

/** A page begins behind the model that its token names. */
function models(prices: readonly Price[], query: URLSearchParams): unknown {
  const after = query.get('pageToken')
  const asked = Math.trunc(Number(query.get('pageSize'))) || USUAL_PAGE
  const size = Math.min(LARGEST_PAGE, Math.max(1, asked))
  const from = after ? prices.findIndex((price) => price.model === after) + 1 : 0
  const page = prices.slice(from, from + size)
  const more = from + size < prices.length
  return { models: page.map(model), ...(more ? { nextPageToken: page.at(-1)?.model } : {}) }
}

/** The Gemini protocol under /gemini. */
export const geminiDoor: Door = {
  protocol: 'gemini',
  provider: 'google',
  prefix: '/gemini',
  metered: [generateContent, streamGenerateContent, embedContent, batchEmbedContents],
  free: [{ place: placeOf('countTokens') }],
  modelsPaths: ['/v1beta/models', '/v1/models'],
  query: readQuery,
  models,
  model,
  failure,
  credentials: (key) => (key === null ? [] : ['x-goog-api-key', key]),
}
