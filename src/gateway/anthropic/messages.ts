import type { Tokens } from '#ledger/types.ts'
import { refuse, refusePart, placeAt, type Ask, type MeteredRoute, type NoAsk, type Place } from '../door.ts'
import { boundOf, listLength, ownTools, weighParts } from '../relay/bound.ts'
import { splice, type JsonBody } from '../relay/body.ts'
import type { HeaderList } from '../relay/headers.ts'
import { lengthIn, skimOf } from '../relay/skim.ts'
import type { Ear, Told } from '../relay/alike.ts'
import type { SseEvent } from '../relay/sse.ts'
import type { EventReader, Verdict } from '../relay/stream.ts'
import { readReply } from '../relay/reply.ts'
import {
  countOf,
  fieldsOf,
  parseOrNull,
  providerIdOf,
  textOf,
  type Fields,
  type Reading,
} from '../relay/usage.ts'
import { isNoAsk, limitOf, modelOf, streamOf, USEFUL_OUTPUT } from '../fields.ts'
import { anthropicParts, CACHED, cachesOf, closedAnthropic, longWindow } from './fields.ts'
import { anthropicTools, limitUses } from './tools.ts'
import { messagesUsage } from './usage.ts'

const LIMIT = 'max_tokens'

/** The provider refuses a limit that leaves nothing beside the thinking budget, so a cut must stay above both. */
function floorOf(body: Fields): number {
  const budget = countOf(fieldsOf(body['thinking'])?.['budget_tokens']) ?? 0
  return budget + USEFUL_OUTPUT
}

function ask(body: JsonBody, _: Place, headers: HeaderList): Ask | NoAsk {
  const { value, bytes } = body
  const model = modelOf(value)
  if (isNoAsk(model)) return model
  const closed = closedAnthropic(value)
  if (closed) return closed
  const provided = anthropicTools(body)
  if (isNoAsk(provided)) return provided
  const stream = streamOf(value)
  if (isNoAsk(stream)) return stream
  const asked = limitOf(value, LIMIT)
  if (isNoAsk(asked)) return asked
  if (asked === null) return refuse('invalid', `The field "${LIMIT}" must be given.`, LIMIT)
  const parts = weighParts([value['messages'], value['system']], anthropicParts, lengthIn(body))
  if (parts.closed !== null) return refusePart(parts.closed)
  const input = boundOf({
    bytes: bytes.length,
    messages: listLength(value['messages']),
    tools: listLength(value['tools']),
    ownTools: ownTools(value['tools']),
    image: anthropicParts.image,
    ...parts,
  })
  const window = longWindow(headers, value)
  const caches = cachesOf(body)
  return {
    kind: 'ask',
    model,
    stream,
    input,
    output: { asked, floor: floorOf(value), copies: 1 },
    ...(provided ? { provided } : {}),
    ...(caches === null ? {} : { caches }),
    ...(window === null ? {} : { window }),
  }
}

const TEXTS = ['text', 'thinking', 'partial_json'] as const

/** What a delta says, and the one field that says it; null where it is none, or more than one. */
function textIn(value: unknown): { readonly text: string; readonly field: string | null } {
  const delta = fieldsOf(value)
  let text = ''
  let field: string | null = null
  for (const each of TEXTS) {
    const part = textOf(delta?.[each]) ?? ''
    if (part !== '') field = text === '' ? each : null
    text += part
  }
  return { text, field }
}

/** The fields of such an event that decide anything. */
const READ = new Set(['type', 'delta'])

const isSearch = (block: unknown): boolean => {
  const { type, name } = fieldsOf(block) ?? {}
  return type === 'server_tool_use' && name === 'web_search'
}

/** It stands for as long as its stream: its functions are the same for all of them. */
type Own = EventReader &
  Ear & {
    seen: Tokens | null
    final: boolean
    outputBytes: number
    pieces: number
    searches: number
    providerId: string | null
    failed: boolean
    just: Told | null
  }

/** Input stands in the first event, output grows in `message_delta`; only `message_stop` has to wait. */
function events(): EventReader {
  const own: Own = {
    seen: null,
    final: false,
    outputBytes: 0,
    pieces: 0,
    searches: 0,
    providerId: null,
    failed: false,
    just: null,
    told,
    event,
    reading,
    hear,
  }
  return own
}

function hear(this: Own, _: Buffer, from: number, to: number, escapes: number): void {
  this.outputBytes += to - from - escapes
  this.pieces += 1
}

function told(this: Own): Told | null {
  const { just } = this
  this.just = null
  return just
}

function event(this: Own, { name, data }: SseEvent): Verdict {
  this.just = null
  if (data === null) return 'pass'
  const event = fieldsOf(parseOrNull(data))
  if (!event) return 'pass'
  switch (textOf(event['type']) ?? name) {
    case 'message_start': {
      const message = fieldsOf(event['message'])
      this.providerId = providerIdOf(message?.['id'])
      this.seen = messagesUsage(message?.['usage'])
      return 'pass'
    }
    case 'content_block_start':
      if (isSearch(event['content_block'])) this.searches += 1
      return 'pass'
    case 'content_block_delta': {
      const { text, field } = textIn(event['delta'])
      this.outputBytes += Buffer.byteLength(text)
      if (text !== '') this.pieces += 1
      if (field !== null) this.just = { path: ['delta', field], read: READ, ear: this }
      return 'pass'
    }
    case 'message_delta': {
      const usage = messagesUsage(event['usage'], this.seen)
      if (usage) {
        this.seen = usage
        this.final = true
      }
      return 'pass'
    }
    case 'message_stop':
      return 'last'
    case 'error':
      this.failed = true
      return 'last'
    default:
      return 'pass'
  }
}

function reading(this: Own): Reading {
  const { seen, final, outputBytes, pieces, searches, providerId, failed } = this
  return { tokens: final ? seen : null, observed: seen, outputBytes, pieces, searches, providerId, failed }
}

const GUARDED = new Set([
  'model',
  'stream',
  'service_tier',
  'speed',
  'tools',
  'inference_geo',
  'mcp_servers',
  'container',
  'context_management',
  'messages',
  'system',
  'thinking',
  LIMIT,
])

/** POST /v1/messages */
export const messages: MeteredRoute = {
  name: 'messages',
  place: placeAt('/v1/messages', '/v1/messages'),
  guarded: GUARDED,
  ask,
  skim: skimOf({
    guarded: GUARDED,
    bulk: ['messages', 'system', 'tools'],
    reads: 'type role source data tool tool_changes tools max_uses allowed_callers'.split(' '),
    prose: ['content', 'output'],
    mark: CACHED,
  }),
  rewrite(body, { provided }, cap, uses = null) {
    return splice(body, cap === null ? [] : [[LIMIT, String(cap)]], provided ? limitUses(body, uses) : [])
  },
  events,
  reply: (body) => readReply(body, messagesUsage),
}
