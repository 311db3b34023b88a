import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rational } from '#base/rational.ts'
import { addDays, startOfDay, type DateText } from '#base/time.ts'
import type { Form } from './chips.ts'
import { worthOf, type Inputs, type Mark, type MarkTier } from './mark.ts'
import { marked, ofMarket, outcomeText, type MarketQuestion, type Marked } from './market.ts'
import { factOf, type Observation, type PriceTier, type Quality } from './observation.ts'

const DAY_OF_MARK = '2026-05-31'

type Row = {
  provider: string
  nano: bigint
  accelerator?: string
  form?: Form | null
  tier?: PriceTier
  region?: string | null
  seen?: DateText
  since?: DateText
  low?: bigint
  offer?: string
  quality?: Quality
  recordedAt?: number
}

function row({ provider, nano, seen = '2026-05-24', ...rest }: Row): Observation {
  const said = {
    provider,
    accelerator: rest.accelerator ?? 'H100',
    form: rest.form ?? null,
    tier: rest.tier ?? ('on_demand' as const),
    region: rest.region ?? null,
    termMonths: null,
    offer: rest.offer ?? '',
    priceNano: nano,
    lowNano: rest.low ?? nano,
    highNano: nano,
    effectiveFrom: startOfDay(rest.since ?? seen),
    observedAt: startOfDay(seen),
    source: 'a price page',
    licence: 'fact',
    quality: rest.quality ?? ('ok' as const),
    note: null,
  }
  return { ...said, fact: factOf(said), recordedAt: rest.recordedAt ?? 0 }
}

const usd = (amount: number): bigint => BigInt(Math.round(amount * 1e9))
const market = (
  prices: readonly number[],
  more: Omit<Partial<Row>, 'provider' | 'nano'> = {},
): Observation[] => prices.map((price, index) => row({ ...more, provider: `p${index}`, nano: usd(price) }))

const ask = (change: Partial<MarketQuestion> = {}): MarketQuestion => ({
  accelerator: 'H100',
  form: null,
  basis: 'replacement',
  tier: 'on_demand',
  region: null,
  index: null,
  asOf: DAY_OF_MARK,
  ...change,
})
const B200 = rational(2_250n, 989n)

const find = (rows: readonly Observation[], change: Partial<MarketQuestion> = {}): Marked =>
  ofMarket(ask(change), rows, change.accelerator === 'B200' ? B200 : null)
function markOf(rows: readonly Observation[], change: Partial<MarketQuestion> = {}): Mark {
  const found = find(rows, change)
  assert.ok(found.kind === 'mark', JSON.stringify(found.kind === 'none' && found.why))
  return found.mark
}

const FIVE = [2, 2.2, 2.4, 2.6, 2.8]

test('every provider has one voice, however many offers it has', () => {
  const rows = market(FIVE)
  const loud = Array.from({ length: 50 }, (_, index) =>
    row({ provider: 'p4', nano: usd(2.8), offer: `type ${index}` }),
  )
  assert.equal(markOf([...rows, ...loud]).mid, usd(2.4))
  const several = [
    row({ provider: 'p9', nano: usd(1), offer: 'a' }),
    row({ provider: 'p9', nano: usd(3), offer: 'b' }),
  ]
  assert.equal(markOf([...rows, ...several]).mid, usd(2.3), 'its median is 2')
})

test('a mark is the median with bid and ask from the tenths, of hours that stay and hours that do not', () => {
  const spot = market([0.8, 1, 1.2, 1.4, 1.6], { tier: 'spot' })
  const mark = markOf([...market(FIVE), ...spot])
  assert.deepEqual([mark.bid, mark.mid, mark.ask], [usd(0.88), usd(2.4), usd(2.72)])
  assert.deepEqual(
    [mark.n, mark.level, mark.staleDays, mark.step, mark.bidStep],
    [5, 2, 7, 'global', 'global'],
  )
  const taken = markOf([...market(FIVE), ...spot], { tier: 'spot' })
  assert.deepEqual([taken.bid, taken.mid, taken.ask], [usd(0.88), usd(1.2), usd(1.52)])
})

test('a bid is never above the mid: what is asked for less of a thing is not worth more', () => {
  const mark = markOf([...market(FIVE), ...market([3, 3.1, 3.2, 3.3, 3.4], { tier: 'spot' })])
  assert.equal(mark.bid, mark.mid)
  assert.ok(mark.steps.some((step) => step.includes('the mid is taken')))
})

test('four providers are not a market; without another way there is no mark, and it is said why', () => {
  const found = find(market(FIVE.slice(1)))
  assert.ok(found.kind === 'none')
  assert.match(found.why.join('\n'), /4 providers, 5 are needed/)
  assert.equal(find([]).kind, 'none')
})

test('prices that cannot be relied on, and prices that are to come, are no prices', () => {
  for (const quality of [
    'resold',
    'not_offered',
    'synthetic',
    'below_floor',
    'other_meaning',
    'withdrawn',
  ] as const)
    assert.equal(find(market(FIVE, { quality })).kind, 'none', quality)
  assert.equal(find(market(FIVE, { since: '2026-06-01', seen: '2026-05-24' })).kind, 'none')
  assert.equal(find(market(FIVE, { seen: '2026-06-01' })).kind, 'none', 'not seen by then')
  assert.equal(find(market(FIVE, { tier: 'marketplace_ask_min' }), { tier: 'spot' }).kind, 'none')
})

test('the ladder goes from the region to anywhere, to any board, to H100s by peak, to an earlier day', () => {
  const step = (rows: readonly Observation[], change: Partial<MarketQuestion>) => markOf(rows, change).step
  const here = market(FIVE, { region: 'us-east-1', form: 'SXM' })
  assert.equal(step(here, { region: 'us-east-1', form: 'SXM' }), 'region')
  assert.equal(step(here, { region: 'eu-west-1', form: 'SXM' }), 'global')
  assert.equal(step(here, { region: 'eu-west-1', form: 'PCIe' }), 'any_form')
  assert.equal(step(here, { accelerator: 'B200' }), 'h100_equivalent')
  assert.equal(step(here, { asOf: '2026-07-15' }), 'stale')
  const levels = (['us-east-1', null] as const).map((region) => markOf(here, { region }).level)
  assert.deepEqual(levels, [2, 2])
  assert.equal(markOf(here, { accelerator: 'B200' }).level, 3)
})

test('an H100-equivalent is the price of H100s by dense bf16 peak, exactly', () => {
  const mark = markOf(market(FIVE), { accelerator: 'B200' })
  // 2.4 × 2250/989 dollars, to the nano-dollar.
  assert.equal(mark.mid, 5_460_060_667n)
  assert.match(mark.steps.join('\n'), /× 2250\/989 as dense bf16 peaks are/)
  const own = [...market(FIVE), ...market([5, 5, 5, 6, 6], { accelerator: 'B200' })]
  assert.equal(markOf(own, { accelerator: 'B200' }).mid, usd(5), 'its own prices go before')
})

test('an earlier price loses one per cent for each week begun, and is too old after a year', () => {
  const rows = market(FIVE)
  const at = (asOf: DateText) => markOf(rows, { asOf })
  const [weeks, days] = [6, addDays('2026-05-24', 36)]
  const mark = at(days)
  assert.equal(mark.mid, BigInt(Math.round(2.4 * 0.99 ** weeks * 1e9)))
  assert.deepEqual([mark.level, mark.staleDays, mark.step], [3, 36, 'stale'])
  assert.match(mark.steps.join('\n'), /less 1 % for each of 6 weeks/)
  assert.equal(find(rows, { asOf: addDays('2026-05-24', 7 * 52) }).kind, 'mark')
  assert.equal(find(rows, { asOf: addDays('2026-05-24', 7 * 52 + 1) }).kind, 'none')
})

test('a price that did not move held on every day between its first and its last sighting', () => {
  const steady = market(FIVE, { since: '2026-01-01', seen: '2026-09-01' })
  const mark = markOf(steady)
  assert.deepEqual([mark.step, mark.staleDays], ['global', 0])
  const moving = market(FIVE, { since: '2026-01-01', seen: '2026-09-01', low: 1n })
  assert.equal(find(moving).kind, 'none', 'its price of May is not known')
})

test('a correction goes before what it corrects, and a withdrawal leaves nothing', () => {
  const rows = market(FIVE)
  const corrected = row({ provider: 'p4', nano: usd(2.3), recordedAt: 5 })
  assert.equal(markOf([...rows, corrected]).mid, usd(2.3))
  const withdrawn = row({ provider: 'p4', nano: usd(2.8), quality: 'withdrawn', recordedAt: 5 })
  assert.equal(find([...rows, withdrawn]).kind, 'none')
})

test('what hyperscalers post is a list price by itself, and an index is the one that was named', () => {
  const rows = [
    row({ provider: 'aws', nano: usd(6.88) }),
    row({ provider: 'oracle-cloud', nano: usd(10) }),
    row({ provider: 'lambda', nano: usd(3.99) }),
    row({ provider: 'ornn-ocpi', nano: usd(2.9), tier: 'index' }),
    row({ provider: 'aimultiple', nano: usd(2.95), tier: 'index' }),
  ]
  const list = markOf(rows, { basis: 'list' })
  assert.deepEqual([list.mid, list.bid, list.n], [usd(8.44), null, 2])
  const index = (name: string) => markOf(rows, { basis: 'index', index: name }).mid
  assert.deepEqual([index('ornn-ocpi'), index('aimultiple')], [usd(2.9), usd(2.95)])
  assert.equal(find(rows, { basis: 'index', index: 'another' }).kind, 'none', 'no other stands in for it')
})

const anyRows = fc.array(
  fc.record({
    provider: fc.integer({ min: 0, max: 12 }).map((n) => `p${n}`),
    nano: fc.bigInt(600_000_000n, 12_000_000_000n),
    form: fc.constantFrom<Form | null>('SXM', 'PCIe', null),
    tier: fc.constantFrom<PriceTier>('on_demand', 'spot', 'marketplace_ask_median'),
    region: fc.constantFrom(null, 'us-east-1'),
    seen: fc.integer({ min: 0, max: 300 }).map((days) => addDays('2025-08-01', days)),
    offer: fc.constantFrom('', 'a', 'b'),
    quality: fc.constantFrom<Quality>('ok', 'ok', 'ok', 'thin', 'resold'),
  }),
  { maxLength: 60 },
)
const anyAsk = fc.record({
  form: fc.constantFrom<Form | null>('SXM', null),
  tier: fc.constantFrom<MarkTier>('on_demand', 'spot'),
  region: fc.constantFrom(null, 'us-east-1', 'eu-west-1'),
  accelerator: fc.constantFrom('H100', 'B200'),
})

test('the order in which prices come changes neither the mark nor its hash, and twice is once', () => {
  fc.assert(
    fc.property(anyRows, anyAsk, fc.infiniteStream(fc.nat()), (made, change, random) => {
      const rows = made.map(row)
      const told = find(rows, change)
      const shuffled = rows
        .map((one) => [random.next().value, one] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, one]) => one)
      assert.deepEqual(find(shuffled, change), told)
      assert.deepEqual(find([...rows, ...rows], change), told)
    }),
  )
})

test('a mark follows from its frozen inputs alone, to the bit, also when they were written down and read', () => {
  fc.assert(
    fc.property(anyRows, anyAsk, (made, change) => {
      const found = find(made.map(row), change)
      if (found.kind === 'none') return
      const read = JSON.parse(JSON.stringify(found.mark.inputs)) as Inputs
      const again = marked(read)
      assert.ok(again.kind === 'mark')
      assert.equal(again.mark.hash, found.mark.hash)
      assert.equal(outcomeText(again.mark), outcomeText(found.mark))
    }),
  )
})

test('bid, mid and ask are in order, and within what providers ask, scaled', () => {
  fc.assert(
    fc.property(anyRows, anyAsk, (made, change) => {
      const found = find(made.map(row), { ...change, accelerator: 'H100' })
      if (found.kind === 'none') return assert.ok(found.why.length > 0)
      const { bid, mid, ask: asked, providers, n, inputs } = found.mark
      assert.ok(mid > 0n && (bid === null || (bid > 0n && bid <= mid)) && (asked === null || mid <= asked))
      const kept = providers.filter(({ rejected }) => !rejected).map(({ priceNano }) => priceNano)
      assert.equal(kept.length, n)
      assert.ok(n >= 5)
      const most = kept.reduce((a, b) => (a > b ? a : b))
      const least = kept.reduce((a, b) => (a < b ? a : b))
      assert.ok(mid <= most)
      if (inputs.market!.weeks === 0) assert.ok(mid >= least)
    }),
  )
})

test('one provider with any price moves a mark at most to where the market already is', () => {
  const honest = fc.array(fc.bigInt(1_500_000_000n, 4_500_000_000n), { minLength: 6, maxLength: 20 })
  fc.assert(
    fc.property(honest, fc.bigInt(1n, 10n ** 15n), (prices, wild) => {
      const rows = prices.map((nano, index) => row({ provider: `p${index}`, nano }))
      const [before, after] = [find(rows), find([...rows, row({ provider: 'wild', nano: wild })])]
      // Where honest providers nearly agree, those that do not may be too few to count: then there is no mark to move.
      fc.pre(before.kind === 'mark' && after.kind === 'mark')
      const { mid, providers } = after.mark
      const sorted = prices.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      assert.ok(sorted[0]! <= mid && mid <= sorted.at(-1)!, 'never outside what honest providers ask')
      // Where no honest price is thrown out for it, the mid moves at most to a neighbour in the middle.
      const all = providers.every(({ provider, rejected }) => provider === 'wild' || !rejected)
      if (before.mark.n === prices.length && all) {
        const middle = Math.floor((sorted.length - 1) / 2)
        assert.ok(sorted[middle - 1]! <= mid && mid <= sorted[Math.ceil((sorted.length - 1) / 2) + 1]!)
      }
    }),
  )
})

test('what many hours are worth is linear in them up to one rounding', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 10n ** 12n),
      fc.bigInt(0n, 10n ** 12n),
      fc.bigInt(1n, 10n ** 11n),
      (a, b, nano) => {
        const apart = worthOf(a + b, nano) - worthOf(a, nano) - worthOf(b, nano)
        assert.ok(apart >= -1n && apart <= 1n)
      },
    ),
  )
  assert.equal(worthOf(10_000n * 3_600n, usd(2.9)), usd(29_000))
  assert.equal(worthOf(1n, 3_600n), 1n)
})
