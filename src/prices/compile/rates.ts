import type { ModelPrice, TieredPrices } from '@pydantic/genai-prices'
import { fromDecimal, mul, rational } from '#base/rational.ts'
import type { Price, Rates, Tier } from '../types.ts'

/** Dollars per million tokens → integer pico-dollars per token. */
const PICO_PER_DOLLAR_PER_MILLION = rational(1_000_000n)

const TOKEN_KEYS = [
  'input_mtok',
  'cache_read_mtok',
  'cache_write_mtok',
  'cache_write_1h_mtok',
  'output_mtok',
] as const
type TokenKey = (typeof TOKEN_KEYS)[number]

/** Fees of server tools; the gateway closes those tools, so they change no rate. */
const TOOL_FEES = new Set(['web_searches_kcount', 'storage_searches_kcount'])

export type CompiledRates = { readonly rates: Rates; readonly tiers: readonly Tier[] }

/** The rates of one price, or why it cannot be priced by counts of text tokens. */
export function compileRates(
  provider: Price['provider'],
  price: ModelPrice,
  embedding: boolean,
): CompiledRates | { readonly leftOut: string } {
  const keys = Object.keys(price).filter((key) => price[key] !== undefined)
  if (keys.length === 0) return { leftOut: 'the source has no price for it' }
  const other = keys.find((key) => !isTokenKey(key) && !TOOL_FEES.has(key))
  if (other !== undefined)
    return { leftOut: `priced by ${other} too, which counts of text tokens do not show` }
  if (price.input_mtok === undefined) return { leftOut: 'the source has no input rate' }
  if (price.output_mtok === undefined && !embedding) return { leftOut: 'the source has no output rate' }

  const at = (key: TokenKey, start: number | null): bigint | null => {
    const value = price[key]
    if (value === undefined) return null
    if (typeof value === 'number') return pico(value)
    return pico(start === null ? value.base : priceAbove(value, start))
  }
  const starts = [...new Set(TOKEN_KEYS.flatMap((key) => startsOf(price[key])))].toSorted((a, b) => a - b)
  return {
    rates: fill(provider, (key) => at(key, null)),
    tiers: starts.map((start) => ({ aboveInput: start, rates: fill(provider, (key) => at(key, start)) })),
  }
}

/**
 * What the source leaves open. A cached token without a rate of its own is an input token. Anthropic publishes cache
 * writes as multiples of input for every model: 1.25 for five minutes, 2 for one hour.
 */
function fill(provider: Price['provider'], rate: (key: TokenKey) => bigint | null): Rates {
  const input = rate('input_mtok') ?? 0n
  const anthropic = provider === 'anthropic'
  const cacheWrite5m = rate('cache_write_mtok') ?? (anthropic ? times(input, 5n, 4n) : input)
  return {
    input,
    cacheRead: rate('cache_read_mtok') ?? input,
    cacheWrite5m,
    cacheWrite1h: rate('cache_write_1h_mtok') ?? (anthropic ? 2n * input : cacheWrite5m),
    output: rate('output_mtok') ?? 0n,
  }
}

/**
 * The shortest decimal text of the source's number is what its authors wrote; it is read exactly, so no binary
 * fraction reaches a rate. Finer than a pico-dollar per token, or in exponent form, stops the compiler.
 */
export function pico(dollarsPerMillion: number): bigint {
  const decimal = fromDecimal(String(dollarsPerMillion))
  const rate = decimal && mul(decimal, PICO_PER_DOLLAR_PER_MILLION)
  if (!rate || rate.d !== 1n || rate.n < 0n) throw new Error(`no exact rate: ${dollarsPerMillion} $/Mtok`)
  return rate.n
}

function times(rate: bigint, n: bigint, d: bigint): bigint {
  const value = mul(rational(rate), rational(n, d))
  if (value.d !== 1n) throw new Error(`no exact rate: ${rate} × ${n}/${d}`)
  return value.n
}

const isTokenKey = (key: string): key is TokenKey => TOKEN_KEYS.some((known) => known === key)

const startsOf = (value: number | TieredPrices | undefined): number[] =>
  typeof value === 'object' ? value.tiers.map((tier) => tier.start) : []

/** The source's tiers hold for the whole call once its input is above `start`; the last that applies wins. */
const priceAbove = (value: TieredPrices, start: number): number =>
  value.tiers.findLast((tier) => tier.start <= start)?.price ?? value.base
