import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readJson, splice, type JsonBody } from './body.ts'
import { topLevel } from './scan.ts'

const GUARDED = new Set(['model', 'max_tokens', 'stream'])
const read = (text: string | Buffer) => readJson(Buffer.from(text), GUARDED)

function good(text: string | Buffer): JsonBody {
  const body = read(text)
  assert.equal(body.kind, 'json', body.kind === 'bad' ? body.message : '')
  return body as JsonBody
}

const written = (body: JsonBody, edits: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat(splice(body, new Map(edits)))

/** JSON text of an object with every layout that JSON allows between its tokens. */
const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
const key = fc.oneof(
  fc.constantFrom('model', 'max_tokens', 'stream', 'a"b', 'x\\'),
  fc.stringMatching(/^[a-z_]{1,8}$/),
)
const laidOut = fc
  .tuple(
    fc.uniqueArray(fc.tuple(key, fc.jsonValue({ maxDepth: 3 })), {
      selector: ([name]) => name.toLowerCase(),
      maxLength: 6,
    }),
    space,
    space,
  )
  .map(([members, before, after]) => {
    const body = members.map(
      ([name, value]) => `${before}${JSON.stringify(name)}${after}:${before}${JSON.stringify(value)}${after}`,
    )
    return `${after}{${body.length === 0 ? before : body.join(',')}}${before}`
  })

test('every member the scanner finds is what JSON.parse finds, at its own place', () => {
  fc.assert(
    fc.property(laidOut, (text) => {
      const bytes = Buffer.from(text)
      const found = topLevel(bytes)
      assert.ok(found)
      const seen = found.members.map(({ key, valueStart, valueEnd }) => [
        key,
        JSON.parse(bytes.toString('utf8', valueStart, valueEnd)),
      ])
      // No name here looks like a number, so JSON.parse keeps the order.
      assert.deepEqual(seen, Object.entries(JSON.parse(text)))
    }),
  )
})

test('a guarded object that names a field twice is refused, however it is spelled', () => {
  for (const text of [
    '{"stream":{"a":1,"a":2}}',
    '{"stream": { "a" : 1, "b": 2, "\\u0061":3 }}',
    '{"model":{"x":[{"a":1}],"x":null}}',
  ])
    assert.equal(read(text).kind, 'bad', text)
  for (const text of ['{"other":{"a":1,"a":2}}', '{"stream":{"a":{"b":1},"b":2}}', '{"stream":[]}'])
    assert.equal(read(text).kind, 'json', text)
})

test('bytes that JSON.parse refuses are refused, and so is everything that is no object', () => {
  fc.assert(
    fc.property(laidOut, fc.nat(), fc.integer({ min: 0x20, max: 0x7e }), (text, place, byte) => {
      const bytes = Buffer.from(text)
      bytes[place % bytes.length] = byte
      let parsed: unknown
      try {
        parsed = JSON.parse(bytes.toString('utf8'))
      } catch {
        parsed = undefined
      }
      const body = read(bytes)
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
        assert.equal(body.kind, 'bad')
      if (body.kind === 'json') assert.deepEqual(body.value, parsed)
    }),
  )
  for (const text of ['', '[]', '1', '"a"', 'null', '{', '{"a":1}}', '{"a":1} x', '{"a" 1}', '{a:1}'])
    assert.equal(read(text).kind, 'bad', text)
  assert.equal(read(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])).kind, 'bad')
})

test('a field that decides the price cannot be given twice, escaped, or in another case', () => {
  for (const text of [
    '{"model":"a","model":"b"}',
    '{"model":"a","mod\\u0065l":"b"}',
    '{"model":"a","Model":"b"}',
    '{"MAX_TOKENS":5,"model":"a"}',
    '{"max_to\u212Aens":5}',
    '{"\u017Ftream":true}',
  ])
    assert.equal(read(text).kind, 'bad', text)
  assert.equal(good('{"mod\\u0065l":"a"}').value['model'], 'a')
  assert.equal(good('{"camelCase":1,"other":{"a":1,"a":2}}').members.size, 2)
})

test('splicing changes the named fields and not one other byte', () => {
  const edits = fc.dictionary(
    fc.constantFrom('model', 'max_tokens', 'stream'),
    fc.jsonValue({ maxDepth: 1 }),
    { maxKeys: 3 },
  )
  fc.assert(
    fc.property(laidOut, edits, (text, wanted) => {
      const body = good(text)
      const out = written(
        body,
        Object.entries(wanted).map(([name, value]) => [name, JSON.stringify(value)]),
      )
      assert.deepEqual(JSON.parse(out.toString()), JSON.parse(JSON.stringify({ ...body.value, ...wanted })))
      const cut = (bytes: Buffer, names: readonly string[]): string[] =>
        topLevel(bytes)!
          .members.filter(({ key }) => !names.includes(key))
          .map((m) => bytes.toString('utf8', m.start, m.valueEnd))
      assert.deepEqual(cut(out, Object.keys(wanted)), cut(body.bytes, Object.keys(wanted)))
    }),
  )
  const big = good('{ "seed": 12345678901234567890.10,\n "max_tokens" : 9 , "z":1e400 }')
  assert.equal(
    written(big, [['max_tokens', '5']]).toString(),
    '{ "seed": 12345678901234567890.10,\n "max_tokens" : 5 , "z":1e400 }',
  )
  assert.equal(written(good('{}'), [['a', '1']]).toString(), '{"a":1}')
})

test('what decides the price has one meaning at any depth, whichever of two names a parser takes', () => {
  for (const text of [
    '{"model":{"content":[{"type":"text","type":"input_audio"}]}}',
    '{"model":[{"edits":[{"type":"compact","t\\u0079pe":"clear"}]}]}',
    `{"model":${'['.repeat(300)}${']'.repeat(300)}}`,
  ])
    assert.equal(read(text).kind, 'bad', text)
  for (const text of [
    '{"model":[{"type":"a"},{"type":"b"}]}',
    '{"stream":{"include_usage":true,"x":{"A":1,"a":2}}}',
    '{"metadata":{"A":1,"a":2,"a":3}}',
  ])
    assert.equal(read(text).kind, 'json', text)
})
