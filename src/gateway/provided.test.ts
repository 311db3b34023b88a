import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, bodyOf, NOWHERE } from '../../test/support/asks.ts'
import { messages } from './anthropic/messages.ts'
import { messagesUsage } from './anthropic/usage.ts'
import { refuseBody, type MeteredRoute } from './door.ts'
import { isNoAsk } from './fields.ts'
import { responses } from './openai/responses.ts'
import { readJson } from './relay/body.ts'
import { chargeable, NO_TOKENS } from './relay/usage.ts'

const user = [{ role: 'user', content: 'hi' }]
const MESSAGES = { model: 'm', max_tokens: 9, messages: user }
const RESPONSES = { model: 'm', input: 'hi' }

test('a provider’s web tools get a limit of uses in the client’s own bytes, and only a lower one', () => {
  const search = { type: 'web_search_20250305', name: 'web_search' }
  const fetch = { type: 'web_fetch_20250910', name: 'web_fetch', max_uses: 2 }
  const local = { name: 'a', input_schema: { properties: { type: { const: 'web_search_20250305' } } } }
  const body = { ...MESSAGES, tools: [search, local, fetch, { ...search, max_uses: 9 }] }
  const read = ask(messages, body)
  assert.deepEqual(read.provided && { ...read.provided, remedy: '' }, {
    asked: null,
    tools: 3,
    searching: 2,
    remedy: '',
  })
  const limited = Buffer.concat(messages.rewrite(bodyOf(messages, body), read, null, 3)).toString()
  const tools = [{ ...search, max_uses: 3 }, local, fetch, { ...search, max_uses: 3 }]
  assert.deepEqual(JSON.parse(limited), { ...body, tools })
  assert.equal(ask(messages, { ...MESSAGES, tools: [fetch] }).provided?.asked, 2)
  const newer = { type: 'web_search_20260318', name: 'web_search', max_uses: 1 }
  const direct = { ...newer, allowed_callers: ['direct'] }
  const programs = { ...newer, allowed_callers: ['direct', 'code_execution_20260120'] }
  const callers = { ...MESSAGES, tools: [newer, direct, programs, { ...newer, max_uses: null }] }
  const called = Buffer.concat(
    messages.rewrite(bodyOf(messages, callers), ask(messages, callers), null, 2),
  ).toString()
  assert.deepEqual(JSON.parse(called), {
    ...MESSAGES,
    tools: [direct, direct, direct, { ...direct, max_uses: 2 }],
  })
  const codex = { ...RESPONSES, tools: [{ type: 'web_search', external_web_access: false }] }
  const sends = Buffer.concat(
    responses.rewrite(bodyOf(responses, codex), ask(responses, codex), null, 3),
  ).toString()
  assert.deepEqual(JSON.parse(sends), { ...codex, service_tier: 'default', max_tool_calls: 3 })
  assert.equal(ask(responses, { ...codex, max_tool_calls: 1 }).provided?.asked, 1)
})

test('a tool whose fields are given twice or in another case is refused, because either could run', () => {
  const refused = (route: MeteredRoute, tool: string): boolean => {
    const text = `{"model":"m","max_tokens":9,"messages":[],"input":"x","tools":[${tool}]}`
    const body = readJson(Buffer.from(text), route.guarded)
    const read = body.kind === 'bad' ? refuseBody(body) : route.ask(body, NOWHERE, [])
    return isNoAsk(read) && read.code === 'invalid'
  }
  for (const tool of [
    '{"type":"web_search_20250305","name":"s","max_uses":1,"max_uses":99}',
    '{"type":"web_search_20250305","name":"s","max_uses":1,"max\\u005fuses":99}',
    '{"type":"web_search_20250305","name":"s","Max_Uses":99}',
    '{"type":"custom","name":"s","type":"code_execution_20250825"}',
    '{"Type":"code_execution_20250825","name":"s"}',
    '{"type":"web_search_20250305","name":"s","max_uses":1,"max_u\\u017fes":99}',
  ])
    assert.ok(refused(messages, tool), tool)
  for (const tool of [
    '{"type":"function","type":"web_search"}',
    '{"type":"namespace","tools":[{"type":"function","type":"web_search"}]}',
  ])
    assert.ok(refused(responses, tool), tool)
})

test('searches are counted as the provider bills them', () => {
  const usage = { input_tokens: 6, output_tokens: 7, server_tool_use: { web_search_requests: 2 } }
  assert.equal(messagesUsage(usage)?.searches, 2)
  const first = messagesUsage({ ...usage, output_tokens: 1 })
  assert.equal(messagesUsage({ output_tokens: 5 }, first)?.searches, 2)
  const call = (action: string, status = 'completed') => ({
    type: 'web_search_call',
    status,
    action: { type: action },
  })
  const output = [call('search'), call('open_page'), call('search'), call('search', 'failed')]
  const reply = { id: 'r', status: 'completed', output, usage: { input_tokens: 6, output_tokens: 7 } }
  assert.equal(responses.reply(Buffer.from(JSON.stringify(reply))).tokens?.searches, 2)
})

test('a reply that was cut after searches is charged for them and for what was read again', () => {
  const reader = messages.events(bodyOf(messages, MESSAGES), NOWHERE)
  const say = (data: object): unknown =>
    reader.event({ name: '', data: JSON.stringify(data), bytes: Buffer.alloc(0) })
  say({ type: 'message_start', message: { id: 'm', usage: { input_tokens: 100, output_tokens: 1 } } })
  say({ type: 'content_block_start', content_block: { type: 'server_tool_use', name: 'web_search' } })
  say({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'a' } })
  say({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'b' } })
  const guess = { plainInput: 50, maxInput: 1_000, maxOutput: 100 }
  assert.deepEqual(chargeable(reader.reading(), guess), {
    tokens: { ...NO_TOKENS, input: 200, output: 2, searches: 1 },
    estimated: true,
  })
})
