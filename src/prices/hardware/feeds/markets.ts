import { z } from 'zod'
import { Fault } from '#base/fault.ts'
import { div, rational, type Rational } from '#base/rational.ts'
import { chipNamed, type Form } from '../chips.ts'
import { decimalOf, gather, jsonOf, type Feed } from './feed.ts'
import { quantile } from '../statistics.ts'

const bundle = z.looseObject({
  gpu_name: z.string(),
  num_gpus: z.number(),
  dph_total: z.number(),
  rentable: z.boolean().optional(),
})
const bundles = z.looseObject({ offers: z.array(bundle).max(100_000) })

/** Vast.ai's live offers: of each chip and board the lowest and the median ask. A book of a few offers is marked as one. */
export const vast: Feed = {
  name: 'vast',

  collect: async (get) => [{ name: 'bundles', bytes: await get('https://console.vast.ai/api/v0/bundles/') }],

  parse(documents, seenAt) {
    const book = gather({ source: 'Vast.ai bundles API', licence: 'fact', seenAt })
    const asks = new Map<string, { accelerator: string; form: Form | null; each: Rational[] }>()
    for (const document of documents) {
      const read = bundles.safeParse(jsonOf('vast', document))
      if (!read.success)
        throw new Fault('invalid', `vast: ${document.name} has no offers as the API is known to send them`, {
          cause: read.error,
        })
      for (const { gpu_name: name, num_gpus: gpus, dph_total: total, rentable } of read.data.offers) {
        const [named, usd] = [chipNamed(name.replaceAll('_', ' ')), decimalOf(total)]
        if (!named) book.skip('not an accelerator that prices are kept of', name)
        else if (rentable === false) book.skip('rented now', name)
        else if (!usd || usd.n <= 0n || !Number.isInteger(gpus) || gpus < 1)
          book.skip('no price of whole GPUs', `${gpus} × ${name}`)
        else {
          const key = `${named.chip.id} ${named.form}`
          const standing = asks.get(key) ?? { accelerator: named.chip.id, form: named.form, each: [] }
          standing.each.push(div(usd, rational(BigInt(gpus))))
          asks.set(key, standing)
        }
      }
    }
    for (const { accelerator, form, each } of asks.values()) {
      const note = `${each.length} offer${each.length === 1 ? '' : 's'}`
      const base = { provider: 'vast-ai', accelerator, form, gpus: 1, region: null, note }
      const at = (share: Rational): Rational => quantile(each, share)
      book.add({ ...base, usd: at(rational(0n)), tier: 'marketplace_ask_min' }, accelerator)
      book.add({ ...base, usd: at(rational(1n, 2n)), tier: 'marketplace_ask_median' }, accelerator)
    }
    return book.done('vast')
  },
}

const price = z.number().nullish()
const types = z.looseObject({
  data: z.looseObject({
    gpuTypes: z
      .array(
        z.looseObject({
          id: z.string(),
          memoryInGb: z.number().nullish(),
          securePrice: price,
          communityPrice: price,
          secureSpotPrice: price,
          communitySpotPrice: price,
        }),
      )
      .max(1_000),
  }),
})

const QUERY =
  'query { gpuTypes { id memoryInGb securePrice communityPrice secureSpotPrice communitySpotPrice } }'

const COLUMNS = [
  ['securePrice', 'on_demand', 'secure'],
  ['communityPrice', 'on_demand', 'community'],
  ['secureSpotPrice', 'spot', 'secure'],
  ['communitySpotPrice', 'spot', 'community'],
] as const

/** RunPod's GraphQL API: prices of one GPU in its own and in community data centres, kept apart by name and not by column order. */
export const runpod: Feed = {
  name: 'runpod',

  collect: async (get) => [
    {
      name: 'gpuTypes',
      bytes: await get('https://api.runpod.io/graphql', { post: JSON.stringify({ query: QUERY }) }),
    },
  ],

  parse(documents, seenAt) {
    const book = gather({ source: 'RunPod GraphQL API', licence: 'fact', seenAt })
    for (const document of documents) {
      const read = types.safeParse(jsonOf('runpod', document))
      if (!read.success)
        throw new Fault(
          'invalid',
          `runpod: ${document.name} has no gpuTypes as the API is known to send them`,
          { cause: read.error },
        )
      for (const one of read.data.data.gpuTypes) {
        const accelerator = `${one.id} ${one.memoryInGb ?? ''}GB`
        for (const [column, tier, offer] of COLUMNS) {
          const usd = decimalOf(one[column])
          if (usd)
            book.add({ provider: 'runpod', accelerator, gpus: 1, usd, tier, region: null, offer }, one.id)
          else book.skip('no price', `${one.id} ${column}`)
        }
      }
    }
    return book.done('runpod')
  },
}
