import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, escapesIn } from '../../bench/gateway/bodies.ts'
import { expectedOf, openCheck } from '../../bench/gateway/check.ts'
import { replyReader } from '../../bench/gateway/framing.ts'
import {
  BURST_BODY,
  BURST_REPLY,
  eventAt,
  PLAIN_BODY,
  PLAIN_REPLY,
  TIME_DIGITS,
  TIME_MARK,
} from '../../bench/gateway/replies.ts'
import { samples } from '../../bench/gateway/samples.ts'

/** Reads a reply in pieces of so many bytes; what came of it. */
function readIn(reply: Buffer, size: number, of = replyReader, payload: Buffer[] = []) {
  const reader = of(() => (bytes, from, to) => void payload.push(Buffer.from(bytes.subarray(from, to))))
  const ends: number[] = []
  for (let at = 0; at < reply.length; at += size)
    if (reader.read(reply.subarray(at, at + size))) ends.push(Math.min(reply.length, at + size))
  return { reader, ends, payload: Buffer.concat(payload) }
}

test('the load finds the same reply however it is cut', () => {
  for (const [reply, body] of [
    [PLAIN_REPLY, PLAIN_BODY],
    [BURST_REPLY, BURST_BODY],
  ] as const) {
    for (const size of [1, 2, 3, 7, 64, 1_000, 65_536]) {
      const { reader, ends, payload } = readIn(reply, size)
      assert.deepEqual(ends, [reply.length])
      assert.equal(reader.status(), 200)
      assert.equal(reader.length(), body.length)
      assert.ok(payload.equals(body), `pieces of ${size}`)
    }
  }
})

test('the load reads one reply after the other on a connection, an empty one too', () => {
  const empty = Buffer.from('HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n')
  const reader = replyReader(() => null)
  for (const [reply, status, length] of [
    [PLAIN_REPLY, 200, PLAIN_BODY.length],
    [empty, 503, 0],
    [BURST_REPLY, 200, BURST_BODY.length],
    [PLAIN_REPLY, 200, PLAIN_BODY.length],
  ] as const) {
    assert.equal(reader.read(reply), true)
    assert.equal(reader.status(), status)
    assert.equal(reader.length(), length)
  }
})

test('what is no reply is never counted as one', () => {
  for (const text of [
    'HTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc',
  ])
    assert.throws(() => replyReader(() => null).read(Buffer.from(text)), /cannot be read/)
})

test('a reply with another status, length or byte is wrong', () => {
  const verdict = (reply: Buffer): string | null => {
    const check = openCheck(expectedOf(PLAIN_BODY))
    const reader = replyReader(check.payload)
    assert.equal(reader.read(reply), true)
    return check.wrong(reader)
  }
  assert.equal(verdict(PLAIN_REPLY), null)
  const changed = Buffer.from(PLAIN_REPLY)
  changed[changed.length - 40]! ^= 1
  assert.match(verdict(changed) ?? '', /other bytes/)
  assert.match(verdict(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')) ?? '', /2 bytes/)
  assert.match(verdict(Buffer.from('HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\n{}')) ?? '', /status 400/)
})

test('bodies have the sizes that are told, and an event says when it left', () => {
  assert.equal(bodyOf('1k').length, 1_040)
  assert.equal(bodyOf('sse').length, 1_040)
  const long = bodyOf('126k')
  assert.equal(long.length, 126_000)
  assert.ok(escapesIn(long) > 3)
  assert.ok(Array.isArray((JSON.parse(long.toString()) as { tools: unknown }).tools))
  const event = eventAt(123_456.7)
  const at = event.indexOf(TIME_MARK) + TIME_MARK.length
  assert.equal(Number(event.slice(at, at + TIME_DIGITS)), 123_457)
})

test('percentiles are those of the values, in whatever order they came', () => {
  const all = samples()
  for (let n = 0; n < 100_000; n += 1) all.add((n * 7_919) % 100_000)
  assert.deepEqual(all.spread(), { p50: 50_000, p99: 99_000, max: 99_999 })
})
