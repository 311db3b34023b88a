import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestHeaders } from './headers.ts'

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
