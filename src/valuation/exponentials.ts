const PARTS = 256
const PER_UNIT = PARTS / Math.LN2
/** Added and taken away again, it rounds to a whole number. */
const ROUNDER = 1.5 * 2 ** 52
/** What ln 2 is beyond the digits of a double. */
const LN2_REST = 2.3190468138462996e-17
/** ln 2 / 256 in two parts; whole numbers of a few thousand times the first are exact. */
const PART_HIGH = Math.fround(Math.LN2 / PARTS)
const PART_LOW = Math.LN2 / PARTS - PART_HIGH + LN2_REST / PARTS

/** 2^(k/256) for k from -4096 to 4095, so of powers of e from -11 to 11. */
const SIZE = 8_192
const ROOTS = Float64Array.from({ length: PARTS }, (_, i) => Math.exp((i * Math.LN2) / PARTS))
const POWERS = Float64Array.from({ length: SIZE }, (_, i) => {
  const whole = Math.floor((i - SIZE / 2) / PARTS)
  return 2 ** whole * ROOTS[i - SIZE / 2 - whole * PARTS]!
})

/** x in parts of ln 2, rounded to a whole number. */
const partsOf = (x: number): number => x * PER_UNIT + ROUNDER - ROUNDER

/**
 * e^x for x between -11 and 11, right but for the last digit: 2^(k/256) from a table times a polynomial for what is left. A third of the
 * time of Math.exp.
 */
export function exponential(x: number): number {
  const k = partsOf(x)
  const rest = x - k * PART_HIGH - k * PART_LOW
  const square = rest * rest
  return (
    POWERS[((k | 0) + SIZE / 2) & (SIZE - 1)]! *
    (1 + (rest + square * (1 / 2 + rest * (1 / 6) + square * (1 / 24))))
  )
}

/** out[i] = e^(a[i] + b[i]) in the given range, for sums below a million either way; beyond ±11 it asks Math.exp. */
export function exponentials(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  from: number,
  to: number,
): void {
  // Holds a bit of each place that is not in the table.
  let outside = 0
  for (let i = from; i < to; i += 1) {
    const sum = a[i]! + b[i]!
    outside |= (partsOf(sum) | 0) + SIZE / 2
    out[i] = exponential(sum)
  }
  if ((outside & ~(SIZE - 1)) === 0) return
  for (let i = from; i < to; i += 1) {
    const sum = a[i]! + b[i]!
    if (!(Math.abs(sum) < 11)) out[i] = Math.exp(sum)
  }
}
