/** What the provider of the bench answers. Everything is fixed, so that the load knows each reply to the byte. */

export const MODEL = 'gpt-5-mini'
const PROMPT_TOKENS = 250
const COMPLETION_TOKENS = 180
const EVENTS = 100

const USAGE = {
  prompt_tokens: PROMPT_TOKENS,
  completion_tokens: COMPLETION_TOKENS,
  total_tokens: PROMPT_TOKENS + COMPLETION_TOKENS,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
}

const SENTENCE =
  'A grant vests month by month, and what has vested can be spent on any model that the policy admits. '

/** About 1.6 KB, printed as providers print it. */
export const PLAIN_BODY: Buffer = Buffer.from(
  JSON.stringify(
    {
      id: 'chatcmpl-BENCHplain0001',
      object: 'chat.completion',
      created: 1_763_750_000,
      model: MODEL,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: SENTENCE.repeat(8).trim(), refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: USAGE,
      service_tier: 'default',
      system_fingerprint: null,
    },
    null,
    2,
  ),
)

const event = (data: object | string): string =>
  `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

/** `at` is 16 digits of monotonic microseconds: when the event left the provider. */
const chunk = (at: string, more: object): object => ({
  id: 'chatcmpl-BENCHstream001',
  object: 'chat.completion.chunk',
  created: 1_763_750_000,
  model: MODEL,
  service_tier: 'default',
  system_fingerprint: `at${at}`,
  ...more,
})

const delta = (at: string, content: string): string =>
  event(
    chunk(at, {
      choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }],
      usage: null,
      obfuscation: 'k3JdPq8sVx',
    }),
  )

export const TIME_MARK = '"at'
export const TIME_DIGITS = 16
const NO_TIME = '0'.repeat(TIME_DIGITS)

export const eventAt = (micros: number): string =>
  delta(String(Math.round(micros)).padStart(TIME_DIGITS, '0'), ' vested tokens')

const ENDING: readonly string[] = [
  event(
    chunk(NO_TIME, {
      choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }],
      usage: null,
    }),
  ),
  event(chunk(NO_TIME, { choices: [], usage: USAGE })),
  event('[DONE]'),
]

const asChunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const LAST_CHUNK = '0\r\n\r\n'

const PLAIN_HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_bench\r\nopenai-processing-ms: 1\r\n' +
  `openai-version: 2020-10-01\r\nContent-Length: ${PLAIN_BODY.length}\r\n\r\n`

export const STREAM_HEAD: Buffer = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nx-request-id: req_bench\r\n' +
    'openai-processing-ms: 1\r\nopenai-version: 2020-10-01\r\nTransfer-Encoding: chunked\r\n\r\n',
)

const BURST: readonly string[] = [
  ...Array.from({ length: EVENTS - 2 }, (_, n) => delta(NO_TIME, ` word ${String(n).padStart(3, '0')}`)),
  ...ENDING,
]

/** What the client of a burst has to get once the chunks are taken off. */
export const BURST_BODY: Buffer = Buffer.from(BURST.join(''))
export const PLAIN_REPLY: Buffer = Buffer.concat([Buffer.from(PLAIN_HEAD), PLAIN_BODY])
/** The whole stream in one write; each event is a chunk of its own, as providers send them. */
export const BURST_REPLY: Buffer = Buffer.concat([
  STREAM_HEAD,
  Buffer.from(BURST.map(asChunk).join('') + LAST_CHUNK),
])

export const pacedChunk = (micros: number): Buffer => Buffer.from(asChunk(eventAt(micros)))
export const PACED_END: Buffer = Buffer.from(ENDING.map(asChunk).join('') + LAST_CHUNK)
