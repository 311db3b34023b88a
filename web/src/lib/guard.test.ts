import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Guard } from './contract.ts'
import { crowdOf, crowdWords } from './guard.ts'

const DOLLAR = 1_000_000_000
const usual = { window: 'day', baseline: '0', notify_at: '0', slow_at: '0' } as const

/** A day whose pause is at $200, so that calls wait for each other above $220. */
const guard = (held: number, spent: number, more: Partial<Guard> = {}): Guard => ({
  state: 'open',
  since: null,
  window: 'day',
  spent: '0',
  limit: '0',
  baseline: '0',
  held: String(held * DOLLAR),
  raised: null,
  windows: [{ ...usual, spent: String(spent * DOLLAR), pause_at: String(200 * DOLLAR) }],
  ...more,
})

test('calls that crowd others out are told as soon as a confirmation would make room, and not before', () => {
  assert.equal(crowdOf(guard(110, 0)), null)
  assert.equal(crowdOf(guard(111, 0)), 'tight')
  assert.equal(crowdOf(guard(20, 91)), 'tight')
  assert.equal(crowdOf(guard(199, 0)), 'tight')
  assert.equal(crowdOf(guard(150, 50)), 'full')
})

test('what is paused or slowed has its own words, and what was only spent crowds nobody', () => {
  assert.equal(crowdOf(guard(210, 0, { state: 'paused' })), null)
  assert.equal(crowdOf(guard(210, 0, { state: 'slow' })), null)
  assert.equal(crowdOf(guard(0, 190)), null)
  assert.equal(crowdOf(guard(210, 0, { state: 'off', windows: [] })), null)
})

test('the words name what is held, and what was spent only if anything was', () => {
  assert.equal(crowdWords(guard(205, 0)), 'Running calls hold $205.00.')
  assert.equal(
    crowdWords(guard(205, 12)),
    'Running calls hold $205.00, and $12.00 was spent in the last 24 hours.',
  )
})
