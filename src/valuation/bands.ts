import { need } from './check.ts'
import { type Spread, spreadOf } from './estimate.ts'
import { BLOCK, LANES, openWalk, priceLevels } from './paths.ts'
import { modelForwards, type PriceModel } from './price-model.ts'

export type Band = Spread & { readonly month: number; readonly mean: number }

const MOST_BLOCKS = 4

/** What the price of an hour may be in each month, dollars: simulated bands around the mean, which is a closed form. Month 0 is today. */
export function priceBands(plan: {
  readonly model: PriceModel
  readonly months: number
  readonly seed: number
  /** Of 10,000 paths each, at most 4. */
  readonly blocks: number
}): Band[] {
  const { model, months, seed, blocks } = plan
  need('count', { blocks })
  need('notNegative', { [`${MOST_BLOCKS} - blocks`]: MOST_BLOCKS - blocks })
  const means = modelForwards(model, months)
  const levels = priceLevels(model, months)
  const seen = Array.from(levels, () => new Float64Array(blocks * BLOCK))
  for (let path = 0; path < blocks * BLOCK; path += BLOCK) {
    const walk = openWalk({ model, equity: null, months, seed }, path / BLOCK)
    for (let lane = 0; lane < BLOCK; lane += LANES) {
      walk.next()
      seen.forEach((own, month) =>
        own.set(walk.prices.subarray(month * LANES, (month + 1) * LANES), path + lane),
      )
    }
  }
  return seen.map((own, month) => {
    const { p5, p50, p95 } = spreadOf(own)
    const level = levels[month]!
    return { month, mean: means[month]!, p5: level * p5, p50: level * p50, p95: level * p95 }
  })
}
