/** A call as its client sends it and its provider answers it, in bytes made once. */
export type PathShape = {
  readonly name: string
  readonly door: 'openai' | 'anthropic' | 'gemini'
  readonly path: string
  readonly query: string
  readonly body: Buffer
  readonly replyHeaders: readonly string[]
  readonly chunks: readonly Buffer[]
  /** The reply's documents, as plain JSON. */
  readonly json: readonly Buffer[]
  /** Bytes that reach the client at least. */
  readonly least: number
  readonly events: number
}

const EVENTS = 100
const BODY = 1_040
const REPLY = 1_592

const prose = (length: number): string =>
  'what was granted can be spent, and every figure opens the entries behind it. '
    .repeat(Math.ceil(length / 77))
    .slice(0, length)

/** A body of so many bytes, by as much prose as it lacks. */
function sized(length: number, make: (text: string) => object, pretty = false): Buffer {
  const write = (text: string): Buffer => Buffer.from(JSON.stringify(make(text), null, pretty ? 2 : 0))
  return write(prose(length - write('').length))
}

const headers = (type: string): readonly string[] => [
  'Date',
  'Sat, 21 Nov 2026 12:00:00 GMT',
  'Content-Type',
  type,
  'Connection',
  'keep-alive',
  'x-request-id',
  'req_0123456789abcdef0123456789abcdef',
  'openai-processing-ms',
  '412',
  'x-ratelimit-limit-requests',
  '10000',
  'x-ratelimit-remaining-requests',
  '9999',
  'x-ratelimit-reset-requests',
  '6ms',
  'Server',
  'cloudflare',
]

type Way = Pick<PathShape, 'name' | 'door' | 'path'> & {
  readonly query?: string
  readonly ask: (text: string, stream: boolean) => object
}

function whole(way: Way, reply: (text: string) => object): PathShape {
  const bytes = sized(REPLY, reply, true)
  const length = ['Content-Length', String(bytes.length)]
  return {
    ...way,
    query: way.query ?? '',
    body: sized(BODY, (text) => way.ask(text, false)),
    replyHeaders: [...headers('application/json'), ...length],
    chunks: [bytes],
    json: [bytes],
    least: bytes.length,
    events: 0,
  }
}

type Event = { readonly name?: string; readonly data: object | '[DONE]' }

const framed = ({ name, data }: Event): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

function streamed(way: Way, events: readonly Event[]): PathShape {
  const body = sized(BODY, (text) => way.ask(text, true))
  const chunks = events.map((event) => Buffer.from(framed(event)))
  return {
    ...way,
    query: way.query ?? '',
    body,
    replyHeaders: headers('text/event-stream; charset=utf-8'),
    chunks,
    json: events.flatMap(({ data }) => (typeof data === 'string' ? [] : [Buffer.from(JSON.stringify(data))])),
    least: chunks.slice(0, -3).reduce((sum, chunk) => sum + chunk.length, 0),
    events: events.length,
  }
}

const WORDS = prose(2_000).split(/(?<= )/)
const word = (index: number): string => WORDS[index % WORDS.length]!
const deltas = (count: number, make: (text: string) => Event): readonly Event[] =>
  Array.from({ length: count }, (_, index) => make(word(index)))

const MODEL = 'gpt-5-mini'
const USAGE = {
  prompt_tokens: 211,
  completion_tokens: 98,
  total_tokens: 309,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
}

const chat: Way = {
  name: 'openai chat',
  door: 'openai',
  path: '/openai/v1/chat/completions',
  ask: (text, stream) => ({
    model: MODEL,
    messages: [
      { role: 'system', content: 'You are a careful assistant.' },
      { role: 'user', content: text },
    ],
    max_completion_tokens: 256,
    ...(stream ? { stream: true } : {}),
  }),
}

const chunkOf = (delta: object, finish: string | null = null): Event => ({
  data: {
    id: 'chatcmpl-CcV0dzQk4QxmCk5GqVQxYvJt3qXz1',
    object: 'chat.completion.chunk',
    created: 1_795_262_400,
    model: 'gpt-5-mini-2025-08-07',
    service_tier: 'default',
    system_fingerprint: null,
    choices: [{ index: 0, delta, finish_reason: finish }],
    usage: null,
    obfuscation: 'a1B2c3D4e5F6',
  },
})

const chatEvents: readonly Event[] = [
  chunkOf({ role: 'assistant', content: '', refusal: null }),
  ...deltas(EVENTS - 4, (content) => chunkOf({ content })),
  chunkOf({}, 'stop'),
  { data: { ...(chunkOf({}).data as object), choices: [], usage: USAGE } },
  { data: '[DONE]' },
]

const responses: Way = {
  name: 'openai responses',
  door: 'openai',
  path: '/openai/v1/responses',
  ask: (input, stream) => ({
    model: MODEL,
    input,
    max_output_tokens: 256,
    ...(stream ? { stream: true } : {}),
  }),
}

const RESPONSES_USAGE = {
  input_tokens: 211,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 98,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 309,
}
const responseOf = (text: string, more: object) => ({
  id: 'resp_0a1b2c3d4e5f60718293a4b5c6d7e8f9',
  object: 'response',
  created_at: 1_795_262_400,
  status: 'completed',
  model: 'gpt-5-mini-2025-08-07',
  output: [{ id: 'msg_1', type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }],
  ...more,
})
const named = (name: string, data: object): Event => ({ name, data: { type: name, ...data } })

const responsesEvents: readonly Event[] = [
  named('response.created', {
    sequence_number: 0,
    response: responseOf('', { status: 'in_progress', usage: null }),
  }),
  ...deltas(EVENTS - 2, (delta) =>
    named('response.output_text.delta', {
      sequence_number: 1,
      item_id: 'msg_0a1b2c3d4e5f60718293a4b5c6d7e8f9',
      output_index: 0,
      content_index: 0,
      delta,
      logprobs: [],
      obfuscation: 'a1B2c3D4e5F6',
    }),
  ),
  named('response.completed', { sequence_number: 99, response: responseOf('', { usage: RESPONSES_USAGE }) }),
]

const messages: Way = {
  name: 'anthropic',
  door: 'anthropic',
  path: '/anthropic/v1/messages',
  ask: (text, stream) => ({
    model: 'claude-haiku-4-5',
    max_tokens: 256,
    messages: [{ role: 'user', content: text }],
    ...(stream ? { stream: true } : {}),
  }),
}

const MESSAGES_USAGE = {
  input_tokens: 211,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  output_tokens: 98,
  service_tier: 'standard',
}
const messageOf = (content: object[], usage: object) => ({
  id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5',
  content,
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage,
})

const messagesEvents: readonly Event[] = [
  named('message_start', { message: messageOf([], { ...MESSAGES_USAGE, output_tokens: 1 }) }),
  named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  ...deltas(EVENTS - 5, (text) =>
    named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  ),
  named('content_block_stop', { index: 0 }),
  named('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: MESSAGES_USAGE }),
  named('message_stop', {}),
]

const GEMINI = '/v1beta/models/gemini-2.5-flash'
const gemini = (verb: string): Way => ({
  name: 'gemini',
  door: 'gemini',
  path: `/gemini${GEMINI}:${verb}`,
  ask: (text) => ({
    contents: [{ role: 'user', parts: [{ text }] }],
    generationConfig: { maxOutputTokens: 256 },
  }),
})

const generated = (text: string, more: object = {}) => ({
  candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0, ...more }],
  usageMetadata: { promptTokenCount: 211, candidatesTokenCount: 98, totalTokenCount: 309 },
  modelVersion: 'gemini-2.5-flash',
  responseId: 'b4Zlaf3fHsyX1PIPn4KSuQo',
})

const geminiEvents: readonly Event[] = [
  ...deltas(EVENTS - 1, (text) => ({ data: generated(text) })),
  { data: generated('', { finishReason: 'STOP' }) },
]

/** Every door with a call of 1 KB: in one piece, and as a stream of 100 events that come one by one. */
export const PATH_SHAPES: readonly PathShape[] = [
  whole(chat, (content) => ({
    id: 'chatcmpl-CcV0dzQk4QxmCk5GqVQxYvJt3qXz1',
    object: 'chat.completion',
    created: 1_795_262_400,
    model: 'gpt-5-mini-2025-08-07',
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }],
    usage: USAGE,
    service_tier: 'default',
  })),
  whole(responses, (text) => responseOf(text, { usage: RESPONSES_USAGE })),
  whole(messages, (text) => messageOf([{ type: 'text', text }], MESSAGES_USAGE)),
  whole(gemini('generateContent'), (text) => generated(text, { finishReason: 'STOP' })),
  streamed({ ...chat, name: 'openai chat stream' }, chatEvents),
  streamed({ ...responses, name: 'openai responses stream' }, responsesEvents),
  streamed({ ...messages, name: 'anthropic stream' }, messagesEvents),
  streamed({ ...gemini('streamGenerateContent'), name: 'gemini stream', query: '?alt=sse' }, geminiEvents),
]
