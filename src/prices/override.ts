import { Fault } from '#base/fault.ts'
import { fromDecimal, mul, rational } from '#base/rational.ts'
import type { Millis } from '#base/time.ts'
import { NAME_LIMIT } from './names.ts'
import type { Terms } from './resolve.ts'
import type { ModelClass, Price, Tier } from './types.ts'

/** Dollars per million tokens as decimal text. What is left open: cache reads and writes, and sound, cost what input costs. */
export type RatesAsk = {
  readonly input: string
  readonly output: string
  readonly cacheRead?: string
  readonly cacheWrite5m?: string
  readonly cacheWrite1h?: string
  readonly audioInput?: string
  readonly audioCacheRead?: string
}

export type OverrideAsk = {
  readonly provider: Price['provider']
  readonly model: string
  readonly effectiveFrom: Millis
  readonly reason: string
  /** Null ends earlier overrides of the model: the book holds again. */
  readonly rates: RatesAsk | null
  /** Dollars for a thousand searches of the web; otherwise the book's stands. */
  readonly webSearches?: string
  readonly tiers?: readonly { readonly aboveInput: number; readonly rates: RatesAsk }[]
  /** Needed for a model that the book does not have; otherwise the book's stands. */
  readonly class?: ModelClass
  readonly maxOutput?: number
  readonly contextWindow?: number
}

const REASON_LIMIT = 300
const TIERS_LIMIT = 8
const TOKENS_LIMIT = 100_000_000
/** A thousand dollars per token would be a slip of the decimal point. */
const RATE_LIMIT = 10n ** 15n

/** Checks what an administrator asked and fills what `known`, the price in force, already says. Throws Fault `invalid`. */
export function termsOf(ask: OverrideAsk, known: Price | null): Terms | null {
  if (!/^[!-~]+$/.test(ask.model) || ask.model.length > NAME_LIMIT) {
    throw invalid('model', `A model name has 1 to ${NAME_LIMIT} visible ASCII characters and no space.`)
  }
  if (ask.reason.trim() === '' || ask.reason.length > REASON_LIMIT) {
    throw invalid(
      'reason',
      `Say in at most ${REASON_LIMIT} characters why this price holds, for example "contract 2026-14".`,
    )
  }
  if (!Number.isSafeInteger(ask.effectiveFrom) || ask.effectiveFrom < 0) {
    throw invalid('effective_from', 'A price holds from an instant since 1970.')
  }
  if (ask.rates === null) return null
  const kind = ask.class ?? known?.class
  if (kind === undefined) {
    throw invalid(
      'class',
      `The book does not have ${ask.model}: give its class (small, standard, frontier or embedding).`,
    )
  }
  const maxOutput = ask.maxOutput ?? known?.maxOutput
  if (maxOutput === undefined) {
    throw invalid(
      'max_output',
      `The book does not have ${ask.model}: give the most tokens that it writes in one answer.`,
    )
  }
  const webSearch =
    ask.webSearches === undefined ? known?.fees?.webSearch : fee('web_searches', ask.webSearches)
  return {
    class: kind,
    contextWindow: tokens('context_window', ask.contextWindow ?? known?.contextWindow ?? null),
    maxOutput: tokens('max_output', maxOutput),
    rates: ratesOf('rates', ask.rates),
    tiers: tiersOf(ask.tiers ?? []),
    ...(webSearch === undefined ? {} : { fees: { webSearch } }),
  }
}

function tiersOf(asked: NonNullable<OverrideAsk['tiers']>): Tier[] {
  if (asked.length > TIERS_LIMIT) throw invalid('tiers', `At most ${TIERS_LIMIT} tiers.`)
  const tiers = asked.map(({ aboveInput, rates }, n) => ({
    aboveInput: tokens(`tiers[${n}].above_input`, aboveInput),
    rates: ratesOf(`tiers[${n}].rates`, rates),
  }))
  if (tiers.some((tier, n) => n > 0 && tiers[n - 1]!.aboveInput >= tier.aboveInput)) {
    throw invalid('tiers', 'Tiers go up: each begins above the one before.')
  }
  return tiers
}

function ratesOf(param: string, ask: RatesAsk): Terms['rates'] {
  const input = rate(`${param}.input`, ask.input)
  const or = (name: keyof RatesAsk, other: bigint): bigint => {
    const text = ask[name]
    return text === undefined ? other : rate(`${param}.${name}`, text)
  }
  const cacheWrite5m = or('cacheWrite5m', input)
  return {
    input,
    cacheRead: or('cacheRead', input),
    cacheWrite5m,
    cacheWrite1h: or('cacheWrite1h', cacheWrite5m),
    output: rate(`${param}.output`, ask.output),
    ...(ask.audioInput === undefined ? {} : { audioInput: or('audioInput', input) }),
    ...(ask.audioCacheRead === undefined ? {} : { audioCacheRead: or('audioCacheRead', input) }),
  }
}

/** Dollars for a thousand uses → pico-dollars for one. */
function fee(param: string, text: string): bigint {
  const dollars = fromDecimal(text.replace(/^\$/, ''))
  const pico = dollars && mul(dollars, rational(1_000_000_000n))
  if (!pico || pico.d !== 1n || pico.n < 0n || pico.n >= RATE_LIMIT) {
    throw invalid(
      param,
      `"${text.slice(0, 60)}" is no fee: dollars for a thousand, at most 9 decimals, for example 10.`,
    )
  }
  return pico.n
}

function rate(param: string, text: string): bigint {
  const dollars = fromDecimal(text.replace(/^\$/, ''))
  const pico = dollars && mul(dollars, rational(1_000_000n))
  if (!pico || pico.d !== 1n || pico.n < 0n || pico.n >= RATE_LIMIT) {
    throw invalid(
      param,
      `"${text.slice(0, 60)}" is no rate: dollars per million tokens, at most 6 decimals, for example 1.75.`,
    )
  }
  return pico.n
}

function tokens<T extends number | null>(param: string, count: T): T {
  if (count !== null && (!Number.isSafeInteger(count) || count < 0 || count > TOKENS_LIMIT)) {
    throw invalid(param, `${count} is no count of tokens between 0 and ${TOKENS_LIMIT}.`)
  }
  return count
}

const invalid = (param: string, message: string): Fault => new Fault('invalid', message, { param })
