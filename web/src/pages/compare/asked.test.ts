import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askOf, fragmentOf } from '../../lib/compare.ts'
import { BLANK, EXAMPLE, plainNumber, withPath } from './asked.ts'

test('a comparison that travels in an address comes out as it went in, whatever is written in it', () => {
  for (const ask of [EXAMPLE, BLANK, withPath(EXAMPLE, 'offers.0.name', 'Zürich ✓ – 東京')])
    assert.deepEqual(askOf(`#${fragmentOf(ask)}`), ask)
  for (const broken of [
    '',
    '#',
    '#v1.',
    '#v1.%%%',
    '#v2.abc',
    `#v1.${btoa('{"offers":7}')}`,
    `#v1.${btoa('[]')}`,
  ])
    assert.equal(askOf(broken), null, broken)
})

test('a field is changed where its path says, and nothing else is', () => {
  const changed = withPath(EXAMPLE, 'offers.1.compute.0.available', '0.5')
  assert.equal(changed.offers[1]!.compute![0]!.available, '0.5')
  assert.deepEqual(withPath(changed, 'offers.1.compute.0.available', undefined), EXAMPLE)
  assert.equal(withPath(BLANK, 'assumptions.used', '1').assumptions!['used'], '1')
  assert.equal(withPath(BLANK, 'offers.0.equity.years.0', '0.1').offers[0]!.equity!.years![0], '0.1')
})

test('numbers are taken as people type them', () => {
  assert.equal(plainNumber('$400,000 '), '400000')
  assert.equal(plainNumber(' '), undefined)
})
