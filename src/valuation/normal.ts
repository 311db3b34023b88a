const ROOT_TWO_PI = Math.sqrt(2 * Math.PI)

/** e^(-x²/2) without the rounding of x²: the square of a short number is exact, the rest is small. */
function bell(x: number): number {
  if (Math.abs(x) > 39) return 0
  const short = Math.round(x * 16) / 16
  return Math.exp((-short * short) / 2) * Math.exp((-(x - short) * (x + short)) / 2)
}

/** Density φ of the standard normal distribution. */
export const normalDensity = (x: number): number => bell(x) / ROOT_TWO_PI

/** Step of the trapezoidal rule below: its error is e^(-π²/h²), under 1e-17. */
const STEP = 0.5
const NODES = Float64Array.from({ length: 13 }, (_, k) => ((k + 1) * STEP) ** 2)
const WEIGHTS = NODES.map((square) => 2 * Math.exp(-square))

/**
 * Φ(-x) for x ≥ 1, to the last digits down to where doubles end (x near 38). With t = x/√2,
 * erfc t = (t e^(-t²) / π) ∫ e^(-u²) / (t² + u²) du over all u. The integrand is analytic but for its poles at ±it, so the
 * trapezoidal rule is exact to double precision once the pole's residue is put right (Chiarella and Reichel 1968).
 */
function tail(x: number): number {
  const t = x / Math.SQRT2
  if (t === Infinity) return 0
  const square = t * t
  let sum = 1 / square
  for (let k = 0; k < NODES.length; k += 1) sum += WEIGHTS[k]! / (square + NODES[k]!)
  const rule = (STEP * t * bell(x) * sum) / Math.PI
  // Beyond π/h the pole lies outside of what the rule's error sees.
  return (t < Math.PI / STEP ? rule - 2 / Math.expm1((2 * Math.PI * t) / STEP) : rule) / 2
}

/** Φ(x) - 1/2 for small x: φ(x) (x + x³/3 + x⁵/15 + …), every term of the same sign. */
function middle(x: number): number {
  let [sum, term] = [x, x]
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && odd < 99; odd += 2) {
    term *= (x * x) / odd
    sum += term
  }
  return normalDensity(x) * sum
}

/** Distribution function Φ of the standard normal distribution, exact to a few last digits in both tails. */
export function normalCdf(x: number): number {
  if (x > -1 && x < 1) return 0.5 + middle(x)
  return x < 0 ? tail(-x) : x > 0 ? 1 - tail(x) : NaN
}

/**
 * x with Φ(x) = probability. A rational start (Abramowitz and Stegun 26.2.23) and Halley's steps, each of which trebles the
 * number of right digits. -Infinity at 0, Infinity at 1, NaN outside.
 */
export function normalQuantile(probability: number): number {
  if (probability > 0.5) return -normalQuantile(1 - probability)
  if (probability === 0.5) return 0
  if (!(probability > 0)) return probability === 0 ? -Infinity : NaN
  const t = Math.sqrt(-2 * Math.log(probability))
  const top = 2.515517 + t * (0.802853 + t * 0.010328)
  let x = top / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
  for (let step = 0; step < 3; step += 1) {
    const miss = (normalCdf(x) - probability) / normalDensity(x)
    x -= miss / (1 + (x * miss) / 2)
  }
  return x
}
