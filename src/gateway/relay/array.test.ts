import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ARRAY_END, arrayReader } from './array.ts'
import type { EventSink, SseEvent } from './sse.ts'
import { streamMeter, type EventReader } from './stream.ts'

const MB = 1024 * 1024

const each = (event: (event: SseEvent) => void): EventSink => ({
  event,
  skip: (_, from) => from,
  row: () => {},
})

/** Everything a reader says of `bytes` when they come cut at `cuts`. */
function readAll(bytes: Buffer, cuts: readonly number[], limit = 16 * MB) {
  const reader = arrayReader(limit)
  const elements: (string | null)[] = []
  const out: Buffer[] = []
  let ends = 0
  let overflow = false
  let at = 0
  for (const cut of [...cuts, bytes.length]) {
    const over = reader.push(
      bytes.subarray(at, cut),
      each(({ name, data, bytes: own }) => {
        if (name === ARRAY_END) ends += 1
        else elements.push(data)
        out.push(own)
      }),
    )
    overflow ||= over
    at = cut
  }
  return { elements, ends, overflow, bytes: Buffer.concat([...out, reader.rest()]) }
}

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
/** Values whose strings are full of what could be taken for structure. */
const tricky = fc.constantFrom('[', ']', '{}', '"', '\\', '\\"]', ',', '\n', 'ä€😀', '\u2028', '')
const json = fc
  .jsonValue({ maxDepth: 3 })
  .chain((value) => fc.tuple(tricky, tricky).map(([a, b]) => ({ [a]: b, list: [value, a, [b]] })))
const element = fc.oneof(json, fc.jsonValue({ maxDepth: 1 }))
const laidOut = fc.tuple(fc.array(element, { maxLength: 5 }), space, space).map(([items, before, after]) => {
  const texts = items.map((item) => JSON.stringify(item))
  const body = texts.map((text) => `${before}${text}${after}`).join(',')
  return { texts, text: `${after}[${texts.length === 0 ? before : body}]${before}` }
})
const cutsOf = (bytes: Buffer, places: readonly number[]): number[] =>
  places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b)

test('every element of any array comes whole, in order, however the bytes are cut, and none is lost', () => {
  fc.assert(
    fc.property(laidOut, fc.array(fc.nat(), { maxLength: 8 }), ({ texts, text }, places) => {
      const bytes = Buffer.from(text)
      const read = readAll(bytes, cutsOf(bytes, places))
      assert.deepEqual(
        read.elements.map((each) => JSON.parse(each ?? '') as unknown),
        texts.map((each) => JSON.parse(each) as unknown),
      )
      assert.equal(read.ends, 1)
      assert.ok(read.bytes.equals(bytes))
    }),
  )
})

test('an array cut at any one byte, or at every byte, is read alike', () => {
  const text =
    '\r\n[{"a":"x\\\\\\"]}","b":[1,{"c":"ä€😀"}]}\r\n,\r\n"s\\\\" , 12.5e3,null,[[]] ,{}\r\n]\r\n tail'
  const bytes = Buffer.from(text)
  const whole = readAll(bytes, [])
  assert.deepEqual(whole.elements, [
    '{"a":"x\\\\\\"]}","b":[1,{"c":"ä€😀"}]}',
    '"s\\\\"',
    '12.5e3',
    'null',
    '[[]]',
    '{}',
  ])
  for (let cut = 0; cut <= bytes.length; cut += 1)
    assert.deepEqual(readAll(bytes, [cut]), whole, `cut at ${cut}`)
  assert.deepEqual(
    readAll(
      bytes,
      Array.from(bytes, (_, at) => at),
    ),
    whole,
  )
})

test('bytes that are no JSON, or no UTF-8, pass through as they are and break nothing', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.array(fc.constantFrom(...Buffer.from('[]{}",\\ \n1a\xff\xc3', 'latin1')), { maxLength: 40 }),
      ),
      fc.array(fc.nat(), { maxLength: 6 }),
      (raw, places) => {
        const bytes = Buffer.from(raw)
        const read = readAll(bytes, cutsOf(bytes, places))
        assert.ok(read.bytes.equals(bytes))
        assert.deepEqual(read.elements, readAll(bytes, []).elements)
        assert.ok(read.ends <= 1)
      },
    ),
  )
  const broken = Buffer.concat([
    Buffer.from('[{"text":"'),
    Buffer.from([0xff, 0xc3, 0x28]),
    Buffer.from('"}]'),
  ])
  assert.equal(readAll(broken, [11]).elements.length, 1)
})

test('a lone object is an array of one', () => {
  const read = readAll(Buffer.from(' {"usageMetadata":{"promptTokenCount":1}}\n'), [5])
  assert.deepEqual(read.elements, [' {"usageMetadata":{"promptTokenCount":1}}'.trim()])
  assert.equal(read.ends, 0)
})

test('an element of ten megabytes is read, whatever it is full of, and one above the limit is reported', () => {
  for (const fill of ['\\\\', '\\"', 'x', ']}', '😀']) {
    const text = `[{"text":"${fill.repeat(Math.ceil((10 * MB) / fill.length))}"}, {"usage":1}]`
    const bytes = Buffer.from(text)
    const cuts = Array.from({ length: Math.floor(bytes.length / 65_537) }, (_, n) => (n + 1) * 65_537)
    const read = readAll(bytes, cuts, 64 * MB)
    assert.equal(read.elements.length, 2, fill)
    assert.equal(read.elements[1], '{"usage":1}')
    assert.ok(read.bytes.equals(bytes))
  }
  const large = Buffer.from(`[${'['.repeat(2_000)}`)
  assert.equal(readAll(large, [1_000], 1_500).overflow, true)
  assert.equal(readAll(large, [1_000], 3_000).overflow, false)
})

test('what has come stays in memory only until its element is whole', () => {
  const reader = arrayReader(1_000)
  let events = 0
  const counting = each(() => (events += 1))
  reader.push(Buffer.from('['), counting)
  for (let n = 0; n < 5_000; n += 1) {
    const overflow = reader.push(Buffer.from(`{"n":${n}},\r\n`), counting)
    assert.deepEqual([events, overflow], [n + 1, false])
    assert.ok(reader.rest().length < 10)
  }
})

const holdFrom = (last: string): EventReader => ({
  event: ({ name, data }) => (name === ARRAY_END ? 'last' : data === last ? 'hold' : 'pass'),
  reading: () => ({ tokens: null, observed: null, outputBytes: 0, providerId: null, failed: false }),
})

test('the last element and the end of the array wait for the settlement, however the stream is cut', () => {
  const before = '[{"n":1}\r\n,{"n":2}'
  const source = `${before}\r\n,{"n":3}\r\n]\r\n`
  const bytes = Buffer.from(source)
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const meter = streamMeter(holdFrom('{"n":3}'), 'array')
    const first = meter.push(bytes.subarray(0, cut))
    const second = meter.push(bytes.subarray(cut))
    assert.equal(Buffer.concat([...first.pass, ...second.pass]).toString(), before, `cut at ${cut}`)
    assert.equal(meter.withheld().toString(), source.slice(before.length))
    assert.ok(first.complete || second.complete)
  }
})
