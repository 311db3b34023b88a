import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Usage, UsageSums } from '../../lib/contract.ts'
import { adviceOf, cachedShare, meanPerCall, stepsSummary, tokensWords, usageAnswer } from './answers.ts'

const tokens = {
  input: 20,
  audio_input: 0,
  cache_read: 60,
  audio_cache_read: 0,
  cache_write_5m: 20,
  cache_write_1h: 0,
  output: 10,
  reasoning: 0,
  searches: 0,
}
const sums = (spent: string, calls: number): UsageSums => ({ spent, absorbed: '0', calls, tokens })
const usage = (some: Partial<Usage>): Usage => ({
  unit: 'nano-dollar',
  from: '2026-11-20',
  to: '2026-11-21',
  by: 'model',
  step: 'day',
  total: sums('4000000000', 4),
  previous: { from: '2026-11-18', to: '2026-11-19', total: sums('0', 0) },
  groups: [
    { value: 'big', name: 'big', ...sums('3000000000', 1) },
    { value: 'little', name: 'little', ...sums('1000000000', 3) },
  ],
  steps: [
    { at: '2026-11-20', spent: '3000000000', calls: 1, amounts: ['3000000000', '0'] },
    { at: '2026-11-21', spent: '1000000000', calls: 3, amounts: ['0', '1000000000'] },
  ],
  ...some,
})

test('the answer says how many calls, what each cost, where most went and what a cache saved', () => {
  assert.equal(
    usageAnswer(usage({})),
    '4 calls, $1.00 each on average. 75% went to big. 60% of the input came from a cache.',
  )
  assert.match(usageAnswer(usage({ by: 'class' })), /went to big models\./)
  assert.equal(usageAnswer(usage({ total: sums('0', 0), groups: [] })), 'No call was paid for in this time.')
})

test('the sentence over the chart names its dearest day or hour', () => {
  assert.equal(stepsSummary(usage({})), '$4.00 on 2 of 2 days: most on Nov 20, 2026, $3.00.')
  const hour = { at: '2026-11-20T14:00:00.000Z', spent: '4000000000', calls: 4, amounts: [] }
  assert.equal(
    stepsSummary(usage({ step: 'hour', steps: [hour] })),
    '$4.00 in 1 of 1 hours: most at 14:00–15:00 UTC, $4.00.',
  )
})

test('a mean is rounded half to even, and of no calls there is none', () => {
  assert.equal(meanPerCall(sums('5', 2)), 2n)
  assert.equal(meanPerCall(sums('0', 0)), null)
  assert.equal(cachedShare(sums('1', 1)), '60%')
})

test('counts of tokens keep the digits that tell something', () => {
  assert.deepEqual([0, 950, 1_500, 90_312_000, 123_456_789].map(tokensWords), [
    '0',
    '950',
    '1.5K',
    '90.3M',
    '123M',
  ])
})

test('every refusal that the gateway makes has a remedy of its own', () => {
  const codes = ['budget_exhausted', 'key_budget_exhausted', 'model_not_allowed', 'unknown_model']
  const paces = ['velocity_slow', 'velocity_paused', 'route_closed', 'upstream_unavailable', 'too_large']
  for (const code of [...codes, ...paces]) assert.notEqual(adviceOf({ code }).title, 'Refused', code)
  assert.equal(adviceOf({ code: 'of tomorrow' }).title, 'Refused')
})
