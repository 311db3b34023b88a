import assert from 'node:assert/strict'
import { test } from 'node:test'
import { STATUSES } from '../../lib/grants.ts'
import { countOf, grantsAnswer, STATUS, TABS } from './words.ts'

test('every status is under exactly one tab and has words', () => {
  const tabbed = TABS.flatMap(({ statuses }) => statuses)
  assert.deepEqual(tabbed.toSorted(), [...STATUSES].toSorted())
  assert.ok(STATUSES.every((status) => STATUS[status].says.endsWith('.')))
})

test('the answer names what waits, and for whom', () => {
  assert.equal(grantsAnswer({ active: 3 }), 'Nothing waits for anybody.')
  assert.equal(grantsAnswer({ pending: 1 }), '1 waits for approval.')
  assert.equal(
    grantsAnswer({ pending: 2, approved: 1, offered: 3 }),
    '2 wait for approval, 1 is approved and to be offered and 3 are with their people.',
  )
  assert.equal(countOf({ pending: 2, offered: 1 }, ['pending', 'offered', 'draft']), 3)
})
