import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import type { Ask, MeteredRoute } from '../door.ts'
import { isNoAsk } from '../fields.ts'
import { readJson, type JsonBody } from '../relay/body.ts'
import { knowsTokensOf, loadTokenizer } from '../relay/tokenizer.ts'
import { chat } from './chat.ts'
import { responses } from './responses.ts'

const MODEL = 'gpt-5.2'

function read(route: MeteredRoute, value: object): { body: JsonBody; ask: Ask } {
  const body = readJson(Buffer.from(JSON.stringify(value)), route.guarded)
  assert.equal(body.kind, 'json')
  const ask = route.ask(body as JsonBody, { upstreamPath: '', model: null }, [])
  assert.ok(!isNoAsk(ask))
  return { body: body as JsonBody, ask: ask as Ask }
}

async function exactOf(route: MeteredRoute, value: object): Promise<{ bytes: number; exact: number }> {
  const { body, ask } = read(route, value)
  const exact = await route.exact!(body, ask, MODEL)
  assert.ok(exact)
  return { bytes: ask.input.tokens, exact: exact.input.tokens }
}

/** As the provider documents it: three marks around each message, its role, and three to begin the reply. */
const tokensOf = (messages: readonly { role: string; content: string }[]): number =>
  messages.reduce((sum, { role: from, content }) => {
    const plain = { disallowedSpecial: new Set<string>() }
    return sum + 3 + encode(from).length + encode(content, plain).length
  }, 3)

const words = fc.stringMatching(/^[ -~]{0,80}$/)
const text = fc.oneof(
  words,
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.array(fc.stringMatching(/^[ -~]{40}$/), { minLength: 50, maxLength: 60 }).map((all) => all.join(' ')),
  fc.lorem({ maxCount: 900, size: 'max' }),
  fc.constantFrom(
    '<|endoftext|>'.repeat(9),
    'a'.repeat(700),
    ' \n'.repeat(80),
    '🏳️‍🌈'.repeat(40),
    '漢字'.repeat(60),
  ),
)
const role = fc.constantFrom('system' as const, 'user' as const, 'assistant' as const)
const conversation = fc.array(fc.record({ role, content: text }), { minLength: 1, maxLength: 8 })

test('the exact bound is never above the bound by bytes, and never below the tokens of the chat', async () => {
  await fc.assert(
    fc.asyncProperty(conversation, async (messages) => {
      const real = tokensOf(messages)
      const parts = messages.map((message) => ({
        ...message,
        content: [
          { type: 'text', text: message.content.slice(0, 40) },
          { type: 'text', text: message.content.slice(40) },
        ],
      }))
      for (const value of [messages, parts]) {
        const { bytes, exact } = await exactOf(chat, { model: MODEL, messages: value })
        assert.ok(exact <= bytes && exact >= real, `${real} ≤ ${exact} ≤ ${bytes}`)
      }
      const input = { model: MODEL, input: messages, instructions: messages[0]!.content }
      const { bytes, exact } = await exactOf(responses, input)
      assert.ok(exact <= bytes && exact >= real, `${real} ≤ ${exact} ≤ ${bytes}`)
    }),
    { numRuns: 60 },
  )
})

test('prose is counted far below its bytes, tools and pictures as before', async () => {
  const content = 'A plain sentence that anybody could have written on any day. '.repeat(500)
  const tools = [{ type: 'function', function: { name: 'f', description: content } }]
  const { bytes, exact } = await exactOf(chat, { model: MODEL, messages: [{ role: 'user', content }] })
  assert.ok(exact < bytes / 3)
  const more = await exactOf(chat, { model: MODEL, messages: [{ role: 'user', content }], tools })
  assert.ok(more.exact - exact >= content.length)
  const image_url = { url: 'https://example.com/a.png' }
  const seen = [{ role: 'user', content: [{ type: 'image_url', image_url }] }]
  assert.ok((await exactOf(chat, { model: MODEL, messages: seen })).exact > 48_169)
})

test('a model whose tokenizer is not known, or content outside the body, is never counted', async () => {
  const outside = { model: MODEL, input: 'hi', previous_response_id: 'resp_1' }
  const { body, ask } = read(responses, outside)
  assert.equal(await responses.exact!(body, ask, MODEL), null)
  const plain = read(chat, { model: 'm', messages: [] })
  assert.equal(await chat.exact!(plain.body, plain.ask, 'gpt-4'), null)
  for (const model of ['gpt-4', 'gpt-3.5-turbo', 'gpt-5.9', 'gpt-50', 'text-embedding-3-small'])
    assert.equal(knowsTokensOf(model), false, model)
  for (const model of ['gpt-4o-mini', 'gpt-4.1', 'gpt-5', 'gpt-5-mini', 'gpt-5.2-codex', 'o3-mini'])
    assert.equal(knowsTokensOf(model), true, model)
})

test('a body that is too long to count keeps its bound by bytes', async () => {
  const { body, ask } = read(chat, {
    model: MODEL,
    messages: [{ role: 'user', content: 'word '.repeat(700_000) }],
  })
  assert.equal(await chat.exact!(body, ask, MODEL), null)
})

test('text without a break costs no more time than its length', async () => {
  const tokenizer = await loadTokenizer()
  assert.equal(tokenizer.count('x'.repeat(1_000_000)), 1_000_000)
  assert.equal(tokenizer.count('hello world'), 2)
})
