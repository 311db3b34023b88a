import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { MINUTE } from '#base/time.ts'
import { NEWEST, OLDEST, monthOf, readUse, type Reading, type Use } from './claude.ts'
import { readLogs, type Attribute, type LogRecord } from './otlp.ts'

const NOW = Date.UTC(2026, 10, 21, 14, 53)
const ME = { id: '0199b0a4-8c1e-7d3a-9c55-1f2e3d4c5b6a', email: 'maya@fernhill.example' }

/** The attributes of one request as Claude Code 2.1.329 sends them when it runs on its own account. */
const SENT: Readonly<Record<string, Attribute>> = {
  'user.id': '60eac9000323cbd5202146cde1f7426d1498b39506cb77e9a84d724e39a62aa7',
  'session.id': 'cc1c7e70-f9eb-4314-b723-a971dee90454',
  'anthropic.provider': 'firstParty',
  'event.name': 'api_request',
  'event.timestamp': '2026-11-21T14:52:41.152Z',
  'event.sequence': 8,
  'prompt.id': 'df4b8b9c-8014-4b3d-b5d4-3ca06d57eac3',
  model: 'claude-opus-5-5',
  input_tokens: 12,
  output_tokens: 5,
  cache_read_tokens: 200,
  cache_creation_tokens: 100,
  cache_creation_5m_tokens: 60,
  cache_creation_1h_tokens: 40,
  cost_usd: 0.0008080000000000001,
  cost_usd_micros: 808,
  duration_ms: 71,
  request_id: 'req_019bc186de007a2ebd22e0b2ca16810c',
}

const record = (
  change: Readonly<Record<string, Attribute | undefined>> = {},
  more: Partial<LogRecord> = {},
): LogRecord => {
  const attributes = new Map(Object.entries(SENT))
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) attributes.delete(key)
    else attributes.set(key, value)
  }
  return {
    name: 'claude_code.api_request',
    time: '1795272761152000000',
    attributes,
    resource: new Map(),
    ...more,
  }
}
const read = (...given: Parameters<typeof record>): Reading => readUse(record(...given), ME, NOW)
const use = (...given: Parameters<typeof record>): Use => {
  const reading = read(...given)
  assert.equal(reading.kind, 'use')
  return (reading as Reading & { kind: 'use' }).use
}
const why = (...given: Parameters<typeof record>): string => {
  const reading = read(...given)
  return reading.kind === 'refused' ? reading.why : reading.kind
}

test('a request is read to the token, and its worth is the client’s whole micro-dollars', () => {
  assert.deepEqual(use(), {
    requestId: 'req_019bc186de007a2ebd22e0b2ca16810c',
    at: Date.UTC(2026, 10, 21, 14, 52, 41, 152),
    model: 'claude-opus-5-5',
    session: 'cc1c7e70-f9eb-4314-b723-a971dee90454',
    input: 12,
    cacheRead: 200,
    cacheWrite5m: 60,
    cacheWrite1h: 40,
    output: 5,
    worth: 808_000n,
  })
})

test('numbers count the same as integers, as text and as whole doubles', () => {
  assert.equal(use({ input_tokens: '12' }).input, 12)
  assert.equal(use({ cost_usd_micros: '9999999999' }).worth, 9_999_999_999_000n)
  for (const bad of [-1, 1.5, '1e3', 'many', '', 2 ** 53, true]) {
    assert.equal(why({ input_tokens: bad }), 'malformed', String(bad))
    assert.equal(why({ cost_usd_micros: bad }), 'malformed', String(bad))
  }
})

test('an older client’s dollars become micro-dollars without a float touching them', () => {
  const dollars = (value: Attribute): bigint => use({ cost_usd_micros: undefined, cost_usd: value }).worth
  assert.equal(dollars(0.0008080000000000001), 808_000n)
  assert.equal(dollars('12.3456785'), 12_345_678_000n)
  assert.equal(dollars(0), 0n)
  assert.equal(dollars(1e-9), 0n)
  assert.equal(why({ cost_usd_micros: undefined, cost_usd: -1 }), 'malformed')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (micros) => {
      assert.equal(dollars(micros / 1e6), BigInt(micros) * 1_000n)
    }),
  )
})

test('calls that a gateway carried are not counted again', () => {
  assert.equal(why({ 'anthropic.custom_base_url': true }), 'routed')
  assert.equal(why({ 'anthropic.custom_base_url': 'http://127.0.0.1:4100/anthropic' }), 'routed')
  assert.equal(why({ 'anthropic.custom_base_url': false }), 'use')
})

test('what a cloud bills is no use of a seat', () => {
  assert.equal(why({ 'anthropic.provider': 'bedrock' }), 'elsewhere')
  assert.equal(why({ 'anthropic.provider': undefined }), 'use')
})

test('whoever another person’s name comes from is not charged, and neither is that person', () => {
  const named = (name: string): string => why({}, { resource: new Map([['employee.id', name]]) })
  assert.equal(named('ravi@fernhill.example'), 'somebody_else')
  assert.equal(named('0199b0a4-0000-7d3a-9c55-1f2e3d4c5b6a'), 'somebody_else')
  assert.equal(named('MAYA@fernhill.example'), 'use')
  assert.equal(named(ME.id), 'use')
  // A number of the company's own is not known here: the key decides.
  assert.equal(named('e42'), 'use')
  assert.equal(why({ 'employee.id': 'ravi@fernhill.example' }), 'somebody_else')
})

test('what was used long ago or will be used is refused, and a clock that runs ahead opens no month', () => {
  const at = (time: number): string => why({ 'event.timestamp': new Date(time).toISOString() })
  assert.equal(at(NOW - OLDEST), 'use')
  assert.equal(at(NOW - OLDEST - 1), 'too_old')
  assert.equal(at(NOW + NEWEST), 'use')
  assert.equal(at(NOW + NEWEST + 1), 'in_future')
  const last = Date.UTC(2026, 10, 30, 23, 58)
  const ahead = readUse(record({ 'event.timestamp': '2026-12-01T00:01:00.000Z' }), ME, last)
  assert.equal(ahead.kind === 'use' && monthOf(ahead.use.at), '2026-11-01')
})

test('without a time of the event the record’s own counts, and without both it is malformed', () => {
  assert.equal(use({ 'event.timestamp': undefined }).at, NOW - MINUTE + 41_152)
  assert.equal(why({ 'event.timestamp': undefined }, { time: null }), 'malformed')
  assert.equal(why({ 'event.timestamp': 'yesterday' }), 'malformed')
})

test('without an id of the request its place in the session stands for it', () => {
  assert.equal(use({ request_id: undefined }).requestId, 'cc1c7e70-f9eb-4314-b723-a971dee90454/8')
  assert.equal(why({ request_id: undefined, 'event.sequence': undefined }), 'malformed')
  assert.equal(why({ request_id: 'x'.repeat(151) }), 'malformed')
})

test('everything else that a client tells is passed over', () => {
  for (const name of ['claude_code.user_prompt', 'claude_code.api_error', 'codex.api_request'])
    assert.equal(why({}, { name }), 'other')
  assert.equal(why({}, { name: '' }), 'use')
})

test('a body of any shape is read or refused, and never throws', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const body of [value, { resourceLogs: value }, { resourceLogs: [{ scopeLogs: value }] }]) {
        const logs = readLogs(body)
        if (logs.kind === 'logs') for (const one of logs.records) readUse(one, ME, NOW)
      }
    }),
  )
})

test('a record that cannot be read is counted and keeps none of its neighbours out', () => {
  const good = { body: { stringValue: 'claude_code.api_request' }, attributes: [] }
  const logs = readLogs({
    resourceLogs: [{ scopeLogs: [{ logRecords: [good, { attributes: 7 }, null, good] }] }],
  })
  assert.deepEqual(logs.kind === 'logs' && [logs.records.length, logs.malformed], [2, 2])
})

test('counts that no request has, and text that no database keeps, are malformed: sums and the other records stay well', () => {
  for (const change of [
    { input_tokens: 100_000_001 },
    { cache_read_tokens: Number.MAX_SAFE_INTEGER },
    { cost_usd_micros: 10_000_000_001 },
    { cost_usd_micros: undefined, cost_usd: 10_001 },
    { model: 'claude\u0000' },
    { 'session.id': undefined, request_id: 'req_\u0000' },
    { request_id: 'req_\ud800' },
  ])
    assert.equal(why(change), 'malformed', JSON.stringify(change))
  assert.equal(use({ input_tokens: 100_000_000, cost_usd_micros: 10_000_000_000 }).input, 100_000_000)
})
