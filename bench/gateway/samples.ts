/** Every value that was measured, so that percentiles are exact. */
export type Samples = { add(value: number): void; readonly count: () => number; spread(): Spread }
export type Spread = { readonly p50: number; readonly p99: number; readonly max: number }

const FIRST = 65_536

export function samples(): Samples {
  let values = new Float64Array(FIRST)
  let count = 0
  return {
    add: (value) => {
      if (count === values.length) {
        const wider = new Float64Array(count * 2)
        wider.set(values)
        values = wider
      }
      values[count++] = value
    },
    count: () => count,
    spread: () => {
      const sorted = values.subarray(0, count).toSorted()
      const at = (share: number): number => sorted[Math.min(count - 1, Math.floor(count * share))] ?? 0
      return { p50: at(0.5), p99: at(0.99), max: sorted[count - 1] ?? 0 }
    },
  }
}
