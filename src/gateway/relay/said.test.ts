import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { heard, sayings } from './said.ts'
import { loadTokenizer } from './tokenizer.ts'
import { chargeable, NO_READING } from './usage.ts'

const piece = fc.oneof(fc.stringMatching(/^[ -~]{0,30}$/), fc.string({ unit: 'grapheme', maxLength: 12 }))

test('what was delivered is never charged below its tokens, and never above the limit of output', async () => {
  const tokenizer = await loadTokenizer()
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 60 }), fc.nat(400), async (pieces, maxOutput) => {
      const said = sayings()
      for (const each of pieces) said.add(each)
      const seen = heard([said], true)
      const counted = await seen.counted!()
      const guess = { plainInput: 10, maxInput: 100, maxOutput, counted }
      const { tokens } = chargeable({ ...NO_READING, ...seen }, guess)
      const real = Math.max(tokenizer.count(pieces.join('')), pieces.filter(Boolean).length)
      assert.equal(tokens.output, Math.min(real, maxOutput))
    }),
    { numRuns: 50 },
  )
})

test('a long reply is counted as it goes by, and its text is not kept', async () => {
  await loadTokenizer()
  const said = sayings()
  const line = 'Another line of the very long reply that went by.\n'
  for (let n = 0; n < 8_000; n += 1) said.add(line)
  const counted = await said.counted()
  const tokenizer = await loadTokenizer()
  const real = tokenizer.count(line.repeat(8_000))
  assert.ok(Math.abs(counted - real) <= 16, `${counted} for ${real}`)
  assert.equal(said.bytes(), line.length * 8_000)
})
