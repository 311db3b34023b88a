import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { preview } from './preview.ts'

const request = {
  id: 'a',
  template: [{ order: 1, percentage: '1', schedule: { occurrences: 1, period: 1, period_type: 'MONTHS' } }],
  quantity: '4800',
  runtime: { startDate: '2025-01-31' },
}
const ask = (more: object): unknown => JSON.parse(preview(JSON.stringify({ ...request, ...more })))
const codeOf = (answer: string): unknown => (JSON.parse(answer) as { error?: { code: string } }).error?.code

test('an answer carries its request’s id and amounts as text', () => {
  assert.equal(
    preview(JSON.stringify(request)),
    '{"id":"a","installments":[["2025-02-28","4800"]],"total":"4800"}',
  )
  assert.deepEqual(ask({ id: 7 }), { id: 7, installments: [['2025-02-28', '4800']], total: '4800' })
})

test('sixty digits stay exact', () => {
  const quantity = '9'.repeat(60)
  assert.deepEqual(ask({ quantity }), { id: 'a', installments: [['2025-02-28', quantity]], total: quantity })
})

test('a quantity that is no integer text is refused', () => {
  for (const quantity of [4800, '1.5', '-1', '', '9'.repeat(61), null, undefined]) {
    assert.equal(codeOf(preview(JSON.stringify({ ...request, quantity }))), 'invalid', String(quantity))
  }
})

test('a malformed line is answered with id null', () => {
  for (const line of ['', '{', 'null', '[]', '"x"', '{"id":"a"} trailing']) {
    assert.match(preview(line), /^\{"id":null,"error":\{"code":"invalid","message":"line is /)
  }
})

const docs = readFileSync(new URL('../../docs/vesting.md', import.meta.url), 'utf8')
const lives: readonly unknown[] = docs
  .split('\n')
  .filter((line) => line.startsWith('{"id"') && line.includes('"template"'))
  .map((line): unknown => JSON.parse(line))

/** A copy in which the `at`th value, counted through all depths, is another. */
function altered(value: unknown, at: { left: number }, other: unknown): unknown {
  at.left -= 1
  if (at.left === 0) return other
  if (Array.isArray(value)) return value.map((item) => altered(item, at, other))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, altered(item, at, other)]))
}

test('a life with any one thing wrong in it is answered, never a bug', () => {
  assert.equal(lives.length, 12)
  const wrong = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('', '0', '-1', '1.5', '9999-12-31', '0001-01-01', '2024-02-30', 0, 1e9, [], {}, [{}]),
  )
  fc.assert(
    fc.property(fc.constantFrom(...lives), fc.integer({ min: 1, max: 80 }), wrong, (life, left, other) => {
      const answer = preview(JSON.stringify(altered(life, { left }, other)))
      assert.ok(!answer.includes('\n'))
      assert.notEqual(codeOf(answer), 'internal', answer)
    }),
    { numRuns: 2_000 },
  )
})

test('whatever comes in, one line goes out and nothing is thrown', () => {
  const anyRequest = fc.record(
    { id: fc.jsonValue(), template: fc.jsonValue(), quantity: fc.jsonValue(), runtime: fc.jsonValue() },
    { requiredKeys: [] },
  )
  const lines = fc.oneof(
    fc.string(),
    fc.json(),
    anyRequest.map((value) => JSON.stringify(value)),
  )
  fc.assert(
    fc.property(lines, (line) => {
      const answer = preview(line)
      assert.ok(!answer.includes('\n'))
      assert.notEqual(codeOf(answer), 'internal')
    }),
  )
})
