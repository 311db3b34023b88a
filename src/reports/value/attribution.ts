import { halfEven, type Rational } from '#base/rational.ts'

/** What is still owed of one asset of one grant, in smallest units: what will vest, and what vested and was not spent. */
export type Owed = { readonly unvested: bigint; readonly vested: bigint }

/** What can change how much is owed; each is a movement of the ledger. */
export const MOVES = ['granted', 'exchanged', 'vesting', 'use', 'expiry', 'forfeiture', 'revocation'] as const
export type Move = (typeof MOVES)[number]
export type Moves = Readonly<Record<Move, Owed>>

/** Why a value changed: the movements, then the price of what is left, then what is assumed about it. */
export const PARTS = [...MOVES, 'price', 'model'] as const
export type Part = (typeof PARTS)[number]
export type Parts = Readonly<Record<Part, bigint>>

/** Shares are counted in so many parts of one. */
export const SHARE = 1_000_000_000n

/** What one smallest unit is taken to be worth of its price: all of it (`SHARE`) at its cap, less at its fair value. */
export type Shares = { readonly unvested: bigint; readonly vested: bigint }
export const WHOLE: Shares = { unvested: SHARE, vested: SHARE }

export type Valued = {
  readonly owed: Owed
  /** Nano-dollars for one smallest unit. */
  readonly price: Rational
  readonly shares: Shares
}

/** Nano-dollars, rounded once, half to even. */
export const worth = ({ owed, price, shares }: Valued): bigint =>
  halfEven({
    n: price.n * (owed.unvested * shares.unvested + owed.vested * shares.vested),
    d: price.d * SHARE,
  })

export const NO_MOVE: Owed = { unvested: 0n, vested: 0n }

/**
 * The change between two dates, split by its causes. Movements are told at the opening price and shares, in the order
 * of MOVES; the price part is that of what is left at the end; the model part is all that remains. Each part is the
 * difference of two values rounded to the nano-dollar, one after the other, so that the parts sum to the change exactly.
 */
export function attribute(opening: Valued, moves: Moves, closing: Valued): Parts {
  let { owed } = opening
  let before = worth(opening)
  const step = (now: Valued): bigint => {
    const after = worth(now)
    const part = after - before
    before = after
    return part
  }
  const moved = MOVES.map((move): [Move, bigint] => {
    owed = plus(owed, moves[move])
    return [move, step({ ...opening, owed })]
  })
  const price = step({ ...opening, owed: closing.owed, price: closing.price })
  const model = step(closing)
  // A movement that this list does not know would make the price part wrong: the ledger says it cannot be.
  if (owed.unvested !== closing.owed.unvested || owed.vested !== closing.owed.vested)
    throw new RangeError('the movements do not lead from what was owed to what is owed')
  return { ...(Object.fromEntries(moved) as Record<Move, bigint>), price, model }
}

export const plus = (a: Owed, b: Owed): Owed => ({
  unvested: a.unvested + b.unvested,
  vested: a.vested + b.vested,
})

export const sumParts = (all: readonly Parts[]): Parts =>
  Object.fromEntries(PARTS.map((part) => [part, all.reduce((sum, one) => sum + one[part], 0n)])) as Record<
    Part,
    bigint
  >
