import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Agreement } from '../../lib/agreements.ts'
import type { GrantEvent } from '../../lib/grants.ts'
import { entriesToBe } from './entries.ts'
import { standingOf } from './standing.ts'

const drafted = (by: string): GrantEvent => ({
  id: 'e',
  kind: 'drafted',
  on: '2026-01-01',
  body: {},
  at: '2026-01-01T00:00:00.000Z',
  by: { id: by, name: by },
})
const grant = { person: { id: 'maya', name: 'Maya', email: 'maya@perq.test' }, events: [drafted('tomas')] }
const asked = (needed: 1 | 2, ...by: string[]): Pick<Agreement, 'approvals' | 'approvals_needed'> => ({
  approvals_needed: needed,
  approvals: by.map((person_id) => ({ person_id, at: '', note: '', content_hash: '' })),
})
const may = (id: string) => ({ id, permissions: ['grant:approve'] })

test('nobody approves their own pay, twice, without the right, or as the author who decides', () => {
  assert.deepEqual(standingOf(grant, asked(1), may('ines')), { kind: 'may', decides: true })
  assert.deepEqual(standingOf(grant, asked(1), may('tomas')), { kind: 'may', decides: true })
  assert.deepEqual(standingOf(grant, asked(2), may('tomas')), { kind: 'may', decides: false })
  assert.deepEqual(standingOf(grant, asked(2, 'tomas'), may('ines')), { kind: 'may', decides: true })
  for (const [standing, why] of [
    [standingOf(grant, asked(1), may('maya')), /own pay/],
    [standingOf(grant, asked(2, 'ines'), may('ines')), /You have approved/],
    [standingOf(grant, asked(2, 'ines'), may('tomas')), /You wrote it/],
    [standingOf(grant, asked(1), { id: 'ada', permissions: [] }), /role/],
  ] as const) {
    assert.ok(standing.kind === 'may_not')
    assert.match(standing.why, why)
  }
})

test('the entries to be are the promise and what has its day by then, and nothing else', () => {
  const tranches = [
    { n: 1, date: '2026-01-31', quantity: '10' },
    { n: 2, date: '2026-02-28', quantity: '11' },
    { n: 3, date: null, quantity: '9' },
  ]
  const moves = (day: string) =>
    entriesToBe('30', tranches, day).map(({ from, to, amount }) => `${from} ${to} ${amount}`)
  assert.deepEqual(moves('2026-01-30'), ['promised unvested 30'])
  assert.deepEqual(moves('2026-02-28'), [
    'promised unvested 30',
    'unvested available 10',
    'unvested available 11',
  ])
})
