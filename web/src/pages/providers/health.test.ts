import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Provider } from '../../lib/contract.ts'
import { coverOf, firstByteWords, healthOf, milliseconds, trafficWords } from './health.ts'

const SPAN = { calls: 0, failures: 0, failovers: 0, first_byte_p50_ms: null, first_byte_p95_ms: null }
const provider = (more: Partial<Provider>): Provider => ({
  id: 'id',
  name: 'name',
  protocol: 'openai',
  base_url: 'https://example.com/v1',
  has_key: true,
  enabled: true,
  priority: 50,
  models: null,
  stand_in: false,
  created_at: '2026-01-01T00:00:00.000Z',
  state: 'healthy',
  cooling_until: null,
  hour: SPAN,
  day: SPAN,
  spent_30d: '0',
  last_error: null,
  ...more,
})

test('a provider that is switched off is told as off, whatever it did before', () => {
  assert.equal(healthOf(provider({ enabled: false, state: 'down' })).text, 'off')
  assert.equal(healthOf(provider({ state: 'cooling' })).tone, 'warn')
  assert.equal(healthOf(provider({ state: 'down' })).tone, 'bad')
})

test('a protocol that nobody answers, or that one alone answers, is named', () => {
  const cover = coverOf([
    provider({ protocol: 'openai', state: 'down' }),
    provider({ protocol: 'anthropic' }),
    provider({ protocol: 'gemini' }),
    provider({ protocol: 'gemini', state: 'cooling' }),
  ])
  assert.deepEqual(cover, {
    open: ['anthropic', 'gemini'],
    alone: ['anthropic'],
    missing: ['openai'],
  })
})

test('latency is read in the unit that fits it', () => {
  assert.deepEqual([null, 7, 1_234, 61_000].map(milliseconds), ['–', '7 ms', '1.2 s', '61 s'])
})

test('what was tried is told without counting what did not happen', () => {
  const day = {
    ...SPAN,
    calls: 1_200,
    failures: 3,
    failovers: 1,
    first_byte_p50_ms: 7,
    first_byte_p95_ms: 1_234,
  }
  assert.equal(trafficWords([provider({})]), 'Nothing was asked of them in 24 hours.')
  assert.equal(
    trafficWords([provider({ day: { ...SPAN, calls: 1 } })]),
    'In 24 hours 1 try, and none failed.',
  )
  assert.equal(
    trafficWords([provider({ day }), provider({ day })]),
    'In 24 hours 2,400 tries: 6 failed, 2 were taken over by another provider.',
  )
  assert.deepEqual([provider({}), provider({ day })].map(firstByteWords), ['–', '7 ms / 1.2 s'])
})
