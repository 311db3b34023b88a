import { MODEL } from './replies.ts'

/** What the load sends: a short question, what a coding agent sends, and both kinds of streams. */
export type Kind = '1k' | '126k' | 'sse' | 'paced'

const SHORT = 1_040
const LONG = 126_000

const PROSE =
  'Explain to somebody new in the company how a vested lot differs from a tranche that is still to come, what ' +
  'happens to both on leaving, and which of them a call to a model may draw from. '

const question = (bytes: number, more: object): Buffer => {
  const body = (text: string): string =>
    JSON.stringify({
      model: MODEL,
      max_completion_tokens: 300,
      messages: [
        { role: 'developer', content: 'You answer in plain short sentences.' },
        { role: 'user', content: text },
      ],
      ...more,
    })
  const room = bytes - Buffer.byteLength(body(''))
  return Buffer.from(body(PROSE.repeat(Math.ceil(room / PROSE.length)).slice(0, room)))
}

const streamed = { stream: true, stream_options: { include_usage: true } }

/** `paced`: the provider reads from `user` how many events it shall send and how many milliseconds apart. */
export function bodyOf(
  kind: Kind,
  paced: { events: number; every: number } = { events: 10, every: 1_000 },
): Buffer {
  switch (kind) {
    case '1k':
      return question(SHORT, {})
    case 'sse':
      return question(SHORT, streamed)
    case 'paced':
      return question(SHORT, { ...streamed, user: `paced-${paced.events}-${paced.every}` })
    case '126k':
      return agentTurn(LONG)
  }
}

/** Escapes in a hundred bytes of a JSON text: what makes large bodies slow to read. */
export function escapesIn(body: Buffer): number {
  let count = 0
  for (let at = body.indexOf(0x5c); at >= 0; at = body.indexOf(0x5c, at + 2)) count += 1
  return Math.round((count / body.length) * 10_000) / 100
}

/** A repeatable choice, so that the body is the same in each run. */
function choices(seed: number): (most: number) => number {
  let state = seed
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * most)
  }
}

const LINES = [
  '',
  'export async function settleOrder(order: Order, { at, reason }: Options): Promise<Result> {',
  '\tconst found = await store.find(order.id, { lock: true })',
  '\tif (!found) throw new Error(`there is no order "${order.id}"`)',
  "  const label = found.kind === 'open' ? \"still open\" : 'settled at ' + new Date(at).toISOString()",
  '    for (const [index, line] of found.lines.entries()) {',
  '      total += line.quantity * line.price // rounded once, at the end',
  '      log("line", { index, "sku": line.sku, note: "of \\"" + label + "\\"" })',
  '    }',
  '  // A line of prose between the code: it says why the next step has to wait for the commit before it.',
  "  return { kind: 'settled', total, path: 'C:\\\\orders\\\\' + order.id, at }",
  '}',
  '| column | type | what it is for | null |',
  "    assert.deepEqual(await settle(order, { at: 12, reason: 'test' }), { kind: 'settled', total: 42n })",
]

const NAMES = [
  'read_file',
  'write_file',
  'edit_file',
  'run_command',
  'search',
  'list_files',
  'fetch_page',
  'ask_user',
]

const tool = (name: string) => ({
  type: 'function',
  function: {
    name,
    description: `Use it to ${name.replace('_', ' ')}.\n\nPaths are "absolute"; what is longer than 2,000 lines is cut.`,
    parameters: {
      type: 'object',
      properties: {
        path: { type: 'string', description: 'The absolute path of the "file" that is meant.' },
        content: { type: 'string', description: 'The whole text, with its newlines as they are.' },
        limit: { type: 'integer', minimum: 1, maximum: 2_000 },
      },
      required: ['path'],
      additionalProperties: false,
    },
  },
})

/** A turn of a coding agent: long instructions, tools, and files that it has read and written, as tool results. */
function agentTurn(bytes: number): Buffer {
  const pick = choices(7)
  const code = (lines: number): string =>
    Array.from(
      { length: lines },
      (_, n) => `${String(n + 1).padStart(5)}\t${LINES[pick(LINES.length)]}`,
    ).join('\n')
  const messages: object[] = [
    { role: 'developer', content: `You are a coding agent.\n\n${`- ${PROSE}\n`.repeat(40)}` },
    { role: 'user', content: 'Please make "settleOrder" safe to repeat, and add tests for it.' },
  ]
  const text = (last: string): string =>
    JSON.stringify({
      model: MODEL,
      max_completion_tokens: 1_024,
      messages: [...messages, { role: 'user', content: last }],
      tools: NAMES.map(tool),
      tool_choice: 'auto',
    })
  for (let turn = 1; Buffer.byteLength(text('')) < bytes - 16_000; turn += 1) {
    const id = `call_${String(turn).padStart(8, '0')}`
    const call = { path: `/repo/src/order-${turn}.ts`, content: code(20), limit: 2_000 }
    const name = NAMES[pick(NAMES.length)]
    messages.push(
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify(call) } }],
      },
      { role: 'tool', tool_call_id: id, content: code(120) },
    )
  }
  const room = bytes - Buffer.byteLength(text(''))
  return Buffer.from(text(PROSE.repeat(Math.ceil(room / PROSE.length)).slice(0, room)))
}
