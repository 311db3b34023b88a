import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { parseBook } from '#prices/book.ts'
import { batchPrice, cost } from '#prices/cost.ts'
import { createResolver } from '#prices/resolve.ts'
import type { Price, TokenCounts } from '#prices/types.ts'
import { messages } from './anthropic/messages.ts'
import type { Ask, MeteredRoute } from './door.ts'
import { isNoAsk } from './fields.ts'
import { generateContent } from './gemini/generate.ts'
import { chat } from './openai/chat.ts'
import { responses } from './openai/responses.ts'
import { limitsOf, planCall, type Plan } from './plan.ts'
import { readJson, type JsonBody } from './relay/body.ts'

// The provider below knows nothing of how Perq bounds a request: it reads the bytes that are sent, takes the worst that is
// published for each part of them, and spreads what it read over the dearest items it may bill.

const book = parseBook(JSON.parse(readFileSync(new URL('../prices/book.json', import.meta.url), 'utf8')))
const resolver = createResolver({ books: [{ version: 1, recordedAt: 0, book }], overrides: [] })
const NOW = Date.UTC(2026, 10, 21)

type Json = Record<string, unknown>
type Side = 'openai' | 'anthropic' | 'google'
type Request = {
  readonly route: MeteredRoute
  readonly provider: Side
  readonly model: string
  readonly body: Json
}

const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const said = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.lorem({ maxCount: 40 }),
  fc.lorem({ maxCount: 900, size: 'max' }),
  fc.constantFrom('', '\u0000\u0001"\\', '<|im_start|>'.repeat(8), '𝔘𝔫𝔦', 'naïve 漢字 🏳️‍🌈'),
)
const limit = some(fc.integer({ min: 1, max: 300_000 }))
const schema = fc.record({ type: fc.constant('object'), description: said })
const clean = (body: Json): Json =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))

const chatRequest: fc.Arbitrary<Request> = fc
  .record({
    model: fc.constantFrom('gpt-5.2', 'gpt-5.4', 'gpt-4o', 'gpt-4'),
    messages: fc.array(
      fc.record({
        role: fc.constantFrom('system', 'user', 'assistant'),
        content: fc.oneof(
          said,
          fc.array(
            fc.oneof(
              said.map((text) => ({ type: 'text', text })),
              fc.constant({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }),
            ),
            { maxLength: 3 },
          ),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    tools: some(
      fc.array(
        schema.map((parameters) => ({ type: 'function', function: { name: 'f', parameters } })),
        { maxLength: 3 },
      ),
    ),
    n: some(fc.integer({ min: 1, max: 9 })),
    max_tokens: limit,
    max_completion_tokens: limit,
  })
  .map((body) => ({ route: chat, provider: 'openai', model: body.model, body: clean(body) }))

const responsesRequest: fc.Arbitrary<Request> = fc
  .record({
    model: fc.constantFrom('gpt-5.2', 'gpt-5.4', 'gpt-5-mini'),
    instructions: some(said),
    input: fc.oneof(
      said,
      fc.array(
        fc.oneof(
          said.map((content) => ({ role: 'user', content })),
          said.map((text) => ({ role: 'assistant', content: [{ type: 'output_text', text }] })),
          said.map((output) => ({ type: 'function_call_output', call_id: 'c', output })),
          said.map((text) => ({ type: 'function_call', name: 'f', arguments: JSON.stringify({ text }) })),
          fc.constant({ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }),
        ),
        { minLength: 1, maxLength: 4 },
      ),
    ),
    tools: some(
      fc.array(
        fc.oneof(
          schema.map((parameters) => ({ type: 'function', name: 'f', parameters })),
          fc.constant({ type: 'web_search' }),
          fc.constant({ type: 'apply_patch' }),
        ),
        { maxLength: 3 },
      ),
    ),
    max_tool_calls: some(fc.nat(12)),
    max_output_tokens: limit,
  })
  .map((body) => ({ route: responses, provider: 'openai', model: body.model, body: clean(body) }))

const marked = (block: Json): fc.Arbitrary<Json> =>
  fc.constantFrom<Json>(
    block,
    { ...block, cache_control: { type: 'ephemeral' } },
    { ...block, cache_control: { type: 'ephemeral', ttl: '1h' } },
  )
const block = said.chain((text) => marked({ type: 'text', text }))

const messagesRequest: fc.Arbitrary<Request> = fc
  .record({
    model: fc.constantFrom('claude-opus-4-8', 'claude-haiku-4-5', 'claude-sonnet-4-5'),
    max_tokens: fc.integer({ min: 1, max: 200_000 }),
    system: some(fc.oneof(said, fc.array(block, { maxLength: 2 }))),
    messages: fc.array(
      fc.record({
        role: fc.constantFrom('user', 'assistant'),
        content: fc.oneof(
          said,
          fc.array(
            fc.oneof(
              block,
              said.map((thinking) => ({ type: 'thinking', thinking, signature: 's' })),
              said.map((text) => ({ type: 'tool_use', id: 't', name: 'f', input: { text } })),
              fc.constant({ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }),
            ),
            { maxLength: 3 },
          ),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    thinking: some(
      fc.integer({ min: 1_024, max: 9_000 }).map((budget_tokens) => ({ type: 'enabled', budget_tokens })),
    ),
    tools: some(
      fc.array(
        fc.oneof(
          schema.map((input_schema) => ({ name: 'f', input_schema })),
          fc.constant({ type: 'bash_20250124', name: 'bash' }),
          some(fc.integer({ min: 1, max: 12 })).map((max_uses) =>
            clean({ type: 'web_search_20250305', name: 'web_search', max_uses }),
          ),
          some(fc.integer({ min: 1, max: 12 })).map((max_uses) =>
            clean({ type: 'web_fetch_20250910', name: 'web_fetch', max_uses }),
          ),
        ),
        { maxLength: 3 },
      ),
    ),
  })
  .map((body) => ({ route: messages, provider: 'anthropic', model: body.model, body: clean(body) }))

const geminiRequest: fc.Arbitrary<Request> = fc
  .record({
    contents: fc.array(
      fc.record({
        role: fc.constantFrom('user', 'model'),
        parts: fc.array(fc.record({ text: said }), { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    systemInstruction: some(fc.record({ parts: fc.array(fc.record({ text: said }), { maxLength: 2 }) })),
    tools: some(
      fc.constant([{ functionDeclarations: [{ name: 'f', description: 'A function.', parameters: {} }] }]),
    ),
    generationConfig: some(
      fc.record({ maxOutputTokens: limit, candidateCount: some(fc.integer({ min: 1, max: 8 })) }).map(clean),
    ),
  })
  .map((body) => ({
    route: generateContent,
    provider: 'google',
    model: 'gemini-3.1-pro-preview',
    body: clean(body),
  }))

const listOf = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : [])
const numberIn = (value: unknown): number | null => (typeof value === 'number' ? value : null)

/** Every text in a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}

const kinds = (value: unknown, type: string): number => {
  if (typeof value !== 'object' || value === null) return 0
  const own = (value as Json)['type'] === type ? 1 : 0
  return Object.values(value).reduce((sum: number, each) => sum + kinds(each, type), own)
}

/** Tokens by the worst tokenizer there can be: one for each byte. */
const byBytes = (text: string): number => Buffer.byteLength(text)

const IMAGE = { openai: 48_169, anthropic: 4_784, google: 0 }
const TOOL_PROMPT = 735

/** The most that a provider reads in a request at once. */
function readsAtMost(
  { provider }: Request,
  sent: Json,
  price: Price,
  tokensOf: (text: string) => number,
): number {
  const talk = [
    sent['messages'],
    sent['input'],
    sent['contents'],
    sent['system'],
    sent['instructions'],
    sent['systemInstruction'],
  ]
  const turns = Math.max(...talk.map((value) => listOf(value).length), 1)
  const tools = listOf(sent['tools'])
  const own = tools.filter(({ type }) => typeof type === 'string' && type !== 'function').length
  const images = kinds(talk, 'image_url') + kinds(talk, 'image')
  const text = textsIn(talk).reduce((sum, each) => sum + tokensOf(each), 0)
  const defined = tools.length === 0 ? 0 : byBytes(JSON.stringify(tools)) + TOOL_PROMPT * (1 + own)
  const inBody = 3 + 5 * turns + text + defined + images * IMAGE[provider]
  return kinds(talk, 'input_file') > 0 ? Math.max(inBody, price.contextWindow ?? 0) : inBody
}

/** How often the provider's own tools may run, and how many of these runs are searches, by what was sent. */
function usesIn(sent: Json): { all: number; searches: number } {
  const uses = { all: 0, searches: 0 }
  for (const { type, max_uses: most } of listOf(sent['tools'])) {
    if (type === 'web_search') {
      const calls = numberIn(sent['max_tool_calls'])
      assert.notEqual(calls, null, 'a limit of calls is sent')
      return { all: calls!, searches: calls! }
    }
    const search = String(type).startsWith('web_search_')
    if (!search && !String(type).startsWith('web_fetch_')) continue
    assert.equal(typeof most, 'number', 'every web tool is sent with a limit')
    uses.all += Number(most)
    if (search) uses.searches += Number(most)
  }
  return uses
}

function writesAtMost(sent: Json, price: Price): number {
  const config = (sent['generationConfig'] ?? {}) as Json
  const limits = [
    sent['max_tokens'],
    sent['max_completion_tokens'],
    sent['max_output_tokens'],
    config['maxOutputTokens'],
  ].map(numberIn)
  const given = limits.filter((each) => each !== null)
  assert.ok(given.length > 0, 'a limit of output is sent')
  const copies = numberIn(sent['n']) ?? numberIn(config['candidateCount']) ?? 1
  return Math.min(Math.max(...given), price.maxOutput) * copies
}

/** Input spread over what may be billed for it: the cache of Anthropic takes only what is marked. */
function spread(request: Request, sent: Json, input: number, shares: readonly number[]) {
  const text = JSON.stringify(sent)
  const marks = request.provider !== 'anthropic' || text.includes('cache_control')
  const hours = request.provider === 'anthropic' && text.includes('"1h"')
  const [read = 0, short = 0, long = 0] = shares
  const cacheRead = Math.floor((input * read) / 4)
  const cacheWrite5m = marks ? Math.floor((input * short) / 4) : 0
  const cacheWrite1h = hours ? Math.floor((input * long) / 4) : 0
  return { input: input - cacheRead - cacheWrite5m - cacheWrite1h, cacheRead, cacheWrite5m, cacheWrite1h }
}

function planned(ask: Ask, price: Price, bytes: number): Plan {
  const plan = planCall(ask, price, bytes)
  assert.ok(plan.kind === 'plan', plan.kind === 'refused' ? plan.message : '')
  return plan
}

type Check = {
  readonly request: Request
  readonly body: JsonBody
  readonly ask: Ask
  readonly price: Price
  readonly share: number
  readonly shares: readonly number[]
  readonly tokensOf: (text: string) => number
}

/** Whatever is held between least and most pays for the worst that the provider can make of what is sent then. */
function holds({ request, body, ask, price, share, shares, tokensOf }: Check): void {
  const plan = planned(ask, price, body.bytes.length)
  const held = plan.min + ((plan.max - plan.min) * BigInt(share)) / 1_000n
  const limits = limitsOf(ask, plan, price, held)
  const sent = JSON.parse(
    Buffer.concat(request.route.rewrite(body, ask, limits.output, limits.uses)).toString(),
  ) as Json
  const uses = usesIn(sent)
  const input = readsAtMost(request, sent, price, tokensOf) + uses.all * (price.contextWindow ?? 0)
  const tokens: TokenCounts = {
    ...spread(request, sent, input, shares),
    output: writesAtMost(sent, price),
    searches: uses.searches,
  }
  assert.ok(
    cost(price, tokens).nano <= held,
    `${cost(price, tokens).nano} > ${held}: ${JSON.stringify(sent)}`,
  )
}

const shares = fc.constantFrom([0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4], [1, 1, 2], [0, 1, 1], [2, 1, 0])

function asked(request: Request): { body: JsonBody; ask: Ask; price: Price } {
  const body = readJson(Buffer.from(JSON.stringify(request.body)), request.route.guarded)
  assert.equal(body.kind, 'json')
  const place = { upstreamPath: '', model: request.provider === 'google' ? request.model : null }
  const ask = request.route.ask(body as JsonBody, place, [])
  assert.ok(!isNoAsk(ask), isNoAsk(ask) ? ask.message : '')
  const price = resolver.resolve(request.provider, request.model, NOW)
  assert.ok(price, request.model)
  return { body: body as JsonBody, ask: ask as Ask, price }
}

for (const [name, request] of [
  ['chat completions', chatRequest],
  ['responses', responsesRequest],
  ['messages', messagesRequest],
  ['Gemini', geminiRequest],
] as const)
  test(`whatever a provider can bill for what is sent is held before: ${name}`, () => {
    fc.assert(
      fc.property(request, fc.nat(1_000), shares, fc.boolean(), (one, share, parts, batch) => {
        const { body, ask, price } = asked(one)
        const at = batch ? batchPrice(price) : price
        holds({ request: one, body, ask, price: at, share, shares: parts, tokensOf: byBytes })
      }),
      { numRuns: 300 },
    )
  })

test('counted input is held no lower than the tokens the model reads', async () => {
  const plain = { disallowedSpecial: new Set<string>() }
  const tokensOf = (text: string): number => encode(text, plain).length
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(chatRequest, responsesRequest),
      fc.nat(1_000),
      shares,
      async (one, share, parts) => {
        const { body, ask, price } = asked(one)
        const counted = await one.route.exact!(body, ask, price.model)
        if (!counted) return
        assert.ok(counted.input.tokens <= ask.input.tokens)
        holds({ request: one, body, ask: counted, price, share, shares: parts, tokensOf })
      },
    ),
    { numRuns: 150 },
  )
})
