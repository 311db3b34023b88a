import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readReply } from './reply.ts'
import { fieldsOf, NO_TOKENS, providerIdOf } from './usage.ts'

/** Every usage that is an object is another number of tokens. */
const tokensIn = (usage: unknown) => {
  const fields = fieldsOf(usage)
  return fields ? { ...NO_TOKENS, input: JSON.stringify(fields).length } : null
}

const names = fc.constantFrom(
  'id',
  'usage',
  'model',
  'choices',
  'a"usage',
  'usage"',
  '\\usage',
  '"usage":{',
  '',
)
const texts = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '"usage"',
    '"usage":{"a":1}',
    'x"usage',
    '\\"usage":{}}',
    '{"usage":{"a":1}}',
    'é"',
    '"id":"x"',
  ),
)
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(texts, fc.integer(), fc.boolean(), fc.constant(null)),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  object: fc.dictionary(names, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}))
const entries = fc.uniqueArray(fc.tuple(names, anything), { maxLength: 6, selector: ([name]) => name })

test('the id and the usage of a reply are those that a parse of all of it finds, whatever stands between and around', () => {
  fc.assert(
    fc.property(entries, fc.option(names), fc.constantFrom(0, 2), (list, last, indent) => {
      // As providers order them, but for a last name that may be another.
      const middle = list.filter(([name]) => last === null || (name !== 'id' && name !== last))
      const all =
        last === null
          ? middle
          : [['object', 'reply'], ['id', 'r_1'], ...middle, [last, { a: 1 }], ['tier', 'default']]
      const text = JSON.stringify(Object.fromEntries(all), null, indent)
      const reading = readReply(Buffer.from(text), tokensIn)
      const whole = fieldsOf(JSON.parse(text))!
      assert.deepEqual(reading.tokens, tokensIn(whole['usage']), text)
      assert.equal(reading.providerId, providerIdOf(whole['id']), text)
    }),
    { numRuns: 5_000 },
  )
})

test('a reply that was cut has no usage, and one that is no JSON none either', () => {
  const text = JSON.stringify({ id: 'r_1', choices: [{ text: 'a' }], usage: { a: { b: 1 } }, tier: 'x' })
  for (let size = 0; size < text.length; size += 1)
    assert.equal(readReply(Buffer.from(text.slice(0, size)), tokensIn).tokens, null, text.slice(0, size))
  for (const other of ['', 'no', '"usage"', '{"usage"}', '["usage",{"a":1}]', `${text}}`, `[${text}]`])
    assert.equal(readReply(Buffer.from(other), tokensIn).tokens, null, other)
})
