import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { COMPUTE_BANDS, told, type Counts, type OfferStatistics } from './statistics.ts'

const LEAST = 5
const small = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 8 }) },
  { weight: 1, arbitrary: fc.nat({ max: 60 }) },
)
const counts: fc.Arbitrary<Counts> = fc
  .record({
    accepted: small,
    declined: small,
    expired: small,
    withdrawn: small,
    open: small,
    viewed: fc.nat(),
  })
  .map(({ viewed, ...rest }) => {
    const sent = Object.values(rest).reduce((a, b) => a + b, 0)
    return { ...rest, sent, viewed: sent === 0 ? 0 : viewed % (sent + 1) }
  })
const company = fc.array(counts, { minLength: COMPUTE_BANDS.length, maxLength: COMPUTE_BANDS.length })

const decided = ({ accepted, declined, expired }: Counts): number => accepted + declined + expired
const isFew = (n: number): boolean => n > 0 && n < LEAST
const hiddenIn = (all: readonly Counts[], { bands }: OfferStatistics): readonly Counts[] =>
  all.filter((_, index) => bands[index]!.sent === null)

test('no group of fewer than five is told, and what is told is exact', () => {
  fc.assert(
    fc.property(company, (all) => {
      const answer = told(all, LEAST)
      for (const [index, band] of answer.bands.entries()) {
        const real = all[index]!
        if (band.sent === null) {
          const { band: name, from_usd: from, below_usd: below, why, ...figures } = band
          assert.ok(name !== '' && from >= 0n && (below ?? 1n) > 0n && why !== null)
          assert.ok(Object.values(figures).every((figure) => figure === null))
          continue
        }
        assert.ok(!isFew(real.sent) && !isFew(decided(real)))
        assert.deepEqual([band.sent, band.accepted, band.open], [real.sent, real.accepted, real.open])
        if (decided(real) === 0) assert.equal(band.acceptance, null)
        else assert.ok(Math.abs(Number(band.acceptance) - real.accepted / decided(real)) <= 0.000051)
      }
    }),
  )
})

test('what is hidden cannot be computed: beside the total stand at least two hidden groups that are together large', () => {
  fc.assert(
    fc.property(company, (all) => {
      const answer = told(all, LEAST)
      const hidden = hiddenIn(all, answer)
      if (answer.total.sent === null || hidden.length === 0) return
      const sent = hidden.reduce((sum, one) => sum + one.sent, 0)
      const answered = hidden.reduce((sum, one) => sum + decided(one), 0)
      assert.ok(hidden.length >= 2, 'one hidden group is the total less the others')
      assert.ok(!isFew(sent) && !isFew(answered), 'what all hidden ones come to is itself told')
    }),
  )
})

test('nothing is hidden where every group is large, and the total adds up', () => {
  fc.assert(
    fc.property(company, (all) => {
      const answer = told(all, LEAST)
      if (all.some((one) => isFew(one.sent) || isFew(decided(one)))) return
      assert.ok(answer.bands.every(({ sent, why }) => sent !== null && why === null))
      assert.equal(
        answer.total.accepted,
        all.reduce((sum, one) => sum + one.accepted, 0),
      )
    }),
  )
  const many = { sent: 20, viewed: 18, accepted: 8, declined: 4, expired: 2, withdrawn: 1, open: 5 }
  assert.equal(told(COMPUTE_BANDS.map(() => many)).total.accepted, 40)
  assert.equal(told(COMPUTE_BANDS.map(() => many)).bands[2]?.acceptance, '0.5714')
})
