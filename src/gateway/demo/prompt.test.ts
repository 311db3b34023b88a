import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replyTo, type Prompt } from './prompt.ts'

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const tools = [
  { name: 'weather', schema },
  { name: 'read_file', schema },
]
const prompt = (last: string, results = 0): Prompt => ({
  model: 'demo',
  text: last,
  last,
  images: 0,
  tools,
  results,
  forcedTool: false,
  schema: null,
})
const called = (last: string, results = 0) => replyTo(prompt(last, results), 1_000).tool

test('a named tool is called with the given arguments, whatever braces they hold', () => {
  const given = { path: 'a {b} "c".txt', deep: { list: [1, { two: 2 }] } }
  const order = `Please use the tool read_file with ${JSON.stringify(given)}, then {stop}.`
  assert.deepEqual(called(order), { name: 'read_file', json: JSON.stringify(given) })
})

test('a tool is called as often as asked, then the model answers in words', () => {
  const order = 'use the tool read_file 3 times with {}'
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((results) => called(order, results)?.name ?? 'words'),
    ['read_file', 'read_file', 'read_file', 'words', 'words'],
  )
  assert.equal(called('use the tool read_file', 1), null)
})

test('a request for some tool gets the first, with arguments of its schema; one for none gets words', () => {
  const made = { name: 'weather', json: '{"city":"example"}' }
  assert.deepEqual(called('Use the weather tool.'), made)
  assert.deepEqual(called('use the tool nothing_like_it with {"a":1}'), made)
  assert.equal(called('Say hello.'), null)
})
