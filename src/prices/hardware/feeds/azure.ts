import { z } from 'zod'
import { Fault } from '#base/fault.ts'
import { div, rational } from '#base/rational.ts'
import { decimalOf, gather, jsonOf, type Document, type Feed } from './feed.ts'

const TYPES: Readonly<Record<string, readonly [accelerator: string, gpus: number]>> = {
  Standard_NC24ads_A100_v4: ['A100-80GB PCIe', 1],
  Standard_NC48ads_A100_v4: ['A100-80GB PCIe', 2],
  Standard_NC96ads_A100_v4: ['A100-80GB PCIe', 4],
  Standard_ND96amsr_A100_v4: ['A100-80GB SXM', 8],
  Standard_NC40ads_H100_v5: ['H100 NVL', 1],
  Standard_NC80adis_H100_v5: ['H100 NVL', 2],
  Standard_ND96isr_H100_v5: ['H100 SXM', 8],
  Standard_ND96isr_H200_v5: ['H200 SXM', 8],
  Standard_ND96isr_MI300X_v5: ['MI300X', 8],
}

const FILTER = `serviceName eq 'Virtual Machines' and (${['A100_v4', 'H100_v5', 'H200_v5', 'MI300X_v5']
  .map((name) => `contains(armSkuName, '${name}')`)
  .join(' or ')})`
const FIRST = `https://prices.azure.com/api/retail/prices?$filter=${encodeURIComponent(FILTER)}`
const MOST_PAGES = 30
const HOURS_A_YEAR = 8_760n

const item = z.looseObject({
  currencyCode: z.string(),
  retailPrice: z.number(),
  armRegionName: z.string(),
  armSkuName: z.string(),
  productName: z.string(),
  skuName: z.string(),
  unitOfMeasure: z.string(),
  type: z.string(),
  reservationTerm: z.string().optional(),
})
const page = z.looseObject({ Items: z.array(item).max(10_000), NextPageLink: z.string().nullish() })

/** Azure's Retail Prices API, which asks for no account: virtual machines, Linux; a reservation is told for its whole term. */
export const azure: Feed = {
  name: 'azure',

  async collect(get) {
    const documents: Document[] = []
    let next: string | null = FIRST
    while (next !== null && documents.length < MOST_PAGES) {
      const document: Document = { name: `page ${documents.length + 1}`, bytes: await get(next) }
      documents.push(document)
      next = pageOf(document).NextPageLink || null
      if (next !== null && !next.startsWith('https://prices.azure.com/'))
        throw new Fault('invalid', 'azure: its next page lies somewhere else; the source may have moved')
    }
    return documents
  },

  parse(documents, seenAt) {
    const book = gather({ source: 'Azure Retail Prices API', licence: 'fact', seenAt })
    for (const one of documents.flatMap((document) => pageOf(document).Items)) {
      const example = `${one.armSkuName} ${one.skuName} ${one.armRegionName}`
      const known = TYPES[one.armSkuName]
      const usd = decimalOf(one.retailPrice)
      const term = /^([135]) Years?$/.exec(one.reservationTerm ?? '')?.[1]
      if (!known) book.skip('not an instance of accelerators that prices are kept of', example)
      else if (one.currencyCode !== 'USD' || !usd) book.skip('not in dollars', example)
      else if (/windows/i.test(one.productName) || /low priority/i.test(one.skuName))
        book.skip('not Linux at a usual price', example)
      else if (one.unitOfMeasure !== '1 Hour') book.skip('not by the hour', example)
      else if (one.type === 'Reservation' && term === undefined)
        book.skip('a reservation of no known term', example)
      else if (one.type !== 'Reservation' && one.type !== 'Consumption')
        book.skip('another kind of price', example)
      else {
        const [accelerator, gpus] = known
        const base = {
          provider: 'azure',
          accelerator,
          gpus,
          region: one.armRegionName || null,
          offer: one.armSkuName,
        }
        if (term === undefined)
          book.add({ ...base, usd, tier: / spot$/i.test(one.skuName) ? 'spot' : 'on_demand' }, example)
        else {
          const hours = rational(BigInt(term) * HOURS_A_YEAR)
          book.add(
            { ...base, usd: div(usd, hours), tier: 'reserved', termMonths: 12 * Number(term) },
            example,
          )
        }
      }
    }
    return book.done('azure')
  },
}

function pageOf(document: Document): z.output<typeof page> {
  const read = page.safeParse(jsonOf('azure', document))
  if (read.success) return read.data
  throw new Fault('invalid', `azure: ${document.name} has no Items as the API is known to send them`, {
    cause: read.error,
  })
}
