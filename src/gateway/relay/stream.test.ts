import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Tokens } from '#ledger/types.ts'
import { messages } from '../anthropic/messages.ts'
import type { MeteredRoute } from '../door.ts'
import { streamGenerateContent } from '../gemini/generate.ts'
import { chat } from '../openai/chat.ts'
import { responses } from '../openai/responses.ts'
import { readJson, type JsonBody } from './body.ts'
import { streamMeter, type StreamMeter } from './stream.ts'
import { NO_TOKENS } from './usage.ts'

const SEED = 20_261_121
const RUNS = { seed: SEED, numRuns: 250 }

type Event = { readonly name: string | null; readonly data: string }
type Use = { readonly input: number; readonly output: number }

/** One protocol: its events in the order in which a stream has them. */
type Protocol = {
  readonly name: string
  readonly route: MeteredRoute
  readonly body: object
  head(use: Use): readonly Event[]
  text(text: string): Event
  /** Running counts on the way, which later ones replace. */
  sofar(use: Use): readonly Event[]
  tail(use: Use): readonly Event[]
}

const json = (data: object, name: string | null = null): Event => ({ name, data: JSON.stringify(data) })
const typed = (type: string, more: object): Event => json({ type, ...more }, type)

const chatUse = ({ input, output }: Use) => ({ prompt_tokens: input, completion_tokens: output })
const geminiUse = ({ input, output }: Use) => ({
  usageMetadata: { promptTokenCount: input, candidatesTokenCount: output },
})

const PROTOCOLS: readonly Protocol[] = [
  {
    name: 'chat completions',
    route: chat,
    // Asked for, so that every byte reaches the client.
    body: { model: 'm', messages: [], stream: true, stream_options: { include_usage: true } },
    head: () => [json({ id: 'c', choices: [{ index: 0, delta: { role: 'assistant' } }] })],
    text: (content) => json({ id: 'c', choices: [{ index: 0, delta: { content } }] }),
    sofar: (use) => [
      json({ id: 'c', choices: [{ index: 0, delta: { content: 'x' } }], usage: chatUse(use) }),
    ],
    tail: (use) => [json({ id: 'c', choices: [], usage: chatUse(use) }), { name: null, data: '[DONE]' }],
  },
  {
    name: 'responses',
    route: responses,
    body: { model: 'm', input: 'hi', stream: true },
    head: () => [typed('response.created', { response: { id: 'r', usage: null } })],
    text: (delta) => typed('response.output_text.delta', { delta }),
    sofar: () => [],
    tail: ({ input, output }) => [
      typed('response.completed', {
        response: { id: 'r', usage: { input_tokens: input, output_tokens: output } },
      }),
    ],
  },
  {
    name: 'messages',
    route: messages,
    body: { model: 'm', max_tokens: 9, messages: [], stream: true },
    head: ({ input }) => [
      typed('message_start', { message: { id: 'm', usage: { input_tokens: input, output_tokens: 1 } } }),
    ],
    text: (text) => typed('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    sofar: ({ output }) => [typed('message_delta', { delta: {}, usage: { output_tokens: output } })],
    tail: ({ output }) => [
      typed('message_delta', { delta: {}, usage: { output_tokens: output } }),
      typed('message_stop', {}),
    ],
  },
  {
    name: 'gemini',
    route: streamGenerateContent,
    body: { contents: [] },
    head: (use) => [json({ responseId: 'g', candidates: [], ...geminiUse({ ...use, output: 0 }) })],
    text: (text) => json({ candidates: [{ index: 0, content: { parts: [{ text }] } }] }),
    sofar: (use) => [json({ candidates: [], ...geminiUse(use) })],
    tail: (use) => [
      json({ candidates: [{ index: 0, content: { parts: [] }, finishReason: 'STOP' }], ...geminiUse(use) }),
    ],
  },
]

function meterOf({ route, body }: Protocol): StreamMeter {
  const read = readJson(Buffer.from(JSON.stringify(body)), route.guarded)
  assert.equal(read.kind, 'json')
  return streamMeter(route.events(read as JsonBody, { upstreamPath: '', model: 'm' }))
}

/** Everything that a client would get, and what was read on the way. */
function follow(protocol: Protocol, chunks: readonly Buffer[]) {
  const meter = meterOf(protocol)
  const pass: Buffer[] = []
  let [complete, overflow] = [false, false]
  for (const chunk of chunks) {
    // Lent, as by a connection: the next read writes over it.
    const lent = Buffer.from(chunk)
    const step = meter.push(lent)
    pass.push(Buffer.concat(step.pass))
    lent.fill('x')
    complete ||= step.complete
    overflow ||= step.overflow
  }
  const finished = meter.finish()
  const bytes = Buffer.concat([...pass, meter.withheld()])
  return { bytes, complete, finished, overflow, reading: meter.reading() }
}

/** `bytes` cut at these places, which may lie anywhere and be many. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length))
}

/** Only what a reading says of the money; a function in it is never the same twice. */
const money = ({ reading }: ReturnType<typeof follow>) => ({
  tokens: reading.tokens,
  observed: reading.observed,
  bytes: reading.outputBytes,
  pieces: reading.pieces,
  id: reading.providerId,
  failed: reading.failed,
})

/** Text that a model may write to look like the protocol itself. */
const trap = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    '"usage":{"prompt_tokens":999999,"completion_tokens":999999}',
    'data: [DONE]\n\n',
    '\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
    '\r\n\r\ndata: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\r\n\r\n',
    '{"usageMetadata":{"promptTokenCount":1}}',
    '\u2028\u2029\u0000\ufeff',
    '😀ä€',
    '\\u0022usage\\u0022',
  ),
)

const eol = fc.constantFrom('\n', '\r\n', '\r')
const noise = fc.constantFrom(': a comment', ':', 'id: 7', 'retry: 10', 'unknown field', 'event')
const use = fc.record({
  input: fc.integer({ min: 0, max: 1_000_000 }),
  output: fc.integer({ min: 0, max: 1_000_000 }),
})
const places = fc.array(fc.nat(1_000_000), { maxLength: 60 })

/** How one event is spelled: line ends, comments, the space behind the colon, data over several lines. */
const spelling = fc.record({
  eol,
  before: fc.array(noise, { maxLength: 2 }),
  space: fc.boolean(),
  lines: fc.boolean(),
  blanks: fc.integer({ min: 1, max: 3 }),
})
type Spelling = typeof spelling extends fc.Arbitrary<infer T> ? T : never

function spell({ name, data }: Event, how: Spelling): string {
  const field = (key: string, value: string): string => `${key}:${how.space ? ' ' : ''}${value}${how.eol}`
  // JSON may be broken where a space may stand: behind its first brace.
  const parts = how.lines && data.startsWith('{') ? ['{', data.slice(1)] : [data]
  const lines = how.before.map((line) => `${line}${how.eol}`)
  if (name !== null) lines.push(field('event', name))
  return [...lines, ...parts.map((part) => field('data', part)), how.eol.repeat(how.blanks)].join('')
}

const streams = (protocol: Protocol) =>
  fc
    .record({
      use,
      before: use,
      texts: fc.array(trap, { maxLength: 8 }),
      how: fc.array(spelling, { minLength: 14, maxLength: 14 }),
      // Without a head the mark of byte order stands before what counts.
      headless: fc
        .constant(protocol.name !== 'messages')
        .chain((may) => (may ? fc.boolean() : fc.constant(false))),
      mark: fc.boolean(),
      places,
    })
    .map(({ use: real, before, texts, how, headless, mark, places: at }) => {
      const events = [
        ...(headless ? [] : protocol.head(real)),
        ...texts.slice(0, 4).map(protocol.text),
        ...protocol.sofar(before),
        ...texts.slice(4).map(protocol.text),
        ...protocol.tail(real),
      ]
      const blocks = events.map((event, index) => spell(event, how[index % how.length]!))
      const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${blocks.join('')}`)
      return { real, texts, blocks, bytes, first: headless ? 0 : 1, places: at }
    })

describe('a stream is metered whatever it looks like, and reaches its client byte for byte', () => {
  for (const protocol of PROTOCOLS) {
    test(`${protocol.name}: the use is read exactly, however the stream is spelled and cut`, () => {
      fc.assert(
        fc.property(streams(protocol), ({ real, texts, bytes, places: at }) => {
          const result = follow(protocol, cut(bytes, at))
          const expected: Tokens = { ...NO_TOKENS, ...real }
          assert.deepEqual(result.reading.tokens, expected)
          const said = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
          assert.ok(result.reading.outputBytes >= said)
          assert.ok(result.bytes.equals(bytes))
          assert.equal(result.reading.failed, false)
          assert.ok(!result.overflow)
          assert.deepEqual(money(follow(protocol, [bytes])), money(result), 'the cuts make no difference')
        }),
        RUNS,
      )
    })

    test(`${protocol.name}: cut off anywhere, nothing is invented and what was said is still counted`, () => {
      fc.assert(
        fc.property(streams(protocol), fc.double({ min: 0, max: 1, noNaN: true }), (stream, share) => {
          const { real, bytes, blocks, texts, first, places: at } = stream
          const kept = bytes.subarray(0, Math.floor(bytes.length * share))
          const result = follow(protocol, cut(kept, at))
          assert.ok(result.bytes.equals(kept))
          const { tokens, outputBytes } = result.reading
          // The head and the texts of which every byte is there.
          let size = bytes.length - Buffer.byteLength(blocks.join(''))
          let said = 0
          for (const [index, block] of blocks.entries()) {
            size += Buffer.byteLength(block)
            const text = texts[index - first]
            if (size <= kept.length && text !== undefined && index >= first && index < first + 4)
              said += Buffer.byteLength(text)
          }
          assert.ok(outputBytes >= said, `${outputBytes} of ${said} bytes`)
          if (tokens && protocol.name !== 'messages') assert.deepEqual(tokens, { ...NO_TOKENS, ...real })
        }),
        RUNS,
      )
    })

    test(`${protocol.name}: no bytes at all make it stumble, and every one of them goes through`, () => {
      const pieces = fc.oneof(
        fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
        fc
          .constantFrom(
            'data:',
            'data: ',
            'event: ',
            '\r',
            '\n',
            '\r\n',
            '\n\n',
            ':',
            '\ufeff',
            '{',
            '}',
            '[DONE]',
          )
          .map((text) => Buffer.from(text)),
        fc
          .constantFrom('null', '[]', '{}', '"x"', '1e999', '{"usage":{}}', '{"type":"message_stop"}')
          .map((text) => Buffer.from(`data: ${text}\n\n`)),
        fc.json({ maxDepth: 3 }).map((text) => Buffer.from(`data: ${text}\n\n`)),
        fc
          .tuple(fc.constantFrom(...protocol.head({ input: 1, output: 1 })), fc.jsonValue({ maxDepth: 2 }))
          .map(([event, odd]) =>
            Buffer.from(`data: ${event.data.replace(/\d+|"[a-z]+"\}/, JSON.stringify(odd))}\n\n`),
          ),
      )
      fc.assert(
        fc.property(fc.array(pieces, { maxLength: 40 }), places, (parts, at) => {
          const bytes = Buffer.concat(parts)
          const [one, other] = [follow(protocol, cut(bytes, at)), follow(protocol, [bytes])]
          assert.ok(one.bytes.equals(other.bytes))
          assert.deepEqual(money(one), money(other))
          // A usage chunk is kept from the client only where it did not ask, which it did.
          assert.ok(one.bytes.equals(bytes))
          for (const tokens of [one.reading.tokens, one.reading.observed])
            for (const count of Object.values(tokens ?? {}))
              assert.ok(Number.isSafeInteger(count) && count >= 0)
        }),
        { ...RUNS, numRuns: 400 },
      )
    })

    test(`${protocol.name}: a line of ten megabytes is counted, one above the bound is told, and neither takes long`, () => {
      const spent = (megabytes: number) => {
        const { head, text, tail } = protocol
        const real = { input: 3, output: 4 }
        const how: Spelling = { eol: '\n', before: [], space: true, lines: false, blanks: 1 }
        const events = [...head(real), text('y'.repeat(megabytes * 1024 * 1024)), ...tail(real)]
        const bytes = Buffer.from(events.map((event) => spell(event, how)).join(''))
        const chunks: Buffer[] = []
        for (let from = 0; from < bytes.length; from += 64 * 1024)
          chunks.push(bytes.subarray(from, from + 64 * 1024))
        return { sent: bytes, ...follow(protocol, chunks) }
      }
      const large = spent(10)
      assert.ok(!large.overflow && large.reading.outputBytes >= 10 * 1024 * 1024)
      assert.deepEqual(large.reading.tokens, { ...NO_TOKENS, input: 3, output: 4 })
      assert.ok(large.bytes.equals(large.sent))
      assert.ok(spent(17).overflow)
    })
  }
})
