import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { preview } from './preview.ts'

const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
const block = /```jsonl\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
const examples = block.split(/^# /m).slice(1)

test('the README has its eight worked examples', () => {
  assert.equal(examples.length, 8)
})

for (const example of examples) {
  const [title, request, answer] = example.trim().split('\n')
  test(`worked example ${title} holds byte for byte`, () => {
    assert.equal(preview(request ?? ''), answer)
  })
}
