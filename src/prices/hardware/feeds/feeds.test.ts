import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crc32, deflateRawSync } from 'node:zlib'
import { findProvider } from '@pydantic/genai-prices'
import { Fault } from '#base/fault.ts'
import { isDate, startOfDay } from '#base/time.ts'
import type { Said } from '../observation.ts'
import type { Parsed } from './feed.ts'
import { FEEDS } from './feeds.ts'
import { feedNamed, feedsIn, type FeedName } from './names.ts'
import { unzip } from './zip.ts'

const SEEN = startOfDay('2026-09-10')
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const parse = (feed: FeedName, text: string | object, name = 'sample'): Parsed =>
  FEEDS[feed].parse([{ name, bytes: bytesOf(typeof text === 'string' ? text : JSON.stringify(text)) }], SEEN)

/** [provider, accelerator, form, tier, region, dollars, quality] */
const told = ({ observations }: Parsed) =>
  observations
    .map((one: Said) => [
      one.provider,
      one.accelerator,
      one.form,
      one.tier,
      one.region,
      Number(one.priceNano) / 1e9,
      one.quality,
    ])
    .toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
const why = ({ skipped }: Parsed) => Object.fromEntries(skipped.map((one) => [one.why, one.count]))

function refused(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof Fault, String(error))
    return error.message
  }
  return assert.fail('it was read')
}

/** An archive as any packer makes it: local entries, a directory, an end. */
function zip(files: readonly { name: string; text: string; stored?: boolean }[]): Uint8Array {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, text, stored = false } of files) {
    const packed = stored ? Buffer.from(text) : deflateRawSync(text)
    const [title, method] = [Buffer.from(name), stored ? 0 : 8]
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(method, 8)
    local.writeUInt32LE(packed.length, 18)
    local.writeUInt32LE(Buffer.byteLength(text), 22)
    local.writeUInt16LE(title.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(method, 10)
    entry.writeUInt32LE(crc32(text), 16)
    entry.writeUInt32LE(packed.length, 20)
    entry.writeUInt32LE(Buffer.byteLength(text), 24)
    entry.writeUInt16LE(title.length, 28)
    entry.writeUInt32LE(at, 42)
    locals.push(local, title, packed)
    directory.push(entry, title)
    at += 30 + title.length + packed.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, ...directory, end])
}

const GPUHUNT = 'instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,disk_size'
const SKYPILOT =
  'InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,SpotPrice,Region,AvailabilityZone,GpuInfo,Arch'

describe('an archive', () => {
  test('is read file by file, packed or not, and no further than it may be', () => {
    const long = 'a,b\n'.repeat(10_000)
    const archive = zip([
      { name: 'aws.csv', text: long },
      { name: 'x/gcp.csv', text: 'c', stored: true },
    ])
    assert.deepEqual(unzip(archive, 1_000_000), [
      { name: 'aws.csv', text: long },
      { name: 'x/gcp.csv', text: 'c' },
    ])
    assert.match(
      refused(() => unzip(archive, 39_999)),
      /larger than is read/,
    )
    assert.match(
      refused(() => unzip(archive, 40_000)),
      /larger than is read/,
    )
  })

  test('that is cut off or is none is refused', () => {
    const archive = zip([{ name: 'aws.csv', text: 'a,b\n1,2\n' }])
    for (let size = 0; size < archive.length; size += 7)
      refused(() => unzip(archive.subarray(0, size), 1_000))
    refused(() => unzip(bytesOf('{"not":"a zip"}'), 1_000))
    for (let at = 37; at < 37 + 8; at += 1) {
      const broken = Uint8Array.from(archive)
      broken[at]! ^= 0x55
      refused(() => unzip(broken, 1_000))
    }
  })
})

describe('the feed', () => {
  test('gpuhunt divides an instance by its GPUs and tells memory, region and spot', () => {
    const aws = [
      GPUHUNT,
      'p5.48xlarge,us-east-1,55.04,192,2048.0,8,H100,80.0,False,',
      'p5.48xlarge,us-east-1,20.8,192,2048.0,8,H100,80.0,True,',
      'p4d.24xlarge,us-east-1,32.77,96,1152.0,8,A100,40.0,False,',
      'p4de.24xlarge,us-west-2,40.96,96,1152.0,8,A100,80.0,False,',
      'm5.large,us-east-1,0.096,2,8.0,0,,,False,',
      'p5.48xlarge,eu-north-1,,192,2048.0,8,H100,80.0,False,',
    ].join('\n')
    const lambda = `${GPUHUNT}\ngpu_1x_h100,us-west-1,0,26,200.0,1,H100,80.0,False,\n`
    const archive = zip([
      { name: 'aws.csv', text: aws },
      { name: 'lambdalabs.csv', text: lambda },
      { name: 'README', text: 'nothing' },
    ])
    const parsed = FEEDS.gpuhunt.parse([{ name: 'catalog.zip', bytes: archive }], SEEN)
    assert.deepEqual(told(parsed), [
      ['aws', 'A100-80GB', null, 'on_demand', 'us-west-2', 5.12, 'ok'],
      ['aws', 'H100', null, 'on_demand', 'us-east-1', 6.88, 'ok'],
      ['aws', 'H100', null, 'spot', 'us-east-1', 2.6, 'ok'],
    ])
    assert.deepEqual(why(parsed), {
      'not an accelerator that prices are kept of': 1,
      'no price': 1,
      'a price of 0: not offered': 1,
    })
    assert.ok(parsed.observations.every(({ observedAt }) => observedAt === SEEN))
  })

  test('skypilot divides by the count, drops what falls under the floor of its chip, and machines without one', () => {
    const table = [
      SKYPILOT,
      'gpu_8x_h100_sxm5,H100-SXM,8.0,208,1800,31.92,,us-east-1,,,x86_64',
      'gpu_8x_h100_sxm5,H100-SXM,8.0,208,1800,34.32,,us-east-1,,,x86_64',
      'gpu_1x_h100,H100,1.0,26,225,3.29,1.25,us-west-3,,,x86_64',
      // One that was told by the chip already: divided, it would be half a dollar.
      'gpu_8x_h100_odd,H100,8.0,208,1800,3.99,,us-east-1,,,x86_64',
      ',H100,1.0,,,9.80,,us-central1,us-central1-a,,',
      'cpu_4x,,,4,16,0.2,,us-east-1,,,x86_64',
      'gpu_1x_a100,A100,1.0,30,200,1.29,,us-east-1,,,x86_64',
    ].join('\n')
    const parsed = parse('skypilot', table, 'lambda/vms.csv')
    assert.deepEqual(told(parsed), [
      ['lambda', 'H100', null, 'on_demand', 'us-west-3', 3.29, 'ok'],
      ['lambda', 'H100', null, 'spot', 'us-west-3', 1.25, 'ok'],
      ['lambda', 'H100', 'SXM', 'on_demand', 'us-east-1', 4.14, 'ok'],
    ])
    const two = parsed.observations.find(({ form }) => form === 'SXM')!
    assert.deepEqual(
      [two.lowNano, two.highNano],
      [3_990_000_000n, 4_290_000_000n],
      'two offers are one price with its span',
    )
    assert.deepEqual(why(parsed), {
      'divided by its GPUs it is less than any such chip is offered for': 1,
      'an accelerator without its machine': 1,
      'not an accelerator that prices are kept of': 1,
    })
  })

  const product = (attributes: Record<string, string>, usd = '55.0400000000') => ({
    product: {
      productFamily: 'Compute Instance',
      attributes: {
        instanceType: 'p5.48xlarge',
        regionCode: 'us-east-1',
        operatingSystem: 'Linux',
        tenancy: 'Shared',
        preInstalledSw: 'NA',
        capacitystatus: 'Used',
        gpu: '8',
        ...attributes,
      },
    },
    terms: {
      OnDemand: {
        'A.B': {
          effectiveDate: '2026-09-01T00:00:00Z',
          priceDimensions: { 'A.B.C': { unit: 'Hrs', pricePerUnit: { USD: usd } } },
        },
      },
    },
  })

  test('aws is read as its API tells it, products as text within, and only what is Linux on demand', () => {
    const answer = {
      FormatVersion: 'aws_v1',
      PriceList: [
        JSON.stringify(product({})),
        JSON.stringify(product({ operatingSystem: 'Windows' }, '90.0000000000')),
        JSON.stringify(product({ instanceType: 'm5.large' }, '0.0960000000')),
        product({ instanceType: 'p6-b200.48xlarge', regionCode: 'us-west-2' }, '113.9328000000'),
        product({ gpu: '4' }, '27.52'),
      ],
    }
    const parsed = parse('aws', answer)
    assert.deepEqual(told(parsed), [
      ['aws', 'B200', 'SXM', 'on_demand', 'us-west-2', 14.2416, 'ok'],
      ['aws', 'H100', 'SXM', 'on_demand', 'us-east-1', 6.88, 'ok'],
    ])
    assert.deepEqual(why(parsed), {
      'not Linux on shared hardware': 1,
      'not an instance of accelerators that prices are kept of': 1,
      'another number of GPUs than this type is known by': 1,
    })
    assert.match(
      refused(() => parse('aws', { PriceList: ['{'] })),
      /product 1 is no JSON/,
    )
    assert.match(
      refused(() => parse('aws', { PriceList: ['{}'] })),
      /product 1 has no attributes/,
    )
  })

  test('azure tells spot and reservations, whose price is that of the whole term', () => {
    const item = (change: object) => ({
      currencyCode: 'USD',
      retailPrice: 98.32,
      armRegionName: 'eastus',
      armSkuName: 'Standard_ND96isr_H100_v5',
      productName: 'Virtual Machines NDsr H100 v5 Series',
      skuName: 'ND96isr H100 v5',
      unitOfMeasure: '1 Hour',
      type: 'Consumption',
      ...change,
    })
    const page = {
      Items: [
        item({}),
        item({ retailPrice: 29.496, skuName: 'ND96isr H100 v5 Spot' }),
        item({ retailPrice: 40, skuName: 'ND96isr H100 v5 Low Priority' }),
        item({ retailPrice: 110, productName: 'Virtual Machines NDsr H100 v5 Series Windows' }),
        item({
          retailPrice: 613_200,
          type: 'Reservation',
          reservationTerm: '1 Year',
          armSkuName: 'Standard_NC80adis_H100_v5',
        }),
        item({ currencyCode: 'EUR' }),
        item({ armSkuName: 'Standard_D2s_v5', retailPrice: 0.096 }),
      ],
      NextPageLink: null,
    }
    const parsed = parse('azure', page)
    assert.deepEqual(told(parsed), [
      ['azure', 'H100', 'NVL', 'reserved', 'eastus', 35, 'above_ceiling'],
      ['azure', 'H100', 'SXM', 'on_demand', 'eastus', 12.29, 'ok'],
      ['azure', 'H100', 'SXM', 'spot', 'eastus', 3.687, 'ok'],
    ])
    const year = parse('azure', { Items: [{ ...page.Items[4], retailPrice: 101_791.2 }] }).observations[0]!
    assert.deepEqual([year.priceNano, year.termMonths, year.quality], [5_810_000_000n, 12, 'ok'])
    assert.deepEqual(why(parsed), {
      'not Linux at a usual price': 2,
      'not in dollars': 1,
      'not an instance of accelerators that prices are kept of': 1,
    })
  })

  test('vast gives the lowest and the median ask of each chip, and says how few offers there are', () => {
    const offer = (name: string, gpus: number, total: number, rentable = true) => ({
      gpu_name: name,
      num_gpus: gpus,
      dph_total: total,
      rentable,
      id: 1,
    })
    const parsed = parse('vast', {
      offers: [
        offer('H100 SXM', 8, 15.2),
        offer('H100_SXM', 1, 2.136065573770492),
        offer('H100 SXM', 2, 5),
        offer('H100 SXM', 1, 0.1, false),
        offer('H200', 0, 3),
        offer('RTX 4090', 1, 0.4),
      ],
    })
    assert.deepEqual(told(parsed), [
      ['vast-ai', 'H100', 'SXM', 'marketplace_ask_median', null, 2.136065574, 'thin'],
      ['vast-ai', 'H100', 'SXM', 'marketplace_ask_min', null, 1.9, 'thin'],
    ])
    assert.equal(parsed.observations[0]?.note, '3 offers')
    assert.deepEqual(why(parsed), {
      'rented now': 1,
      'no price of whole GPUs': 1,
      'not an accelerator that prices are kept of': 1,
    })
  })

  test('runpod keeps its own and community prices apart, and a number where nothing is offered is none', () => {
    const parsed = parse('runpod', {
      data: {
        gpuTypes: [
          {
            id: 'NVIDIA H100 80GB HBM3',
            memoryInGb: 80,
            securePrice: 2.69,
            communityPrice: 2.39,
            secureSpotPrice: 1.5,
            communitySpotPrice: null,
          },
          {
            id: 'NVIDIA B300',
            memoryInGb: 288,
            securePrice: 0.5,
            communityPrice: 0.5,
            secureSpotPrice: 0,
            communitySpotPrice: 0,
          },
          { id: 'NVIDIA A100 80GB PCIe', memoryInGb: 80, securePrice: 1.39 },
        ],
      },
    })
    assert.deepEqual(told(parsed), [
      ['runpod', 'A100-80GB', 'PCIe', 'on_demand', null, 1.39, 'ok'],
      ['runpod', 'B300', null, 'on_demand', null, 0.5, 'not_offered'],
      ['runpod', 'B300', null, 'on_demand', null, 0.5, 'not_offered'],
      ['runpod', 'H100', 'SXM', 'on_demand', null, 2.39, 'ok'],
      ['runpod', 'H100', 'SXM', 'on_demand', null, 2.69, 'ok'],
      ['runpod', 'H100', 'SXM', 'spot', null, 1.5, 'ok'],
    ])
    const offers = parsed.observations.filter(
      ({ accelerator, tier }) => accelerator === 'H100' && tier === 'on_demand',
    )
    assert.deepEqual(offers.map(({ offer }) => offer).toSorted(), ['community', 'secure'])
  })

  test('genai-prices tells makers’ prices by the token, the dated ones by their day, and no reseller’s', () => {
    const parsed = parse('genai-prices', [
      {
        id: 'anthropic',
        name: 'Anthropic',
        models: [
          { id: 'claude-opus', prices: { input_mtok: 5, output_mtok: 25, cache_read_mtok: 0.5 } },
          {
            id: 'claude-sonnet-5',
            prices: [
              { prices: { input_mtok: 2, output_mtok: 10 } },
              { constraint: { start_date: '2026-10-01' }, prices: { input_mtok: 3, output_mtok: 15 } },
            ],
          },
          {
            id: 'claude-tiers',
            prices: { input_mtok: { base: 3, tiers: [{ start: 200_000, price: 6 }] }, output_mtok: 15 },
          },
          {
            id: 'by-the-hour',
            prices: [{ constraint: { start_time: '00:30:00Z' }, prices: { input_mtok: 1, output_mtok: 2 } }],
          },
          {
            id: 'gpt-cheaper',
            prices: [
              { prices: { input_mtok: 9, output_mtok: 90 } },
              { constraint: { start_date: '2026-08-21' }, prices: { input_mtok: 4, output_mtok: 20 } },
            ],
          },
          { id: 'free', prices: { input_mtok: 0, output_mtok: 0 } },
          { id: 'embedding', prices: { input_mtok: 0.1 } },
        ],
      },
      {
        id: 'openrouter',
        models: [{ id: 'anthropic/claude-opus', prices: { input_mtok: 6, output_mtok: 26 } }],
      },
    ])
    assert.deepEqual(
      parsed.tokens.map((one) => [
        one.model,
        one.inputPico,
        one.outputPico,
        one.cachedPico,
        one.effectiveFrom,
      ]),
      [
        ['claude-opus', 5_000_000n, 25_000_000n, 500_000n, '2026-09-10'],
        ['claude-sonnet-5', 2_000_000n, 10_000_000n, null, '2026-09-10'],
        ['claude-sonnet-5', 3_000_000n, 15_000_000n, null, '2026-10-01'],
        ['claude-tiers', 3_000_000n, 15_000_000n, null, '2026-09-10'],
        ['gpt-cheaper', 4_000_000n, 20_000_000n, null, '2026-08-21'],
      ],
    )
    assert.deepEqual(why(parsed), {
      'no price for all hours of the day': 1,
      'no price of input and output by the token': 2,
      'sells models of others': 1,
    })
  })

  test('genai-prices reads what its installed release holds, model by model', () => {
    const list = ['openai', 'anthropic', 'google'].map((providerId) => findProvider({ providerId }))
    const { tokens } = parse('genai-prices', list)
    const models = new Set(tokens.map(({ provider, model }) => `${provider} ${model}`))
    assert.ok(models.size > 100, `${models.size} models`)
    const gpt5 = tokens.find(({ model }) => model === 'gpt-5')
    assert.deepEqual(
      [gpt5?.inputPico, gpt5?.outputPico, gpt5?.cachedPico],
      [1_250_000n, 10_000_000n, 125_000n],
    )
    assert.ok(tokens.every(({ inputPico, effectiveFrom }) => inputPico > 0n && isDate(effectiveFrom)))
  })

  test('that sends something else is refused with its name, never read as no prices', () => {
    for (const feed of ['aws', 'azure', 'vast', 'runpod', 'genai-prices'] as const) {
      for (const text of ['<html>moved</html>', '{}', 'null', '{"errors":[{"message":"no"}]}', '"text"'])
        assert.match(
          refused(() => parse(feed, text)),
          new RegExp(`^${feed}`),
          text,
        )
    }
    assert.match(
      refused(() => parse('vast', { offers: [] })),
      /nothing in it is a price/,
    )
    assert.match(
      refused(() => parse('gpuhunt', '<html>moved</html>')),
      /the first row names the columns/,
    )
    assert.match(
      refused(() => parse('skypilot', 'a,b\n1,2')),
      /AcceleratorName/,
    )
    assert.match(
      refused(() => parse('genai-prices', [])),
      /nothing in it is a price/,
    )
  })

  test('is named, and one that asks for an account is not fetched by itself', () => {
    assert.deepEqual(feedsIn('', 'PERQ_PRICE_FEEDS'), [])
    assert.deepEqual(feedsIn(' gpuhunt, azure ,', 'PERQ_PRICE_FEEDS'), ['gpuhunt', 'azure'])
    assert.match(
      refused(() => feedsIn('gpuhunt,bloomberg', 'PERQ_PRICE_FEEDS')),
      /bloomberg.*give some of gpuhunt/,
    )
    assert.match(
      refused(() => feedsIn('aws', 'PERQ_PRICE_FEEDS')),
      /account.*perq price import FILE --as aws/,
    )
    assert.equal(feedNamed('aws', '--as'), 'aws')
    assert.match(
      refused(() => feedNamed('bloomberg', '--as')),
      /give one of/,
    )
  })
})
