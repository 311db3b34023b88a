import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { compare, fromDecimal, rational } from '#base/rational.ts'
import { inWords, monthExamples } from './examples.ts'
import { monthsTold } from './usage.ts'
import { ASSUMED_USE, shareOf } from './use.ts'

const USD = 1_000_000_000n

const isShare = (text: string): boolean => {
  const value = fromDecimal(text)
  return value !== null && value.n >= 0n && value.n <= value.d
}

test('words never promise more than the figure, and lose less than a tenth of it above one', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 15n }), fc.bigInt({ min: 1n, max: 10n ** 6n }), (n, d) => {
      const value = rational(n, d)
      const said = fromDecimal(inWords(value).replaceAll(',', ''))
      assert.ok(said && compare(said, value) <= 0)
      if (n >= d) assert.ok(said.n * 10n * d > 9n * n * said.d)
    }),
  )
  assert.equal(inWords(rational(12_345n)), '12,300')
  assert.equal(inWords(rational(7n, 2n)), '3.5')
})

test('months are those of nine of ten, rounded up so that they are nobody’s own, and of five people at least', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40 }),
      fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { maxLength: 200 }),
      (people, amounts) => {
        const told = monthsTold(people, amounts)
        if (people < 5) return assert.equal(told, null)
        if (told === null) return
        const within = amounts.filter((amount) => amount <= told.nineOfTen).length
        assert.ok(within * 10 >= amounts.length * 9)
        assert.ok(told.half <= told.nineOfTen)
        assert.match(String(told.nineOfTen), /^\d{1,2}0*$/)
      },
    ),
  )
})

test('what compute buys is told by the level, else by everybody, else by what is published', () => {
  const use = { people: 7, half: 100n * USD, nineOfTen: 600n * USD }
  const [peers] = monthExamples(24_000n * USD, { ...use, level: 'IC5' })
  assert.equal(
    peers?.says,
    'Covers 40 months of what nine of ten people of level IC5 here stay within ($600 a month).',
  )
  assert.deepEqual([peers?.value, peers?.unit], ['40', 'month'])
  const [all] = monthExamples(24_000n * USD, { ...use, level: null })
  assert.match(all?.basis ?? '', /7 people here/)
  const [published] = monthExamples(24_000n * USD, null)
  assert.equal(published?.value, '24000/611')
  assert.match(published?.basis ?? '', /Ramp AI Index, June 2026/)
})

test('expected use is the level’s own, else the company’s, else a stated assumption, and always a share with its reason', () => {
  const seen = fc
    .record({ people: fc.nat({ max: 12 }), had: fc.bigInt({ min: 0n, max: 10n ** 15n }) })
    .chain(({ people, had }) => fc.bigInt({ min: 0n, max: had }).map((used) => ({ people, had, used })))
  fc.assert(
    fc.property(seen, seen, (peers, all) => {
      const { share, why } = shareOf({ asset: 'USD', level: 'IC5', peers, all })
      assert.ok(isShare(share) && why !== '')
      const from = [peers, all].find(({ people, had }) => people >= 5 && had > 0n)
      if (!from) return assert.equal(share, ASSUMED_USE)
      assert.ok(Math.abs(Number(share) - Number(from.used) / Number(from.had)) <= 0.0001)
      assert.match(why, from === peers ? /of level IC5 here/ : /of the whole company/)
    }),
  )
})
