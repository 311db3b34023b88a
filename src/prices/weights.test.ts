import assert from 'node:assert/strict'
import { test } from 'node:test'
import compiled from './book.json' with { type: 'json' }
import { parseBook } from './book.ts'
import { weightsOf } from './weights.ts'

test('published weights are known by their family, with and without a host’s prefix; all else is proprietary', () => {
  const open = [
    'gpt-oss-120b',
    'openai/gpt-oss-20b:free',
    'gemma-3-27b-it',
    'google/gemma-4-12b',
    'meta-llama/llama-4-maverick',
    'Qwen/Qwen3-Coder-480B-A35B-Instruct',
    'deepseek-v4',
    'accounts/fireworks/models/kimi-k2-instruct',
    'mistralai/mixtral-8x22b',
  ]
  for (const model of open) assert.equal(weightsOf({ model }), 'open', model)
  const closed = ['gpt-5.2', 'claude-opus-4-8', 'gemini-3.8-flash', 'o3', 'gemmaton', 'llamafied', 'my-gemma']
  for (const model of closed) assert.equal(weightsOf({ model }), 'proprietary', model)
})

test('no model of the price book is open by accident', () => {
  const open = parseBook(compiled).models.filter((model) => weightsOf(model) === 'open')
  for (const { model } of open) assert.match(model, /^(gpt-oss|gemma)/)
})
