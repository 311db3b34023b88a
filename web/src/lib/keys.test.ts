import assert from 'node:assert/strict'
import { test } from 'node:test'

import { commandOf } from './keys.ts'
import { queryOf, readFilters } from './links.ts'

const stroke = (key: string, more: { mod?: boolean; typing?: boolean } = {}) => ({
  key,
  mod: false,
  typing: false,
  ...more,
})

test('G leads, and the letter after it goes somewhere else than the letter alone', () => {
  assert.equal(commandOf(stroke('g'), false), 'lead')
  assert.equal(commandOf(stroke('k'), true), 'keys')
  assert.equal(commandOf(stroke('k'), false), 'previous-row')
  assert.equal(commandOf(stroke('x'), true), null)
})

test('who types a text is never interrupted, except for the palette', () => {
  assert.equal(commandOf(stroke('c', { typing: true }), false), null)
  assert.equal(commandOf(stroke('k', { typing: true, mod: true }), false), 'palette')
  assert.equal(commandOf(stroke('c', { mod: true }), false), null)
})

test('equal filters make equal addresses, and strangers in an address are ignored', () => {
  assert.equal(queryOf({ account: 'held', lot: undefined, call: '' }), '?account=held')
  assert.deepEqual(readFilters({ account: 'held', evil: 'x', call: ['a'], from: 'x'.repeat(101) }), {
    account: 'held',
  })
})
