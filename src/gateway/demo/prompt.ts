import { fieldsOf, parseOrNull, textOf, type Fields } from '../relay/usage.ts'
import { numbersFrom, sayAtLeast, sayTokens } from './words.ts'

export type Tool = { readonly name: string; readonly schema: unknown }

/** What a demo model reads, whatever protocol it came in. */
export type Prompt = {
  readonly model: string
  /** All text that is billed, in order. */
  readonly text: string
  /** Text of the last message of the user. */
  readonly last: string
  readonly images: number
  readonly tools: readonly Tool[]
  /** Results of tools since the user last said something. */
  readonly results: number
  readonly forcedTool: boolean
  /** JSON schema of the reply when one is asked for. */
  readonly schema: unknown
}

export type Reply = {
  readonly kind: 'text' | 'tool'
  /** One token each. */
  readonly tokens: readonly string[]
  readonly tool: ToolCall | null
  /** Tokens billed as output. */
  readonly output: number
  readonly cut: boolean
}

const BYTES_PER_TOKEN = 4
const OVERHEAD = 8
const IMAGE = 800
const LONGEST = 32_768

export const tokensOf = (text: string): number => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN)

/** Never more than the bytes allow: a quarter of them and a little for the roles around them. */
export const inputTokens = (prompt: Prompt): number =>
  Math.max(1, tokensOf(prompt.text)) + OVERHEAD + IMAGE * prompt.images

/** All text in a message's content, and how many images stand beside it. */
export function contentOf(content: unknown): { text: string; images: number } {
  if (typeof content === 'string') return { text: content, images: 0 }
  let text = ''
  let images = 0
  for (const item of Array.isArray(content) ? content : []) {
    const part = fieldsOf(item)
    if (!part) continue
    const type = textOf(part['type']) ?? ''
    if (type.includes('image')) images += 1
    else if (type === 'tool_result') {
      const inner = contentOf(part['content'])
      text += inner.text
      images += inner.images
    } else if (type === 'tool_use')
      text += `${textOf(part['name']) ?? ''}${JSON.stringify(part['input'] ?? {})}`
    else text += textOf(part['text']) ?? textOf(part['thinking']) ?? ''
  }
  return { text, images }
}

const MAX_DEPTH = 6

/** A value that satisfies the common part of JSON Schema: type, enum, const, properties, items, bounds. */
export function valueFor(schema: unknown, depth = 0): unknown {
  const rule = fieldsOf(schema) ?? {}
  if ('const' in rule) return rule['const']
  if (Array.isArray(rule['enum']) && rule['enum'].length > 0) return rule['enum'][0]
  const variant = [rule['anyOf'], rule['oneOf']].find((list) => Array.isArray(list) && list.length > 0)
  if (Array.isArray(variant)) return valueFor(variant[0], depth + 1)
  const type = Array.isArray(rule['type']) ? rule['type'][0] : rule['type']
  if (depth > MAX_DEPTH) return null
  switch (type) {
    case 'string':
      return 'example'.padEnd(Number(rule['minLength'] ?? 0), '.')
    case 'integer':
    case 'number':
      return rule['minimum'] ?? 1
    case 'boolean':
      return true
    case 'null':
      return null
    case 'array':
      return [valueFor(rule['items'], depth + 1)]
    default:
      return objectFor(rule, depth)
  }
}

function objectFor(rule: Fields, depth: number): Record<string, unknown> {
  const properties = fieldsOf(rule['properties']) ?? {}
  const required: unknown[] = Array.isArray(rule['required']) ? rule['required'] : Object.keys(properties)
  const made: Record<string, unknown> = {}
  for (const name of required)
    if (typeof name === 'string') made[name] = valueFor(properties[name], depth + 1)
  return made
}

type ToolCall = { readonly name: string; readonly json: string }

/**
 * The tool that a prompt wants called: `use the tool read 3 times with {"path":"notes.txt"}` names it, says how often
 * in a row and with what; any other request for a tool gets the first one, with made-up arguments. After the result
 * the model answers in words.
 */
function callIn(prompt: Prompt): ToolCall | null {
  const order = /\buse the tool ([\w.-]+)(?: (\d{1,3}) times)?(?: with (\{[\s\S]*))?/i.exec(prompt.last)
  const named = prompt.tools.find(({ name }) => name === order?.[1])
  if (prompt.results >= (named ? Number(order?.[2] ?? 1) : 1)) return null
  const tool = named ?? (asksForTool(prompt) ? prompt.tools[0] : undefined)
  if (!tool) return null
  const given = named ? firstObject(order?.[3] ?? '') : null
  return { name: tool.name, json: JSON.stringify(given ?? valueFor(tool.schema)) }
}

const asksForTool = ({ forcedTool, last, tools }: Prompt): boolean =>
  forcedTool ||
  (/\b(use|call|invoke|run)\b/i.test(last) &&
    (/\b(tools?|functions?)\b/i.test(last) || tools.some(({ name }) => last.includes(name))))

const MOST_BRACES = 64

/** The JSON object at the beginning of a text. */
function firstObject(text: string): Fields | null {
  let end = -1
  for (let brace = 0; brace < MOST_BRACES; brace += 1) {
    end = text.indexOf('}', end + 1)
    if (end === -1) return null
    const object = fieldsOf(parseOrNull(text.slice(0, end + 1)))
    if (object) return object
  }
  return null
}

/** JSON cannot be cut into words; four characters make a token of it. */
const slices = (json: string): string[] => json.match(/[\s\S]{1,4}/g) ?? []

/**
 * What the demo model answers: a call of a tool when asked for one, else JSON of the wanted schema, else prose.
 * "reply with 250 tokens" in the last message sets the length. `limit` cuts it, as the real ones do.
 */
export function replyTo(prompt: Prompt, limit: number, copy = 0): Reply {
  const seed = `${prompt.model}\n${prompt.text}\n${copy}`
  const tool = callIn(prompt)
  if (tool) {
    const tokens = slices(tool.json)
    const output = tokens.length + tokensOf(tool.name) + 4
    if (output <= limit) return { kind: 'tool', tokens, tool, output, cut: false }
  }
  const wanted = /reply with (\d{1,6}) tokens/i.exec(prompt.last)?.[1]
  const whole =
    prompt.schema !== null
      ? slices(JSON.stringify(valueFor(prompt.schema)))
      : wanted === undefined
        ? sayAtLeast(seed, 16 + (numbersFrom(seed)() % 97))
        : sayTokens(seed, Math.min(LONGEST, Math.max(1, Number(wanted))))
  const tokens = whole.slice(0, limit)
  return { kind: 'text', tokens, tool: null, output: tokens.length, cut: tokens.length < whole.length }
}
