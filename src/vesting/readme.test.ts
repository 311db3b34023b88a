import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { preview } from './preview.ts'

const PAGES = [
  { name: 'the README', url: new URL('README.md', import.meta.url), examples: 8 },
  { name: 'docs/vesting.md', url: new URL('../../docs/vesting.md', import.meta.url), examples: 12 },
]

for (const page of PAGES) {
  const block = /```jsonl\n([\s\S]*?)```/.exec(readFileSync(page.url, 'utf8'))?.[1] ?? ''
  const examples = block.split(/^# /m).slice(1)

  test(`${page.name} has its ${page.examples} worked examples`, () => {
    assert.equal(examples.length, page.examples)
  })

  for (const example of examples) {
    const [title, request, answer] = example.trim().split('\n')
    test(`${page.name}: worked example ${title} holds byte for byte`, () => {
      assert.equal(preview(request ?? ''), answer)
    })
  }
}
