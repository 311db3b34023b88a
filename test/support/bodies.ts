import { readFileSync } from 'node:fs'

/** Text as coding agents send it: code with its tabs, quotes and newlines, and prose in Markdown, out of this repository. */
const TEXT = [
  'gateway/call.ts',
  'gateway/relay/stream.ts',
  'gateway/README.md',
  'ledger/README.md',
  'db/sql.ts',
]
  .map((path) => readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8'))
  .join('\n')
  .replaceAll('\n  ', '\n\t')

const textAt = (at: number, length: number): string => {
  const from = (at * 7_919) % Math.max(1, TEXT.length - length)
  return TEXT.repeat(Math.ceil(length / TEXT.length)).slice(from, from + length)
}

export type Kind = 'chat' | 'responses' | 'messages' | 'generateContent'

const NAMES = ['read_file', 'write_file', 'edit', 'run_command', 'search', 'list_files', 'fetch', 'ask_user']

function schemaOf(n: number) {
  const property = (type: string, at: number) => ({ type, description: textAt(n * 31 + at, 60 + at * 15) })
  return {
    type: 'object',
    properties: {
      path: property('string', 1),
      pattern: { ...property('string', 2), pattern: '^[^"\\n]+\\.(ts|tsx)$' },
      limit: { ...property('integer', 3), minimum: 1, maximum: 2_000 },
      kinds: { type: 'array', items: { type: 'string', enum: ['file', 'folder', 'link'] } },
    },
    required: ['path'],
    additionalProperties: false,
  }
}

type Turn = { readonly id: string; readonly name: string; readonly args: object; readonly result: string }

const turnOf = (n: number): Turn => ({
  id: `call_${String(n).padStart(12, 'x')}`,
  name: NAMES[n % NAMES.length]!,
  args: { path: `/src/part-${n}.ts`, content: textAt(n, 300), limit: n, deep: [{ old: 'a\tb', new: null }] },
  result: textAt(n + 3, 2_400),
})

const picture = (bytes: number): string =>
  `iVBORw0KGgo${'aZ09+/Qq'.repeat(Math.ceil(bytes / 8))}`.slice(0, bytes)

const SHAPES: Record<Kind, (parts: Parts) => object> = {
  chat: ({ system, turns, last, tools, pictures }) => ({
    model: 'gpt-5.2',
    messages: [
      { role: 'system', content: system },
      ...turns.flatMap(({ id, name, args, result }) => [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify(args) } }],
        },
        { role: 'tool', tool_call_id: id, content: result },
      ]),
      ...pictures.map((data) => ({
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }],
      })),
      { role: 'user', content: [{ type: 'text', text: last }] },
    ],
    tools: tools.map(({ name, description, schema }) => ({
      type: 'function',
      function: { name, description, parameters: schema },
    })),
    stream: true,
    max_completion_tokens: 4_096,
  }),
  responses: ({ system, turns, last, tools, pictures }) => ({
    model: 'gpt-5.2',
    instructions: system,
    input: [
      ...turns.flatMap(({ id, name, args, result }) => [
        { type: 'function_call', call_id: id, name, arguments: JSON.stringify(args) },
        { type: 'function_call_output', call_id: id, output: result },
      ]),
      ...pictures.map((data) => ({
        type: 'message',
        role: 'user',
        content: [{ type: 'input_image', image_url: `data:image/png;base64,${data}` }],
      })),
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: last }] },
    ],
    tools: tools.map(({ name, description, schema }) => ({
      type: 'function',
      name,
      description,
      parameters: schema,
      strict: false,
    })),
    store: false,
    stream: true,
  }),
  messages: ({ system, turns, last, tools, pictures }) => ({
    model: 'claude-opus-4-8',
    max_tokens: 8_192,
    system: [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }],
    messages: [
      ...turns.flatMap(({ id, name, args, result }) => [
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I will look.' },
            { type: 'tool_use', id, name, input: args },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: result }] },
      ]),
      ...pictures.map((data) => ({
        role: 'user',
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }],
      })),
      { role: 'user', content: last },
    ],
    tools: tools.map(({ name, description, schema }) => ({ name, description, input_schema: schema })),
    stream: true,
  }),
  generateContent: ({ system, turns, last, tools, pictures }) => ({
    systemInstruction: { parts: [{ text: system }] },
    contents: [
      ...turns.flatMap(({ name, args, result }) => [
        { role: 'model', parts: [{ functionCall: { name, args } }] },
        { role: 'user', parts: [{ functionResponse: { name, response: { output: result } } }] },
      ]),
      ...pictures.map((data) => ({
        role: 'user',
        parts: [{ inlineData: { mimeType: 'image/png', data } }],
      })),
      { role: 'user', parts: [{ text: last }] },
    ],
    tools: [
      {
        functionDeclarations: tools.map(({ name, description, schema }) => ({
          name,
          description,
          parameters: schema,
        })),
      },
    ],
    generationConfig: { maxOutputTokens: 4_096, temperature: 0.2 },
  }),
}

type Parts = {
  readonly system: string
  readonly turns: readonly Turn[]
  readonly last: string
  readonly tools: readonly { readonly name: string; readonly description: string; readonly schema: object }[]
  readonly pictures: readonly string[]
}

/**
 * A request of a coding agent, of about `bytes`: instructions, tools, turns with files that it read, and what it asks at
 * last; with `pictures` most of it are pictures in base64. The same for the same arguments.
 */
export function agentBody(kind: Kind, bytes: number, { pictures = 0 } = {}): Buffer {
  const small = bytes < 4_000
  const tools = NAMES.slice(0, small ? 0 : 8).map((name, n) => ({
    name,
    description: textAt(n + 11, Math.min(900, bytes / 60)),
    schema: schemaOf(n),
  }))
  const shapeOf = (turns: number, room: number): Buffer =>
    Buffer.from(
      JSON.stringify(
        SHAPES[kind]({
          system: textAt(1, Math.round(Math.min(12_000, bytes / 8))),
          turns: Array.from({ length: turns }, (_, n) => turnOf(n)),
          last: textAt(5, Math.max(20, room)),
          tools,
          pictures: Array.from({ length: pictures }, () => picture(Math.round((bytes * 0.8) / pictures))),
        }),
      ),
    )
  let turns = 0
  while (!small && shapeOf(turns + 1, 20).length < bytes * 0.97) turns += 1
  // Escapes make a text longer as it is written.
  return shapeOf(turns, Math.round((bytes - shapeOf(turns, 20).length) * 0.9))
}
