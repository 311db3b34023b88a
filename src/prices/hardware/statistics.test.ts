import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { compare, fromDecimal, mul, rational, sub, type Rational } from '#base/rational.ts'
import { readHistory } from './shipped.ts'
import { median, outliers, power, quantile } from './statistics.ts'

const dataFile = (name: string) =>
  readFile(new URL(`../../../data/gpu-prices/${name}`, import.meta.url), 'utf8')

const values = fc
  .array(fc.bigInt(1n, 10n ** 12n), { minLength: 1, maxLength: 40 })
  .map((list) => list.map((n) => rational(n)))
const share = fc.bigInt(0n, 100n).map((n) => rational(n, 100n))

/** By ranks instead of interpolation: the definition of type 7, apart from our code. */
function ofRanks(sorted: readonly Rational[], percent: bigint): Rational {
  const steps = BigInt(sorted.length - 1) * percent
  const [rank, rest] = [Number(steps / 100n), steps % 100n]
  const low = sorted[rank]!
  const high = sorted[Math.min(rank + 1, sorted.length - 1)]!
  return rational(low.n * high.d * (100n - rest) + high.n * low.d * rest, low.d * high.d * 100n)
}

test('a quantile is that of type 7, exactly, whatever the order of its values', () => {
  fc.assert(
    fc.property(values, fc.bigInt(0n, 100n), (list, percent) => {
      const found = quantile(list, rational(percent, 100n))
      assert.deepEqual(found, ofRanks(list.toSorted(compare), percent))
      assert.deepEqual(quantile(list.toReversed(), rational(percent, 100n)), found)
    }),
  )
})

test('a quantile lies between its values and rises with its share', () => {
  fc.assert(
    fc.property(values, share, share, (list, a, b) => {
      const sorted = list.toSorted(compare)
      const [low, high] = compare(a, b) <= 0 ? [a, b] : [b, a]
      const [first, second] = [quantile(list, low), quantile(list, high)]
      assert.ok(compare(sorted[0]!, first) <= 0 && compare(first, second) <= 0)
      assert.ok(compare(second, sorted.at(-1)!) <= 0)
    }),
  )
})

test('the quantiles of the cross-section of May 2026 are those that were published beside it', async () => {
  type Quantiles = Record<'n' | 'p0' | 'p10' | 'p25' | 'p50' | 'p75' | 'p90' | 'p100', number>
  const published = JSON.parse(await dataFile('cross_section_2026-05.json')) as {
    data: Record<string, Record<'on_demand' | 'interruptible', Quantiles>>
  }
  const rows = readHistory(await dataFile('gpu_price_history.csv')).filter(
    ({ source, quality }) => source.startsWith('tardellirs/') && quality !== 'resold',
  )
  let compared = 0
  for (const accelerator of ['H100', 'H200', 'B200', 'B300']) {
    for (const [tier, name] of [
      ['on_demand', 'on_demand'],
      ['spot', 'interruptible'],
    ] as const) {
      const own = rows.filter((row) => row.accelerator === accelerator && row.tier === tier)
      // A row of two offers has its least and its most: both are known.
      const offers = own
        .flatMap(({ priceNano, lowNano, highNano }) =>
          lowNano === highNano ? [priceNano] : [lowNano, highNano],
        )
        .map((nano) => rational(nano, 1_000_000_000n))
      const { n, ...shares } = published.data[accelerator]![name]
      if (offers.length !== n) continue
      for (const [key, value] of Object.entries(shares)) {
        const found = quantile(offers, rational(BigInt(key.slice(1)), 100n))
        const told = fromDecimal(String(value))!
        const apart = sub(found, told)
        assert.ok(Math.abs(Number(apart.n) / Number(apart.d)) <= 0.000_51, `${accelerator} ${name} ${key}`)
      }
      compared += 1
    }
  }
  assert.ok(compared >= 6, `${compared} of 8 groups have all their offers in the history`)
})

test('one wild price among others that differ is an outlier, and a market that agrees has none', () => {
  const market = [190n, 200n, 205n, 210n, 220n, 230n].map((n) => rational(n))
  assert.deepEqual([...outliers([...market, rational(5_000n)])], [6])
  assert.deepEqual([...outliers([...market, rational(1n)])], [6])
  assert.deepEqual([...outliers(market)], [])
  const agreed = [200n, 200n, 200n, 260n].map((n) => rational(n))
  assert.deepEqual([...outliers(agreed)], [], 'a deviation of 0 says nothing about the others')
  assert.deepEqual([...outliers([rational(1n), rational(10n ** 9n)])], [], 'two cannot outvote each other')
})

test('the outlier rule does not depend on order, on currency, or on how far out an outlier is', () => {
  fc.assert(
    fc.property(values, fc.bigInt(1n, 1_000n), (list, scale) => {
      const out = (some: readonly Rational[]) =>
        [...outliers(some)].map((index) => some[index]!).toSorted(compare)
      assert.deepEqual(out(list.toReversed()), out(list))
      const dearer = list.map((one) => mul(one, rational(scale)))
      assert.deepEqual([...outliers(dearer)], [...outliers(list)])
      assert.ok(outliers(list).size * 2 <= list.length, 'never more than half')
    }),
  )
})

test('a median lies among the values that the outlier rule keeps', () => {
  fc.assert(
    fc.property(values, (list) => {
      const odd = outliers(list)
      const kept = list.filter((_, index) => !odd.has(index)).toSorted(compare)
      assert.ok(kept.length > 0)
      const middle = median(list)
      assert.ok(compare(kept[0]!, middle) <= 0 && compare(middle, kept.at(-1)!) <= 0)
    }),
  )
})

test('a power is a product', () => {
  assert.deepEqual(power(rational(99n, 100n), 0), rational(1n))
  assert.deepEqual(power(rational(99n, 100n), 3), rational(970_299n, 1_000_000n))
})
