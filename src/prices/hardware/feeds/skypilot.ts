import { readCsv } from '../csv.ts'
import { decimalOf, gather, textOf, type Document, type Feed } from './feed.ts'

const BASE = 'https://raw.githubusercontent.com/skypilot-org/skypilot-catalog/master/catalogs/v8'
const CLOUDS = [
  'aws',
  'azure',
  'gcp',
  'oci',
  'lambda',
  'runpod',
  'nebius',
  'vast',
  'fluidstack',
  'do',
  'hyperbolic',
  'verda',
]
const COLUMNS = ['InstanceType', 'AcceleratorName', 'AcceleratorCount', 'Price', 'Region']

/** The catalogue of SkyPilot: one table for each cloud, `CLOUD/vms.csv`; prices of whole instances. */
export const skypilot: Feed = {
  name: 'skypilot',

  async collect(get) {
    const documents: Document[] = []
    for (const cloud of CLOUDS)
      documents.push({ name: `${cloud}/vms.csv`, bytes: await get(`${BASE}/${cloud}/vms.csv`) })
    return documents
  },

  parse(documents, seenAt) {
    const book = gather({ source: 'skypilot-org/skypilot-catalog', licence: 'not stated', seenAt })
    for (const document of documents) {
      const provider = document.name.replace(/(\/vms)?\.csv$/, '').replace(/^.*\//, '')
      for (const row of readCsv(textOf(document), COLUMNS)) {
        const accelerator = row.of('AcceleratorName')
        if (accelerator === '') continue
        const example = `${provider} ${row.of('InstanceType')} ${row.of('Region')}`
        if (row.of('InstanceType') === '') {
          book.skip('an accelerator without its machine', example)
          continue
        }
        for (const [column, tier] of [
          ['Price', 'on_demand'],
          ['SpotPrice', 'spot'],
        ] as const) {
          const usd = decimalOf(row.of(column))
          if (usd)
            book.add(
              {
                provider,
                accelerator,
                gpus: Number(row.of('AcceleratorCount')),
                usd,
                tier,
                region: regionOf(row.of('Region')),
              },
              example,
            )
          else if (tier === 'on_demand') book.skip('no price', example)
        }
      }
    }
    return book.done('skypilot')
  },
}

const regionOf = (text: string): string | null => (text === '' || text === 'any' ? null : text)
