import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compare, mul, rational, sub, type Rational } from '#base/rational.ts'
import { iso } from '#base/time.ts'
import { balancesAt } from '#ledger/reads.ts'
import type { Lives } from '../../../test/support/life.ts'
import { runLives } from '../../../test/sim/lives/run.ts'
import {
  attribute,
  MOVES,
  NO_MOVE,
  PARTS,
  plus,
  SHARE,
  sumParts,
  worth,
  type Move,
  type Moves,
  type Owed,
  type Parts,
  type Shares,
  type Valued,
} from './attribution.ts'
import { holdings, type Holding } from './holdings.ts'

const owed = fc.record({
  unvested: fc.bigInt({ min: 0n, max: 10n ** 15n }),
  vested: fc.bigInt({ min: 0n, max: 10n ** 15n }),
})
const move = fc.record({
  unvested: fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }),
  vested: fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }),
})
const moves: fc.Arbitrary<Moves> = fc
  .tuple(...MOVES.map(() => move))
  .map((all) => Object.fromEntries(MOVES.map((name, at) => [name, all[at]!])) as Record<Move, Owed>)
const price = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 11n }), fc.bigInt({ min: 1n, max: 10n ** 7n }))
  .map(([n, d]) => rational(n, d))
const part = fc.bigInt({ min: 0n, max: SHARE })
const shares: fc.Arbitrary<Shares> = fc.record({ unvested: part, vested: part })

const sumOf = (parts: Parts): bigint => Object.values(parts).reduce((sum, one) => sum + one, 0n)

/** The same split without any rounding: an evaluation of its own, in fractions. */
function exactly(opening: Valued, moved: Moves, closing: Valued): Record<string, Rational> {
  const of = ({ unvested, vested }: Owed, { price: at, shares: by }: Pick<Valued, 'price' | 'shares'>) =>
    mul(at, rational(unvested * by.unvested + vested * by.vested, SHARE))
  const found = Object.fromEntries(MOVES.map((name) => [name, of(moved[name], opening)]))
  const repriced = { shares: opening.shares, price: closing.price }
  return {
    ...found,
    price: sub(of(closing.owed, repriced), of(closing.owed, opening)),
    model: sub(of(closing.owed, closing), of(closing.owed, repriced)),
  }
}

test('the parts of a change sum to it to the nano-dollar, and each is its exact amount to the nano-dollar', () => {
  fc.assert(
    fc.property(owed, moves, price, price, shares, shares, (before, moved, p0, p1, s0, s1) => {
      const opening = { owed: before, price: p0, shares: s0 }
      const closing = { owed: Object.values(moved).reduce(plus, before), price: p1, shares: s1 }
      const parts = attribute(opening, moved, closing)
      assert.equal(sumOf(parts), worth(closing) - worth(opening))
      const exact = exactly(opening, moved, closing)
      for (const name of PARTS) {
        const off = sub(rational(parts[name]), exact[name]!)
        assert.ok(compare(mul(off, off), rational(1n)) <= 0, `${name} is off by ${off.n}/${off.d}`)
      }
    }),
  )
})

test('a movement that is not told is found: parts never hide one in the price', () => {
  const opening = {
    owed: { unvested: 10n, vested: 0n },
    price: rational(1n),
    shares: { unvested: SHARE, vested: SHARE },
  }
  const none = Object.fromEntries(MOVES.map((name) => [name, { unvested: 0n, vested: 0n }])) as Record<
    Move,
    Owed
  >
  assert.throws(
    () => attribute(opening, none, { ...opening, owed: { unvested: 9n, vested: 0n } }),
    /do not lead/,
  )
})

test('over random lives on the real ledger what is owed is what its balances were, and the parts sum to the change', async () => {
  const seen = new Set<Move>()
  const after = async ({ db }: Lives): Promise<void> => {
    const [times] = await db.query<{ first: number; last: number }>(
      'select min(at) as first, max(at) as last from ledger.entry',
    )
    const { first, last } = times!
    const wallets = await db.query<{ id: string; person: string; asset: string }>(
      'select id, person_id as person, asset from ledger.wallet',
    )
    for (const [a, b] of SPANS) {
      const [from, until] = [a, b].map((share) => Math.round(first + (last - first) * share)) as [
        number,
        number,
      ]
      const all = await holdings(db, { from, until })
      sums(all, seen)
      for (const { id, person, asset } of wallets) {
        const own = all.filter((one) => one.person.id === person && one.asset === asset)
        const then = await balancesAt(db, id, until)
        assert.deepEqual(
          own.map(({ closing }) => closing).reduce(plus, NO_MOVE),
          { unvested: then.unvested, vested: then.available + then.held },
          `${iso(until)}, wallet ${id}`,
        )
      }
      const [{ person } = { person: '' }] = wallets
      const [one] = all
      assert.deepEqual(
        await holdings(db, { from, until }, { person }),
        all.filter((other) => other.person.id === person),
      )
      if (one)
        assert.deepEqual(
          await holdings(db, { from, until }, { grant: one.grant }),
          all.filter((other) => other.grant === one.grant),
        )
    }
  }
  await runLives({ lives: 14, seed: 20_270_707, months: 26, after })
  for (const name of MOVES)
    assert.ok(seen.has(name) || name === 'exchanged', `nothing of this kind moved: ${name}`)
})

const SPANS = [
  [0, 1],
  [0.2, 0.6],
  [0.5, 0.5],
  [0.55, 1],
  [-1, 2],
] as const

/** The whole change of a company is the sum of all parts of all its grants, at prices and shares that differ by asset. */
function sums(all: readonly Holding[], seen: Set<Move>): void {
  const parts: Parts[] = []
  let difference = 0n
  for (const one of all) {
    for (const name of MOVES)
      if (one.moves[name].unvested !== 0n || one.moves[name].vested !== 0n) seen.add(name)
    const odd = BigInt(one.asset.length)
    const opening = {
      owed: one.opening,
      price: rational(odd * 7_919n, 3_600n),
      shares: { unvested: (SHARE * 7n) / 9n, vested: SHARE / 3n },
    }
    const closing = {
      owed: one.closing,
      price: rational(odd * 1_009n, 3_599n),
      shares: { unvested: SHARE / 7n, vested: SHARE },
    }
    parts.push(attribute(opening, one.moves, closing))
    difference += worth(closing) - worth(opening)
    assert.equal(
      one.lots.reduce((sum, lot) => sum + lot.opening, 0n),
      one.opening.vested,
    )
    assert.equal(
      one.lots.reduce((sum, lot) => sum + lot.closing, 0n),
      one.closing.vested,
    )
  }
  assert.equal(sumOf(sumParts(parts)), difference)
}

test('the sum of many changes is the change of the sum', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(owed, moves, price, price), { maxLength: 12 }), (all) => {
      const whole = { unvested: SHARE, vested: SHARE }
      const changes = all.map(([before, moved, p0, p1]) => {
        const opening = { owed: before, price: p0, shares: whole }
        const closing = { owed: Object.values(moved).reduce(plus, before), price: p1, shares: whole }
        return { parts: attribute(opening, moved, closing), by: worth(closing) - worth(opening) }
      })
      assert.equal(
        sumOf(sumParts(changes.map(({ parts }) => parts))),
        changes.reduce((sum, { by }) => sum + by, 0n),
      )
      for (const { parts } of changes) assert.equal(parts.model, 0n)
    }),
  )
})
