import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { cost } from '#prices/cost.ts'
import type { TokenCounts } from '#prices/types.ts'
import { testGateway, type Employee, type TestGateway, type UsageRow } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n
const GPT = 'gpt-5.2'
const HAIKU = 'claude-haiku-4-5'
const OPUS = 'claude-opus-4-8'
const SEARCH = { type: 'web_search_20250305', name: 'web_search' } as const

describe('web search at the provider, as the official SDKs ask for it', () => {
  let at: TestGateway
  let who: Employee
  before(async () => {
    at = await testGateway()
    who = await at.employee(1_000n * DOLLAR)
  })
  after(() => at.close())

  async function charged(
    provider: 'openai' | 'anthropic',
    model: string,
    tokens: TokenCounts,
  ): Promise<UsageRow> {
    const row = (await at.usage(who.wallet)).at(-1)
    const price = at.prices.resolve(provider, model, at.world.now())
    assert.ok(row && price)
    assert.equal(row.cost, cost(price, tokens).nano)
    assert.equal(row.charged, row.cost)
    assert.equal(row.searches, BigInt(tokens.searches ?? 0))
    assert.equal(row.estimated, false)
    assert.ok(row.held >= row.cost)
    return row
  }
  const ofClaude = ({ usage }: { usage: Anthropic.Usage }): TokenCounts => ({
    input: usage.input_tokens,
    cacheRead: usage.cache_read_input_tokens ?? 0,
    cacheWrite5m: usage.cache_creation_input_tokens ?? 0,
    cacheWrite1h: 0,
    output: usage.output_tokens,
    searches: usage.server_tool_use?.web_search_requests ?? 0,
  })
  const ofGpt = ({ usage, output }: OpenAI.Responses.Response): TokenCounts => ({
    input: usage!.input_tokens - usage!.input_tokens_details.cached_tokens,
    cacheRead: usage!.input_tokens_details.cached_tokens,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: usage!.output_tokens,
    searches: output.filter(({ type }) => type === 'web_search_call').length,
  })

  test('each search has its fee, and what is read again is paid as input', async () => {
    const content = 'Please search the web 2 times for the news.'
    const ask = {
      model: HAIKU,
      max_tokens: 2_000,
      messages: [{ role: 'user' as const, content }],
      tools: [SEARCH],
    }
    const whole = await who.anthropic.messages.create(ask)
    assert.equal(whole.content.filter(({ type }) => type === 'web_search_tool_result').length, 2)
    await charged('anthropic', HAIKU, { ...ofClaude(whole), searches: 2 })
    const streamed = await who.anthropic.messages.stream(ask).finalMessage()
    assert.deepEqual(
      streamed.content.map(({ type }) => type),
      whole.content.map(({ type }) => type),
    )
    await charged('anthropic', HAIKU, { ...ofClaude(streamed), searches: 2 })

    const question = { model: GPT, input: content, tools: [{ type: 'web_search' as const }] }
    const response = await who.openai.responses.create(question)
    await charged('openai', GPT, { ...ofGpt(response), searches: 2 })
    const final = await who.openai.responses.stream(question).finalResponse()
    await charged('openai', GPT, { ...ofGpt(final), searches: 2 })
  })

  test('a limit of uses is kept: no more searches run than were held for', async () => {
    const content = 'Please search the web 9 times.'
    const ask = { model: HAIKU, max_tokens: 2_000, messages: [{ role: 'user' as const, content }] }
    const carried = await who.anthropic.messages.create({ ...ask, tools: [SEARCH] })
    assert.equal(carried.usage.server_tool_use?.web_search_requests, 3)
    const asked = await who.anthropic.messages.create({ ...ask, tools: [{ ...SEARCH, max_uses: 20 }] })
    assert.equal(asked.usage.server_tool_use?.web_search_requests, 8)
    await charged('anthropic', HAIKU, ofClaude(asked))
    const fewer = await who.anthropic.messages.create({ ...ask, tools: [{ ...SEARCH, max_uses: 1 }] })
    assert.equal(fewer.usage.server_tool_use?.web_search_requests, 1)
  })

  test('agents that only carry such a tool along work from a normal wallet, several at once', async () => {
    const modest = await at.employee(40n * DOLLAR)
    const system = 'You are a coding agent. '.repeat(2_000)
    const tools = [{ type: 'web_search' as const, external_web_access: false }]
    const codex = { model: GPT, instructions: system, input: 'Fix the bug.', tools }
    const claude = {
      model: OPUS,
      system,
      max_tokens: 32_000,
      messages: [{ role: 'user' as const, content: 'Fix the bug.' }],
      tools: [SEARCH],
    }
    const calls = [1, 2, 3].map(() => modest.openai.responses.create(codex))
    await Promise.all([...calls, modest.anthropic.messages.stream(claude).finalMessage()])
    const rows = await at.usage(modest.wallet)
    assert.equal(rows.length, 4)
    for (const row of rows)
      assert.ok(row.searches === 0n && row.charged === row.cost && row.charged < row.held)
  })

  test('a wallet too small for one search is refused with the way to do without', async () => {
    const poor = await at.employee(DOLLAR / 5n)
    const before = at.upstreamRequests()
    await assert.rejects(
      poor.openai.responses.create({ model: GPT, input: 'Hi', tools: [{ type: 'web_search' }] }),
      (error) => error instanceof OpenAI.BadRequestError && /web_search = "disabled"/.test(error.message),
    )
    await assert.rejects(
      poor.anthropic.messages.create({
        model: HAIKU,
        max_tokens: 2_000,
        messages: [{ role: 'user', content: 'Hi' }],
        tools: [SEARCH],
      }),
      (error) => error instanceof Anthropic.BadRequestError && /WebSearch/.test(error.message),
    )
    assert.equal(at.upstreamRequests(), before)
    assert.ok((await poor.openai.responses.create({ model: GPT, input: 'Hi' })).output_text)
    // Nobody is sent to a switch that would not help.
    const empty = await at.employee(1_000n)
    await assert.rejects(
      empty.openai.responses.create({ model: GPT, input: 'Hi', tools: [{ type: 'web_search' }] }),
      (error) => error instanceof OpenAI.BadRequestError && !/web_search = /.test(error.message),
    )
  })

  test('a wallet short for the bytes of a prompt is held for its tokens', async () => {
    const text = 'The quick brown fox jumps over the lazy dog, again and again. '.repeat(1_000)
    const short = await at.employee(DOLLAR / 20n)
    const reply = await short.openai.chat.completions.create({
      model: GPT,
      messages: [{ role: 'user', content: text }],
    })
    assert.ok(reply.choices[0]?.message.content)
    const [row] = await at.usage(short.wallet)
    assert.ok(row && row.held >= row.cost && row.absorbed === 0n)
    // Even counted it is too dear, so it is refused with what it needs by its tokens; an empty wallet is not counted for.
    const few = await at.employee((DOLLAR * 3n) / 100n)
    await assert.rejects(
      few.openai.chat.completions.create({ model: GPT, messages: [{ role: 'user', content: text }] }),
      (error) => error instanceof OpenAI.BadRequestError && /needs at least \$0\.0[34]/.test(error.message),
    )
    const none = await at.employee(1_000_000n)
    await assert.rejects(
      none.openai.chat.completions.create({ model: GPT, messages: [{ role: 'user', content: text }] }),
      (error) => error instanceof OpenAI.BadRequestError && /needs at least \$0\.1/.test(error.message),
    )
  })
})
