import { invariant } from '#base/invariant.ts'
import { PICO_PER_NANO, picoToNano, picoToNanoUp } from '#base/money.ts'
import type { Cost, CostLine, Price, Rates, Tier, TokenCounts } from './types.ts'

/** The items of a call in the order people read them, with the field that counts and prices each. */
export const ITEMS = [
  { item: 'input', field: 'input' },
  { item: 'cache_read', field: 'cacheRead' },
  { item: 'cache_write_5m', field: 'cacheWrite5m' },
  { item: 'cache_write_1h', field: 'cacheWrite1h' },
  { item: 'output', field: 'output' },
] as const

/** Every token the model reads counts towards a tier, cached or not. */
export const totalInput = (tokens: TokenCounts): number =>
  tokens.input + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h

/**
 * What a call costs: one line per item that was used, and their sum rounded once, half to even, to nano-dollars.
 * A tier prices the whole call, not only the tokens above its bound. `tier` is that tier's `aboveInput`, or null.
 */
export function cost(price: Price, tokens: TokenCounts): Cost {
  const tier = tierFor(price, totalInput(tokens))
  const rates = tier?.rates ?? price.rates
  const lines: CostLine[] = []
  let pico = 0n
  for (const { item, field } of ITEMS) {
    const count = tokens[field]
    invariant(Number.isSafeInteger(count) && count >= 0, `${field} counts whole tokens, got ${count}`)
    if (count === 0) continue
    const costPico = rates[field] * BigInt(count)
    lines.push({ item, tokens: count, ratePico: rates[field], costPico })
    pico += costPico
  }
  return { nano: picoToNano(pico), lines, tier: tier?.aboveInput ?? null }
}

/**
 * The most that a call can cost, in nano-dollars rounded up, when it reads at most `input` tokens in total and writes
 * at most `output`: every token at the dearest rate of every tier that so many tokens can reach.
 */
export function upperBound(price: Price, tokens: { input: number; output: number }): bigint {
  const { input, output } = dearest(price, tokens.input)
  return picoToNanoUp(input * BigInt(tokens.input) + output * BigInt(tokens.output))
}

/**
 * The largest output, at most the model's maximum, whose upper bound with `input` tokens stays within `amountNano`;
 * null when the amount does not even pay for the input.
 */
export function outputAffordable(price: Price, input: number, amountNano: bigint): number | null {
  const rates = dearest(price, input)
  const rest = amountNano * PICO_PER_NANO - rates.input * BigInt(input)
  if (rest < 0n) return null
  if (rates.output === 0n) return price.maxOutput
  const affordable = rest / rates.output
  return affordable < BigInt(price.maxOutput) ? Number(affordable) : price.maxOutput
}

const tierFor = (price: Price, input: number): Tier | undefined =>
  price.tiers.findLast((tier) => input > tier.aboveInput)

/** A call of at most `input` tokens may end in any tier below that, and a higher tier need not be the dearer one. */
function dearest(price: Price, input: number): { input: bigint; output: bigint } {
  let worst = worstOf(price.rates)
  for (const tier of price.tiers) {
    if (input <= tier.aboveInput) break
    const here = worstOf(tier.rates)
    worst = { input: max(worst.input, here.input), output: max(worst.output, here.output) }
  }
  return worst
}

const worstOf = (rates: Rates): { input: bigint; output: bigint } => ({
  input: max(max(rates.input, rates.cacheRead), max(rates.cacheWrite5m, rates.cacheWrite1h)),
  output: rates.output,
})

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
