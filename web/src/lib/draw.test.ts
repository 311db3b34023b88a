import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Lot } from './contract.ts'
import { drawOrder, isOpen, scopeWords } from './draw.ts'

const lot = (id: string, some: Partial<Lot>): Lot => ({
  id,
  grant_id: 'g',
  grant_name: 'G',
  tranche: 1,
  priority: 50,
  scope: {},
  effective_at: '2026-01-01T00:00:00.000Z',
  expires_at: null,
  vested: '10',
  available: '10',
  held: '0',
  spent: '0',
  expired: '0',
  revoked: '0',
  ...some,
})

test('lots pay by priority, then soonest expiry, then oldest; one that never expires pays last', () => {
  const order = drawOrder([
    lot('never', {}),
    lot('late', { expires_at: '2027-01-01T00:00:00.000Z' }),
    lot('soon', { expires_at: '2026-06-01T00:00:00.000Z' }),
    lot('older', { expires_at: '2026-06-01T00:00:00.000Z', effective_at: '2025-01-01T00:00:00.000Z' }),
    lot('first', { priority: 10 }),
  ])
  assert.deepEqual(
    order.map(({ id }) => id),
    ['first', 'older', 'soon', 'late', 'never'],
  )
})

test('a lot with only held value is still open: the hold may come back', () => {
  assert.equal(isOpen(lot('a', { available: '0', held: '1' })), true)
  assert.equal(isOpen(lot('a', { available: '0' })), false)
})

test('an absent list means anywhere, an empty one nowhere', () => {
  assert.equal(scopeWords({}), 'Any model')
  assert.equal(scopeWords({ classes: [] }), 'nowhere')
  assert.equal(
    scopeWords({ classes: ['small', 'standard'], purposes: ['open_source'] }),
    'small, standard models · open source only',
  )
})
