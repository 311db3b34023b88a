import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Model } from '../../lib/contract.ts'
import { chosen, whoWords } from './who.ts'

const model = (name: string, kind: Model['class'], output: string): Model => ({
  provider: 'openai',
  model: name,
  class: kind,
  effective_from: null,
  rates: {
    input: '1',
    cache_read: '1',
    cache_write_5m: '1',
    cache_write_1h: '1',
    output,
    audio_input: null,
    audio_cache_read: null,
  },
  fees: { web_search: null },
  tiers: [],
  context_window: null,
  max_output: 1,
  version: 1,
  source: 'a book',
  recorded_at: null,
  recorded_by: null,
  licence: null,
  own_price: false,
  who: { everyone: true, levels: [] },
  yours: true,
})

test('who may use a model is told in words, and nobody is told as nobody', () => {
  assert.equal(whoWords({ everyone: true, levels: [] }), 'Everyone')
  assert.equal(whoWords({ everyone: false, levels: [] }), 'Nobody')
  const levels = [
    { track: 'IC', from: 4 },
    { track: 'D', from: 0 },
  ]
  assert.equal(whoWords({ everyone: false, levels }), 'IC4 and up, all D')
})

test('models stand by class, the dearest first, and filters only take away', () => {
  const all = [model('b', 'small', '2'), model('a', 'frontier', '3'), model('c', 'frontier', '20')]
  assert.deepEqual(
    chosen(all, {}).map((each) => each.model),
    ['c', 'a', 'b'],
  )
  assert.deepEqual(
    chosen(all, { class: 'small' }).map((each) => each.model),
    ['b'],
  )
  assert.deepEqual(chosen(all, { q: 'zzz' }), [])
})
