import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'
import type { Breakpoint } from './cache.ts'
import { badRequest, limitIn, strict, type DemoCall } from './call.ts'
import { contentOf, inputTokens, replyTo, type Prompt, type Reply, type Tool } from './prompt.ts'
import { readAgain, searchesFor, searchLimit, written, type Search } from './search.ts'
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
    const name = strict(textOf(tool?.['name']), 'tools.0.name')
    if (!runsHere(tool?.['type'])) tools.push({ name, schema: tool?.['input_schema'] })
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
  let results = 0
  for (const item of messages) {
    const message = fieldsOf(item) ?? {}
    if (message['role'] !== 'user' && message['role'] !== 'assistant' && message['role'] !== 'system')
      throw badRequest("messages.0.role: Input should be 'user' or 'assistant'")
    const said = read(message['content'])
    const parts = Array.isArray(message['content']) ? message['content'] : []
    const answers = parts.some((part) => fieldsOf(part)?.['type'] === 'tool_result')
    if (answers) results += 1
    else if (message['role'] === 'user') [last, results] = [said, 0]
  }
  const choice = textOf(fieldsOf(body['tool_choice'])?.['type'])
  const forcedTool = choice === 'any' || choice === 'tool'
  const schema = fieldsOf(fieldsOf(body['output_config'])?.['format'])?.['schema'] ?? null
  return { prompt: { model, text, last, images, tools, results, forcedTool, schema }, breakpoints }
}

const runsHere = (type: unknown): boolean => typeof type === 'string' && /^web_(search|fetch)_\d+$/.test(type)

const stopOf = (reply: Reply): string =>
  reply.kind === 'tool' ? 'tool_use' : reply.cut ? 'max_tokens' : 'end_turn'

function blockOf(reply: Reply, id: string, empty: boolean): Fields {
  if (reply.tool === null) return { type: 'text', text: empty ? '' : reply.tokens.join('') }
  const { name, json } = reply.tool
  return { type: 'tool_use', id: `toolu_${id}`, name, input: empty ? {} : JSON.parse(json) }
}

/** A search as it stands in a message: what was asked, then what was found. */
function searchBlocks({ query, pages }: Search, id: string): Fields[] {
  const found = pages.map(({ url, title }) => ({
    type: 'web_search_result',
    url,
    title,
    encrypted_content: Buffer.from(`${title} ${url}`).toString('base64'),
    page_age: null,
  }))
  return [
    { type: 'server_tool_use', id, name: 'web_search', input: { query } },
    { type: 'web_search_tool_result', tool_use_id: id, content: found },
  ]
}

type Answer = {
  readonly message: Fields
  readonly searches: Fields[]
  readonly reply: Reply
  readonly usage: Fields
}

/** What the model makes of a request. `tier` is said in the usage. */
function answerTo(body: Fields, call: Pick<DemoCall, 'id' | 'cache' | 'now'>, tier: string): Answer {
  const limit = limitIn(body, 'max_tokens')
  if (limit === null) throw badRequest('max_tokens: Field required')
  const { prompt, breakpoints } = messagesPrompt(body)
  const uses = searchLimit(
    body['tools'],
    (type) => /^web_search_\d+$/.test(type),
    (tool) => tool['max_uses'],
  )
  const asked = uses === null ? [] : searchesFor(prompt, uses)
  const searches = written(asked.length) < limit ? asked : []
  const reply = replyTo(prompt, limit - written(searches.length))
  const { read, write5m, write1h } = call.cache.marked(prompt.model, breakpoints, call.now)
  const input = inputTokens(prompt)
  const usage = {
    // The later readings of the same text are not cached here.
    input_tokens: readAgain(input, searches.length) - read - write5m - write1h,
    cache_creation_input_tokens: write5m + write1h,
    cache_read_input_tokens: read,
    output_tokens: reply.output + written(searches.length),
    ...(uses === null ? {} : { server_tool_use: { web_search_requests: searches.length } }),
  }
  const split = { ephemeral_5m_input_tokens: write5m, ephemeral_1h_input_tokens: write1h }
  return {
    message: {
      id: `msg_${call.id}`,
      type: 'message',
      role: 'assistant',
      model: prompt.model,
      stop_sequence: null,
    },
    searches: searches.flatMap((search, n) => searchBlocks(search, `srvtoolu_${call.id}_${n}`)),
    reply,
    usage: { ...usage, cache_creation: split, service_tier: tier },
  }
}

/** A whole message, as it stands in a reply or in the results of a batch. */
export function demoMessage(
  body: Fields,
  call: Pick<DemoCall, 'id' | 'cache' | 'now'>,
  tier = 'standard',
): Fields {
  const { message, searches, reply, usage } = answerTo(body, call, tier)
  return {
    ...message,
    content: [...searches, blockOf(reply, call.id, false)],
    stop_reason: stopOf(reply),
    usage,
  }
}

/** POST /v1/messages */
export async function demoMessages(call: DemoCall): Promise<void> {
  const { body, res, id, pace, headers } = call
  if (body['stream'] !== true) return sendJson(res, 200, demoMessage(body, call), headers)
  const { message, searches, reply, usage } = answerTo(body, call, 'standard')
  const out = eventWriter(res, headers, pace)
  const say = (type: string, fields: Fields): Promise<void> => out.send(type, { type, ...fields })
  const { server_tool_use: _, ...first } = usage
  const opening = { ...message, content: [], stop_reason: null, usage: { ...first, output_tokens: 1 } }
  await say('message_start', { message: opening })
  let index = 0
  for (const block of searches) {
    const empty = block['type'] === 'server_tool_use' ? { ...block, input: {} } : block
    await say('content_block_start', { index, content_block: empty })
    if (block['type'] === 'server_tool_use') {
      const delta = { type: 'input_json_delta', partial_json: JSON.stringify(block['input']) }
      await say('content_block_delta', { index, delta })
    }
    await say('content_block_stop', { index })
    index += 1
  }
  await say('content_block_start', { index, content_block: blockOf(reply, id, true) })
  await say('ping', {})
  for (const piece of pieces(reply.tokens)) {
    const delta =
      reply.tool === null
        ? { type: 'text_delta', text: piece }
        : { type: 'input_json_delta', partial_json: piece }
    await say('content_block_delta', { index, delta })
  }
  await say('content_block_stop', { index })
  const { cache_creation: __, service_tier: ___, ...last } = usage
  await say('message_delta', { delta: { stop_reason: stopOf(reply), stop_sequence: null }, usage: last })
  await say('message_stop', {})
  out.end()
}

/** POST /v1/messages/count_tokens */
export function demoCountTokens({ body, res, headers }: DemoCall): void {
  sendJson(res, 200, { input_tokens: inputTokens(messagesPrompt(body).prompt) }, headers)
}
