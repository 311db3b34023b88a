import type { Tokens } from '#ledger/types.ts'
import { refuse, type Ask, type MeteredRoute, type NoAsk, type Place } from '../door.ts'
import { isNoAsk, limitOf, USEFUL_OUTPUT } from '../fields.ts'
import { ARRAY_END } from '../relay/array.ts'
import { boundOf } from '../relay/bound.ts'
import { splice, within, type JsonBody } from '../relay/body.ts'
import { replyFields } from '../relay/reply.ts'
import { lengthIn, skimOf } from '../relay/skim.ts'
import type { EventReader } from '../relay/stream.ts'
import { countOf, fieldsOf, parseOrNull, providerIdOf, textOf, type Fields } from '../relay/usage.ts'
import { closedGemini, configOf, functionsIn, modelIn } from './fields.ts'
import { nameOf, oddNames, pick, spelling, SPELLINGS, spellingsOf } from './names.ts'
import { DEAREST_IMAGE, weighContents } from './parts.ts'
import { placeOf } from './place.ts'
import { geminiUsage } from './usage.ts'

const LIMIT = 'maxOutputTokens'
const CONFIG = 'generationConfig'
const MAX_COPIES = 8
/** What is looked into in contents and tools; of other names it only counts that they are there. */
const READ = ['parts', 'inlineData', 'mimeType', 'data', 'functionResponse', 'functionDeclarations'] as const

function copiesIn(config: Fields): number | NoAsk {
  const count = pick(config, 'candidateCount') ?? 1
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= MAX_COPIES) return count
  return refuse(
    'invalid',
    `"candidateCount" must be a whole number from 1 to ${MAX_COPIES}.`,
    'candidateCount',
  )
}

/** 0 is refused: Google may take it for no limit. */
function askedIn(config: Fields): number | null | NoAsk {
  const limit = limitOf({ [LIMIT]: pick(config, LIMIT) }, LIMIT)
  return limit === 0 ? refuse('invalid', `"${LIMIT}" must be at least 1.`, LIMIT) : limit
}

/** Thoughts are counted into the limit of output, so a cut below their budget would leave no room for an answer. */
function floorIn(config: Fields): number {
  const thinking = fieldsOf(pick(config, 'thinkingConfig'))
  return (countOf(thinking && pick(thinking, 'thinkingBudget')) ?? 0) + USEFUL_OUTPUT
}

const ask =
  (stream: boolean) =>
  (body: JsonBody, place: Place): Ask | NoAsk => {
    const { value } = body
    const odd = oddNames(body)
    if (odd) return odd
    const model = modelIn(value, place)
    if (isNoAsk(model)) return model
    const config = configOf(value)
    if (isNoAsk(config)) return config
    const closed = closedGemini(value, config)
    if (closed) return closed
    const copies = copiesIn(config)
    if (isNoAsk(copies)) return copies
    const asked = askedIn(config)
    if (isNoAsk(asked)) return asked
    const parts = weighContents([pick(value, 'contents'), pick(value, 'systemInstruction')], lengthIn(body))
    const bound = boundOf({
      bytes: body.bytes.length,
      messages: parts.messages,
      tools: functionsIn(value),
      ownTools: 0,
      images: parts.images,
      image: DEAREST_IMAGE,
      data: parts.data,
      // A reply that is continued stands at the provider.
      outside: parts.outside || pick(value, 'continuationToken') !== undefined,
    })
    const input = { ...bound, tokens: bound.tokens + parts.sound, audio: parts.audio }
    return { kind: 'ask', model, stream, input, output: { asked, floor: floorIn(config), copies } }
  }

/** The limit goes into the configuration as the client wrote it; where there is none, one is added. */
function rewrite(body: JsonBody, _: Ask, cap: number | null): readonly Buffer[] {
  if (cap === null) return [body.bytes]
  const key = spelling(body.value, CONFIG)
  const config = within(body, key)
  const edited = config
    ? Buffer.concat(splice(config, new Map([[spelling(config.value, LIMIT), String(cap)]]))).toString('utf8')
    : JSON.stringify({ [LIMIT]: cap })
  return splice(body, new Map([[key, edited]]))
}

/** What the model said or thought in one event of a candidate. */
function textIn(candidate: Fields): string {
  const parts = fieldsOf(candidate['content'])?.['parts']
  let text = ''
  for (const item of Array.isArray(parts) ? parts : []) {
    const part = fieldsOf(item)
    const call = fieldsOf(part?.['functionCall'])
    text += (textOf(part?.['text']) ?? '') + (call ? JSON.stringify(call) : '')
  }
  return text
}

/**
 * Every event may carry the usage up to there, and the last one counts. No event says of itself that it is the last:
 * from the one on that ends the last candidate everything waits for the end of the reply.
 */
function events(body: JsonBody): EventReader {
  const config = configOf(body.value)
  const copies = isNoAsk(config) ? 1 : (countOf(pick(config, 'candidateCount')) ?? 1)
  const ended = new Set<unknown>()
  let usage: Tokens | null = null
  let complete = false
  let outputBytes = 0
  let counted: number | null = null
  let pieces = 0
  let providerId: string | null = null
  let failed = false
  return {
    event({ name, data }) {
      if (name === ARRAY_END) {
        complete = true
        return 'last'
      }
      const event = data === null ? null : fieldsOf(parseOrNull(data))
      if (!event) return 'pass'
      if (event['error'] !== undefined && event['error'] !== null) {
        failed = true
        return 'last'
      }
      providerId ??= providerIdOf(event['responseId'])
      const told = geminiUsage(event['usageMetadata'])
      usage = told ?? usage
      // A count may lag: what comes in the very event that tells it is guessed as well.
      if (told && told.output > 0) counted = outputBytes
      const candidates = Array.isArray(event['candidates']) ? event['candidates'] : []
      for (const item of candidates) {
        const candidate = fieldsOf(item)
        if (!candidate) continue
        const text = textIn(candidate)
        outputBytes += Buffer.byteLength(text)
        if (text !== '') pieces += 1
        if (textOf(candidate['finishReason'])) ended.add(candidate['index'] ?? 0)
      }
      const blocked = textOf(fieldsOf(event['promptFeedback'])?.['blockReason']) !== null
      if (blocked || ended.size >= copies) complete = true
      return complete ? 'hold' : 'pass'
    },
    reading: () => ({
      tokens: complete ? usage : null,
      observed: usage,
      outputBytes,
      ...(counted === null ? {} : { uncountedBytes: outputBytes - counted }),
      pieces,
      providerId,
      failed,
    }),
  }
}

const reply: MeteredRoute['reply'] = (body) => {
  const fields = replyFields(body, ['responseId', 'usageMetadata'])
  return {
    tokens: geminiUsage(fields.get('usageMetadata')),
    observed: null,
    outputBytes: body.length,
    providerId: providerIdOf(fields.get('responseId')),
    failed: false,
  }
}

/** POST /v1beta/models/{model}:generateContent */
export const generateContent: MeteredRoute = {
  name: 'generateContent',
  place: placeOf('generateContent'),
  guarded: new Set(),
  ask: ask(false),
  skim: skimOf({
    guarded: [],
    bulk: spellingsOf(['contents', 'systemInstruction', 'tools']),
    reads: spellingsOf(READ),
    prose: [],
    others: true,
    spelled: { known: SPELLINGS, nameOf },
  }),
  rewrite,
  events,
  reply,
}

/** POST /v1beta/models/{model}:streamGenerateContent, as events (`?alt=sse`) or as the elements of one array */
export const streamGenerateContent: MeteredRoute = {
  ...generateContent,
  name: 'streamGenerateContent',
  place: placeOf('streamGenerateContent'),
  ask: ask(true),
  framing: () => 'array',
}
