/** Coefficients of Stirling's series: B₂ₖ / (2k (2k - 1)). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156]
const LARGE = 12

/** ln Γ(x) for x > 0, by Stirling's series above 12 and Γ(x + 1) = x Γ(x) below. NaN elsewhere. */
export function logGamma(x: number): number {
  if (!(x > 0)) return NaN
  let [shifted, product] = [x, 1]
  for (; shifted < LARGE; shifted += 1) product *= shifted
  const inverse = 1 / (shifted * shifted)
  let series = 0
  for (let k = STIRLING.length - 1; k >= 0; k -= 1) series = series * inverse + STIRLING[k]!
  const large = (shifted - 0.5) * Math.log(shifted) - shifted + Math.log(2 * Math.PI) / 2 + series / shifted
  return large - Math.log(product)
}

/** Probability that a Poisson count with this mean is `count`. Computed in logs, so that large means do not underflow. */
export function poissonWeight(count: number, mean: number): number {
  if (mean === 0) return count === 0 ? 1 : 0
  return Math.exp(count * Math.log(mean) - mean - logGamma(count + 1))
}
