import type { Price } from '#prices/types.ts'
import type { Door, Failure } from '../door.ts'
import { chat } from './chat.ts'
import { embeddings } from './embeddings.ts'
import { responses } from './responses.ts'

/** Codex prints the message plainly only under this code. */
const CODEX_CODE = 'invalid_prompt'

/** What clients of OpenAI know a refusal for its pace by. */
const PACE_CODE = 'rate_limit_exceeded'

function failure(failure: Failure, { userAgent }: { userAgent: string }) {
  const { code, message, param } = failure
  const isCodex = userAgent.startsWith('codex')
  // It sends a call with a revoked key six times when that is a 401.
  const status = failure.status === 401 && isCodex ? 400 : failure.status
  const type = status >= 500 ? 'server_error' : status === 429 ? 'requests' : 'invalid_request_error'
  const shown = status === 429 ? PACE_CODE : status === 400 && isCodex ? CODEX_CODE : code
  return { status, body: { error: { message, type, param: param ?? null, code: shown } } }
}

const model = (price: Price) => ({
  id: price.model,
  object: 'model',
  created: Math.trunc(price.effectiveFrom / 1000),
  owned_by: price.provider,
})

/** The OpenAI protocol under /openai/v1. */
export const openaiDoor: Door = {
  protocol: 'openai',
  provider: 'openai',
  prefix: '/openai',
  metered: [chat, responses, embeddings],
  free: [],
  modelsPaths: ['/v1/models'],
  models: (prices) => ({ object: 'list', data: prices.map(model) }),
  model,
  failure,
  credentials: (key) => (key === null ? [] : ['authorization', `Bearer ${key}`]),
}
