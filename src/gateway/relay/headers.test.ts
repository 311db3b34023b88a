import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replyHeaders, requestHeaders } from './headers.ts'

test('no header of a client makes a cloud serve the call at another price, from another place or for another', () => {
  const dropped = [
    'X-Amzn-Bedrock-Service-Tier',
    'X-Amzn-Bedrock-PerformanceConfig-Latency',
    'X-Vertex-AI-LLM-Request-Type',
    'x-ms-spillover-deployment',
    'x-portkey-config',
    'cf-aig-cache-ttl',
    'Helicone-Fallbacks',
    'X-Goog-User-Project',
    'OpenAI-Project',
  ]
  const sent = requestHeaders(dropped.flatMap((name) => [name, 'x']))
  assert.deepEqual(sent, ['accept-encoding', 'identity'])
  const kept = ['anthropic-beta', 'a', 'x-stainless-lang', 'js', 'x-client-request-id', 'y']
  assert.deepEqual(requestHeaders(kept), [...kept, 'accept-encoding', 'identity'])
})

test('what `connection` names stays on its connection, both ways and in any case, and the rest goes on', () => {
  const list = [
    'Connection',
    'close, X-Hop',
    'x-hop',
    '1',
    'X-HOP',
    '2',
    'x-kept',
    '3',
    'Keep-Alive',
    'timeout=5',
  ]
  assert.deepEqual(requestHeaders(list), ['x-kept', '3', 'accept-encoding', 'identity'])
  assert.deepEqual(replyHeaders(list, { length: true }), ['x-kept', '3'])
  assert.deepEqual(requestHeaders(['connection', 'keep-alive', 'keep-alive', 'x']), [
    'accept-encoding',
    'identity',
  ])
})

test('names without number change nothing of what becomes of a header', () => {
  for (let n = 0; n < 10_000; n += 1) assert.equal(requestHeaders([`x-own-${n}`, 'v']).length, 4)
  assert.deepEqual(requestHeaders(['AUTHORIZATION', 'x', 'x-own-1', 'v']).slice(0, 2), ['x-own-1', 'v'])
  assert.deepEqual(replyHeaders(['Content-Length', '3', 'X-Perq-Call', 'forged'], { length: false }), [])
  assert.deepEqual(replyHeaders(['Content-Length', '3'], { length: true }), ['Content-Length', '3'])
})
