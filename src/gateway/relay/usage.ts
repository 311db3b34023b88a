import type { Tokens } from '#ledger/types.ts'

/** What a reply says of its own use. */
export type Reading = {
  /** As reported; null when the reply ended without its usage. */
  readonly tokens: Tokens | null
  /** What was seen when `tokens` is null: reported input if there was any, and output by its bytes. */
  readonly observed: Tokens | null
  /** UTF-8 bytes of generated text that went by. */
  readonly outputBytes: number
  /** The provider's own id of the reply. */
  readonly providerId: string | null
  /** The provider itself ended the reply as failed. */
  readonly failed: boolean
}

export const NO_TOKENS: Tokens = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
}

/** Bytes that one token has on average in plain text: only for estimates, never for bounds. */
const BYTES_PER_TOKEN = 4
const LIMIT = 2 ** 31 - 1

export const guessTokens = (bytes: number): number => Math.min(LIMIT, Math.ceil(bytes / BYTES_PER_TOKEN))

export type Fields = Readonly<Record<string, unknown>>
export const fieldsOf = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null

/** A token count as a provider writes it; null for everything that is no such count. */
export const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LIMIT ? value : null

const ID_LIMIT = 200
/** A provider's id as it can be kept: visible characters only, because a database refuses some of the others. */
export function providerIdOf(value: unknown): string | null {
  const id = textOf(value)
  return id !== null && id.length <= ID_LIMIT && /^[!-~]+$/.test(id) ? id : null
}

export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Parsed JSON, or null: a reply that is not JSON has no usage, it is no bug of ours. */
export function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * The tokens a call is charged for. Without reported usage it is the greater of what was observed and the input as
 * its bytes suggest: never nothing, because the provider bills what it began. The guess stays within what was held.
 */
export function chargeable(
  reading: Reading,
  guess: { readonly plainInput: number; readonly maxOutput: number },
): { tokens: Tokens; estimated: boolean } {
  if (reading.tokens) return { tokens: reading.tokens, estimated: false }
  const seen = reading.observed ?? { ...NO_TOKENS, input: guess.plainInput }
  const output = Math.max(seen.output, Math.min(guessTokens(reading.outputBytes), guess.maxOutput))
  return { tokens: { ...seen, output, reasoning: Math.min(seen.reasoning, output) }, estimated: true }
}

export const NO_READING: Reading = {
  tokens: null,
  observed: null,
  outputBytes: 0,
  providerId: null,
  failed: true,
}
