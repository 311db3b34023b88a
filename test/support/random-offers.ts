import fc from 'fast-check'
import type { Asset } from '#base/asset.ts'
import { rational } from '#base/rational.ts'
import { addDays, type DateText } from '#base/time.ts'
import type { Benefit, Bonus, Equity, OfferAsk, Pay } from '#offers/offer.ts'
import type { LinePrice, PlannedLine, PricedLine } from '#offers/worth.ts'

/** Offers at random: odd amounts, so that nearly every figure has something to round. */

const UUID = '01890000-0000-7000-8000-000000000001'
const money = (most: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: most })
const words = fc.constantFrom('as the board said', 'ECB', '409A of March')
const day = (from: DateText, days: number): fc.Arbitrary<DateText> =>
  fc.integer({ min: 0, max: days }).map((n) => addDays(from, n))

export const startsOn: fc.Arbitrary<DateText> = fc.oneof(
  day('2026-01-01', 730),
  fc.constantFrom('2028-02-29', '2026-01-31', '2026-12-31'),
)

/** Shares that sum to 1, in thousandths. */
const years = fc
  .array(fc.integer({ min: 0, max: 1_000 }), { minLength: 0, maxLength: 5 })
  .map((cuts) => [0, ...cuts.toSorted((a, b) => a - b), 1_000])
  .map((at) => at.slice(1).map((end, index) => String((end - at[index]!) / 1_000)))

const shares = {
  units: fc.bigInt({ min: 1n, max: 100_000n }),
  price: fc.bigInt({ min: 1n, max: 500_000_000_000n }),
  source: words,
  asOf: fc.constant('2026-01-01'),
  years,
}
const equity: fc.Arbitrary<Equity | null> = fc.option(
  fc.oneof(
    fc.record({ kind: fc.constant('rsu' as const), ...shares }),
    fc.record({
      kind: fc.constant('option' as const),
      ...shares,
      strike: fc.bigInt({ min: 1n, max: 500_000_000_000n }),
      volatility: fc.constantFrom('0.3', '0.85'),
      termYears: fc.constantFrom('4', '6.5'),
    }),
  ),
)

const bonus: fc.Arbitrary<Bonus> = fc.option(
  fc.oneof(
    fc.record({ kind: fc.constant('share' as const), share: fc.constantFrom('0', '0.15', '0.1234567') }),
    fc.record({ kind: fc.constant('amount' as const), amount: money(10n ** 14n) }),
  ),
)

const benefit: fc.Arbitrary<Benefit> = fc.record({
  kind: fc.constantFrom('seat' as const, 'subscription' as const, 'fine_tuning' as const),
  name: words,
  monthlyUsd: money(10n ** 12n),
  months: fc.integer({ min: 1, max: 60 }),
})

const currency = fc.oneof(
  fc.constant({ currency: 'USD', rate: null }),
  fc.record({
    currency: fc.constantFrom('EUR', 'JPY'),
    rate: fc.record({
      usd: fc.constantFrom('1.0837', '0.00671', '3'),
      source: words,
      on: fc.constant('2026-01-01'),
    }),
  }),
)

export const pay = (compute: fc.Arbitrary<Pay['compute']>): fc.Arbitrary<Pay> =>
  fc
    .record({
      currency,
      salary: fc.bigInt({ min: 10n ** 12n, max: 10n ** 15n }),
      bonus,
      signing: money(10n ** 14n),
      equity,
      compute,
      benefits: fc.array(benefit, { maxLength: 3 }),
    })
    .map(({ currency: money, ...rest }) => ({ ...rest, ...money }))

export const ask = fc.record({ pay: pay(fc.constant([])), startsOn }).map((one): OfferAsk => ({
  candidate: { name: 'Ada Lovelace', email: 'ada@example.test', country: 'DE' },
  position: {
    title: 'Researcher',
    level: 'IC4',
    family: '',
    entity: UUID,
    managerId: null,
    startsOn: one.startsOn,
  },
  pay: one.pay,
  basis: 'index',
  expiresOn: one.startsOn,
  message: 'Dear Ada,\n“welcome”',
}))

const ASSETS: readonly Asset[] = ['USD', 'EXAFLOP_DAY', 'GPU_SECOND/H100-SXM/guaranteed', 'TOKEN/standard']

const price: fc.Arbitrary<LinePrice> = fc.oneof(
  fc
    .record({ n: fc.bigInt({ min: 1n, max: 10n ** 12n }), d: fc.constantFrom(1n, 7n, 3_600n) })
    .map(({ n, d }): LinePrice => ({
      kind: 'priced',
      nanoUsd: rational(n, d),
      how: 'as a mark says',
      mark: { hash: 'f'.repeat(64), day: '2026-01-01', source: 'an index', stale: false },
    })),
  fc.constant<LinePrice>({ kind: 'unpriced', reason: 'nobody says' }),
)

/** Of a grant that begins on a day: some of it dated within six years, some waiting for an event. */
const planned = (from: DateText): fc.Arbitrary<Omit<PlannedLine, 'n'>> =>
  fc
    .record({
      name: words,
      asset: fc.constantFrom(...ASSETS),
      tranches: fc.array(
        fc.record({
          days: fc.integer({ min: 0, max: 2_200 }),
          quantity: fc.bigInt({ min: 1n, max: 10n ** 12n }),
        }),
        { maxLength: 12 },
      ),
      waiting: money(10n ** 9n),
    })
    .map(({ name, asset, tranches, waiting }) => ({
      name,
      asset,
      quantity: tranches.reduce((sum, one) => sum + one.quantity, waiting) || 1n,
      tranches: tranches
        .toSorted((a, b) => a.days - b.days)
        .map(({ days, quantity }) => ({ date: addDays(from, days), quantity })),
    }))

const share = fc.record({ share: fc.constantFrom('1', '0.75', '0.8123'), why: words })

export const pricedLines = (from: DateText): fc.Arbitrary<readonly PricedLine[]> =>
  fc
    .array(fc.record({ line: planned(from), price, delivered: share, used: share }), { maxLength: 4 })
    .map((all) => all.map(({ line, ...rest }, index) => ({ n: index + 1, ...line, ...rest })))
