import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'
import type { Breakpoint } from './cache.ts'
import { badRequest, limitIn, strict, type DemoCall } from './call.ts'
import { contentOf, inputTokens, replyTo, type Prompt, type Reply, type Tool } from './prompt.ts'
import { eventWriter, pieces, sendJson } from './writer.ts'

type Read = { readonly prompt: Prompt; readonly breakpoints: readonly Breakpoint[] }

/** Tools, system and messages in the order in which the cache sees them. */
function messagesPrompt(body: Fields): Read {
  const model = strict(textOf(body['model']), 'model')
  const messages = body['messages']
  if (!Array.isArray(messages)) throw badRequest('messages: Field required')
  if (messages.length === 0) throw badRequest('messages: at least one message is required')
  const breakpoints: Breakpoint[] = []
  let [text, last, images] = ['', '', 0]
  const mark = (part: Fields | null): void => {
    const control = fieldsOf(part?.['cache_control'])
    if (control) breakpoints.push({ prefix: text, ttl: control['ttl'] === '1h' ? '1h' : '5m' })
  }
  const tools: Tool[] = []
  for (const item of Array.isArray(body['tools']) ? body['tools'] : []) {
    const tool = fieldsOf(item)
    text += JSON.stringify(item)
    tools.push({ name: strict(textOf(tool?.['name']), 'tools.0.name'), schema: tool?.['input_schema'] })
    mark(tool)
  }
  const read = (content: unknown): string => {
    let said = ''
    for (const item of Array.isArray(content) ? content : [content]) {
      const part = contentOf(typeof item === 'string' ? item : [item])
      said += part.text
      text += part.text
      images += part.images
      mark(fieldsOf(item))
    }
    text += '\n'
    return said
  }
  read(body['system'] ?? '')
  let afterTool = false
  for (const item of messages) {
    const message = fieldsOf(item) ?? {}
    if (message['role'] !== 'user' && message['role'] !== 'assistant' && message['role'] !== 'system')
      throw badRequest("messages.0.role: Input should be 'user' or 'assistant'")
    const said = read(message['content'])
    const parts = Array.isArray(message['content']) ? message['content'] : []
    afterTool = parts.some((part) => fieldsOf(part)?.['type'] === 'tool_result')
    if (message['role'] === 'user') last = said
  }
  const choice = textOf(fieldsOf(body['tool_choice'])?.['type'])
  const forcedTool = choice === 'any' || choice === 'tool'
  const schema = fieldsOf(fieldsOf(body['output_config'])?.['format'])?.['schema'] ?? null
  return { prompt: { model, text, last, images, tools, afterTool, forcedTool, schema }, breakpoints }
}

const stopOf = (reply: Reply): string =>
  reply.kind === 'tool' ? 'tool_use' : reply.cut ? 'max_tokens' : 'end_turn'

function blockOf(reply: Reply, id: string, empty: boolean): Fields {
  if (reply.tool === null) return { type: 'text', text: empty ? '' : reply.tokens.join('') }
  const { name, json } = reply.tool
  return { type: 'tool_use', id: `toolu_${id}`, name, input: empty ? {} : JSON.parse(json) }
}

/** POST /v1/messages */
export async function demoMessages({ body, res, id, cache, now, pace, headers }: DemoCall): Promise<void> {
  const limit = limitIn(body, 'max_tokens')
  if (limit === null) throw badRequest('max_tokens: Field required')
  const { prompt, breakpoints } = messagesPrompt(body)
  const reply = replyTo(prompt, limit)
  const { read, write5m, write1h } = cache.marked(prompt.model, breakpoints, now)
  const usage = {
    input_tokens: inputTokens(prompt) - read - write5m - write1h,
    cache_creation_input_tokens: write5m + write1h,
    cache_read_input_tokens: read,
    output_tokens: reply.output,
  }
  const split = { ephemeral_5m_input_tokens: write5m, ephemeral_1h_input_tokens: write1h }
  const first = { ...usage, cache_creation: split, service_tier: 'standard' }
  const message = {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: prompt.model,
    stop_sequence: null,
  }
  if (body['stream'] !== true) {
    const content = [blockOf(reply, id, false)]
    return sendJson(res, 200, { ...message, content, stop_reason: stopOf(reply), usage: first }, headers)
  }
  const out = eventWriter(res, headers, pace)
  const say = (type: string, fields: Fields): Promise<void> => out.send(type, { type, ...fields })
  const opening = { ...message, content: [], stop_reason: null, usage: { ...first, output_tokens: 1 } }
  await say('message_start', { message: opening })
  await say('content_block_start', { index: 0, content_block: blockOf(reply, id, true) })
  await say('ping', {})
  for (const piece of pieces(reply.tokens)) {
    const delta =
      reply.tool === null
        ? { type: 'text_delta', text: piece }
        : { type: 'input_json_delta', partial_json: piece }
    await say('content_block_delta', { index: 0, delta })
  }
  await say('content_block_stop', { index: 0 })
  await say('message_delta', { delta: { stop_reason: stopOf(reply), stop_sequence: null }, usage })
  await say('message_stop', {})
  out.end()
}

/** POST /v1/messages/count_tokens */
export function demoCountTokens({ body, res, headers }: DemoCall): void {
  sendJson(res, 200, { input_tokens: inputTokens(messagesPrompt(body).prompt) }, headers)
}
