import { pick } from '../gemini/names.ts'
import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'
import { badRequest, type DemoCall } from './call.ts'
import { vectorOf } from './embeddings.ts'
import { inputTokens, replyTo, tokensOf, type Prompt, type Reply, type Tool } from './prompt.ts'
import { numbersFrom, sayTokens } from './words.ts'
import { arrayWriter, eventWriter, pieces, sendJson } from './writer.ts'

const MOST_COPIES = 8
const USUAL_WIDTH = 3_072
/** Bytes of base64 that one token of sound stands for here. */
const SOUND_BYTES = 512

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]

const fieldsIn = (fields: Fields, name: Parameters<typeof pick>[1]): Fields =>
  fieldsOf(pick(fields, name)) ?? {}

/** Google's own schemas write types in capitals and are JSON Schema otherwise. */
function lowered(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(lowered)
  const fields = fieldsOf(schema)
  if (!fields) return schema
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      key === 'type' && typeof value === 'string' ? value.toLowerCase() : lowered(value),
    ]),
  )
}

function toolsOf(body: Fields): Tool[] {
  const tools: Tool[] = []
  for (const item of listOf(pick(body, 'tools'))) {
    for (const made of listOf(pick(fieldsOf(item) ?? {}, 'functionDeclarations'))) {
      const declared = fieldsOf(made)
      const name = textOf(declared?.['name'])
      if (name === null) continue
      tools.push({ name, schema: declared?.['parametersJsonSchema'] ?? lowered(declared?.['parameters']) })
    }
  }
  return tools
}

type Read = { text: string; images: number; sound: number; answers: boolean }

function partsOf(content: unknown): Read {
  const read: Read = { text: '', images: 0, sound: 0, answers: false }
  for (const item of listOf(pick(fieldsOf(content) ?? {}, 'parts'))) {
    const part = fieldsOf(item) ?? {}
    read.text += textOf(part['text']) ?? ''
    const blob = fieldsIn(part, 'inlineData')
    const mime = textOf(pick(blob, 'mimeType')) ?? ''
    if (mime.startsWith('image/')) read.images += 1
    else if (mime.startsWith('audio/'))
      read.sound += Math.ceil((textOf(pick(blob, 'data')) ?? '').length / SOUND_BYTES)
    const call = part['functionCall'] ?? part['function_call']
    const answer = pick(part, 'functionResponse')
    if (answer !== undefined) read.answers = true
    for (const made of [call, answer]) if (made !== undefined) read.text += JSON.stringify(made)
  }
  return read
}

type Asked = { prompt: Prompt; sound: number; config: Fields; input: number }

/** System instruction, tools and contents in the order in which a cache sees them. */
function promptOf(body: Fields, model: string): Asked {
  const contents = listOf(pick(body, 'contents'))
  if (contents.length === 0) throw badRequest('* GenerateContentRequest.contents: contents is not specified')
  const config = fieldsIn(body, 'generationConfig')
  const choice = fieldsIn(body, 'toolConfig')
  const calling = fieldsOf(choice['functionCallingConfig'] ?? choice['function_calling_config'])
  const mode = textOf(calling?.['mode'])
  const tools = mode === 'NONE' ? [] : toolsOf(body)
  let [last, images, sound, results] = ['', 0, 0, 0]
  let text = `${partsOf(pick(body, 'systemInstruction')).text}\n`
  if (tools.length > 0) text += JSON.stringify(pick(body, 'tools'))
  for (const content of contents) {
    const read = partsOf(content)
    text += `${read.text}\n`
    images += read.images
    sound += read.sound
    if (read.answers) results += 1
    else if (fieldsOf(content)?.['role'] !== 'model') [last, results] = [read.text, 0]
  }
  const schema = config['responseJsonSchema'] ?? config['response_json_schema'] ?? null
  const prompt: Prompt = {
    model,
    text,
    last,
    images,
    tools,
    results,
    forcedTool: mode === 'ANY',
    // Gemini CLI writes the names of types in capitals in either.
    schema: lowered(schema ?? config['responseSchema'] ?? config['response_schema'] ?? null),
  }
  return { prompt, sound, config, input: inputTokens(prompt) + sound }
}

function wholeIn(config: Fields, name: 'maxOutputTokens' | 'candidateCount', most: number): number | null {
  const value = pick(config, name)
  if (value === undefined) return null
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most)
    throw badRequest(`* GenerateContentRequest.generation_config.${name}: must be from 1 to ${most}.`)
  return value
}

/** How long a model thinks first: the lite ones only when they are told to. */
function thoughtsFor({ prompt, config }: Asked, limit: number): number {
  const budget = pick(fieldsIn(config, 'thinkingConfig'), 'thinkingBudget')
  if (budget === 0 || (budget === undefined && prompt.model.includes('lite'))) return 0
  const wanted = 24 + (numbersFrom(`thoughts of ${prompt.text}`)() % 120)
  const within = typeof budget === 'number' && budget > 0 ? Math.min(wanted, budget) : wanted
  return Math.min(within, Math.floor(limit / 2))
}

const counts = (list: readonly (readonly [string, number])[]) =>
  list.filter(([, tokenCount]) => tokenCount > 0).map(([modality, tokenCount]) => ({ modality, tokenCount }))

const finishOf = (reply: Reply): string => (reply.cut ? 'MAX_TOKENS' : 'STOP')

function callPart({ name, json }: { name: string; json: string }, id: string): Fields {
  const functionCall = { id: `call_${id}`, name, args: JSON.parse(json) as unknown }
  return { functionCall, thoughtSignature: Buffer.from(`demo ${id}`).toString('base64') }
}

export type GeminiStyle = 'whole' | 'events' | 'array'

/** POST /v1beta/models/{model}:generateContent and :streamGenerateContent */
export async function demoGenerate(call: DemoCall, model: string, style: GeminiStyle): Promise<void> {
  const { body, res, id, cache, now, pace, headers } = call
  const asked = promptOf(body, model)
  const { prompt, config, input, sound } = asked
  const limit = wholeIn(config, 'maxOutputTokens', 1_000_000) ?? Infinity
  const copies = wholeIn(config, 'candidateCount', MOST_COPIES) ?? 1
  const thoughts = thoughtsFor(asked, limit)
  const replies = Array.from({ length: copies }, (_, copy) => replyTo(prompt, limit - thoughts, copy))
  const cached = Math.min(cache.automatic(model, prompt.text, now), input - sound)
  const shown = fieldsIn(config, 'thinkingConfig')['includeThoughts'] === true && thoughts > 0
  const usageAt = (said: number, thought: number) => ({
    promptTokenCount: input,
    ...(said > 0 ? { candidatesTokenCount: said } : {}),
    totalTokenCount: input + said + thought,
    ...(cached > 0 ? { cachedContentTokenCount: cached } : {}),
    promptTokensDetails: counts([
      ['TEXT', input - sound],
      ['AUDIO', sound],
    ]),
    ...(cached > 0 ? { cacheTokensDetails: counts([['TEXT', cached]]) } : {}),
    ...(thought > 0 ? { thoughtsTokenCount: thought } : {}),
  })
  const output = replies.reduce((sum, reply) => sum + reply.output, 0)
  const usage = usageAt(output, thoughts * copies)
  const about = { modelVersion: model, responseId: id }
  const thinking = { text: sayTokens(`thoughts of ${prompt.text}`, thoughts).join(''), thought: true }

  if (style === 'whole') {
    const candidates = replies.map((reply, index) => {
      const said = reply.tool ? callPart(reply.tool, `${id}_${index}`) : { text: reply.tokens.join('') }
      const content = { parts: shown ? [thinking, said] : [said], role: 'model' }
      return { content, finishReason: finishOf(reply), index }
    })
    return sendJson(res, 200, { candidates, usageMetadata: usage, ...about }, headers)
  }
  const out = style === 'events' ? eventWriter(res, headers, pace) : arrayWriter(res, headers, pace)
  const say = (index: number, part: Fields, usageMetadata: Fields, finishReason?: string): Promise<void> => {
    const candidate = { content: { parts: [part], role: 'model' }, ...(finishReason ? { finishReason } : {}) }
    return out.send(null, { candidates: [{ ...candidate, index }], usageMetadata, ...about })
  }
  let told = 0
  for (const [index, reply] of replies.entries()) {
    const thought = thoughts * (index + 1)
    if (shown) await say(index, thinking, usageAt(told, thought))
    if (reply.tool) await say(index, callPart(reply.tool, `${id}_${index}`), usageAt(told, thought))
    else {
      const each = pieces(reply.tokens)
      for (const [n, text] of each.entries())
        await say(index, { text }, usageAt(told + Math.ceil((reply.output * (n + 1)) / each.length), thought))
    }
    told += reply.output
    await say(index, { text: '' }, index + 1 === copies ? usage : usageAt(told, thought), finishOf(reply))
  }
  out.end()
}

/** POST /v1beta/models/{model}:countTokens */
export function demoGeminiCount({ body, res, headers }: DemoCall, model: string): void {
  const { input, sound } = promptOf(fieldsOf(body['generateContentRequest']) ?? body, model)
  const promptTokensDetails = counts([
    ['TEXT', input - sound],
    ['AUDIO', sound],
  ])
  sendJson(res, 200, { totalTokens: input, promptTokensDetails }, headers)
}

/** POST /v1beta/models/{model}:embedContent and :batchEmbedContents */
export function demoGeminiEmbed({ body, res, headers }: DemoCall, model: string, batch: boolean): void {
  let tokens = 0
  const vectors = (batch ? listOf(pick(body, 'requests')) : [body]).map((item) => {
    const request = fieldsOf(item) ?? {}
    const { text } = partsOf(pick(request, 'content'))
    if (text === '') throw badRequest('* EmbedContentRequest.content: contents is not specified')
    tokens += tokensOf(text)
    const wanted = request['outputDimensionality'] ?? request['output_dimensionality']
    const width = typeof wanted === 'number' ? Math.min(USUAL_WIDTH, Math.max(1, wanted)) : USUAL_WIDTH
    return { values: Array.from(vectorOf(`${model}\n${text}`, width)) }
  })
  const usageMetadata = { promptTokenCount: tokens, totalTokenCount: tokens }
  const made = batch ? { embeddings: vectors } : { embedding: vectors[0] }
  sendJson(res, 200, { ...made, usageMetadata }, headers)
}

const STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  500: 'INTERNAL',
}

export const geminiError = (status: number, message: string) => ({
  error: { code: status, message, status: STATUS[status] ?? 'UNKNOWN' },
})

const ROUTE = /^\/gemini\/v1(?:beta)?\/models\/([^/:]+):([A-Za-z]+)$/

/** What a path of the protocol leads to, or null. */
export function geminiRoute(
  path: string,
  query: URLSearchParams,
): ((call: DemoCall) => Promise<void> | void) | null {
  const [, model, verb] = ROUTE.exec(path) ?? []
  if (model === undefined) return null
  switch (verb) {
    case 'generateContent':
      return (call) => demoGenerate(call, model, 'whole')
    case 'streamGenerateContent':
      return (call) => demoGenerate(call, model, query.get('alt') === 'sse' ? 'events' : 'array')
    case 'countTokens':
      return (call) => demoGeminiCount(call, model)
    case 'embedContent':
      return (call) => demoGeminiEmbed(call, model, false)
    case 'batchEmbedContents':
      return (call) => demoGeminiEmbed(call, model, true)
    case undefined:
    default:
      return null
  }
}
