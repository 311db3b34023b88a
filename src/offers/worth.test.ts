import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addDays, type DateText } from '#base/time.ts'
import { ask, pricedLines } from '../../test/support/random-offers.ts'
import { OFFER_YEARS, rateOf, worthOf, yearEnd, type Worth } from './worth.ts'

const offer = ask.chain((one) =>
  fc.record({ ask: fc.constant(one), lines: pricedLines(one.position.startsOn) }),
)
const worth = ({ ask: { pay, position }, lines }: Offered): Worth =>
  worthOf(pay, lines, { startsOn: position.startsOn, day: '2026-01-01', basis: 'index' })
type Offered = typeof offer extends fc.Arbitrary<infer T> ? T : never

const sum = (all: readonly bigint[]): bigint => all.reduce((total, one) => total + one, 0n)
const size = (value: bigint): bigint => (value < 0n ? -value : value)

/** Written as people would: count the birthdays of the start that lie before the day. */
function yearOf(startsOn: DateText, date: DateText): number {
  const [from, to] = [startsOn.split('-').map(Number), date.split('-').map(Number)]
  const years = to[0]! - from[0]!
  const isBy = to[1]! < from[1]! || (to[1] === from[1] && to[2]! <= from[2]!)
  return Math.max(0, years - (isBy ? 1 : 0))
}

test('every total is the sum of the figures in it, to the last billionth', () => {
  fc.assert(
    fc.property(offer, (one) => {
      const { years, total, lines } = worth(one)
      assert.deepEqual([years.length, total.year], [OFFER_YEARS, 0])
      for (const year of [...years, total]) {
        const rest = year.salary + year.bonus + year.signing + year.equity + year.benefits
        assert.equal(year.totalCap, rest + year.computeCap)
        assert.equal(year.totalExpected, rest + year.computeExpected)
        assert.ok(year.totalExpected <= year.totalCap)
      }
      for (const key of ['salary', 'bonus', 'signing', 'equity', 'computeCap', 'computeExpected'] as const)
        assert.equal(total[key], sum(years.map((year) => year[key])), key)
      assert.equal(total.benefits, sum(years.map((year) => year.benefits)))
      assert.equal(total.totalCap, sum(years.map((year) => year.totalCap)))
      assert.equal(total.signing, one.ask.pay.signing)
      assert.equal(total.salary, one.ask.pay.salary * BigInt(OFFER_YEARS))
      for (const [index, year] of years.entries()) {
        assert.equal(year.computeCap, sum(lines.map((line) => line.years[index]!.cap)))
        assert.equal(year.computeExpected, sum(lines.map((line) => line.years[index]!.expected)))
      }
    }),
  )
})

test('no unit of a grant is lost: each tranche is in one year, and the rest is beyond', () => {
  fc.assert(
    fc.property(offer, (one) => {
      const { startsOn } = one.ask.position
      for (const line of worth(one).lines) {
        assert.equal(line.total.quantity + line.beyond.quantity, line.quantity)
        assert.equal(line.total.quantity, sum(line.years.map(({ quantity }) => quantity)))
        for (const [index, year] of line.years.entries()) {
          const within = line.tranches.filter(({ date }) => yearOf(startsOn, date) === index)
          assert.equal(year.quantity, sum(within.map(({ quantity }) => quantity)), `year ${index + 1}`)
        }
      }
    }),
  )
})

test('each figure is rounded once, half to even: nearer than half, or the even one of two', () => {
  fc.assert(
    fc.property(offer, (one) => {
      const { n, d } = rateOf(one.ask.pay)
      for (const { price, years, beyond, delivered, used } of worth(one).lines) {
        const hundredths = (text: string): bigint => BigInt(Math.round(Number(text) * 10_000))
        const share = hundredths(delivered.share) * hundredths(used.share)
        for (const { quantity, cap, expected } of [...years, beyond]) {
          if (price.kind === 'unpriced') {
            assert.deepEqual([cap, expected], [0n, 0n])
            continue
          }
          const [above, below] = [quantity * price.nanoUsd.n * d, price.nanoUsd.d * n]
          isHalfEven(cap, above, below)
          isHalfEven(expected, above * share, below * 100_000_000n)
        }
      }
    }),
  )
})

function isHalfEven(rounded: bigint, above: bigint, below: bigint): void {
  const off = 2n * size(rounded * below - above)
  assert.ok(off < below || (off === below && rounded % 2n === 0n), `${rounded} of ${above}/${below}`)
}

test('shares of a company are all told: those of the years and those after them', () => {
  fc.assert(
    fc.property(offer, (one) => {
      const { equity } = one.ask.pay
      const told = worth(one).equity
      assert.equal(told === null, equity === null)
      if (!equity || !told) return
      const whole = told.each * equity.units
      // Each year is rounded by itself.
      assert.ok(size(sum(told.years) + told.beyond - whole) <= BigInt(equity.years.length))
      if (equity.kind === 'option') assert.ok(told.each >= ((told.intrinsic ?? 0n) * 999n) / 1_000n)
    }),
  )
})

test('a year ends on the day on which the next begins, also for who starts on a leap day', () => {
  assert.equal(yearOf('2028-02-29', '2029-02-28'), 0)
  assert.ok('2029-02-28' <= yearEnd('2028-02-29', 0) && '2029-03-01' > yearEnd('2028-02-29', 0))
  assert.equal(yearEnd('2026-01-15', 3), '2030-01-15')
  assert.ok(addDays(yearEnd('2026-01-15', 0), 1) > yearEnd('2026-01-15', 0))
})
