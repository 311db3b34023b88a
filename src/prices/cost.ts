import { invariant } from '#base/invariant.ts'
import { PICO_PER_NANO, picoToNano, picoToNanoUp } from '#base/money.ts'
import { floor, rational } from '#base/rational.ts'
import type { Cost, CostLine, Price, Rates, Tier, TokenCounts } from './types.ts'

/** The items of a call in the order people read them, with the field that counts each and how it is priced. */
export const ITEMS = [
  { item: 'input', field: 'input' },
  { item: 'audio_input', field: 'audioInput' },
  { item: 'cache_read', field: 'cacheRead' },
  { item: 'audio_cache_read', field: 'audioCacheRead' },
  { item: 'cache_write_5m', field: 'cacheWrite5m' },
  { item: 'cache_write_1h', field: 'cacheWrite1h' },
  { item: 'output', field: 'output' },
  { item: 'web_search', field: 'searches' },
] as const

type Field = (typeof ITEMS)[number]['field']

/** What bounds a call: at most `input` tokens read in all, `output` written, `searches` made; sound only where `audio` says so. */
export type Bounds = {
  readonly input: number
  readonly output: number
  readonly searches?: number
  readonly audio?: boolean
}

/** Every token the model reads counts towards a tier, cached or not, text or sound. */
export const totalInput = (tokens: TokenCounts): number =>
  tokens.input +
  (tokens.audioInput ?? 0) +
  tokens.cacheRead +
  (tokens.audioCacheRead ?? 0) +
  tokens.cacheWrite5m +
  tokens.cacheWrite1h

/**
 * What a call costs: one line per item that was used, and their sum rounded once, half to even, to nano-dollars.
 * A tier prices the whole call, not only the tokens above its bound. `tier` is that tier's `aboveInput`, or null.
 * Searches whose fee is not known make a line at rate 0: a gateway closes them before the call, and what comes
 * nevertheless stays visible.
 */
export function cost(price: Price, tokens: TokenCounts): Cost {
  const tier = tierFor(price, totalInput(tokens))
  const rates = tier?.rates ?? price.rates
  const lines: CostLine[] = []
  for (const { item, field } of ITEMS) {
    const count = countIn(tokens, field)
    if (count === 0) continue
    const ratePico = rateOf(price, rates, field)
    lines.push({ item, tokens: count, ratePico, costPico: ratePico * BigInt(count) })
  }
  return { nano: costNano(price, tokens), lines, tier: tier?.aboveInput ?? null }
}

/** The sum of `cost` alone: what most who ask for it want. */
export function costNano(price: Price, tokens: TokenCounts): bigint {
  const rates = tierFor(price, totalInput(tokens))?.rates ?? price.rates
  // Item by item and not over `ITEMS`: this is asked of every call, and a field that is named is found at once.
  const { audioInput = 0, audioCacheRead = 0, searches = 0 } = tokens
  let pico = times(rates.input, tokens.input)
  if (audioInput !== 0) pico += times(rateOf(price, rates, 'audioInput'), audioInput)
  if (tokens.cacheRead !== 0) pico += times(rates.cacheRead, tokens.cacheRead)
  if (audioCacheRead !== 0) pico += times(rateOf(price, rates, 'audioCacheRead'), audioCacheRead)
  if (tokens.cacheWrite5m !== 0) pico += times(rates.cacheWrite5m, tokens.cacheWrite5m)
  if (tokens.cacheWrite1h !== 0) pico += times(rates.cacheWrite1h, tokens.cacheWrite1h)
  pico += times(rates.output, tokens.output)
  if (searches !== 0) pico += times(rateOf(price, rates, 'searches'), searches)
  return picoToNano(pico)
}

/** What input alone costs, none of it cached. */
export const inputNano = (price: Price, tokens: number): bigint =>
  picoToNano(times((tierFor(price, tokens)?.rates ?? price.rates).input, tokens))

const times = (rate: bigint, count: number): bigint => rate * BigInt(counted(count))

const countIn = (tokens: TokenCounts, field: Field): number => counted(tokens[field] ?? 0)

function counted(count: number): number {
  invariant(Number.isSafeInteger(count) && count >= 0, 'what was used is counted in whole numbers')
  return count
}

/**
 * The most that a call can cost, in nano-dollars rounded up, when it stays within `bounds`: every token at the dearest
 * rate of every tier that so many tokens can reach, every search at its fee.
 */
export function upperBound(price: Price, bounds: Bounds): bigint {
  const { input, output } = dearest(price, bounds)
  return picoToNanoUp(input * BigInt(bounds.input) + output * BigInt(bounds.output) + feesOf(price, bounds))
}

/**
 * The largest output, at most the model's maximum, whose upper bound with `input` tokens stays within `amountNano`;
 * null when the amount does not even pay for the input (and the searches).
 */
export function outputAffordable(
  price: Price,
  input: number,
  amountNano: bigint,
  more: Pick<Bounds, 'searches' | 'audio'> = {},
): number | null {
  const bounds = { ...more, input, output: 0 }
  const rates = dearest(price, bounds)
  const rest = amountNano * PICO_PER_NANO - rates.input * BigInt(input) - feesOf(price, bounds)
  if (rest < 0n) return null
  if (rates.output === 0n) return price.maxOutput
  const affordable = rest / rates.output
  return affordable < BigInt(price.maxOutput) ? Number(affordable) : price.maxOutput
}

/**
 * The price of the same call when it is answered in a batch: half of every token rate, as OpenAI, Anthropic and Google
 * publish it; fees are whole. An odd rate is rounded up to the next pico-dollar, so a half is never charged too low.
 */
export function batchPrice(price: Price): Price {
  if (price.variant === 'batch') return price
  return {
    ...price,
    variant: 'batch',
    rates: halved(price.rates),
    tiers: price.tiers.map((tier) => ({ aboveInput: tier.aboveInput, rates: halved(tier.rates) })),
  }
}

const halved = (rates: Rates): Rates => ({
  input: halfUp(rates.input),
  cacheRead: halfUp(rates.cacheRead),
  cacheWrite5m: halfUp(rates.cacheWrite5m),
  cacheWrite1h: halfUp(rates.cacheWrite1h),
  output: halfUp(rates.output),
  ...(rates.audioInput === undefined ? {} : { audioInput: halfUp(rates.audioInput) }),
  ...(rates.audioCacheRead === undefined ? {} : { audioCacheRead: halfUp(rates.audioCacheRead) }),
})

const halfUp = (rate: bigint): bigint => floor(rational(rate + 1n, 2n))

function rateOf(price: Price, rates: Rates, field: Field): bigint {
  if (field === 'searches') return price.fees?.webSearch ?? 0n
  if (field === 'audioInput') return rates.audioInput ?? rates.input
  if (field === 'audioCacheRead') return rates.audioCacheRead ?? rates.audioInput ?? rates.cacheRead
  return rates[field]
}

const feesOf = (price: Price, { searches = 0 }: Pick<Bounds, 'searches'>): bigint =>
  (price.fees?.webSearch ?? 0n) * BigInt(searches)

function tierFor({ tiers }: Price, input: number): Tier | undefined {
  for (let at = tiers.length - 1; at >= 0; at -= 1) if (input > tiers[at]!.aboveInput) return tiers[at]
  return undefined
}

/** A call of at most `input` tokens may end in any tier below that, and a higher tier need not be the dearer one. */
function dearest(price: Price, { input, audio = false }: Bounds): Dearest {
  const steps = dearestSteps(price)[audio ? 'sound' : 'text']
  let at = 0
  while (at < price.tiers.length && input > price.tiers[at]!.aboveInput) at += 1
  return steps[at]!
}

type Dearest = { readonly input: bigint; readonly output: bigint }
/** The dearest rates below the first tier, then up to the end of each tier. */
type Steps = { readonly text: readonly Dearest[]; readonly sound: readonly Dearest[] }

/** A price never changes, so what follows from it alone is worked out once. */
const known = new WeakMap<Price, Steps>()

function dearestSteps(price: Price): Steps {
  const standing = known.get(price)
  if (standing) return standing
  const made = { text: stepsOf(price, false), sound: stepsOf(price, true) }
  known.set(price, made)
  return made
}

function stepsOf(price: Price, audio: boolean): readonly Dearest[] {
  const steps = [worstOf(price, price.rates, audio)]
  for (const tier of price.tiers) {
    const here = worstOf(price, tier.rates, audio)
    const before = steps.at(-1)!
    steps.push({ input: max(before.input, here.input), output: max(before.output, here.output) })
  }
  return steps
}

const TEXT = ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const
const WITH_SOUND = [...TEXT, 'audioInput', 'audioCacheRead'] as const

const worstOf = (price: Price, rates: Rates, audio: boolean): Dearest => ({
  input: (audio ? WITH_SOUND : TEXT).map((field) => rateOf(price, rates, field)).reduce(max),
  output: rates.output,
})

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
