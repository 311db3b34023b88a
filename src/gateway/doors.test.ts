import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ask, asked, bodyOf, NOWHERE, sent } from '../../test/support/asks.ts'
import { anthropicDoor } from './anthropic/door.ts'
import { messages } from './anthropic/messages.ts'
import { messagesUsage } from './anthropic/usage.ts'
import type { MeteredRoute } from './door.ts'
import { isNoAsk } from './fields.ts'
import { chat } from './openai/chat.ts'
import { embeddings } from './openai/embeddings.ts'
import { responses } from './openai/responses.ts'
import { chatUsage, responsesUsage } from './openai/usage.ts'
import { chargeable, NO_READING, NO_TOKENS } from './relay/usage.ts'

const user = [{ role: 'user', content: 'hi' }]
const CHAT = { model: 'm', messages: user }
const MESSAGES = { model: 'm', max_tokens: 9, messages: user }
const RESPONSES = { model: 'm', input: 'hi' }

const INLINE = {
  type: 'tool_addition',
  tool: { type: 'tool_definition', definition: { type: 'code_execution_20250825', name: 'x' } },
}
const COMPACTED = { type: 'compaction', content: 'so far', tool_changes: [INLINE] }

test('what the price book cannot price is closed, never passed on unmetered', () => {
  const closed: [MeteredRoute, object][] = [
    [chat, { ...CHAT, service_tier: 'priority' }],
    [chat, { ...CHAT, modalities: ['text', 'audio'] }],
    [chat, { ...CHAT, web_search_options: {} }],
    [chat, { ...CHAT, models: ['a', 'b'] }],
    [chat, { ...CHAT, tools: [{ type: 'web_search' }] }],
    [chat, { ...CHAT, messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }],
    [chat, { ...CHAT, prediction: { type: 'content', content: 'x' } }],
    [responses, { ...RESPONSES, background: true }],
    [responses, { ...RESPONSES, prompt: { id: 'p' } }],
    [responses, { ...RESPONSES, tools: [{ type: 'namespace', tools: [{ type: 'web_search' }] }] }],
    [responses, { ...RESPONSES, service_tier: 'flex' }],
    [responses, { ...RESPONSES, tools: [{ type: 'code_interpreter' }] }],
    [responses, { ...RESPONSES, context_management: [{ type: 'compaction' }] }],
    [responses, { ...RESPONSES, reasoning: { mode: 'pro' } }],
    [responses, { ...RESPONSES, input: [{ type: 'compaction_trigger' }] }],
    [
      responses,
      {
        ...RESPONSES,
        input: [{ type: 'additional_tools', role: 'developer', tools: [{ type: 'web_search' }] }],
      },
    ],
    [responses, { ...RESPONSES, input: [{ type: 'tool_search_output', tools: [{ type: 'mcp' }] }] }],
    [messages, { ...MESSAGES, compaction: {} }],
    [messages, { ...MESSAGES, thread: { type: 'create' } }],
    [messages, { ...MESSAGES, billing_policy: { type: 'billing_policy', bill_to: 'user_profile' } }],
    [messages, { ...MESSAGES, messages: [{ role: 'system', content: [INLINE] }] }],
    [messages, { ...MESSAGES, messages: [{ role: 'user', content: [COMPACTED] }] }],
    [messages, { ...MESSAGES, speed: 'fast' }],
    [messages, { ...MESSAGES, inference_geo: 'us' }],
    [messages, { ...MESSAGES, service_tier: 'priority' }],
    [chat, { ...CHAT, search_parameters: { mode: 'on' } }],
    [chat, { ...CHAT, deferred: true }],
    [responses, { ...RESPONSES, reasoning: { Mode: 'pro' } }],
    [messages, { ...MESSAGES, mcp_servers: [{ url: 'x' }] }],
    [messages, { ...MESSAGES, tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] }],
    [messages, { ...MESSAGES, tools: [{ type: 'mcp_toolset', mcp_server_name: 'x' }] }],
    [responses, { ...RESPONSES, model: 'gpt-4o', tools: [{ type: 'web_search_preview' }] }],
    [messages, { ...MESSAGES, context_management: { edits: [{ type: 'compact_20260112' }] } }],
  ]
  for (const [route, body] of closed) {
    const read = asked(route, body)
    assert.ok(isNoAsk(read) && read.code === 'route_closed', JSON.stringify(body))
  }
})

test('what agents send every day stays open', () => {
  const open: [MeteredRoute, object][] = [
    [chat, { ...CHAT, service_tier: 'auto', n: null, stream: null, max_tokens: null, tools: [] }],
    [
      responses,
      {
        ...RESPONSES,
        background: false,
        tools: [
          { type: 'function', name: 'f' },
          { type: 'custom', name: 'g' },
        ],
      },
    ],
    [
      messages,
      {
        ...MESSAGES,
        thinking: { type: 'adaptive' },
        context_management: { edits: [{ type: 'clear_thinking_20251015' }] },
      },
    ],
    [
      messages,
      {
        ...MESSAGES,
        mcp_servers: [],
        tools: [
          { name: 'a', input_schema: {} },
          { type: 'bash_20250124', name: 'bash' },
        ],
      },
    ],
  ]
  for (const [route, body] of open) assert.ok(!isNoAsk(asked(route, body)), JSON.stringify(body))
})

test('a project that would be served at another tier is asked for the default one', () => {
  for (const body of [CHAT, { ...CHAT, service_tier: 'auto' }, { ...CHAT, service_tier: null }])
    assert.deepEqual(sent(chat, body, 9), { ...body, service_tier: 'default', max_completion_tokens: 9 })
  assert.deepEqual(sent(responses, { ...RESPONSES, service_tier: 'auto' }, null), {
    ...RESPONSES,
    service_tier: 'default',
  })
})

test('a model is listed as Claude Code discovers it', () => {
  const price = {
    model: 'claude-opus-4-8',
    effectiveFrom: 0,
    contextWindow: 1_000_000,
    maxOutput: 128_000,
    provider: 'anthropic',
    class: 'frontier',
    rates: { input: 1n, cacheRead: 1n, cacheWrite5m: 1n, cacheWrite1h: 1n, output: 1n },
    tiers: [],
    version: 1,
    source: 'test',
  } as const
  const listed = {
    type: 'model',
    id: 'claude-opus-4-8',
    display_name: 'Claude Opus 4.8',
    created_at: '1970-01-01T00:00:00.000Z',
    max_input_tokens: 1_000_000,
    max_tokens: 128_000,
  }
  assert.deepEqual(anthropicDoor.models([price], new URLSearchParams('limit=1000')), {
    data: [listed],
    has_more: false,
    first_id: 'claude-opus-4-8',
    last_id: 'claude-opus-4-8',
  })
})

test('only the beta of long contexts opens a larger window', () => {
  const window = (beta: string): unknown => {
    const read = messages.ask(bodyOf(messages, MESSAGES), NOWHERE, ['Anthropic-Beta', beta])
    return isNoAsk(read) ? read : read.window
  }
  assert.equal(window('context-1m-2025-08-07'), 1_000_000)
  assert.equal(window('a-1, context-1m-2025-08-07,b'), 1_000_000)
  assert.equal(window('claude-code-20250219'), undefined)
})

test('directives that agents put between turns are bounded by their bytes', () => {
  const addition = { type: 'tool_addition', tool: { type: 'tool_reference', name: 'f' } }
  const claude = { ...MESSAGES, messages: [...user, { role: 'system', content: [addition] }] }
  assert.equal(ask(messages, claude).input.window, false)
  const tools = [{ type: 'function', name: 'f' }]
  const input = [
    { type: 'additional_tools', role: 'developer', tools },
    { type: 'tool_search_output', tools },
    { type: 'configuration_update', reasoning: { effort: 'low' } },
    { type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'q' } },
  ]
  assert.equal(ask(responses, { ...RESPONSES, input }).input.window, false)
})

test('a limit that is no whole number of tokens is refused, whatever an upstream would make of it', () => {
  for (const limit of ['10', -1, 1.5, true, [5], {}]) {
    assert.ok(isNoAsk(asked(chat, { ...CHAT, max_tokens: limit })), String(limit))
    assert.ok(isNoAsk(asked(chat, { ...CHAT, max_completion_tokens: limit })), String(limit))
    assert.ok(isNoAsk(asked(responses, { ...RESPONSES, max_output_tokens: limit })), String(limit))
    assert.ok(isNoAsk(asked(messages, { ...MESSAGES, max_tokens: limit })), String(limit))
    assert.ok(isNoAsk(asked(chat, { ...CHAT, n: limit === 1 ? 0 : limit })) || limit === 1, String(limit))
  }
  assert.ok(isNoAsk(asked(messages, { model: 'm', messages: user })))
  assert.ok(isNoAsk(asked(chat, { ...CHAT, stream: 'true' })))
  assert.ok(isNoAsk(asked(chat, { messages: user })))
})

test('the bound of the input is never below the bytes of the body', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.nat(5), (text, more) => {
      const many = Array.from({ length: more + 1 }, () => ({ role: 'user', content: text }))
      for (const [route, value] of [
        [chat, { model: 'm', messages: many }],
        [messages, { ...MESSAGES, messages: many, system: text }],
        [responses, { model: 'm', input: many, instructions: text }],
        [embeddings, { model: 'm', input: [text, text] }],
      ] as const)
        assert.ok(ask(route, value).input.tokens >= Buffer.byteLength(JSON.stringify(value)))
    }),
  )
})

test('images count at their dearest and things outside the body at the context window', () => {
  const content = (part: object) => [{ role: 'user', content: [{ type: 'text', text: 'look' }, part] }]
  const plain = ask(chat, { model: 'm', messages: content({ type: 'text', text: '' }) }).input
  const image = ask(chat, {
    model: 'm',
    messages: content({ type: 'image_url', image_url: { url: 'https://a/b.png' } }),
  }).input
  assert.ok(image.tokens >= plain.tokens + 48_169 && !image.window)
  const source = { type: 'base64', media_type: 'image/png', data: 'AAAA' }
  const result = { type: 'tool_result', tool_use_id: 't', content: [{ type: 'image', source }] }
  assert.ok(ask(messages, { ...MESSAGES, messages: content(result) }).input.tokens > 8_000)
  for (const value of [
    { model: 'm', input: content({ type: 'input_file', file_id: 'file-1' }) },
    { model: 'm', input: [{ type: 'item_reference', id: 'x' }] },
    { model: 'm', input: [{ type: 'reasoning', id: 'rs_1', summary: [] }] },
    { model: 'm', input: content({ type: 'input_image', image_url: 'data:audio/mp3;base64,AAAA' }) },
    { ...RESPONSES, previous_response_id: 'resp_1' },
    { ...RESPONSES, conversation: 'conv_1' },
  ])
    assert.equal(ask(responses, value).input.window, true, JSON.stringify(value))
  for (const encrypted_content of ['x'.repeat(99), undefined]) {
    // Thoughts that come along, and those that never had a place at the provider, are no more than their bytes.
    const id = encrypted_content === undefined ? {} : { id: 'rs_1' }
    const thought = { type: 'reasoning', ...id, summary: [], encrypted_content }
    assert.equal(ask(responses, { model: 'm', input: [thought] }).input.window, false)
  }
  const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } }
  assert.equal(ask(messages, { ...MESSAGES, messages: content(pdf) }).input.window, true)
  const call = { type: 'tool_use', id: 't', name: 'f', input: { type: 'file', content: [{ type: 'file' }] } }
  assert.equal(ask(messages, { ...MESSAGES, messages: content(call) }).input.window, false)
})

test('a picture spelled in the body counts as a picture, not as text, and a message cannot hide one', () => {
  const data = 'A'.repeat(3_000_000)
  const url = `data:image/png;base64,${data}`
  const source = { type: 'base64', media_type: 'image/png', data }
  for (const { input } of [
    ask(chat, {
      ...CHAT,
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
    }),
    ask(responses, {
      ...RESPONSES,
      input: [{ role: 'user', content: [{ type: 'input_image', image_url: url }] }],
    }),
    ask(messages, { ...MESSAGES, messages: [{ role: 'user', content: [{ type: 'image', source }] }] }),
  ]) {
    assert.ok(input.tokens < 60_000 && input.data >= 3_000_000 && input.images === 1, String(input.tokens))
  }
  const hidden = [
    { role: 'user', type: 'thinking', content: [{ type: 'image', source: { type: 'url', url: 'x' } }] },
  ]
  assert.equal(ask(messages, { ...MESSAGES, messages: hidden }).input.images, 1)
})

test('tools whose definition the provider keeps are bounded by the largest published ones', () => {
  const tools = [
    { type: 'computer_20250124', name: 'computer', display_width_px: 1, display_height_px: 1 },
    { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' },
    { type: 'bash_20250124', name: 'bash' },
  ]
  assert.ok(ask(messages, { ...MESSAGES, tools }).input.tokens > 735 + 700 + 245 + 499)
})

test('a limit is written where the client wrote its own, else where the protocol wants it', () => {
  const service_tier = 'default'
  assert.deepEqual(sent(chat, { ...CHAT, max_tokens: 5_000 }, 2_000), {
    ...CHAT,
    service_tier,
    max_tokens: 2_000,
  })
  assert.deepEqual(sent(chat, { ...CHAT, max_tokens: 5_000, max_completion_tokens: 10 }, 2_000), {
    ...CHAT,
    service_tier,
    max_tokens: 2_000,
    max_completion_tokens: 10,
  })
  assert.deepEqual(sent(chat, CHAT, 2_000), { ...CHAT, service_tier, max_completion_tokens: 2_000 })
  assert.deepEqual(sent(responses, RESPONSES, 2_000), {
    ...RESPONSES,
    service_tier,
    max_output_tokens: 2_000,
  })
  assert.deepEqual(sent(messages, MESSAGES, 5), { ...MESSAGES, max_tokens: 5 })
  const tiered = { ...CHAT, service_tier }
  const bytes = bodyOf(chat, tiered)
  assert.deepEqual(chat.rewrite(bytes, ask(chat, tiered), null), [bytes.bytes])
})

test('a chat stream always reports its usage, and keeps the other stream options', () => {
  const streamed = { ...CHAT, service_tier: 'default', stream: true }
  assert.deepEqual(sent(chat, streamed, null), { ...streamed, stream_options: { include_usage: true } })
  const stream_options = { include_usage: false, include_obfuscation: false }
  assert.deepEqual(sent(chat, { ...streamed, stream_options }, null), {
    ...streamed,
    stream_options: { include_usage: true, include_obfuscation: false },
  })
})

test('cached and written tokens are taken out of an OpenAI prompt once', () => {
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 20,
    prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
    completion_tokens_details: { reasoning_tokens: 15 },
  }
  const tokens = { input: 10, cacheRead: 60, cacheWrite5m: 30, cacheWrite1h: 0, output: 20, reasoning: 15 }
  assert.deepEqual(chatUsage(usage), tokens)
  assert.deepEqual(
    responsesUsage({
      input_tokens: 100,
      output_tokens: 20,
      input_tokens_details: usage.prompt_tokens_details,
      output_tokens_details: usage.completion_tokens_details,
    }),
    tokens,
  )
  for (const broken of [
    null,
    {},
    { prompt_tokens: '1', completion_tokens: 2 },
    { prompt_tokens: -1, completion_tokens: 2 },
  ])
    assert.equal(chatUsage(broken), null)
})

test('the split of cache writes survives the later usage of an Anthropic stream', () => {
  const first = messagesUsage({
    input_tokens: 12,
    cache_read_input_tokens: 200,
    cache_creation_input_tokens: 100,
    cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
    output_tokens: 1,
  })
  const last = { input: 12, cacheRead: 200, cacheWrite5m: 60, cacheWrite1h: 40, output: 5, reasoning: 0 }
  assert.deepEqual(messagesUsage({ output_tokens: 5 }, first), last)
  assert.deepEqual(
    messagesUsage({ output_tokens: 5, cache_creation_input_tokens: 100, input_tokens: 12 }, first),
    last,
  )
  assert.deepEqual(messagesUsage({ input_tokens: 1, cache_creation_input_tokens: 7, output_tokens: 2 }), {
    ...NO_TOKENS,
    input: 1,
    cacheWrite5m: 7,
    output: 2,
  })
})

test('a reply without its usage is charged for what was seen, never for nothing', () => {
  const guess = { plainInput: 50, maxInput: 1_000, maxOutput: 100 }
  assert.deepEqual(chargeable(NO_READING, guess), { tokens: { ...NO_TOKENS, input: 50 }, estimated: true })
  const seen = { ...NO_READING, observed: { ...NO_TOKENS, input: 70, output: 1 }, outputBytes: 44 }
  assert.deepEqual(chargeable(seen, guess), {
    tokens: { ...NO_TOKENS, input: 70, output: 18 },
    estimated: true,
  })
  assert.equal(chargeable({ ...NO_READING, outputBytes: 10_000 }, guess).tokens.output, 100)
})

test('a limit of nothing is refused where an upstream could take it for none', () => {
  for (const [route, body] of [
    [chat, { ...CHAT, max_tokens: 0 }],
    [chat, { ...CHAT, max_completion_tokens: 0, max_tokens: 9 }],
    [responses, { ...RESPONSES, max_output_tokens: 0 }],
  ] as const)
    assert.ok(isNoAsk(asked(route, body)), JSON.stringify(body))
})
