import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLimiter } from './limiter.ts'

test('a key gets its attempts in each window and no more, and other keys are not touched', () => {
  let now = 0
  const limiter = createLimiter({ max: 3, windowMs: 1_000, keysMax: 100, now: () => now })
  assert.deepEqual(
    [1, 2, 3, 4].map(() => limiter.take('a')),
    [true, true, true, false],
  )
  assert.equal(limiter.take('b'), true)
  now = 999
  assert.equal(limiter.take('a'), false)
  now = 1_000
  assert.equal(limiter.take('a'), true)
})

test('a flood of keys forgets the oldest ones instead of growing', () => {
  const limiter = createLimiter({ max: 1, windowMs: 1_000, keysMax: 10, now: () => 0 })
  for (let i = 0; i < 1_000; i++) assert.equal(limiter.take(`key ${i}`), true)
  assert.equal(limiter.take('key 999'), false, 'a young one is still known')
  assert.equal(limiter.take('key 0'), true, 'an old one is forgotten')
})
