import assert from 'node:assert/strict'
import { test } from 'node:test'

import { burstWords, raisedWords } from '../../lib/guard.ts'
import type { Alert, AlertKind, Guard, GuardWindow } from '../../lib/contract.ts'
import { lookOf, reachedOf, todoOf, unseenFirst } from './answers.ts'

const window: GuardWindow = {
  window: 'hour',
  spent: '0',
  baseline: '10',
  notify_at: '15',
  slow_at: '25',
  pause_at: '40',
}
const guard: Guard = {
  state: 'paused',
  since: '2026-11-21T14:00:00.000Z',
  window: 'hour',
  spent: '412000000000',
  limit: '152000000000',
  baseline: '38000000000',
  held: '0',
  raised: null,
  windows: [window],
}
const alert = (id: string, some: Partial<Alert> = {}): Alert => ({
  id,
  at: '2026-11-21T14:00:00.000Z',
  kind: 'budget',
  title: 'T',
  message: 'M',
  seen_at: null,
  link: '/',
  person: null,
  ...some,
})

test('a window has reached a mark from the mark on', () => {
  const reached = ['0', '14', '15', '25', '39', '40'].map((spent) => reachedOf({ ...window, spent }))
  assert.deepEqual(reached, [null, null, 'notify', 'slow', 'slow', 'pause'])
})

test('a pause is told with what was spent, in which time, and what is usual', () => {
  assert.equal(burstWords(guard), '$412.00 in the last hour, where up to $38.00 is usual.')
  assert.equal(burstWords({ ...guard, baseline: '0' }), '$412.00 in the last hour.')
  const raised = { times: 2, until: '2026-11-21T16:40:00.000Z' }
  assert.equal(raisedWords({ ...guard, raised }), 'Limits are 2 × the usual ones until 16:40 UTC.')
})

test('unseen alerts come first, each part in the order in which it came', () => {
  const seen = { seen_at: '2026-11-21T15:00:00.000Z' }
  const list = [alert('a', seen), alert('b'), alert('c', seen), alert('d')]
  assert.deepEqual(
    unseenFirst(list).map(({ id }) => id),
    ['b', 'd', 'a', 'c'],
  )
})

test('every kind of alert says what to do, and what concerns a pace leads to what ran that day', () => {
  const kinds: AlertKind[] = [
    'velocity_notify',
    'velocity_slow',
    'velocity_paused',
    'velocity_resumed',
    'absorbed',
    'budget',
  ]
  for (const kind of kinds) assert.ok(todoOf(kind).length > 10)
  assert.equal(lookOf(alert('a', { kind: 'velocity_paused' }))?.href, '/usage?day=2026-11-21')
  assert.equal(lookOf(alert('a', { kind: 'absorbed', link: '/usage?call=x' }))?.href, '/usage?call=x')
})
