import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Wallet } from '../../lib/contract.ts'
import { change, spendSummary, walletAnswer } from './answers.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const wallet = (some: Partial<Wallet>): Wallet => ({
  person: { id: 'p', name: 'P' },
  asset: 'USD',
  unit: 'nano-dollar',
  as_of: new Date(NOW).toISOString(),
  version: '1',
  granted: '0',
  unvested: '0',
  available: '100000000000',
  held: '0',
  spent: '0',
  expired: '0',
  forfeited: '0',
  revoked: '0',
  lots: [],
  holds: [],
  next_vest: { date: '2026-12-01', quantity: '50000000000', grant_id: 'g', grant_name: 'G' },
  next_expiry: null,
  spent_30d: '0',
  spent_prev_30d: '0',
  pace_per_day: '5000000000',
  runway_days: 20,
  plan_per_day: '0',
  runway_plan_days: null,
  seats: [],
  ...some,
})

test('the answer says whether the next tranche comes before the money ends', () => {
  assert.match(
    walletAnswer(wallet({}), NOW),
    /it lasts 20 days, to Dec 11, 2026\. Before that, \$50\.00 vests on Dec 1/,
  )
  assert.match(
    walletAnswer(wallet({ runway_days: 4 }), NOW),
    /The next \$50\.00 vests on Dec 1, 2026, 6 days later\./,
  )
})

test('an empty wallet says when there will be something again, or that there will not', () => {
  assert.match(
    walletAnswer(wallet({ available: '0' }), NOW),
    /^Nothing can be spent until \$50\.00 vests .*in 10 days/,
  )
  assert.match(walletAnswer(wallet({ available: '0', next_vest: null }), NOW), /no tranche is left/)
})

test('without spending nothing runs out', () => {
  assert.match(walletAnswer(wallet({ pace_per_day: '0', runway_days: null }), NOW), /nothing runs out/)
})

test('a comparison with nothing or with next to nothing names the amount, not a percentage', () => {
  assert.deepEqual(change(5n, 0n), { direction: 'up', words: 'from $0.00 in the 30 days before' })
  assert.match(change(50_000_000_000n, 1_000_000_000n).words, /^from \$1\.00/)
  assert.equal(change(90_000_000_000n, 100_000_000_000n).words, '10% down from $100.00')
  assert.equal(change(5n, 5n).direction, 'same')
})

test('the sentence over the chart adds up its days', () => {
  const days = [
    { day: '2026-11-20', total: '3000000000', calls: 2, by: {} },
    { day: '2026-11-21', total: '1000000000', calls: 1, by: {} },
  ]
  assert.equal(
    spendSummary(days),
    '$4.00 in 2 days by 3 calls: $2.00 a day on average, most on Nov 20 with $3.00.',
  )
})
