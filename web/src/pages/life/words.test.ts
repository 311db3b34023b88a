import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { GrantPlan, LeavePlan, PlanEntry } from '../../lib/life.ts'
import {
  amountsWords,
  eventsIn,
  grouped,
  leaveAnswer,
  leaveSteps,
  lostOf,
  policyWords,
  reasonIn,
  ruleWords,
  sumsOf,
  usableLines,
  whyWords,
} from './words.ts'

const DOLLAR = 1_000_000_000n
const entry = (kind: PlanEntry['kind'], dollars: bigint, more: Partial<PlanEntry> = {}): PlanEntry => ({
  when: 'leaving',
  kind,
  source: 'available',
  target: 'expired',
  amount: String(dollars * DOLLAR),
  grant_id: null,
  lot_id: null,
  tranche: null,
  expires_at: null,
  purposes: null,
  why: 'because',
  ...more,
})
const grant = (more: Partial<GrantPlan> = {}): GrantPlan => ({
  grant_id: 'g',
  name: 'Grant',
  asset: 'USD',
  rule: { unvested: 'forfeit', vested: { kind: 'window', days: 90 }, held: 'finish' },
  rule_source: 'contract',
  entries: [],
  held: '0',
  usable: [],
  continues: [],
  ...more,
})
const plan = (grants: readonly GrantPlan[]): LeavePlan => ({
  on: '2028-03-31',
  last_day: '2028-03-30',
  reason: 'VOLUNTARY_OTHER',
  held: 'finish',
  access_until: null,
  access_purposes: null,
  grants,
  withdrawn: [],
  vested_late: [],
  hash: '0',
})

test('what is lost is what leaving takes; what would have expired anyway is told apart', () => {
  const [sum] = sumsOf(
    plan([
      grant({
        entries: [
          entry('vested', 5n, { when: 'by_then' }),
          entry('expire', 3n, { when: 'by_then' }),
          entry('forfeit', 7n),
          entry('expire', 2n),
          entry('revoke', 1n),
          entry('carry', 9n),
        ],
        usable: [{ lot_id: 'l', quantity: String(9n * DOLLAR), purposes: null, until: '2028-06-28' }],
      }),
    ]),
  )
  assert.ok(sum)
  assert.equal(lostOf(sum), 10n * DOLLAR)
  assert.deepEqual([sum.vests, sum.expiresAnyway, sum.usable], [5n * DOLLAR, 3n * DOLLAR, 9n * DOLLAR])
})

test('hours and dollars make no sum, and dollars come first', () => {
  const hours = grant({
    asset: 'GPU_SECOND/H100-SXM/priority',
    entries: [entry('forfeit', 0n, { amount: '3600' })],
  })
  const sums = sumsOf(plan([hours, grant({ entries: [entry('forfeit', 7n)] })]))
  assert.deepEqual(
    sums.map(({ asset, forfeited }) => [asset, forfeited]),
    [
      ['USD', 7n * DOLLAR],
      ['GPU_SECOND/H100-SXM/priority', 3_600n],
    ],
  )
  assert.match(
    leaveAnswer(plan([hours, grant({ entries: [entry('forfeit', 7n)] })])),
    /\$7\.00 and 1 H100-SXM GPU-hour, priority are lost\. Nothing can be used afterwards\./,
  )
})

test('dollars are one thing, hours are many, and one hour is one', () => {
  const hours = (amount: string): string =>
    leaveAnswer(
      plan([
        grant({
          asset: 'GPU_SECOND/H100-SXM/priority',
          entries: [entry('forfeit', 0n, { amount })],
        }),
      ]),
    )
  assert.match(hours('7200'), /2 H100-SXM GPU-hours, priority are lost/)
  assert.match(hours('3600'), /1 H100-SXM GPU-hour, priority is lost/)
})

test('the answer says the last day, what vests, what is lost and the last of what can be used', () => {
  const usable = [
    { lot_id: 'a', quantity: String(2n * DOLLAR), purposes: null, until: '2028-04-30' },
    { lot_id: 'b', quantity: String(3n * DOLLAR), purposes: null, until: '2028-06-28' },
  ]
  const entries = [entry('vested', 5n, { when: 'by_then' }), entry('forfeit', 7n)]
  assert.equal(
    leaveAnswer(plan([grant({ entries, usable })])),
    'By Mar 30, 2028, the last day, $5.00 more vests; $7.00 is lost. $5.00 can still be used, until Jun 28, 2028 at the latest.',
  )
  const forever = [{ lot_id: 'a', quantity: String(DOLLAR), purposes: null, until: null }]
  assert.match(
    leaveAnswer(plan([grant({ usable: forever })])),
    /\$1\.00 can still be used, without an end\.$/,
  )
})

test('lots that end alike are one line, soonest first; other purposes are another', () => {
  const one = (quantity: bigint, until: string | null, purposes: ['open_source'] | null = null) => ({
    lot_id: String(quantity),
    quantity: String(quantity),
    purposes,
    until,
  })
  const usable = [
    one(1n, null),
    one(2n, '2028-06-28'),
    one(3n, '2028-06-28', ['open_source']),
    one(4n, '2028-06-28'),
  ]
  assert.deepEqual(
    usableLines([grant({ usable })]).map(({ quantity, until, purposes }) => [quantity, until, purposes]),
    [
      [6n, '2028-06-28', null],
      [3n, '2028-06-28', ['open_source']],
      [1n, null, null],
    ],
  )
})

test('entries told together lose nothing of their sum', () => {
  const entries = [entry('expire', 1n), entry('expire', 2n), entry('expire', 4n, { why: 'its own end' })]
  assert.deepEqual(
    grouped(entries).map(({ count, sum }) => [count, sum]),
    [
      [2, 3n * DOLLAR],
      [1, 4n * DOLLAR],
    ],
  )
})

test('what is dated on the day of leaving is never drawn as vested, unless it vests because of it', () => {
  const tranches = ['2028-01-31', '2028-02-29', '2028-03-31'].map((date, at) => ({
    n: at + 1,
    date,
    quantity: String(DOLLAR),
    state: at === 0 ? ('vested' as const) : ('upcoming' as const),
  }))
  const byThen = entry('vested', 1n, { when: 'by_then', tranche: 2 })
  const lost = grant({ entries: [byThen, entry('forfeit', 1n)] })
  const steps = leaveSteps(tranches, plan([lost]), lost)
  assert.equal(steps.planned.at(-1)?.total, 3n * DOLLAR)
  assert.equal(steps.kept.at(-1)?.total, 2n * DOLLAR)
  const gained = grant({ entries: [byThen, entry('vested', 1n, { tranche: 4 })] })
  assert.equal(leaveSteps(tranches, plan([gained]), gained).kept.at(-1)?.total, 3n * DOLLAR)
})

test('a reason is told as people say it, and its amounts as the asset writes them', () => {
  assert.equal(
    whyWords('VOLUNTARY_OTHER: portability: 0.25 of 4000000000 for learning; 2028-03-31 + 90 days', 'USD'),
    'Resignation: portability: 0.25 of $4.00 for learning; 2028-03-31 + 90 days',
  )
  assert.equal(reasonIn('INVOLUNTARY_DEATH'), 'INVOLUNTARY_DEATH')
  assert.equal(reasonIn('bored'), 'VOLUNTARY_OTHER')
})

test('rules, leaves and events are told in words', () => {
  assert.equal(
    ruleWords(grant()),
    'As the contract says: what has not vested is forfeited, what has vested can be used for 90 days more, calls that run finish and are paid.',
  )
  assert.equal(
    policyWords({ policy: 'pause_extend', grace_days: 30 }),
    'pauses from the 31st day away; what falls into it comes as much later.',
  )
  assert.equal(policyWords({ policy: 'pause_forfeit', grace_days: 0 }), 'pauses; what falls into it is lost.')
  assert.match(policyWords({ policy: 'pause_forfeit', grace_days: 11 }), /from the 12th day/)
  assert.equal(amountsWords([{ asset: 'USD', amount: 0n }]), 'nothing')
  const terms = {
    statements: { parts: [{ statements: [{ event_condition: { event_id: 'ipo' } }] }] },
    clauses: { acceleration: [{ events: ['change_in_control', 'ipo'] }] },
  }
  assert.deepEqual(eventsIn(terms), ['ipo', 'change_in_control'])
})
