import { z } from 'zod'
import { Fault } from '#base/fault.ts'
import { halfEven, mul, rational } from '#base/rational.ts'
import { dayOf, isDate } from '#base/time.ts'
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
        const spans = Array.isArray(prices) ? prices : [{ prices }]
        return spans.flatMap((span): readonly TokenSaid[] => {
          const start = 'constraint' in span ? span.constraint?.start_date : undefined
          // One that holds for hours of the day is not the list price.
          const isOther = 'constraint' in span && span.constraint !== undefined && start === undefined
          const said = isOther ? null : saidIn(provider, model, span.prices)
          if (said && (start === undefined || isDate(start)))
            return [
              {
                ...said,
                effectiveFrom: start ?? dayOf(seenAt),
                source: start === undefined ? SOURCE : `${SOURCE} (effective date)`,
              },
            ]
          book.skip('no price of input and output by the token', `${provider} ${model}`)
          return []
        })
      })
    })
    return book.done('genai-prices', tokens)
  },
}

const SOURCE = 'pydantic/genai-prices prices/data.json'

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
