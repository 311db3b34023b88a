import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sseReader, type EventSink, type SseEvent } from './sse.ts'
import { streamMeter, type EventReader } from './stream.ts'

type Seen = { name: string; data: string | null }

const each = (event: (event: SseEvent) => void): EventSink => ({
  event,
  skip: (_, from) => from,
  row: () => {},
})

function readAll(bytes: Buffer, cuts: readonly number[]) {
  const reader = sseReader(1_000_000)
  const events: Seen[] = []
  const out: Buffer[] = []
  let at = 0
  for (const cut of [...cuts, bytes.length]) {
    reader.push(
      bytes.subarray(at, cut),
      each(({ name, data, bytes: own }) => {
        events.push({ name, data })
        out.push(own)
      }),
    )
    at = cut
  }
  return { events: events.filter(({ data }) => data !== null), bytes: Buffer.concat([...out, reader.rest()]) }
}

const SAMPLE = [
  '\uFEFFevent: a\r\ndata: {"x":"ä€😀"}\r\n\r\n',
  ': comment\n\n',
  'data: one\ndata: two\n\n',
  'data:bare\rdata\r\r',
  'event: b\ndata:  spaced\nid: 3\nretry: 5\n\n',
  '\n\n',
  'data: unfinished',
].join('')

test('a stream cut at any one byte gives the same events and the same bytes', () => {
  const bytes = Buffer.from(SAMPLE)
  const whole = readAll(bytes, [])
  assert.deepEqual(whole.events, [
    { name: 'a', data: '{"x":"ä€😀"}' },
    { name: '', data: 'one\ntwo' },
    { name: '', data: 'bare\n' },
    { name: 'b', data: ' spaced' },
  ])
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const parts = readAll(bytes, [cut])
    assert.deepEqual(parts.events, whole.events, `cut at ${cut}`)
    assert.ok(parts.bytes.equals(bytes), `bytes when cut at ${cut}`)
  }
  const single = readAll(
    bytes,
    Array.from(bytes, (_, at) => at),
  )
  assert.deepEqual(single.events, whole.events)
  assert.ok(single.bytes.equals(bytes))
})

test('streams of any lines and any cuts lose no byte and no event', () => {
  const line = fc.oneof(
    fc.constantFrom('data: x', 'event: e', ':', '', 'data', 'data: 1:2'),
    fc.string({ maxLength: 6 }),
  )
  const text = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 20 })
    .map((all) => all.flat().join(''))
  fc.assert(
    fc.property(text, fc.array(fc.nat(200), { maxLength: 8 }), (source, places) => {
      const bytes = Buffer.from(source)
      const cuts = places.map((place) => Math.min(place, bytes.length)).sort((a, b) => a - b)
      const [whole, parts] = [readAll(bytes, []), readAll(bytes, cuts)]
      assert.deepEqual(parts.events, whole.events)
      assert.ok(parts.bytes.equals(bytes))
    }),
  )
})

test('an event larger than the limit is reported and not kept for ever', () => {
  const reader = sseReader(10)
  assert.equal(
    reader.push(
      Buffer.from('data: 123'),
      each(() => {}),
    ),
    false,
  )
  assert.equal(
    reader.push(
      Buffer.from('4567'),
      each(() => {}),
    ),
    true,
  )
})

const endAt = (last: string): EventReader => ({
  event: ({ data }) =>
    data === last ? 'last' : data === 'drop' ? 'drop' : data === 'hold' ? 'hold' : 'pass',
  reading: () => ({ tokens: null, observed: null, outputBytes: 0, providerId: null, failed: false }),
})

test('nothing from the first held event on goes out before the settlement, however the stream is cut', () => {
  const before = 'data: 1\n\ndata: 2\n\n'
  const source = `${before}data: drop\n\ndata: hold\n\ndata: end\n\n: after\n\ndata: more`
  const bytes = Buffer.from(source)
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const meter = streamMeter(endAt('end'))
    const passed = [...meter.push(bytes.subarray(0, cut)).pass, ...meter.push(bytes.subarray(cut)).pass]
    assert.equal(Buffer.concat(passed).toString(), before, `cut at ${cut}`)
    assert.equal(meter.withheld().toString(), source.slice(before.length).replace('data: drop\n\n', ''))
  }
})
