import { need } from './check.ts'
import { LANES } from './paths.ts'
import { MONTHS_PER_YEAR } from './price-model.ts'
import { streamOf, uniform } from './random.ts'

/**
 * What comes in by month without a right to it: a share more or less than what is said, the same all along, until it is taken away, which
 * happens to `hazard` of such promises a year.
 */
export type Unsure = {
  readonly quantities: readonly number[]
  readonly weights: readonly number[]
  /** Whether it follows the price of compute; dollars do not. */
  readonly moves: boolean
  /** Evenly between 1 - spread and 1 + spread of what is said. */
  readonly spread: number
  readonly hazard: number
  /** Promises with the same seed share one fate. */
  readonly seed: number
}

export function checkUnsure({ spread, hazard, seed }: Unsure): void {
  need('share', { 'unsure.spread': spread })
  need('notNegative', { 'unsure.hazard': hazard, 'unsure.seed': seed })
}

/** That it still stands at the end of a month. */
export const standing = ({ hazard }: Pick<Unsure, 'hazard'>, month: number): number =>
  Math.exp((-hazard * month) / MONTHS_PER_YEAR)

/** Adds what comes of it on each of the next paths to `out` from `path` on. */
export function openUnsure(
  unsure: Unsure,
  { levels, block }: { readonly levels: Float64Array; readonly block: number },
): (prices: Float64Array, out: Float64Array, path: number) => void {
  const { quantities, weights, moves, spread, hazard, seed } = unsure
  const stream = streamOf(seed, block, 'promise')
  const worth = levels.map((level, month) => (moves ? level : 1) * weights[month]! * quantities[month]!)
  return (prices, out, path) => {
    for (let lane = 0; lane < LANES; lane += 1) {
      const got = 1 + spread * (2 * uniform(stream) - 1)
      const drawn = -Math.log(uniform(stream)) * MONTHS_PER_YEAR
      const last = hazard === 0 ? worth.length - 1 : Math.min(worth.length - 1, Math.floor(drawn / hazard))
      let sum = 0
      if (moves)
        for (let month = 1, i = LANES + lane; month <= last; month += 1, i += LANES)
          sum += worth[month]! * prices[i]!
      else for (let month = 1; month <= last; month += 1) sum += worth[month]!
      out[path + lane]! += got * sum
    }
  }
}
