import { fieldsOf, type Fields } from './usage.ts'

/**
 * How much input a request can be billed for, from its bytes alone. Byte-level tokenizers never make more than one
 * token of a byte, and the raw JSON is never shorter than the text it spells, so the body's bytes bound its text.
 * What providers add around it is bounded by these allowances; what lies outside the body is not bounded by bytes.
 */
export type InputBound = {
  readonly tokens: number
  /** Something is named that is not in the body (a file, a URL, an earlier reply): only the context window bounds it. */
  readonly window: boolean
  /** Bytes of the body that are pictures or files spelled in base64: no text, so no tokens of their own. */
  readonly data: number
  readonly images: number
  /** Some of it may be sound, which may have a price above that of text. */
  readonly audio?: boolean
}

export const ALLOWANCE = {
  /** Reply primers, hidden preambles, the instructions for a response format. */
  call: 256,
  /** Role marks and separators around a message. Its JSON braces and field names are longer already. */
  message: 16,
  /** The hidden prompt that explains tool use, once (the largest published is 735). */
  tools: 1_024,
  tool: 64,
  /** The definition that a provider keeps for a tool of its own that the client runs (the largest published is 735). */
  ownTool: 1_024,
} as const

/**
 * What a part of a prompt adds: `text` no more than its bytes; `plain` likewise, and it holds no parts of its own; an
 * `image` is billed by its pixels; what lies `outside` the body is bounded by the context window; `closed` has no price.
 */
export type PartKind = 'text' | 'plain' | 'image' | 'outside' | 'closed'

export type Weight = {
  readonly images: number
  readonly data: number
  readonly outside: boolean
  readonly closed: string | null
}

export type PartRules = {
  /** The most tokens one image can be billed at. */
  readonly image: number
  kindOf(type: string, part: Fields): PartKind
  /** How many bytes of an image or of something outside are its data in base64, of which only the start may be here. */
  dataOf(part: Fields, lengthOf: (text: string) => number): number
}

const MAX_DEPTH = 32

/**
 * Walks the content of messages: arrays of parts, parts with a `content` or `output` of their own. It does not enter
 * what is plain text for the model, such as the arguments of a tool call. An unknown kind of part counts as `outside`.
 */
export function weighParts(content: unknown, rules: PartRules, lengthOf: (text: string) => number): Weight {
  let images = 0
  let data = 0
  let closed: string | null = null
  let outside = false
  const visit = (node: unknown, depth: number): void => {
    if (typeof node !== 'object' || node === null) return
    if (depth > MAX_DEPTH) {
      outside = true
      return
    }
    if (Array.isArray(node)) {
      for (const item of node) visit(item, depth + 1)
      return
    }
    const part = node as Fields
    if (typeof part['type'] === 'string') {
      const kind = rules.kindOf(part['type'], part)
      if (kind === 'image') images += 1
      if (kind === 'image' || kind === 'outside') data += rules.dataOf(part, lengthOf)
      if (kind === 'outside') outside = true
      if (kind === 'closed') closed ??= part['type']
      // A message is walked whatever type it claims: upstreams that ignore the claim would read what it hides.
      if (kind !== 'text' && typeof part['role'] !== 'string') return
    }
    visit(part['content'], depth + 1)
    visit(part['output'], depth + 1)
  }
  visit(content, 0)
  return { images, data, outside, closed }
}

/** Tools that are named only, because the provider knows what they are; their definition is not in the body. */
export const ownTools = (tools: unknown): number =>
  (Array.isArray(tools) ? tools : []).filter((tool) => {
    const type = fieldsOf(tool)?.['type']
    return typeof type === 'string' && type !== 'function' && type !== 'custom'
  }).length

export const listLength = (value: unknown): number => (Array.isArray(value) ? value.length : 0)

/** The bound of a body: its bytes, the allowances for what it holds, and its images at their dearest. */
export function boundOf(parts: {
  bytes: number
  messages: number
  tools: number
  ownTools: number
  images: number
  image: number
  data: number
  outside: boolean
}): InputBound {
  const tokens =
    parts.bytes -
    parts.data +
    ALLOWANCE.call +
    ALLOWANCE.message * parts.messages +
    (parts.tools > 0 ? ALLOWANCE.tools + ALLOWANCE.tool * parts.tools : 0) +
    ALLOWANCE.ownTool * parts.ownTools +
    parts.image * parts.images
  return { tokens, window: parts.outside, data: parts.data, images: parts.images }
}
