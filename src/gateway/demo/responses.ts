import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'
import { badRequest, limitIn, strict, type DemoCall } from './call.ts'
import { contentOf, inputTokens, replyTo, type Prompt, type Reply, type Tool } from './prompt.ts'
import { readAgain, searchesFor, searchLimit, written, type Search } from './search.ts'
import { eventWriter, pieces, sendJson } from './writer.ts'

export function responsesPrompt(body: Fields): Prompt {
  const model = strict(textOf(body['model']), 'model')
  const input = body['input']
  if (typeof input !== 'string' && !Array.isArray(input))
    throw badRequest("Missing required parameter: 'input'.", 'input')
  let [text, last, images] = [textOf(body['instructions']) ?? '', '', 0]
  let results = 0
  for (const item of typeof input === 'string' ? [{ role: 'user', content: input }] : input) {
    const part = fieldsOf(item) ?? {}
    const content = contentOf(part['content'] ?? part['output'])
    text += `${content.text}\n${textOf(part['arguments']) ?? ''}`
    images += content.images
    if (part['type'] === 'function_call_output') results += 1
    if (part['role'] === 'user') [last, results] = [content.text, 0]
  }
  const tools: Tool[] = []
  for (const item of Array.isArray(body['tools']) ? body['tools'] : []) {
    const tool = fieldsOf(item)
    const name = textOf(tool?.['name'])
    if (tool?.['type'] === 'function' && name !== null) tools.push({ name, schema: tool['parameters'] })
  }
  if (tools.length > 0) text += JSON.stringify(body['tools'])
  const choice = body['tool_choice']
  const format = fieldsOf(fieldsOf(body['text'])?.['format'])
  const forcedTool = choice === 'required' || typeof choice === 'object'
  return { model, text, last, images, tools, results, forcedTool, schema: format?.['schema'] ?? null }
}

function itemOf(reply: Reply, id: string, status: 'in_progress' | 'completed' | 'incomplete') {
  const done = status !== 'in_progress'
  if (reply.tool !== null) {
    const { name, json } = reply.tool
    return {
      id: `fc_${id}`,
      type: 'function_call',
      status,
      call_id: `call_${id}`,
      name,
      arguments: done ? json : '',
    }
  }
  const part = { type: 'output_text', text: reply.tokens.join(''), annotations: [], logprobs: [] }
  return { id: `msg_${id}`, type: 'message', status, role: 'assistant', content: done ? [part] : [] }
}

const searchItem = ({ query, pages }: Search, id: string) => ({
  id: `ws_${id}`,
  type: 'web_search_call',
  status: 'completed',
  action: { type: 'search', query, sources: pages.map(({ url }) => ({ type: 'url', url })) },
})

/** POST /v1/responses */
export async function demoResponses({
  body,
  res,
  id,
  created,
  cache,
  now,
  pace,
  headers,
}: DemoCall): Promise<void> {
  const prompt = responsesPrompt(body)
  const limit = limitIn(body, 'max_output_tokens')
  const uses = searchLimit(
    body['tools'],
    (type) => type.startsWith('web_search'),
    () => body['max_tool_calls'],
  )
  const asked = uses === null ? [] : searchesFor(prompt, uses)
  const searches = written(asked.length) < (limit ?? Infinity) ? asked : []
  const reply = replyTo(prompt, (limit ?? Infinity) - written(searches.length))
  const input = readAgain(inputTokens(prompt), searches.length)
  const output = reply.output + written(searches.length)
  const cached = Math.min(input, cache.automatic(prompt.model, prompt.text, now))
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  }
  const ending = reply.cut ? 'incomplete' : 'completed'
  const running = {
    id: `resp_${id}`,
    object: 'response',
    created_at: created,
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: limit,
    metadata: body['metadata'] ?? {},
    model: prompt.model,
    output: [],
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: body['text'] ?? { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_p: body['top_p'] ?? 1,
    truncation: 'disabled',
    usage: null,
  }
  const final = {
    ...running,
    status: ending,
    incomplete_details: reply.cut ? { reason: 'max_output_tokens' } : null,
    output: [...searches.map((search, n) => searchItem(search, `${id}_${n}`)), itemOf(reply, id, ending)],
    usage,
  }
  if (body['stream'] !== true) return sendJson(res, 200, final, headers)

  const out = eventWriter(res, headers, pace)
  let count = 0
  const say = (type: string, fields: Fields): Promise<void> =>
    out.send(type, { type, sequence_number: count++, ...fields })
  await say('response.created', { response: running })
  await say('response.in_progress', { response: running })
  for (const [n, search] of searches.entries()) {
    const item = searchItem(search, `${id}_${n}`)
    const place = { item_id: item.id, output_index: n }
    await say('response.output_item.added', { output_index: n, item: { ...item, status: 'in_progress' } })
    await say('response.web_search_call.searching', place)
    await say('response.web_search_call.completed', place)
    await say('response.output_item.done', { output_index: n, item })
  }
  const output_index = searches.length
  await say('response.output_item.added', { output_index, item: itemOf(reply, id, 'in_progress') })
  const at = { item_id: `${reply.tool === null ? 'msg' : 'fc'}_${id}`, output_index }
  if (reply.tool !== null) {
    for (const delta of pieces(reply.tokens))
      await say('response.function_call_arguments.delta', { ...at, delta })
    await say('response.function_call_arguments.done', {
      ...at,
      name: reply.tool.name,
      arguments: reply.tool.json,
    })
  } else {
    const place = { ...at, content_index: 0 }
    const part = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] })
    const text = reply.tokens.join('')
    await say('response.content_part.added', { ...place, part: part('') })
    for (const delta of pieces(reply.tokens))
      await say('response.output_text.delta', { ...place, delta, logprobs: [] })
    await say('response.output_text.done', { ...place, text, logprobs: [] })
    await say('response.content_part.done', { ...place, part: part(text) })
  }
  await say('response.output_item.done', { output_index, item: itemOf(reply, id, ending) })
  await say(`response.${ending}`, { response: final })
  out.end()
}
