// An employee's own program with the official Anthropic SDK: everything it knows of Perq stands in the environment.
import Anthropic from '@anthropic-ai/sdk'
import { endWith, noteReader, readFor } from './program.ts'

await endWith(async (prompt, model) => {
  const client = new Anthropic()
  const { name, description, parameters } = noteReader
  const tools = [{ name, description, input_schema: parameters }]
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: prompt }]
  for (;;) {
    const ask = { model: model ?? 'claude-haiku-4-5', max_tokens: 2_048, messages, tools }
    const reply = await client.messages.stream(ask).finalMessage()
    const call = reply.content.find((block) => block.type === 'tool_use')
    if (!call) return reply.content.map((block) => (block.type === 'text' ? block.text : '')).join('')
    messages.push(
      { role: 'assistant', content: reply.content },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: call.id, content: readFor(call.input) }],
      },
    )
  }
})
