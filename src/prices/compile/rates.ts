import type { ModelPrice, TieredPrices } from '@pydantic/genai-prices'
import { fromDecimal, mul, rational, type Rational } from '#base/rational.ts'
import type { Price, Rates, Tier } from '../types.ts'

/** Dollars per million tokens → integer pico-dollars per token. */
const PICO_PER_DOLLAR_PER_MILLION = rational(1_000_000n)

const TOKEN_KEYS = [
  'input_mtok',
  'cache_read_mtok',
  'cache_write_mtok',
  'cache_write_1h_mtok',
  'output_mtok',
  'input_audio_mtok',
  'cache_audio_read_mtok',
] as const
type TokenKey = (typeof TOKEN_KEYS)[number]

/** Fees of server tools. They change no rate; a tool whose fee the book does not carry stays closed. */
const TOOL_FEES = new Set(['web_searches_kcount', 'storage_searches_kcount'])

/** Dollars for a thousand uses → pico-dollars for one. */
const PICO_PER_DOLLAR_PER_THOUSAND = rational(1_000_000_000n)

export type CompiledRates = {
  readonly rates: Rates
  readonly tiers: readonly Tier[]
  readonly fees?: NonNullable<Price['fees']>
}

/** The rates of one price, or why it cannot be priced by counts of tokens of text and of sound that it reads. */
export function compileRates(
  provider: Price['provider'],
  price: ModelPrice,
  { embedding, searchFee }: { embedding: boolean; searchFee: boolean },
): CompiledRates | { readonly leftOut: string } {
  const keys = Object.keys(price).filter((key) => price[key] !== undefined)
  if (keys.length === 0) return { leftOut: 'the source has no price for it' }
  const other = keys.find((key) => !isTokenKey(key) && !TOOL_FEES.has(key))
  if (other !== undefined)
    return { leftOut: `priced by ${other} too, which counts of text and sound do not show` }
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
    ...(searchFee ? feesOf(price.web_searches_kcount) : {}),
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
  const audioInput = rate('input_audio_mtok')
  const audioCacheRead = rate('cache_audio_read_mtok')
  return {
    input,
    cacheRead: rate('cache_read_mtok') ?? input,
    cacheWrite5m,
    cacheWrite1h: rate('cache_write_1h_mtok') ?? (anthropic ? 2n * input : cacheWrite5m),
    output: rate('output_mtok') ?? 0n,
    ...(audioInput === null ? {} : { audioInput }),
    ...(audioCacheRead === null ? {} : { audioCacheRead }),
  }
}

/** A tiered fee would depend on how many were used before, which one call does not show: it is left unknown, so closed. */
const feesOf = (fee: ModelPrice[string]): Pick<CompiledRates, 'fees'> =>
  typeof fee === 'number' ? { fees: { webSearch: exact(fee, PICO_PER_DOLLAR_PER_THOUSAND) } } : {}

/**
 * The shortest decimal text of the source's number is what its authors wrote; it is read exactly, so no binary
 * fraction reaches a rate. Finer than a pico-dollar per token, or in exponent form, stops the compiler.
 */
export const pico = (dollarsPerMillion: number): bigint =>
  exact(dollarsPerMillion, PICO_PER_DOLLAR_PER_MILLION)

function exact(dollars: number, unit: Rational): bigint {
  const decimal = fromDecimal(String(dollars))
  const rate = decimal && mul(decimal, unit)
  if (!rate || rate.d !== 1n || rate.n < 0n) throw new Error(`no exact rate: $${dollars}`)
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
