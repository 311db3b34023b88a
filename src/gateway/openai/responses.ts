import type { Tokens } from '#ledger/types.ts'
import { refuse, refusePart, placeAt, type Ask, type MeteredRoute, type NoAsk } from '../door.ts'
import { boundOf, listLength, ownTools, weighParts } from '../relay/bound.ts'
import { splice, type JsonBody } from '../relay/body.ts'
import type { EventReader } from '../relay/stream.ts'
import { readReply, replyFields } from '../relay/reply.ts'
import { fieldsOf, parseOrNull, providerIdOf, textOf } from '../relay/usage.ts'
import { isNoAsk, limitOf, modelOf, streamOf, USEFUL_OUTPUT } from '../fields.ts'
import { closedOpenai, openaiParts } from './fields.ts'
import { responsesUsage } from './usage.ts'

const LIMIT = 'max_output_tokens'

/** Fields that bring in text which the provider keeps. */
const OUTSIDE = ['previous_response_id', 'conversation'] as const

function ask({ value, bytes }: JsonBody): Ask | NoAsk {
  const model = modelOf(value)
  if (isNoAsk(model)) return model
  const closed = closedOpenai(value)
  if (closed) return closed
  const management = value['context_management']
  if (management !== undefined && management !== null)
    return refuse(
      'route_closed',
      '"context_management" is closed: compaction at the provider is a call of its own, so Perq could not bound it.',
      'context_management',
    )
  const stream = streamOf(value)
  if (isNoAsk(stream)) return stream
  const asked = limitOf(value, LIMIT)
  if (isNoAsk(asked)) return asked
  const parts = weighParts(value['input'], openaiParts)
  if (parts.closed !== null) return refusePart(parts.closed)
  const input = boundOf({
    bytes: bytes.length,
    messages: listLength(value['input']),
    tools: listLength(value['tools']),
    ownTools: ownTools(value['tools']),
    image: openaiParts.image,
    images: parts.images,
    data: parts.data,
    outside: parts.outside || OUTSIDE.some((field) => value[field] !== undefined && value[field] !== null),
  })
  return { kind: 'ask', model, stream, input, output: { asked, floor: USEFUL_OUTPUT, copies: 1 } }
}

const ENDINGS = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
])

/** Usage comes only with the last event, which therefore waits. */
function events(): EventReader {
  let tokens: Tokens | null = null
  let outputBytes = 0
  let providerId: string | null = null
  let failed = false
  return {
    event({ name, data }) {
      if (data === null) return 'pass'
      if (data.trim() === '[DONE]') return 'last'
      const event = fieldsOf(parseOrNull(data))
      if (!event) return 'pass'
      const type = textOf(event['type']) ?? name
      if (type.endsWith('.delta')) outputBytes += Buffer.byteLength(textOf(event['delta']) ?? '')
      const response = fieldsOf(event['response'])
      if (response) providerId ??= providerIdOf(response['id'])
      if (type === 'error') {
        failed = true
        return 'last'
      }
      if (!ENDINGS.has(type)) return 'pass'
      failed = type === 'response.failed'
      tokens = responsesUsage(response?.['usage'])
      return 'last'
    },
    reading: () => ({ tokens, observed: null, outputBytes, providerId, failed }),
  }
}

/** POST /v1/responses */
export const responses: MeteredRoute = {
  name: 'responses',
  place: placeAt('/v1/responses', '/responses'),
  guarded: new Set([
    'model',
    'stream',
    'service_tier',
    'tools',
    'background',
    'input',
    'prompt',
    LIMIT,
    ...OUTSIDE,
  ]),
  ask,
  rewrite: (body, _, cap) => splice(body, cap === null ? new Map() : new Map([[LIMIT, String(cap)]])),
  events,
  reply: (body) => ({
    ...readReply(body, responsesUsage),
    failed: replyFields(body, ['status']).get('status') === 'failed',
  }),
}
