import type { Tokens } from '#ledger/types.ts'

/** What a reply says of its own use. */
export type Reading = {
  /** As reported; null when the reply ended without its usage. */
  readonly tokens: Tokens | null
  /** What was seen when `tokens` is null: reported input if there was any, and output by its bytes. */
  readonly observed: Tokens | null
  /** UTF-8 bytes of generated text that went by. */
  readonly outputBytes: number
  /**
   * Of those, the bytes that the output of `observed` may not count yet, where the provider keeps a running count;
   * absent where it does not.
   */
  readonly uncountedBytes?: number
  /** Pieces in which it came: each is one token at least. */
  readonly pieces?: number
  /** Counts the text that went by with the model's own tokenizer. */
  readonly counted?: () => Promise<number>
  /** Searches of the web that were seen to begin. */
  readonly searches?: number
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

/**
 * Tokens of text that was delivered and never counted: five bytes for two, as the densest tokenizers in use make of
 * prose and code, so that what a client did get is not charged below what it was.
 */
export const carefulTokens = (bytes: number): number => Math.min(LIMIT, Math.ceil((bytes * 2) / 5))

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

export type Guess = {
  /** The input as its bytes suggest. */
  readonly plainInput: number
  /** What was held for at most. */
  readonly maxInput: number
  readonly maxOutput: number
  /** Output by the model's own tokenizer, where there is one. */
  readonly counted?: number | null
}

/**
 * The tokens a call is charged for. Without reported usage it is the greater of what was observed and the input as
 * its bytes suggest, and the output that went by: never nothing, because the provider bills what it began. The model
 * has read its input once more after every search. The guess stays within what was held.
 */
export function chargeable(reading: Reading, guess: Guess): { tokens: Tokens; estimated: boolean } {
  if (reading.tokens) return { tokens: reading.tokens, estimated: false }
  const seen = reading.observed ?? { ...NO_TOKENS, input: guess.plainInput }
  const said = Math.max(guess.counted ?? heardTokens(reading, seen), reading.pieces ?? 0)
  const output = Math.max(seen.output, Math.min(said, guess.maxOutput))
  const searches = Math.max(seen.searches ?? 0, reading.searches ?? 0)
  const cached = seen.cacheRead + seen.cacheWrite5m + seen.cacheWrite1h
  const again = searches * (seen.input + cached)
  const input = Math.max(seen.input, Math.min(seen.input + again, guess.maxInput - cached))
  const tokens = { ...seen, input, output, reasoning: Math.min(seen.reasoning, output) }
  return { tokens: searches === 0 ? tokens : { ...tokens, searches }, estimated: true }
}

/** A provider's running count is taken at its word, and only what came after it is guessed. */
const heardTokens = ({ outputBytes, uncountedBytes }: Reading, { output }: Tokens): number =>
  uncountedBytes === undefined ? carefulTokens(outputBytes) : output + carefulTokens(uncountedBytes)

export const NO_READING: Reading = {
  tokens: null,
  observed: null,
  outputBytes: 0,
  providerId: null,
  failed: true,
}
