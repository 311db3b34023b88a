// An employee's own program with the official OpenAI SDK: everything it knows of Perq stands in the environment.
import OpenAI from 'openai'
import { endWith, noteReader, readFor } from './program.ts'

await endWith(async (prompt, model) => {
  const client = new OpenAI()
  const tools = [{ type: 'function' as const, strict: false, ...noteReader }]
  const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: prompt }]
  for (;;) {
    const stream = await client.responses.create({ model: model ?? 'gpt-5-mini', input, tools, stream: true })
    let text = ''
    let call: OpenAI.Responses.ResponseFunctionToolCall | undefined
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') text += event.delta
      if (event.type === 'response.output_item.done' && event.item.type === 'function_call') call = event.item
    }
    if (!call) return text
    input.push(call, {
      type: 'function_call_output',
      call_id: call.call_id,
      output: readFor(JSON.parse(call.arguments)),
    })
  }
})
