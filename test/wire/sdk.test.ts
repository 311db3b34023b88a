import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { cost } from '#prices/cost.ts'
import type { TokenCounts } from '#prices/types.ts'
import { testGateway, type Employee, type TestGateway, type UsageRow } from '../support/gateway.ts'

const MODEL = 'gpt-5.2'
const CLAUDE = 'claude-opus-4-8'
const DOLLAR = 1_000_000_000n

const WEATHER = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } },
  required: ['city', 'days'],
} as const

type ChatUsage = {
  prompt_tokens: number
  completion_tokens: number
  prompt_tokens_details?: { cached_tokens?: number } | null
}
type ClaudeUsage = {
  input_tokens: number
  output_tokens: number
  cache_read_input_tokens: number | null
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number } | null
}

/** Written anew from the providers' own definitions, so that the gateway's reading is checked and not repeated. */
function ofChat(usage: ChatUsage): TokenCounts {
  const cacheRead = usage.prompt_tokens_details?.cached_tokens ?? 0
  const input = usage.prompt_tokens - cacheRead
  return { input, cacheRead, cacheWrite5m: 0, cacheWrite1h: 0, output: usage.completion_tokens }
}
const ofClaude = (usage: ClaudeUsage): TokenCounts => ({
  input: usage.input_tokens,
  cacheRead: usage.cache_read_input_tokens ?? 0,
  cacheWrite5m: usage.cache_creation?.ephemeral_5m_input_tokens ?? 0,
  cacheWrite1h: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
  output: usage.output_tokens,
})

async function idsOf(list: AsyncIterable<{ id: string }>): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of list) ids.push(id)
  return ids
}

describe('the official SDKs, changed only in base URL and key', () => {
  let at: TestGateway
  let who: Employee
  before(async () => {
    at = await testGateway()
    who = await at.employee(1_000n * DOLLAR)
  })
  after(() => at.close())

  /** The last call of the wallet, after checking that it cost exactly what its reported usage costs. */
  async function charged(
    provider: 'openai' | 'anthropic',
    model: string,
    tokens: TokenCounts,
  ): Promise<UsageRow> {
    const row = (await at.usage(who.wallet)).at(-1)
    const price = at.prices.resolve(provider, model, at.world.now())
    assert.ok(row && price)
    const expected = cost(price, tokens).nano
    assert.equal(row.cost, expected)
    assert.equal(row.charged, expected)
    assert.equal(row.absorbed, 0n)
    assert.equal(row.status, 'ok')
    assert.equal(row.estimated, false)
    assert.ok(row.held >= expected)
    assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), [])
    return row
  }

  test('a chat reply is settled to the nano-dollar before it arrives, and its head says so', async () => {
    const { data, response } = await who.openai.chat.completions
      .create({ model: MODEL, messages: [{ role: 'user', content: 'Hello, who are you?' }] })
      .withResponse()
    assert.ok(data.choices[0]?.message.content)
    const row = await charged('openai', MODEL, ofChat(data.usage!))
    assert.equal(row.id, response.headers.get('x-perq-call'))
    assert.equal(String(row.cost), response.headers.get('x-perq-cost-nano-usd'))
    assert.equal(String(row.charged), response.headers.get('x-perq-charged-nano-usd'))
    assert.equal(row.provider_id, data.id)
    assert.deepEqual(
      [row.door, row.route, row.model, row.upstream, row.purpose],
      ['openai', 'chat/completions', MODEL, 'demo openai', 'work'],
    )
  })

  test('a chat stream is metered although the client asked for no usage, and sees none', async () => {
    const stream = await who.openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: 'reply with 300 tokens' }],
      stream: true,
    })
    let [text, finish] = ['', '']
    for await (const chunk of stream) {
      assert.equal(chunk.choices.length, 1)
      assert.ok(!chunk.usage)
      text += chunk.choices[0]!.delta.content ?? ''
      finish = chunk.choices[0]!.finish_reason ?? finish
    }
    assert.equal(text.split(' ').length, 300)
    assert.equal(finish, 'stop')
    const row = (await at.usage(who.wallet)).at(-1)!
    assert.equal(row.output, 300n)
    await charged('openai', MODEL, {
      input: Number(row.input),
      cacheRead: 0,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      output: 300,
    })
  })

  test('a chat stream that asked for usage gets it', async () => {
    const stream = await who.openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: 'Tell me something.' }],
      stream: true,
      stream_options: { include_usage: true },
    })
    let usage: ChatUsage | null = null
    for await (const chunk of stream) usage = chunk.usage ?? usage
    assert.ok(usage)
    await charged('openai', MODEL, ofChat(usage))
  })

  test('several copies of a chat reply are all paid', async () => {
    const reply = await who.openai.chat.completions.create({
      model: MODEL,
      n: 3,
      max_completion_tokens: 50,
      messages: [{ role: 'user', content: 'reply with 60 tokens' }],
    })
    assert.equal(reply.choices.length, 3)
    assert.equal(reply.usage?.completion_tokens, 150)
    await charged('openai', MODEL, ofChat(reply.usage!))
  })

  test('a repeated long prompt is charged at the cached rate', async () => {
    const content = `${'A long and steady preface. '.repeat(400)} Summarise.`
    const ask = () =>
      who.openai.chat.completions.create({ model: MODEL, messages: [{ role: 'user', content }] })
    await ask()
    const again = await ask()
    assert.ok((again.usage?.prompt_tokens_details?.cached_tokens ?? 0) >= 1_024)
    const row = await charged('openai', MODEL, ofChat(again.usage!))
    assert.ok(row.cache_read >= 1_024n)
  })

  test('chat tool calls work plain and streamed', async () => {
    const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: WEATHER } }]
    const messages = [{ role: 'user' as const, content: 'Use the weather tool.' }]
    const reply = await who.openai.chat.completions.create({ model: MODEL, messages, tools })
    const call = reply.choices[0]!.message.tool_calls![0]!
    assert.ok(call.type === 'function')
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'example', days: 2 })
    assert.equal(reply.choices[0]!.finish_reason, 'tool_calls')
    await charged('openai', MODEL, ofChat(reply.usage!))

    const streamed = await who.openai.chat.completions
      .stream({ model: MODEL, messages, tools })
      .finalChatCompletion()
    const streamedCall = streamed.choices[0]!.message.tool_calls![0]!
    assert.ok(streamedCall.type === 'function')
    assert.equal(streamedCall.function.arguments, call.function.arguments)

    const after = await who.openai.chat.completions.create({
      model: MODEL,
      tools,
      messages: [
        ...messages,
        reply.choices[0]!.message,
        { role: 'tool', tool_call_id: call.id, content: '21 degrees' },
      ],
    })
    assert.equal(after.choices[0]!.finish_reason, 'stop')
    await charged('openai', MODEL, ofChat(after.usage!))
  })

  test('responses work plain, streamed and with tools', async () => {
    const ofResponse = (usage: {
      input_tokens: number
      output_tokens: number
      input_tokens_details: { cached_tokens: number }
    }) =>
      ofChat({
        prompt_tokens: usage.input_tokens,
        completion_tokens: usage.output_tokens,
        prompt_tokens_details: usage.input_tokens_details,
      })
    const plain = await who.openai.responses.create({ model: MODEL, input: 'Say hello.' })
    assert.ok(plain.output_text)
    await charged('openai', MODEL, ofResponse(plain.usage!))

    const stream = await who.openai.responses.create({
      model: MODEL,
      input: 'reply with 80 tokens',
      stream: true,
    })
    let [text, order, last] = ['', -1, '']
    for await (const event of stream) {
      assert.equal(event.sequence_number, order + 1)
      order = event.sequence_number
      last = event.type
      if (event.type === 'response.output_text.delta') text += event.delta
      if (event.type === 'response.completed')
        await charged('openai', MODEL, ofResponse(event.response.usage!))
    }
    assert.equal(last, 'response.completed')
    assert.equal(text.split(' ').length, 80)

    const tools = [{ type: 'function' as const, name: 'weather', parameters: WEATHER, strict: true }]
    const called = await who.openai.responses
      .stream({ model: MODEL, input: 'Call the weather tool.', tools })
      .finalResponse()
    const item = called.output[0]!
    assert.ok(item.type === 'function_call')
    assert.deepEqual(JSON.parse(item.arguments), { city: 'example', days: 2 })
    await charged('openai', MODEL, ofResponse(called.usage!))
  })

  test('embeddings cost their input and come as unit vectors', async () => {
    const model = 'text-embedding-3-small'
    const reply = await who.openai.embeddings.create({ model, input: ['one', 'another text'] })
    assert.equal(reply.data.length, 2)
    const length = Math.hypot(...reply.data[0]!.embedding)
    assert.ok(Math.abs(length - 1) < 1e-3)
    const row = await charged('openai', model, { ...ofChat({ ...reply.usage, completion_tokens: 0 }) })
    assert.equal(row.route, 'embeddings')
  })

  test('messages work plain and streamed', async () => {
    const ask = {
      model: CLAUDE,
      max_tokens: 500,
      messages: [{ role: 'user' as const, content: 'reply with 120 tokens' }],
    }
    const plain = await who.anthropic.messages.create(ask)
    assert.equal(plain.stop_reason, 'end_turn')
    const row = await charged('anthropic', CLAUDE, ofClaude(plain.usage))
    assert.equal(row.output, 120n)
    const streamed = await who.anthropic.messages.stream(ask).finalMessage()
    assert.deepEqual(streamed.content, plain.content)
    await charged('anthropic', CLAUDE, ofClaude(streamed.usage))
    const beta = await who.anthropic.beta.messages.create({
      ...ask,
      betas: ['context-management-2025-06-27'],
    })
    assert.equal(beta.stop_reason, 'end_turn')
  })

  test('five-minute and one-hour cache writes keep their prices in a stream', async () => {
    const long = (word: string) => `${word} `.repeat(2_000)
    const ask = {
      model: CLAUDE,
      max_tokens: 300,
      system: [
        {
          type: 'text' as const,
          text: long('kept'),
          cache_control: { type: 'ephemeral' as const, ttl: '1h' as const },
        },
      ],
      messages: [
        {
          role: 'user' as const,
          content: [
            { type: 'text' as const, text: long('turn'), cache_control: { type: 'ephemeral' as const } },
            { type: 'text' as const, text: 'Now answer.' },
          ],
        },
      ],
    }
    const first = await who.anthropic.messages.stream(ask).finalMessage()
    const written = await charged('anthropic', CLAUDE, ofClaude(first.usage))
    assert.ok(written.cache_write_1h >= 1_024n && written.cache_write_5m >= 1_024n)
    const second = await who.anthropic.messages.create(ask)
    const read = await charged('anthropic', CLAUDE, ofClaude(second.usage))
    assert.equal(read.cache_read, written.cache_write_1h + written.cache_write_5m)
    assert.ok(read.cost < written.cost)
  })

  test('messages tool calls work plain and streamed', async () => {
    const tools = [{ name: 'weather', input_schema: WEATHER as unknown as { type: 'object' } }]
    const messages = [{ role: 'user' as const, content: 'Please use the weather tool.' }]
    const ask = { model: CLAUDE, max_tokens: 400, messages, tools }
    const plain = () => who.anthropic.messages.create(ask)
    const streamed = () => who.anthropic.messages.stream(ask).finalMessage()
    for (const call of [plain, streamed]) {
      const reply = await call()
      assert.equal(reply.stop_reason, 'tool_use')
      const block = reply.content[0]!
      assert.ok(block.type === 'tool_use')
      assert.deepEqual(block.input, { city: 'example', days: 2 })
      await charged('anthropic', CLAUDE, ofClaude(reply.usage))
      const result = { type: 'tool_result' as const, tool_use_id: block.id, content: '21 degrees' }
      const then = await who.anthropic.messages.create({
        ...ask,
        messages: [
          ...messages,
          { role: 'assistant', content: reply.content },
          { role: 'user', content: [result] },
        ],
      })
      assert.equal(then.stop_reason, 'end_turn')
    }
  })

  test('counting tokens is free, and the models are those the key may use', async () => {
    const before = (await at.usage(who.wallet)).length
    const counted = await who.anthropic.messages.countTokens({
      model: CLAUDE,
      messages: [{ role: 'user', content: 'hi' }],
    })
    assert.ok(counted.input_tokens > 0)
    const openai = await idsOf(who.openai.models.list())
    const claude = await idsOf(who.anthropic.models.list({ limit: 5 }))
    assert.ok(openai.includes(MODEL) && claude.length > 0)
    assert.equal((await who.openai.models.retrieve(MODEL)).id, MODEL)
    const narrow = await at.employee(DOLLAR, { models: ['gpt-5-nano'] })
    assert.deepEqual(await idsOf(narrow.openai.models.list()), ['gpt-5-nano'])
    assert.equal((await at.usage(who.wallet)).length, before)
  })
})
