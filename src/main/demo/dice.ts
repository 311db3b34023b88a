/** Chance from a seed: the demo company is the same on every machine. Floats choose sizes here; no amount is computed with them. */
export type Dice = {
  /** 0 ≤ x < 1 */
  unit(): number
  /** 0 … n−1 */
  below(n: number): number
  /** Standard normal. */
  normal(): number
  pick<T>(from: readonly T[]): T
}

export function rollFrom(seed: number): Dice {
  let state = seed >>> 0
  // mulberry32: a few lines, good enough for a story, the same everywhere.
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number): number => Math.floor(unit() * n)
  return {
    unit,
    below,
    normal: () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    pick: (from) => from[below(from.length)]!,
  }
}
