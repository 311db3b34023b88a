import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'
import type { DemoCall } from './call.ts'
import { badRequest, limitIn, openaiUsage, strict } from './call.ts'
import { contentOf, inputTokens, replyTo, type Prompt, type Reply, type Tool } from './prompt.ts'
import { eventWriter, pieces, sendJson } from './writer.ts'

const MOST_COPIES = 128

function toolsOf(body: Fields): Tool[] {
  const tools: Tool[] = []
  for (const item of Array.isArray(body['tools']) ? body['tools'] : []) {
    const made = fieldsOf(fieldsOf(item)?.['function'])
    const name = textOf(made?.['name'])
    if (name !== null) tools.push({ name, schema: made?.['parameters'] })
  }
  return tools
}

export function chatPrompt(body: Fields): Prompt {
  const model = strict(textOf(body['model']), 'model')
  const messages = body['messages']
  if (!Array.isArray(messages) || messages.length === 0)
    throw badRequest("'messages' must not be empty.", 'messages')
  let [text, last, images, results] = ['', '', 0, 0]
  for (const item of messages) {
    const message = fieldsOf(item) ?? {}
    const content = contentOf(message['content'])
    text += `${content.text}\n${message['tool_calls'] === undefined ? '' : JSON.stringify(message['tool_calls'])}`
    images += content.images
    if (message['role'] === 'user') [last, results] = [content.text, 0]
    if (message['role'] === 'tool') results += 1
  }
  const tools = toolsOf(body)
  if (tools.length > 0) text += JSON.stringify(body['tools'])
  const choice = body['tool_choice']
  const format = fieldsOf(body['response_format'])
  return {
    model,
    text,
    last,
    images,
    tools,
    results,
    forcedTool: choice === 'required' || typeof choice === 'object',
    schema: fieldsOf(format?.['json_schema'])?.['schema'] ?? null,
  }
}

const finishOf = (reply: Reply): string =>
  reply.kind === 'tool' ? 'tool_calls' : reply.cut ? 'length' : 'stop'

function messageOf(reply: Reply, id: string) {
  if (reply.tool === null) return { role: 'assistant', content: reply.tokens.join(''), refusal: null }
  const { name, json } = reply.tool
  const call = { id: `call_${id}`, type: 'function', function: { name, arguments: json } }
  return { role: 'assistant', content: null, refusal: null, tool_calls: [call] }
}

/** POST /v1/chat/completions */
export async function demoChat({
  body,
  res,
  id,
  created,
  cache,
  now,
  pace,
  headers,
}: DemoCall): Promise<void> {
  const prompt = chatPrompt(body)
  const limit = limitIn(body, 'max_completion_tokens') ?? limitIn(body, 'max_tokens') ?? Infinity
  const copies = limitIn(body, 'n') ?? 1
  if (copies > MOST_COPIES) throw badRequest(`'n' must be at most ${MOST_COPIES}.`, 'n')
  const replies = Array.from({ length: copies }, (_, copy) => replyTo(prompt, limit, copy))
  const cached = cache.automatic(prompt.model, prompt.text, now)
  const output = replies.reduce((sum, reply) => sum + reply.output, 0)
  const usage = openaiUsage(inputTokens(prompt), cached, output)
  const base = {
    id: `chatcmpl-${id}`,
    created,
    model: prompt.model,
    system_fingerprint: 'fp_demo',
    service_tier: 'default',
  }
  if (body['stream'] !== true) {
    const choices = replies.map((reply, index) => ({
      index,
      message: messageOf(reply, `${id}_${index}`),
      logprobs: null,
      finish_reason: finishOf(reply),
    }))
    return sendJson(res, 200, { ...base, object: 'chat.completion', choices, usage }, headers)
  }
  const withUsage = fieldsOf(body['stream_options'])?.['include_usage'] === true
  const chunk = { ...base, object: 'chat.completion.chunk', ...(withUsage ? { usage: null } : {}) }
  const out = eventWriter(res, headers, pace)
  const say = (index: number, delta: unknown, finish: string | null = null): Promise<void> =>
    out.send(null, { ...chunk, choices: [{ index, delta, logprobs: null, finish_reason: finish }] })
  for (const [index, reply] of replies.entries()) {
    if (reply.tool === null) {
      await say(index, { role: 'assistant', content: '', refusal: null })
      for (const piece of pieces(reply.tokens)) await say(index, { content: piece })
    } else {
      const call = { index: 0, id: `call_${id}_${index}`, type: 'function' }
      const open = { ...call, function: { name: reply.tool.name, arguments: '' } }
      await say(index, { role: 'assistant', content: null, tool_calls: [open] })
      for (const piece of pieces(reply.tokens))
        await say(index, { tool_calls: [{ index: 0, function: { arguments: piece } }] })
    }
    await say(index, {}, finishOf(reply))
  }
  if (withUsage) await out.send(null, { ...chunk, choices: [], usage })
  await out.send(null, '[DONE]')
  out.end()
}
