import { z } from 'zod'
import { Fault } from '#base/fault.ts'
import { decimalOf, gather, jsonOf, type Document, type Feed } from './feed.ts'

/** Chips of the instance types; the price list names none. */
const TYPES: Readonly<Record<string, readonly [accelerator: string, gpus: number]>> = {
  'p4de.24xlarge': ['A100-80GB SXM', 8],
  'p5.4xlarge': ['H100 SXM', 1],
  'p5.48xlarge': ['H100 SXM', 8],
  'p5e.48xlarge': ['H200 SXM', 8],
  'p5en.48xlarge': ['H200 SXM', 8],
  'p6-b200.48xlarge': ['B200 SXM', 8],
  'p6-b300.48xlarge': ['B300 SXM', 8],
  'trn1.32xlarge': ['Trainium1', 16],
  'trn1n.32xlarge': ['Trainium1', 16],
  'trn2.48xlarge': ['Trainium2', 16],
}

const dimension = z.looseObject({
  unit: z.string(),
  pricePerUnit: z.record(z.string(), z.string()),
})
const term = z.looseObject({
  effectiveDate: z.string().optional(),
  priceDimensions: z.record(z.string(), dimension),
})
const product = z.looseObject({
  product: z.looseObject({ attributes: z.record(z.string(), z.string()) }),
  terms: z.looseObject({ OnDemand: z.record(z.string(), term).optional() }),
})
const answer = z.looseObject({ PriceList: z.array(z.union([z.string(), product])).max(10_000) })

/**
 * Answers of the AWS Price List query API (`aws pricing get-products --service-code AmazonEC2`), saved as files: it asks for an account.
 * Linux, shared, on demand.
 */
export const aws: Feed = {
  name: 'aws',
  collect: null,

  parse(documents, seenAt) {
    const book = gather({ source: 'AWS Price List', licence: 'fact', seenAt })
    for (const item of documents.flatMap(productsOf)) {
      const { attributes } = item.product
      const type = attributes['instanceType'] ?? ''
      const known = TYPES[type]
      if (!known) {
        book.skip('not an instance of accelerators that prices are kept of', type)
        continue
      }
      if (!isPlain(attributes)) {
        book.skip('not Linux on shared hardware', `${type} ${attributes['operatingSystem']}`)
        continue
      }
      const [accelerator, gpus] = known
      const says = Number(attributes['gpu'])
      if (Number.isInteger(says) && says > 0 && says !== gpus) {
        book.skip('another number of GPUs than this type is known by', `${type} ${says}`)
        continue
      }
      for (const one of Object.values(item.terms.OnDemand ?? {})) {
        for (const { unit, pricePerUnit } of Object.values(one.priceDimensions)) {
          const usd = decimalOf(pricePerUnit['USD'])
          if (unit !== 'Hrs' || !usd) book.skip('not in dollars an hour', `${type} ${unit}`)
          else
            book.add(
              {
                provider: 'aws',
                accelerator,
                gpus,
                usd,
                tier: 'on_demand',
                region: attributes['regionCode'] ?? null,
                offer: type,
              },
              type,
            )
        }
      }
    }
    return book.done('aws')
  },
}

type Product = z.output<typeof product>

function productsOf(document: Document): readonly Product[] {
  const read = answer.safeParse(jsonOf('aws', document))
  if (!read.success)
    throw new Fault('invalid', `aws: ${document.name} has no PriceList; save an answer of get-products`, {
      cause: read.error,
    })
  // The API gives each product as JSON in a string.
  return read.data.PriceList.map((item, index) => {
    if (typeof item !== 'string') return item
    const name = `${document.name}, product ${index + 1}`
    const inner = product.safeParse(jsonOf('aws', { name, bytes: new TextEncoder().encode(item) }))
    if (inner.success) return inner.data
    throw new Fault('invalid', `aws: ${name} has no attributes and terms`, { cause: inner.error })
  })
}

const isPlain = (attributes: Readonly<Record<string, string>>): boolean =>
  attributes['operatingSystem'] === 'Linux' &&
  (attributes['tenancy'] ?? 'Shared') === 'Shared' &&
  (attributes['preInstalledSw'] ?? 'NA') === 'NA' &&
  (attributes['capacitystatus'] ?? 'Used') === 'Used'
