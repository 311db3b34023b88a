import { Fault } from '#base/fault.ts'
import { readCsv } from '../csv.ts'
import { decimalOf, gather, textOf, type Document, type Feed, type Get } from './feed.ts'
import { unzip } from './zip.ts'

const BASE = 'https://dstack-gpu-pricing.s3.eu-west-1.amazonaws.com/v2'
const MOST_UNPACKED = 256 * 1_024 * 1_024
const COLUMNS = ['instance_name', 'location', 'price', 'gpu_count', 'gpu_name', 'gpu_memory', 'spot']

/** The catalogue of dstack's gpuhunt, v1 and v2: one table for each provider, prices of whole instances. */
export const gpuhunt: Feed = {
  name: 'gpuhunt',

  async collect(get: Get) {
    const version = new TextDecoder().decode(await get(`${BASE}/version`)).trim()
    if (!/^[0-9]{8}(-[0-9]{1,10})?$/.test(version))
      throw new Fault(
        'invalid',
        `gpuhunt: its version is "${version.slice(0, 60)}", not a date; the source may have moved`,
      )
    return [{ name: `catalog-${version}.zip`, bytes: await get(`${BASE}/${version}/catalog.zip`) }]
  },

  parse(documents, seenAt) {
    const book = gather({ source: 'dstack gpuhunt catalog', licence: 'not stated', seenAt })
    for (const table of documents.flatMap(tablesOf)) {
      const provider = table.name.replace(/^.*\//, '').replace(/\.csv$/, '')
      for (const row of readCsv(textOf(table), COLUMNS)) {
        const [usd, memory] = [decimalOf(row.of('price')), row.of('gpu_memory')]
        const example = `${provider} ${row.of('instance_name')} ${row.of('location')}`
        if (row.of('gpu_name') === '') continue
        if (!usd) {
          book.skip('no price', example)
          continue
        }
        book.add(
          {
            provider,
            accelerator: `${row.of('gpu_name')} ${Number(memory) || ''}GB`,
            gpus: Number(row.of('gpu_count')),
            usd,
            tier: row.of('spot').toLowerCase() === 'true' ? 'spot' : 'on_demand',
            region: row.of('location') || null,
          },
          example,
        )
      }
    }
    return book.done('gpuhunt')
  },
}

/** A zip of tables, or one table. */
const tablesOf = (document: Document): readonly Document[] =>
  document.bytes[0] === 0x50 && document.bytes[1] === 0x4b
    ? unzip(document.bytes, MOST_UNPACKED)
        .filter(({ name }) => name.endsWith('.csv'))
        .map(({ name, text }) => ({ name, bytes: new TextEncoder().encode(text) }))
    : [document]
