import type { Tokens } from '#ledger/types.ts'
import { refuse, refusePart, placeAt, type Ask, type MeteredRoute, type NoAsk } from '../door.ts'
import { boundOf, listLength, ownTools, weighParts } from '../relay/bound.ts'
import { splice, type JsonBody } from '../relay/body.ts'
import { lengthIn, skimOf } from '../relay/skim.ts'
import type { Told } from '../relay/alike.ts'
import type { EventReader } from '../relay/stream.ts'
import { readReply, replyFields } from '../relay/reply.ts'
import { heard, sayings } from '../relay/said.ts'
import { knowsTokensOf } from '../relay/tokenizer.ts'
import { fieldsOf, parseOrNull, providerIdOf, textOf, type Reading } from '../relay/usage.ts'
import { isNoAsk, limitOf, modelOf, streamOf, USEFUL_OUTPUT } from '../fields.ts'
import { exactResponses } from './exact.ts'
import { closedOpenai, defaultTier, noOutput, openaiParts, openaiReads } from './fields.ts'
import { openaiTools, USES } from './tools.ts'
import { responsesUsage } from './usage.ts'

const LIMIT = 'max_output_tokens'

/** Fields that bring in text which the provider keeps. */
const OUTSIDE = ['previous_response_id', 'conversation'] as const

function ask(body: JsonBody): Ask | NoAsk {
  const { value, bytes } = body
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
  const provided = openaiTools(body, true)
  if (isNoAsk(provided)) return provided
  const stream = streamOf(value)
  if (isNoAsk(stream)) return stream
  const asked = limitOf(value, LIMIT)
  if (isNoAsk(asked)) return asked
  if (asked === 0) return noOutput(LIMIT)
  const parts = weighParts(value['input'], openaiParts, lengthIn(body))
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
  const output = { asked, floor: USEFUL_OUTPUT, copies: 1 }
  return { kind: 'ask', model, stream, input, output, ...(provided ? { provided } : {}) }
}

const ENDINGS = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
])

/** A search that was made: opening a page or looking through one has no fee. */
function isSearch(item: unknown): boolean {
  const call = fieldsOf(item)
  if (call?.['type'] !== 'web_search_call' || call['status'] === 'failed') return false
  const action = fieldsOf(call['action'])?.['type']
  return action === undefined || action === 'search'
}

const searchesIn = (output: unknown): number =>
  (Array.isArray(output) ? output : []).filter((item) => isSearch(item)).length

const withSearches = (tokens: Tokens | null, searches: number): Tokens | null =>
  tokens && searches > 0 ? { ...tokens, searches } : tokens

/** The fields of an event that decide anything. */
const READ = new Set(['type', 'delta', 'item', 'response'])

/** Usage comes only with the last event, which therefore waits. */
function events(body: JsonBody): EventReader {
  const exact = knowsTokensOf(textOf(body.value['model']) ?? '')
  const said = sayings()
  let tokens: Tokens | null = null
  let searches = 0
  let providerId: string | null = null
  let failed = false
  let told: Told | null = null
  return {
    told: () => told,
    event({ name, data }) {
      told = null
      if (data === null) return 'pass'
      if (data.trim() === '[DONE]') return 'last'
      const event = fieldsOf(parseOrNull(data))
      if (!event) return 'pass'
      const type = textOf(event['type']) ?? name
      if (type.endsWith('.delta')) {
        said.add(textOf(event['delta']) ?? '')
        if (!event['response']) told = { path: ['delta'], read: READ, ear: said }
      }
      if (type === 'response.output_item.done' && isSearch(event['item'])) searches += 1
      const response = fieldsOf(event['response'])
      if (response) providerId ??= providerIdOf(response['id'])
      if (type === 'error') {
        failed = true
        return 'last'
      }
      if (!ENDINGS.has(type)) return 'pass'
      failed = type === 'response.failed'
      searches = Math.max(searches, searchesIn(response?.['output']))
      tokens = withSearches(responsesUsage(response?.['usage']), searches)
      return 'last'
    },
    reading: () => ({ tokens, observed: null, providerId, failed, searches, ...heard([said], exact) }),
  }
}

function reply(body: Buffer): Reading {
  const fields = replyFields(body, ['id', 'usage', 'status', 'output'])
  const searches = searchesIn(fields.get('output'))
  const reading = readReply(body, responsesUsage, fields)
  const tokens = withSearches(reading.tokens, searches)
  return { ...reading, tokens, searches, failed: fields.get('status') === 'failed' }
}

const GUARDED = new Set([
  'model',
  'stream',
  'service_tier',
  'tools',
  'background',
  'input',
  'instructions',
  'prompt',
  'reasoning',
  LIMIT,
  USES,
  ...OUTSIDE,
])

/** POST /v1/responses */
export const responses: MeteredRoute = {
  name: 'responses',
  place: placeAt('/v1/responses', '/responses'),
  guarded: GUARDED,
  ask,
  skim: skimOf({ guarded: GUARDED, bulk: ['input', 'instructions', 'tools'], ...openaiReads }),
  exact: exactResponses,
  rewrite(body, _, cap, uses = null) {
    const edits: (readonly [string, string])[] = [...defaultTier(body.value)]
    if (cap !== null) edits.push([LIMIT, String(cap)])
    if (uses !== null) edits.push([USES, String(uses)])
    return splice(body, edits)
  },
  events,
  reply,
}
