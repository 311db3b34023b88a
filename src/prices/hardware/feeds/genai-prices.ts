import { z } from 'zod'
import { Fault } from '#base/fault.ts'
import { halfEven, mul, rational } from '#base/rational.ts'
import { dayOf, isDate, type DateText } from '#base/time.ts'
import type { TokenSaid } from '../tokens.ts'
import { decimalOf, gather, jsonOf, type Document, type Feed } from './feed.ts'

const rate = z.union([z.number(), z.looseObject({ base: z.number() })])
const rates = z.looseObject({
  input_mtok: rate.optional(),
  output_mtok: rate.optional(),
  cache_read_mtok: rate.optional(),
})
const dated = z.looseObject({
  constraint: z.looseObject({ start_date: z.string().optional() }).optional(),
  prices: rates,
})
const providers = z
  .array(
    z.looseObject({
      id: z.string(),
      models: z
        .array(z.looseObject({ id: z.string(), prices: z.union([z.array(dated), rates]) }))
        .max(10_000),
    }),
  )
  .max(1_000)

type Rates = z.output<typeof rates>

/** Whose models are spoken of elsewhere: resellers show the prices of others. */
const MAKERS: ReadonlySet<string> = new Set([
  'anthropic',
  'deepseek',
  'google',
  'mistral',
  'openai',
  'x-ai',
  'xai',
])

/** The list of @pydantic/genai-prices: token prices of makers, with the day from which each holds where it says one. */
export const genaiPrices: Feed = {
  name: 'genai-prices',

  collect: async (get) => [
    {
      name: 'data.json',
      bytes: await get('https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/data.json'),
    },
  ],

  parse(documents, seenAt) {
    const book = gather({ source: SOURCE, licence: 'MIT', seenAt })
    const tokens = documents.flatMap(listOf).flatMap(({ id: provider, models }) => {
      if (!MAKERS.has(provider)) {
        book.skip('sells models of others', provider)
        return []
      }
      return models.flatMap(({ id: model, prices }) => {
        const spans = spansOf(prices, dayOf(seenAt))
        if (spans.length === 0) book.skip('no price for all hours of the day', `${provider} ${model}`)
        return spans.flatMap(({ start, rates: said }): readonly TokenSaid[] => {
          const price = saidIn(provider, model, said)
          const source = start === null ? SOURCE : `${SOURCE} (effective date)`
          if (price) return [{ ...price, effectiveFrom: start ?? dayOf(seenAt), source }]
          book.skip('no price of input and output by the token', `${provider} ${model}`)
          return []
        })
      })
    })
    return book.done('genai-prices', tokens)
  },
}

const SOURCE = 'pydantic/genai-prices prices/data.json'

type Span = { readonly start: DateText | null; readonly rates: Rates }

/**
 * The prices of a model, each from its day. What holds for hours of the day is no list price; and a price without a day, once one
 * with a day is in force, is what the model cost before.
 */
function spansOf(prices: z.output<typeof dated>[] | Rates, today: DateText): readonly Span[] {
  if (!Array.isArray(prices)) return [{ start: null, rates: prices }]
  const spans = prices.flatMap(({ constraint, prices: said }): readonly Span[] => {
    if (constraint === undefined) return [{ start: null, rates: said }]
    const start = constraint.start_date ?? ''
    return isDate(start) ? [{ start, rates: said }] : []
  })
  const superseded = spans.some(({ start }) => start !== null && start <= today)
  return superseded ? spans.filter(({ start }) => start !== null) : spans
}

function saidIn(
  provider: string,
  model: string,
  { input_mtok: input, output_mtok: output, cache_read_mtok: cached }: Rates,
): Omit<TokenSaid, 'effectiveFrom' | 'source'> | null {
  const [inputPico, outputPico] = [picoOf(input), picoOf(output)]
  if (inputPico === null || outputPico === null || inputPico === 0n) return null
  return {
    provider: provider === 'x-ai' ? 'xai' : provider,
    model: model.slice(0, 128),
    inputPico,
    outputPico,
    cachedPico: picoOf(cached),
    revision: null,
    licence: 'MIT',
  }
}

/** Dollars for a million tokens, of the lowest tier of context, as pico-dollars for one. */
function picoOf(said: z.output<typeof rate> | undefined): bigint | null {
  const usd = decimalOf(typeof said === 'object' ? said.base : said)
  return usd && usd.n >= 0n ? halfEven(mul(usd, rational(1_000_000n))) : null
}

function listOf(document: Document): z.output<typeof providers> {
  const read = providers.safeParse(jsonOf('genai-prices', document))
  if (read.success) return read.data
  throw new Fault('invalid', `genai-prices: ${document.name} is no list of providers with models`, {
    cause: read.error,
  })
}
