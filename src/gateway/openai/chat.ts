import type { Tokens } from '#ledger/types.ts'
import { refuse, refusePart, placeAt, type Ask, type MeteredRoute, type NoAsk } from '../door.ts'
import { boundOf, listLength, ownTools, weighParts } from '../relay/bound.ts'
import { splice, type JsonBody } from '../relay/body.ts'
import { lengthIn, skimOf } from '../relay/skim.ts'
import type { Told } from '../relay/alike.ts'
import type { SseEvent } from '../relay/sse.ts'
import type { EventReader, Verdict } from '../relay/stream.ts'
import { readReply } from '../relay/reply.ts'
import { heard, sayings, type Said } from '../relay/said.ts'
import { knowsTokensOf } from '../relay/tokenizer.ts'
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
import { exactChat } from './exact.ts'
import { closedOpenai, defaultTier, noOutput, openaiParts, openaiReads } from './fields.ts'
import { openaiTools } from './tools.ts'
import { chatUsage } from './usage.ts'

const LIMITS = ['max_completion_tokens', 'max_tokens'] as const
const MAX_COPIES = 128

function copiesOf(body: Fields): number | NoAsk {
  const n = body['n']
  if (n === undefined || n === null) return 1
  if (typeof n === 'number' && Number.isInteger(n) && n >= 1 && n <= MAX_COPIES) return n
  return refuse('invalid', `"n" must be a whole number from 1 to ${MAX_COPIES}.`, 'n')
}

/** The larger of both limits when both are given: an upstream may obey either. */
function askedOf(body: Fields): number | null | NoAsk {
  let asked: number | null = null
  for (const field of LIMITS) {
    const limit = limitOf(body, field)
    if (isNoAsk(limit)) return limit
    if (limit === 0) return noOutput(field)
    if (limit !== null) asked = Math.max(asked ?? 0, limit)
  }
  return asked
}

function ask(body: JsonBody): Ask | NoAsk {
  const { value, bytes } = body
  const model = modelOf(value)
  if (isNoAsk(model)) return model
  const closed = closedOpenai(value) ?? openaiTools(body, false)
  if (isNoAsk(closed)) return closed
  const stream = streamOf(value)
  if (isNoAsk(stream)) return stream
  const copies = copiesOf(value)
  if (isNoAsk(copies)) return copies
  const asked = askedOf(value)
  if (isNoAsk(asked)) return asked
  const parts = weighParts(value['messages'], openaiParts, lengthIn(body))
  if (parts.closed !== null) return refusePart(parts.closed)
  const input = boundOf({
    bytes: bytes.length,
    messages: listLength(value['messages']),
    tools: listLength(value['tools']) + listLength(value['functions']),
    ownTools: ownTools(value['tools']),
    image: openaiParts.image,
    ...parts,
  })
  return { kind: 'ask', model, stream, input, output: { asked, floor: USEFUL_OUTPUT, copies } }
}

const wantsUsage = (body: JsonBody): boolean =>
  fieldsOf(body.value['stream_options'])?.['include_usage'] === true

function rewrite(body: JsonBody, { stream }: Ask, cap: number | null): readonly Buffer[] {
  const edits: (readonly [string, string])[] = [...defaultTier(body.value)]
  if (cap !== null) {
    const given = LIMITS.filter((field) => limitOf(body.value, field) !== null)
    for (const field of given.length === 0 ? [LIMITS[0]] : given) {
      const limit = limitOf(body.value, field)
      if (typeof limit !== 'number' || limit > cap) edits.push([field, String(cap)])
    }
  }
  if (stream) {
    // Always written anew, so that no second `include_usage` inside it can turn the usage off.
    const options = { ...fieldsOf(body.value['stream_options']), include_usage: true }
    edits.push(['stream_options', JSON.stringify(options)])
  }
  return splice(body, edits)
}

const TEXTS = ['content', 'refusal', 'reasoning', 'reasoning_content'] as const

/** The fields of an event that decide anything. */
const READ = new Set(['id', 'choices', 'usage', 'error'])

/** What the model said in one choice's delta; where that was one text, the way to it. */
function hear(said: Said, delta: Fields): readonly (string | number)[] | null {
  let texts = 0
  let place: readonly (string | number)[] | null = null
  for (const field of TEXTS) {
    const text = textOf(delta[field]) ?? ''
    if (text === '') continue
    said.add(text)
    texts += 1
    place = [field]
  }
  const calls = delta['tool_calls']
  if (Array.isArray(calls)) {
    for (const [n, call] of calls.entries()) {
      const made = fieldsOf(fieldsOf(call)?.['function'])
      const [name, args] = [textOf(made?.['name']) ?? '', textOf(made?.['arguments']) ?? '']
      if (name + args === '') continue
      said.add(name + args)
      texts += name === '' ? 1 : 2
      place = ['tool_calls', n, 'function', 'arguments']
    }
  }
  return texts === 1 ? place : null
}

/** It stands for as long as its stream: its functions are the same for all of them. */
type Own = EventReader & {
  /** The client asked for the usage, too. */
  readonly wanted: boolean
  readonly exact: boolean
  tokens: Tokens | null
  /** Some providers tell the use so far with every chunk; only the last word is the whole. */
  final: boolean
  /** What was said in each of the copies, of which there is nearly always one. */
  first: Said | null
  others: Map<number, Said> | null
  providerId: string | null
  failed: boolean
  just: Told | null
}

/** The usage chunk and `[DONE]` wait; a usage chunk that only we asked for does not reach the client. */
function events(body: JsonBody): EventReader {
  const own: Own = {
    wanted: wantsUsage(body),
    exact: knowsTokensOf(textOf(body.value['model']) ?? ''),
    tokens: null,
    final: false,
    first: null,
    others: null,
    providerId: null,
    failed: false,
    just: null,
    told,
    event,
    reading,
  }
  return own
}

function saidIn(own: Own, copy: number): Said {
  if (copy === 0) return (own.first ??= sayings())
  own.others ??= new Map()
  let said = own.others.get(copy)
  if (!said) own.others.set(copy, (said = sayings()))
  return said
}

function told(this: Own): Told | null {
  const { just } = this
  this.just = null
  return just
}

function event(this: Own, { data }: SseEvent): Verdict {
  this.just = null
  if (data === null) return 'pass'
  if (data.trim() === '[DONE]') {
    this.final = true
    return 'last'
  }
  const chunk = fieldsOf(parseOrNull(data))
  if (!chunk) return 'pass'
  if (chunk['error'] !== undefined && chunk['error'] !== null) {
    this.failed = true
    return 'last'
  }
  this.providerId ??= providerIdOf(chunk['id'])
  const choices = Array.isArray(chunk['choices']) ? chunk['choices'] : []
  for (const choice of choices) {
    const fields = fieldsOf(choice)
    const said = saidIn(this, Math.min(countOf(fields?.['index']) ?? 0, MAX_COPIES))
    const delta = fieldsOf(fields?.['delta'])
    const place = delta && hear(said, delta)
    if (place && choices.length === 1)
      this.just = { path: ['choices', 0, 'delta', ...place], read: READ, ear: said }
  }
  const usage = chatUsage(chunk['usage'])
  if (!usage) return 'pass'
  this.just = null
  this.tokens = usage
  if (choices.length > 0) return 'pass'
  this.final = true
  return this.wanted ? 'hold' : 'drop'
}

function reading(this: Own): Reading {
  const { tokens, final, providerId, failed, first, others, exact } = this
  const replies = [...(first ? [first] : []), ...(others?.values() ?? [])]
  return { tokens: final ? tokens : null, observed: tokens, providerId, failed, ...heard(replies, exact) }
}

const GUARDED = new Set([
  'model',
  'n',
  'stream',
  'stream_options',
  'service_tier',
  'tools',
  'modalities',
  'messages',
  'web_search_options',
  'prediction',
  'reasoning',
  ...LIMITS,
])

/** POST /v1/chat/completions */
export const chat: MeteredRoute = {
  name: 'chat/completions',
  place: placeAt('/v1/chat/completions', '/chat/completions'),
  guarded: GUARDED,
  ask,
  skim: skimOf({ guarded: GUARDED, bulk: ['messages', 'tools', 'functions'], ...openaiReads }),
  exact: exactChat,
  rewrite,
  events,
  reply: (body) => readReply(body, chatUsage),
}
