import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readJson, type JsonBody } from '../relay/body.ts'
import { chargeable } from '../relay/usage.ts'
import { geminiDoor } from './door.ts'
import { generateContent, streamGenerateContent } from './generate.ts'
import { geminiUsage } from './usage.ts'

const place = { upstreamPath: '', model: 'm' }
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }]

function bodyOf(value: object): JsonBody {
  const body = readJson(Buffer.from(JSON.stringify(value)), generateContent.guarded)
  assert.equal(body.kind, 'json')
  return body as JsonBody
}

test('usage: the prompt includes the cache, thoughts are output, tool prompts are input', () => {
  assert.deepEqual(
    geminiUsage({
      promptTokenCount: 100,
      cachedContentTokenCount: 40,
      candidatesTokenCount: 7,
      thoughtsTokenCount: 30,
      toolUsePromptTokenCount: 5,
      totalTokenCount: 142,
    }),
    { input: 65, cacheRead: 40, cacheWrite5m: 0, cacheWrite1h: 0, output: 37, reasoning: 30 },
  )
})

test('usage: sound is counted apart, in the prompt and in the cache', () => {
  const tokens = geminiUsage({
    promptTokenCount: 100,
    cachedContentTokenCount: 40,
    candidatesTokenCount: 7,
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: 20 },
      { modality: 'AUDIO', tokenCount: 80 },
    ],
    cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 30 }],
  })
  assert.deepEqual(tokens, {
    input: 10,
    cacheRead: 10,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: 7,
    reasoning: 0,
    audioInput: 50,
    audioCacheRead: 30,
  })
})

test('usage: what Google leaves out is 0, and no count at all is no usage', () => {
  assert.deepEqual(geminiUsage({ promptTokenCount: 9 })?.output, 0)
  assert.deepEqual(geminiUsage({ candidatesTokenCount: 9 })?.input, 0)
  assert.deepEqual(geminiUsage({ totalTokenCount: 20, candidatesTokenCount: 5 })?.input, 15)
  // Some models show their thoughts only in the total.
  assert.deepEqual(
    geminiUsage({ promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 40 })?.reasoning,
    25,
  )
  for (const none of [null, undefined, {}, { trafficType: 'ON_DEMAND' }, { promptTokenCount: -1 }, 'x', []])
    assert.equal(geminiUsage(none), null)
})

test('no usage however odd makes a negative or a fractional count', () => {
  const count = fc.oneof(fc.nat(1_000), fc.constantFrom(-5, 1.5, null, '7', 2 ** 40), fc.constant(undefined))
  const details = fc.array(fc.record({ modality: fc.constantFrom('AUDIO', 'TEXT', 3), tokenCount: count }))
  fc.assert(
    fc.property(
      fc.record({
        promptTokenCount: count,
        cachedContentTokenCount: count,
        candidatesTokenCount: count,
        thoughtsTokenCount: count,
        toolUsePromptTokenCount: count,
        totalTokenCount: count,
        promptTokensDetails: details,
        cacheTokensDetails: details,
        toolUsePromptTokensDetails: details,
      }),
      (usage) => {
        const tokens = geminiUsage(usage)
        if (!tokens) return
        for (const value of Object.values(tokens)) assert.ok(Number.isSafeInteger(value) && value >= 0)
        assert.ok(tokens.reasoning <= tokens.output)
      },
    ),
  )
})

const chunk = (fields: object): { name: string; data: string; bytes: Buffer } => {
  const data = JSON.stringify(fields)
  return { name: '', data, bytes: Buffer.from(data) }
}
const said = (text: string, more: object = {}) => ({ content: { parts: [{ text }] }, ...more })

test('from the end of the last candidate on everything waits, and the last usage counts', () => {
  const reader = streamGenerateContent.events(
    bodyOf({ contents, generationConfig: { candidate_count: 2 } }),
    place,
  )
  const verdicts = [
    { candidates: [said('a', { index: 0 })], usageMetadata: { trafficType: 'ON_DEMAND' }, responseId: 'r1' },
    {
      candidates: [said('b', { index: 0, finishReason: 'STOP' })],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2 },
    },
    { candidates: [said('c', { index: 1 })] },
    {
      candidates: [said('d', { index: 1, finishReason: 'MAX_TOKENS' })],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 4 },
    },
    { usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 4, thoughtsTokenCount: 6 } },
  ].map((fields) => reader.event(chunk(fields)))
  assert.deepEqual(verdicts, ['pass', 'pass', 'pass', 'hold', 'hold'])
  const reading = reader.reading()
  assert.deepEqual([reading.tokens?.input, reading.tokens?.output, reading.providerId], [9, 10, 'r1'])
  assert.equal(reading.failed, false)
})

test('a stream that was cut is charged for what it reported or said, whichever is more, and marked', () => {
  const reader = streamGenerateContent.events(bodyOf({ contents }), place)
  reader.event(
    chunk({
      candidates: [said('x'.repeat(4_000))],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2, thoughtsTokenCount: 50 },
    }),
  )
  assert.equal(reader.reading().tokens, null)
  const charge = chargeable(reader.reading(), { plainInput: 1, maxInput: 100, maxOutput: 100_000 })
  assert.equal(charge.estimated, true)
  assert.equal(charge.tokens.input, 9)
  assert.ok(charge.tokens.output >= 1_000)
})

test('a running count is taken at its word, and only what came after it is guessed', () => {
  const reader = streamGenerateContent.events(bodyOf({ contents }), place)
  reader.event(chunk({ candidates: [said('x'.repeat(4_000))] }))
  reader.event(
    chunk({
      candidates: [said('y'.repeat(50))],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 700 },
    }),
  )
  reader.event(chunk({ candidates: [said('z'.repeat(100))] }))
  const { tokens } = chargeable(reader.reading(), { plainInput: 1, maxInput: 100, maxOutput: 100_000 })
  assert.equal(tokens.output, 700 + 60)
})

test('a prompt that was blocked is settled on its input, and an error ends a stream as failed', () => {
  const blocked = streamGenerateContent.events(bodyOf({ contents }), place)
  assert.equal(
    blocked.event(
      chunk({
        promptFeedback: { blockReason: 'SAFETY' },
        usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
      }),
    ),
    'hold',
  )
  assert.deepEqual([blocked.reading().tokens?.input, blocked.reading().tokens?.output], [9, 0])
  const failed = streamGenerateContent.events(bodyOf({ contents }), place)
  assert.equal(failed.event(chunk({ error: { code: 503, status: 'UNAVAILABLE' } })), 'last')
  assert.equal(failed.reading().failed, true)
})

test('a reply is read by its own usage, not by one that a tool’s arguments spell', () => {
  const args = { usageMetadata: { promptTokenCount: 1 } }
  const reply = {
    candidates: [
      {
        content: {
          parts: [{ functionCall: { name: 'f', args } }, { text: '"usageMetadata":{"promptTokenCount":2}' }],
        },
      },
    ],
    usageMetadata: { promptTokenCount: 500, candidatesTokenCount: 3 },
    responseId: 'r2',
  }
  const reading = generateContent.reply(Buffer.from(JSON.stringify(reply)))
  assert.deepEqual([reading.tokens?.input, reading.providerId], [500, 'r2'])
})

test('a refusal has Google’s shape, name of the status and details', () => {
  const shown = (failure: Parameters<typeof geminiDoor.failure>[0]) =>
    geminiDoor.failure(failure, { id: 'c1', userAgent: '' })
  const statuses: [number, string, string][] = [
    [400, 'budget_exhausted', 'FAILED_PRECONDITION'],
    [400, 'route_closed', 'FAILED_PRECONDITION'],
    [400, 'invalid', 'INVALID_ARGUMENT'],
    [401, 'invalid_api_key', 'UNAUTHENTICATED'],
    [403, 'forbidden', 'PERMISSION_DENIED'],
    [404, 'model_not_found', 'NOT_FOUND'],
    [413, 'too_large', 'INVALID_ARGUMENT'],
    [429, 'paused', 'RESOURCE_EXHAUSTED'],
    [500, 'internal', 'INTERNAL'],
    [502, 'upstream_unavailable', 'UNAVAILABLE'],
    [503, 'unavailable', 'UNAVAILABLE'],
    [504, 'upstream_unavailable', 'DEADLINE_EXCEEDED'],
  ]
  for (const [status, code, name] of statuses) {
    const info = {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: `PERQ_${code.toUpperCase()}`,
      domain: 'perq',
      metadata: { call: 'c1' },
    }
    assert.deepEqual(shown({ status, code, message: 'Perq: no.' }), {
      status,
      body: { error: { code: status, message: 'Perq: no.', status: name, details: [info] } },
    })
  }
  const { body } = shown({ status: 429, code: 'paused', message: 'Perq: wait.', retryAfter: 20 })
  assert.match(JSON.stringify(body), /"@type":"type.googleapis.com\/google.rpc.RetryInfo","retryDelay":"20s"/)
})
