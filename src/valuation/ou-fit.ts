import { need } from './check.ts'
import { confidence, type Confidence, meanOf, squaresOf } from './fit.ts'

/** A log-OU process read from prices: `level` θ in dollars, `reversion` κ and `volatility` σ a year. */
export type OuFit = {
  readonly level: number
  readonly reversion: number
  readonly volatility: number
  readonly halfLifeYears: number
  /** Standard deviation of log changes a year, as it is, and without the noise that alternates from print to print: σ√(1 + 2ρ₁). */
  readonly rawVolatility: number
  readonly quietVolatility: number
  /** ρ₁ of the log changes. */
  readonly autocorrelation: number
} & Confidence

const FEW_PRICES = 60
const FEW_HALF_LIVES = 5

/**
 * Fits ln S by least squares on its own last value, prices `spacing` years apart: slope b, intercept a, residual deviation s (n - 2):
 * κ = -ln b/Δt, θ = e^(a/(1 - b)), σ = s√(2κ/(1 - b²)). Null when there is no pull to a level (b outside (0, 1)), fewer than 4
 * prices, or they never change. Short samples overstate κ: whatever is doubtful is told.
 */
export function fitLogOu(prices: readonly number[], spacing: number): OuFit | null {
  need('positive', { spacing })
  prices.forEach((price, index) => need('positive', { [`prices[${index}]`]: price }))
  if (prices.length < 4) return null
  const logs = prices.map(Math.log)
  const [from, to] = [logs.slice(0, -1), logs.slice(1)]
  const count = from.length
  const [fromMean, toMean, spread] = [meanOf(from), meanOf(to), squaresOf(from)]
  const slope = from.reduce((sum, x, i) => sum + (x - fromMean) * (to[i]! - toMean), 0) / spread
  if (!(slope > 0 && slope < 1)) return null
  const intercept = toMean - slope * fromMean
  const squares = from.reduce((sum, x, i) => sum + (to[i]! - intercept - slope * x) ** 2, 0)
  const residual = Math.sqrt(squares / (count - 2))
  const reversion = -Math.log(slope) / spacing
  const halfLifeYears = Math.LN2 / reversion
  const changes = to.map((y, i) => y - from[i]!)
  const { raw, autocorrelation } = noise(changes, spacing)
  return {
    level: Math.exp(intercept / (1 - slope)),
    reversion,
    volatility: residual * Math.sqrt((2 * reversion) / (1 - slope ** 2)),
    halfLifeYears,
    rawVolatility: raw,
    quietVolatility: raw * Math.sqrt(Math.max(0, 1 + 2 * autocorrelation)),
    autocorrelation,
    ...confidence([
      [prices.length < FEW_PRICES, `only ${prices.length} prices; ${FEW_PRICES} or more make a fit`],
      [
        count * spacing < FEW_HALF_LIVES * halfLifeYears,
        `the prices span fewer than ${FEW_HALF_LIVES} half-lives, so the level and the speed of return are guesses`,
      ],
      [
        halfLifeYears < 2 * spacing,
        'half of a deviation is gone within two observations: noise of single prints, not a return to a level',
      ],
      [
        autocorrelation < -0.2,
        'changes take each other back (negative autocorrelation): noise of single prints',
      ],
    ]),
  }
}

function noise(changes: readonly number[], spacing: number): { raw: number; autocorrelation: number } {
  const mean = meanOf(changes)
  const squares = squaresOf(changes)
  const lagged = changes.slice(1).reduce((sum, change, i) => sum + (change - mean) * (changes[i]! - mean), 0)
  return {
    raw: Math.sqrt(squares / (changes.length - 1) / spacing),
    autocorrelation: squares === 0 ? 0 : lagged / squares,
  }
}
