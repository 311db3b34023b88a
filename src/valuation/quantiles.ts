/**
 * The values that these shares of all lie at or below, each one of the values itself (nearest rank). Shares ascend. Reorders `values`;
 * no full sort, whose time would be a multiple of the simulation's.
 */
export function quantiles(values: Float64Array, shares: readonly number[]): number[] {
  let from = 0
  return shares.map((share) => {
    const rank = Math.min(values.length - 1, Math.max(0, Math.ceil(share * values.length) - 1))
    place(values, from, values.length - 1, rank)
    from = rank
    return values[rank]!
  })
}

/** Brings the value of this rank to its place, nothing larger before it, nothing smaller behind (Hoare 1961). */
function place(values: Float64Array, first: number, last: number, rank: number): void {
  let [low, high] = [first, last]
  while (low < high) {
    const pivot = middleOf(values[low]!, values[(low + high) >> 1]!, values[high]!)
    let [left, right] = [low, high]
    while (left <= right) {
      while (values[left]! < pivot) left += 1
      while (values[right]! > pivot) right -= 1
      if (left > right) break
      const value = values[left]!
      values[left] = values[right]!
      values[right] = value
      left += 1
      right -= 1
    }
    if (rank <= right) high = right
    else if (rank >= left) low = left
    else return
  }
}

const middleOf = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
