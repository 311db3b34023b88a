import assert from 'node:assert/strict'
import { test } from 'node:test'

import { PLACEHOLDER, guides } from './snippets.ts'

const setup = {
  openai_base_url: 'https://perq.test/openai/v1',
  anthropic_base_url: 'https://perq.test/anthropic',
  gemini_base_url: 'https://perq.test/gemini',
  models: { openai: [], anthropic: [], gemini: [] },
  suggested: { openai: 'gpt-x', anthropic: 'claude-x', gemini: 'gemini-x', embedding: 'embed-x' },
}
const text = (tool: string, secret?: string): string =>
  guides(setup, secret)
    .find((guide) => guide.tool === tool)
    ?.snippets.map((snippet) => snippet.text)
    .join('\n') ?? ''

test('Claude Code gets a base URL without /v1 and a bearer token', () => {
  assert.match(text('claude-code'), /^export ANTHROPIC_BASE_URL=https:\/\/perq\.test\/anthropic$/m)
  assert.match(text('claude-code', 'pq_s'), /^export ANTHROPIC_AUTH_TOKEN=pq_s$/m)
})

test('a Claude seat keeps its own account and tells Perq by OTLP in JSON', () => {
  assert.match(text('claude-seat'), /^export OTEL_EXPORTER_OTLP_ENDPOINT=https:\/\/perq\.test\/otlp$/m)
  assert.match(text('claude-seat', 'pq_s'), /^export OTEL_EXPORTER_OTLP_HEADERS="x-perq-key=pq_s"$/m)
  assert.match(text('claude-seat'), /^export OTEL_EXPORTER_OTLP_PROTOCOL=http\/json$/m)
  assert.doesNotMatch(text('claude-seat'), /ANTHROPIC_/)
})

test('Codex gets the Responses API and reads its key from the environment', () => {
  assert.match(text('codex'), /^wire_api = "responses"$/m)
  assert.match(text('codex'), /^base_url = "https:\/\/perq\.test\/openai\/v1"$/m)
  assert.match(text('codex'), /^env_key = "PERQ_KEY"$/m)
})

test('Gemini CLI gets its key, a base URL without a version, and the settings without which it takes no key', () => {
  assert.match(text('gemini-cli'), /^export GOOGLE_GEMINI_BASE_URL=https:\/\/perq\.test\/gemini$/m)
  assert.match(text('gemini-cli', 'pq_s'), /^export GEMINI_API_KEY=pq_s$/m)
  const [settings] = guides(setup).find(({ tool }) => tool === 'gemini-cli')?.snippets ?? []
  assert.deepEqual(JSON.parse(settings?.text ?? ''), {
    security: { auth: { selectedType: 'gemini-api-key' } },
  })
})

test('Gemini CLI is called with a model, so that it asks no other one first', () => {
  assert.match(text('gemini-cli'), /^gemini -m gemini-x$/m)
})

test('the Gemini SDK gets a base URL without a version', () => {
  assert.match(text('gemini'), /baseUrl: 'https:\/\/perq\.test\/gemini' \}/)
  assert.match(text('gemini'), /base_url="https:\/\/perq\.test\/gemini"/)
})

test('a fresh secret is filled in everywhere, and without one its name stands in its place', () => {
  for (const guide of guides(setup, 'pq_fresh')) {
    const all = guide.snippets.map((snippet) => snippet.text).join('\n')
    assert.ok(all.includes('pq_fresh'), guide.name)
    assert.ok(!all.includes(PLACEHOLDER), guide.name)
  }
  for (const guide of guides(setup))
    assert.ok(guide.snippets.some((snippet) => snippet.text.includes(PLACEHOLDER)))
})

test('the bodies of the curl calls are JSON', () => {
  const bodies = [...text('curl').matchAll(/-d '(.*)'/g)].map((match) => JSON.parse(match[1] ?? ''))
  assert.deepEqual(
    bodies.map((body) => body.model),
    ['gpt-x', 'claude-x', undefined],
  )
  assert.match(text('curl'), /\/v1beta\/models\/gemini-x:generateContent/)
})
