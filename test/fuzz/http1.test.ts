import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from './http1.ts'

/** A fixed budget; `node test/fuzz/http1.ts 1000000 --seed 1` takes as many as you like. */
const CASES = 12_000
const SEED = 20_261_121

test('what our own HTTP/1.1 takes has the meaning and the end that llhttp gives it, however it is cut', () => {
  const { requests, replies } = fuzz(CASES, SEED)
  // Enough of every kind for the comparison to mean something.
  assert.ok(requests.done > CASES / 4 && requests.refused > CASES / 4, JSON.stringify(requests))
  assert.ok(replies.done > CASES / 4 && replies.refused > CASES / 10, JSON.stringify(replies))
})
