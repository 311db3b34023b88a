import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { messages } from '../anthropic/messages.ts'
import type { MeteredRoute } from '../door.ts'
import { chat } from '../openai/chat.ts'
import { responses } from '../openai/responses.ts'
import { readJson } from './body.ts'
import type { SseEvent } from './sse.ts'
import { streamMeter, type EventReader } from './stream.ts'

const RUNS = { seed: 20_261_122, numRuns: 500 }

/** JSON strings as providers spell them, and as nobody should. */
const spelled = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => JSON.stringify(text)),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '""',
      '"a\\nb"',
      '"\\""',
      '"\\\\"',
      '"\\/"',
      '"\\u00e4"',
      '"\\ud83d\\ude00"',
      '"</p>"',
      '"ä€😀"',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('null', '12', '"\\x"', '"\u0001"', '"a\tb"', '"\\u12"', '["a"]', '{"a":"b"}'),
  },
)
const number = fc.constantFrom('0', '7', '41', '01', '-1', '1.5', '1e9', '123456789012345678', 'null')
const rest = fc.constantFrom(
  '',
  '',
  '',
  ',"usage":null',
  ',"error":null',
  ',"x":"y","x":"z"',
  ',"choices":[]',
  ',"delta":"d"',
  ',"type":"t"',
)

/** What stays the same in a row of events, and what each of them has of its own. */
type Kind = { readonly id: string; readonly way: number; readonly other: string; readonly more: string }
type Own = { readonly text: string; readonly odd: string; readonly count: string }
type Shape = {
  readonly route: MeteredRoute
  readonly body: object
  readonly event: (kind: Kind, own: Own) => string
}

const kind: fc.Arbitrary<Kind> = fc.record({
  id: fc.constantFrom('c1', 'c1', 'c2', 'ä'),
  way: fc.constantFrom(0, 0, 0, 1, 2, 3, 4),
  other: spelled,
  more: rest,
})
const own: fc.Arbitrary<Own> = fc.record({ text: spelled, odd: spelled, count: number })

const DELTAS: readonly ((text: string, other: string) => string)[] = [
  (text) => `{"content":${text}}`,
  (text) => `{"tool_calls":[{"index":0,"function":{"arguments":${text}}}]}`,
  (text, other) => `{"content":${text},"refusal":${other}}`,
  (text, other) => `{"content":${text},"content":${other}}`,
  (text, other) => `{"tool_calls":[{"index":0,"function":{"name":${text},"arguments":${other}}}]}`,
]
const NAMES = ['text', 'thinking', 'partial_json', 'signature', 'text']

const SHAPES: Readonly<Record<string, Shape>> = {
  chat: {
    route: chat,
    body: { model: 'gpt-4o', messages: [], stream: true, stream_options: { include_usage: true } },
    event: ({ id, way, other, more }, { text, odd, count }) =>
      `data: {"id":"${id}","created":${count},"choices":[{"index":${id === 'c2' ? 1 : 0},"delta":` +
      `${DELTAS[way]!(text, other)}}],"obfuscation":${odd}${more}}`,
  },
  responses: {
    route: responses,
    body: { model: 'gpt-4o', input: 'hi', stream: true },
    event: ({ id, more }, { text, odd, count }) =>
      `event: response.${id}.delta\ndata: {"type":"response.${id}.delta","sequence_number":${count},` +
      `"delta":${text},"obfuscation":${odd}${more}}`,
  },
  messages: {
    route: messages,
    body: { model: 'm', max_tokens: 9, messages: [], stream: true },
    event: ({ way, other, more }, { text, count }) =>
      `event: content_block_delta\ndata: {"type":"content_block_delta","index":${count},"delta":{"type":"d",` +
      `"${NAMES[way]}":${text},"${way === 4 ? 'thinking' : 'x'}":${other}}${more}}`,
  },
}

/** What a provider says one event after the other. */
const ALIKE: Readonly<Record<string, (n: number) => string>> = {
  chat: (n) =>
    `data: {"id":"c","created":${n},"choices":[{"index":0,"delta":{"content":" ${n}\\n"}}],"obfuscation":"${'o'.repeat(n % 9)}"}`,
  responses: (n) =>
    `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":${n},"delta":"${n}€"}`,
  messages: (n) =>
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${n} "}}`,
}

const odd = fc.constantFrom(
  ': ping',
  'event: ping\ndata: {"type":"ping"}',
  'data: {',
  'data: {"a":\ndata: 1}',
  'data',
)
const blank = fc.constantFrom('\n\n', '\n\n', '\n\n', '\n\n', '\r\n\r\n', '\r\r')

function readerOf({ route, body }: Shape): EventReader {
  const read = readJson(Buffer.from(JSON.stringify(body)), new Set())
  assert.ok(read.kind === 'json')
  return route.events(read, { upstreamPath: '/', model: null } as never)
}

/** What goes on, what waits and what was read, when the bytes come cut at `cuts`. */
async function follow(reader: EventReader, bytes: Buffer, cuts: readonly number[]) {
  const meter = streamMeter(reader)
  const passed: Buffer[] = []
  let complete = false
  let at = 0
  for (const cut of [...cuts, bytes.length]) {
    // Lent, as by a connection: the next read writes over it.
    const lent = Buffer.from(bytes.subarray(at, cut))
    const step = meter.push(lent)
    passed.push(Buffer.concat(step.pass))
    lent.fill('x')
    complete ||= step.complete
    at = cut
  }
  meter.finish()
  const { counted, ...reading } = meter.reading()
  return {
    passed: Buffer.concat(passed).toString('latin1'),
    withheld: meter.withheld().toString('latin1'),
    complete,
    reading,
    counted: (await counted?.()) ?? null,
  }
}

for (const [name, shape] of Object.entries(SHAPES)) {
  describe(name, () => {
    test('an event that is not parsed means what it would have meant', async () => {
      const row = fc
        .tuple(kind, fc.array(own, { minLength: 1, maxLength: 6 }), blank)
        .map(([kind, owns, end]) => owns.map((each) => shape.event(kind, each) + end).join(''))
      const event = fc.oneof(
        { weight: 6, arbitrary: row },
        { weight: 1, arbitrary: odd.map((text) => `${text}\n\n`) },
      )
      const stream = fc.array(event, { maxLength: 8 }).map((all) => Buffer.from(all.join('')))
      await fc.assert(
        fc.asyncProperty(stream, fc.array(fc.nat(4_000), { maxLength: 6 }), async (bytes, places) => {
          const cuts = places.filter((place) => place < bytes.length).sort((a, b) => a - b)
          const reader = readerOf(shape)
          const untold = { event: (each: SseEvent) => reader.event(each), reading: () => reader.reading() }
          const parsed = await follow(untold, bytes, cuts)
          assert.deepEqual(await follow(readerOf(shape), bytes, cuts), parsed)
        }),
        RUNS,
      )
    })

    test('of a thousand events that are alike only few are parsed', () => {
      const reader = readerOf(shape)
      let parsed = 0
      const meter = streamMeter({
        told: () => reader.told?.() ?? null,
        reading: () => reader.reading(),
        event(event) {
          parsed += 1
          return reader.event(event)
        },
      })
      for (let n = 0; n < 1_000; n += 1) meter.push(Buffer.from(`${ALIKE[name]!(n)}\n\n`))
      assert.ok(parsed <= 3, `${parsed} of 1,000 were parsed`)
      assert.equal(meter.reading().pieces, 1_000)
    })
  })
}
