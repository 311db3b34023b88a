import { refuse, type Ask, type MeteredRoute, type NoAsk, type Place } from '../door.ts'
import { isNoAsk } from '../fields.ts'
import { boundOf } from '../relay/bound.ts'
import type { JsonBody } from '../relay/body.ts'
import { replyFields } from '../relay/reply.ts'
import { lengthIn } from '../relay/skim.ts'
import { fieldsOf, providerIdOf, type Fields } from '../relay/usage.ts'
import { closedGemini, modelIn } from './fields.ts'
import { oddNames, pick } from './names.ts'
import { weighContents } from './parts.ts'
import { placeOf } from './place.ts'
import { geminiUsage } from './usage.ts'

const MAX_REQUESTS = 1_000

/** The request of a single embedding is the body; a batch has them in a list. */
function requestsIn(body: Fields): readonly unknown[] | NoAsk {
  const requests = pick(body, 'requests')
  if (requests === undefined) return [body]
  if (Array.isArray(requests) && requests.length <= MAX_REQUESTS) return requests
  return refuse('invalid', `"requests" must be a list of at most ${MAX_REQUESTS}.`, 'requests')
}

/** Text alone: pictures and sound have prices of their own here. */
function ask(body: JsonBody, place: Place): Ask | NoAsk {
  const odd = oddNames(body)
  if (odd) return odd
  const model = modelIn(body.value, place)
  if (isNoAsk(model)) return model
  const closed = closedGemini(body.value, {})
  if (closed) return closed
  const requests = requestsIn(body.value)
  if (isNoAsk(requests)) return requests
  const contents: unknown[] = []
  for (const item of requests) {
    const request = fieldsOf(item) ?? {}
    const named = modelIn(request, place)
    if (isNoAsk(named)) return named
    contents.push(pick(request, 'content'))
  }
  const parts = weighContents(contents, lengthIn(body))
  if (parts.media)
    return refuse('route_closed', 'Only text can be embedded: pictures, sound and files have other prices.')
  const input = boundOf({
    bytes: body.bytes.length,
    messages: requests.length,
    tools: 0,
    ownTools: 0,
    image: 0,
    images: 0,
    data: 0,
    outside: false,
  })
  return { kind: 'ask', model, stream: false, input, output: null }
}

/** POST /v1beta/models/{model}:embedContent */
export const embedContent: MeteredRoute = {
  name: 'embedContent',
  place: placeOf('embedContent'),
  guarded: new Set(),
  ask,
  rewrite: (body) => [body.bytes],
  events: () => ({
    event: () => 'pass',
    reading: () => ({ tokens: null, observed: null, outputBytes: 0, providerId: null, failed: true }),
  }),
  reply(body) {
    const fields = replyFields(body, ['responseId', 'usageMetadata'])
    const tokens = geminiUsage(fields.get('usageMetadata'))
    // Vectors are no tokens, whatever a total says.
    return {
      tokens: tokens && { ...tokens, output: 0, reasoning: 0 },
      observed: null,
      outputBytes: 0,
      providerId: providerIdOf(fields.get('responseId')),
      failed: false,
    }
  },
}

/** POST /v1beta/models/{model}:batchEmbedContents */
export const batchEmbedContents: MeteredRoute = {
  ...embedContent,
  name: 'batchEmbedContents',
  place: placeOf('batchEmbedContents'),
}
