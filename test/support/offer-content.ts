import fc from 'fast-check'
import { denominationOf, parseAsset, type Asset } from '#base/asset.ts'
import { sha256Hex } from '#base/json.ts'
import { rational } from '#base/rational.ts'
import type { Clauses } from '#grants/clauses.ts'
import { fourYearMonthly } from '#grants/shapes.ts'
import type { OfferContent, OfferLine } from '#offers/content.ts'
import type { Pay } from '#offers/offer.ts'
import { worthOf, type LinePrice } from '#offers/worth.ts'

const USD = 1_000_000_000n
export const H100: Asset = 'GPU_SECOND/H100-SXM/guaranteed'
const STARTS = '2027-01-15'

export type LineAsk = {
  readonly asset: Asset
  readonly quantity: bigint
  readonly name?: string
  readonly clauses?: Clauses
  /** Of the quantity, what waits for an event. */
  readonly waits?: bigint
  readonly price?: LinePrice
}

const dayAfter = (months: number): string => new Date(Date.UTC(2027, months, 15)).toISOString().slice(0, 10)

/** A grant of an offer: 48 months, a quarter of it at the first anniversary. */
export function offerLine(ask: LineAsk, n: number): OfferLine {
  const { asset, quantity, name = `Compute ${n}`, clauses = {}, waits = 0n } = ask
  const dated = quantity - waits
  let given = 0n
  const tranches = Array.from({ length: 37 }, (_, index) => {
    const upTo = (dated * BigInt(index + 12)) / 48n
    const part = { date: dayAfter(index + 12), quantity: upTo - given }
    given = upTo
    return part
  })
  const terms = {
    ...fourYearMonthly(),
    denomination: denominationOf(asset),
    unit: { ...parseAsset(asset)?.unit },
    clauses,
  }
  return {
    n,
    name,
    asset,
    quantity,
    tranches,
    grant: `0199b0a4-8c1e-7d3a-9c55-0000000000${String(n).padStart(2, '0')}`,
    template: { id: '0199b0a4-8c1e-7d3a-9c55-1f2e3d4c5b6b', name: 'Four years', version: 1 },
    terms: JSON.parse(JSON.stringify(terms)),
    reckoning: null,
  }
}

const DOLLAR: LinePrice = { kind: 'priced', nanoUsd: rational(1n), how: 'a dollar is a dollar', mark: null }
const HOUR: LinePrice = {
  kind: 'priced',
  nanoUsd: rational(2_362_215_683n, 3_600n),
  how: 'the mark of an hour, by the second',
  mark: {
    hash: '559b4220485b'.padEnd(64, '0'),
    day: '2026-11-20',
    source: 'fourteen providers',
    stale: false,
  },
}

export const PAY: Pay = {
  currency: 'USD',
  rate: null,
  salary: 245_000n * USD,
  bonus: { kind: 'share', share: '0.15' },
  signing: 30_000n * USD,
  equity: {
    kind: 'rsu',
    units: 4_000n,
    price: 41_500_000_000n,
    source: 'the last round',
    asOf: '2026-09-30',
    years: ['0.25', '0.25', '0.25', '0.25'],
  },
  compute: [],
  benefits: [{ kind: 'seat', name: 'Claude Max', monthlyUsd: 200n * USD, months: 48 }],
}

export const LINES: readonly LineAsk[] = [
  { asset: 'USD', quantity: 96_000n * USD, name: 'Model compute' },
  {
    asset: H100,
    quantity: 12_000n * 3_600n,
    name: 'Training hours',
    clauses: {
      portability: { purposes: ['open_source'], share: '0.25', days: 180, except: [] },
      guarantees: {
        serviceTier: 'guaranteed',
        queueWait: { percentile: 95, seconds: 600 },
        preemptionsPerMonth: 2,
        uptime: '0.995',
        remedy: { credit: '14400', atMostPerMonth: '144000' },
      },
    },
  },
]

export type ContentAsk = {
  readonly pay?: Pay
  readonly lines?: readonly LineAsk[]
  readonly country?: string
  readonly name?: string
  readonly message?: string
}

/** An offer as it is sealed, with its worth by the room's own arithmetic. */
export function offerContent(ask: ContentAsk = {}): OfferContent {
  const { pay = PAY, country = 'US', name = 'Ada Park', message = '' } = ask
  const asked = ask.lines ?? LINES
  const lines = asked.map((line, index) => offerLine(line, index + 1))
  const priced = lines.map(({ n, name: called, asset, quantity, tranches }, index) => ({
    n,
    name: called,
    asset,
    quantity,
    tranches,
    price: asked[index]!.price ?? (asset === 'USD' ? DOLLAR : HOUR),
    delivered:
      asset === 'USD' ? { share: '1', why: 'a dollar is there' } : { share: '0.975', why: 'nodes fail' },
    used: { share: '0.75', why: 'an assumption' },
  }))
  const text = JSON.stringify({ format: 'ocg', grants: lines.map((line) => line.name) }, null, 2)
  return {
    format: 'perq.offer.1',
    offer: '0199b0a4-8c1e-7d3a-9c55-1f2e3d4c5b6a',
    version: 2,
    company: 'Demo Labs',
    entityName: 'Demo Labs Inc.',
    managerName: 'Grace Lin',
    candidate: { name, email: 'ada@example.com', country },
    position: {
      title: 'Research engineer',
      level: 'L5',
      family: 'Research',
      entity: '0199b0a4-8c1e-7d3a-9c55-1f2e3d4c5b6c',
      managerId: null,
      startsOn: STARTS,
    },
    pay,
    basis: 'replacement',
    expiresOn: '2026-12-18',
    message,
    lines,
    worth: worthOf(pay, priced, { startsOn: STARTS, day: '2026-11-20', basis: 'replacement' }),
    document: { text, sha256: sha256Hex(text) },
  }
}

const nano = (most: bigint) => fc.bigInt({ min: 0n, max: most * USD })
const pay: fc.Arbitrary<Pay> = fc
  .record({
    currency: fc.constantFrom('USD', 'EUR', 'GBP'),
    usd: fc.constantFrom('1.08', '0.9', '1.2743'),
    salary: nano(900_000n),
    bonus: fc.oneof(
      fc.constant(null),
      fc.constantFrom('0.1', '0.333').map((share) => ({ kind: 'share' as const, share })),
      nano(90_000n).map((amount) => ({ kind: 'amount' as const, amount })),
    ),
    signing: nano(100_000n),
    units: fc.bigInt({ min: 1n, max: 1_000_000n }),
    equity: fc.constantFrom('none', 'rsu', 'option'),
    months: fc.integer({ min: 1, max: 60 }),
  })
  .map(({ currency, usd, salary, bonus, signing, units, equity, months }) => {
    const share = {
      units,
      price: 12_340_000_001n,
      source: 'the board',
      asOf: '2026-10-01',
      years: ['0.4', '0.3', '0.2', '0.1'],
    }
    return {
      currency,
      rate: currency === 'USD' ? null : { usd, source: 'the central bank', on: '2026-11-19' },
      salary,
      bonus,
      signing,
      equity:
        equity === 'none'
          ? null
          : equity === 'rsu'
            ? { kind: 'rsu', ...share }
            : { kind: 'option', ...share, strike: 7_000_000_000n, volatility: '0.7', termYears: '6' },
      compute: [],
      benefits: [{ kind: 'subscription', name: 'Journals', monthlyUsd: 33_333_333_333n, months }],
    }
  })

const line: fc.Arbitrary<LineAsk> = fc
  .record({
    asset: fc.constantFrom<Asset>(
      'USD',
      H100,
      'NODE_SECOND/H200x8/priority',
      'EXAFLOP_DAY',
      'TOKEN/standard',
    ),
    quantity: fc.bigInt({ min: 1_000n, max: 10n ** 15n }),
    share: fc.constantFrom(0n, 0n, 3n),
    priced: fc.boolean(),
  })
  .map(({ asset, quantity, share, priced }) => ({
    asset,
    quantity,
    waits: share === 0n ? 0n : quantity / share,
    ...(priced ? {} : { price: { kind: 'unpriced' as const, reason: 'no provider tells one' } }),
  }))

/** Any offer: every currency, equity and kind of compute, priced or not. */
export const anyContent: fc.Arbitrary<OfferContent> = fc
  .record({ pay, lines: fc.array(line, { maxLength: 4 }), country: fc.constantFrom('US', 'DE', 'JP') })
  .map(offerContent)
