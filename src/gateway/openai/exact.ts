import type { Ask } from '../door.ts'
import { wholeOf, type JsonBody } from '../relay/body.ts'
import { knowsTokensOf, loadTokenizer } from '../relay/tokenizer.ts'
import type { Fields } from '../relay/usage.ts'

/** Added to every text: what may stand between it and the next one, and what joining both may cost. */
const TEXT_ALLOWANCE = 4
/** Shorter texts gain nothing by being counted. */
const SHORTEST = 32
const MAX_DEPTH = 32
const MOST_TEXTS = 20_000

/** Fields whose text a model reads as it is written. Everything else is bounded by its bytes. */
const TEXT_FIELDS = ['content', 'text', 'output', 'arguments', 'input', 'refusal', 'summary'] as const

/**
 * The texts of messages, those of their parts included. Pictures and files lie in other fields, and what is encrypted
 * stands for more than its bytes, so neither is a text.
 */
function textsIn(value: unknown): string[] | null {
  const texts: string[] = []
  const visit = (node: unknown, depth: number): boolean => {
    if (typeof node === 'string') {
      if (node.length >= SHORTEST) texts.push(node)
      return texts.length <= MOST_TEXTS
    }
    if (typeof node !== 'object' || node === null) return true
    if (depth > MAX_DEPTH) return false
    if (Array.isArray(node)) return node.every((item) => typeof item === 'string' || visit(item, depth + 1))
    const part = node as Fields
    const call = part['function']
    return TEXT_FIELDS.every((field) => visit(part[field], depth + 1)) && visit(call, depth + 1)
  }
  return visit(value, 0) ? texts : null
}

/**
 * The bound by bytes, with the bytes of each text replaced by its tokens. Its marks, names and braces stay counted by
 * their bytes, and so do tools and all that is no text.
 */
async function exact(ask: Ask, model: string, values: readonly unknown[]): Promise<Ask | null> {
  if (!knowsTokensOf(model) || ask.input.window) return null
  const texts: string[] = []
  for (const value of values) {
    const found = typeof value === 'string' ? [value] : textsIn(value)
    if (found === null) return null
    texts.push(...found)
  }
  const tokenizer = await loadTokenizer().catch(() => null)
  const counts = (await tokenizer?.countAll(texts)) ?? null
  if (counts === null) return null
  let tokens = ask.input.tokens
  texts.forEach((text, n) => {
    const bytes = Buffer.byteLength(text)
    tokens -= bytes - Math.min(bytes, counts[n]! + TEXT_ALLOWANCE)
  })
  return { ...ask, input: { ...ask.input, tokens } }
}

export function exactChat(body: JsonBody, ask: Ask, model: string): Promise<Ask | null> {
  const { messages } = wholeOf(body)
  return exact(ask, model, [messages])
}

export function exactResponses(body: JsonBody, ask: Ask, model: string): Promise<Ask | null> {
  const { input, instructions } = wholeOf(body)
  return exact(ask, model, [input, instructions])
}
