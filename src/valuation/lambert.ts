const BRANCH = -1 / Math.E

/**
 * Principal branch of Lambert's W: W e^W = z, for z ≥ -1/e; NaN below. Halley's steps. Close to -1/e the answer has only as many
 * digits as z itself carries there; who knows the distance to it asks `onePlusW0`.
 */
export function lambertW0(z: number): number {
  if (z < BRANCH || Number.isNaN(z)) return NaN
  if (z === Infinity) return Infinity
  if (z < -0.25) return onePlusW0(-1 - Math.log(-z)) - 1
  let w = z < 2 ? z / (1 + z) + (z < 0 ? 0 : z * z * 0.05) : Math.log(z) - Math.log(Math.log(z + 1))
  for (let step = 0; step < 12; step += 1) {
    // Over e^w, so that large z do not overflow.
    const miss = w - z * Math.exp(-w)
    const next = w - miss / (w + 1 - ((w + 2) * miss) / (2 * w + 2))
    if (Math.abs(next - w) <= 1e-16 * Math.abs(next)) return next
    w = next
  }
  return w
}

/**
 * 1 + W0(-e^(-1 - c)) for c ≥ 0: the root y in [0, 1) of -ln(1 - y) - y = c, near √(2c) when c is small. All digits are right
 * even where e^(-1 - c) can no longer be told from 1/e.
 */
export function onePlusW0(c: number): number {
  // The rounding of -1/e itself may put c just below 0.
  if (c <= 0) return 0
  if (c > 36) return 1
  const root = Math.sqrt(2 * c)
  let y = c < 0.5 ? root * (1 - root / 3 + c / 18) : 1 - Math.exp(-1 - c)
  for (let step = 0; step < 60; step += 1) {
    // Newton: the derivative is y / (1 - y).
    const next = y - ((excess(y) - c) * (1 - y)) / y
    const bounded = next >= 1 ? (1 + y) / 2 : next
    if (Math.abs(bounded - y) <= 2e-16 * y) return bounded
    y = bounded
  }
  return y
}

/** -ln(1 - y) - y: its series y²/2 + y³/3 + … where the difference would cancel. */
function excess(y: number): number {
  if (y > 0.25) return -Math.log1p(-y) - y
  let [sum, power] = [0, y * y]
  for (let k = 2; power > 1e-18 * sum && k < 60; k += 1, power *= y) sum += power / k
  return sum
}
