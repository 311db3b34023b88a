import { placeAt, type Ask, type MeteredRoute, type NoAsk } from '../door.ts'
import { boundOf, listLength } from '../relay/bound.ts'
import type { JsonBody } from '../relay/body.ts'
import { readReply } from '../relay/reply.ts'
import { isNoAsk, modelOf } from '../fields.ts'
import { closedOpenai } from './fields.ts'
import { embeddingsUsage } from './usage.ts'

/** Text or token numbers: either way an input token is at least one byte of the body. */
function ask({ value, bytes }: JsonBody): Ask | NoAsk {
  const model = modelOf(value)
  if (isNoAsk(model)) return model
  const closed = closedOpenai(value)
  if (closed) return closed
  const input = boundOf({
    bytes: bytes.length,
    messages: listLength(value['input']),
    tools: 0,
    ownTools: 0,
    image: 0,
    images: 0,
    data: 0,
    outside: false,
  })
  return { kind: 'ask', model, stream: false, input, output: null }
}

/** POST /v1/embeddings */
export const embeddings: MeteredRoute = {
  name: 'embeddings',
  place: placeAt('/v1/embeddings', '/embeddings'),
  guarded: new Set(['model', 'service_tier']),
  ask,
  rewrite: (body) => [body.bytes],
  events: () => ({
    event: () => 'pass',
    reading: () => ({ tokens: null, observed: null, outputBytes: 0, providerId: null, failed: true }),
  }),
  reply: (body) => ({ ...readReply(body, embeddingsUsage), outputBytes: 0 }),
}
