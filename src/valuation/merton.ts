import { need } from './check.ts'
import { exchangeValue } from './exchange.ts'
import { poissonWeight } from './gamma.ts'

/** Jumps in a log price: `intensity` λ a year, each of a normal size with this mean and standard deviation. */
export type Jumps = { readonly intensity: number; readonly mean: number; readonly deviation: number }

/** E e^J - 1: by how much one jump moves the price on average. */
export const jumpGrowth = ({ mean, deviation }: Jumps): number => Math.expm1(mean + deviation ** 2 / 2)

function checked({ intensity, mean, deviation }: Jumps): void {
  need('notNegative', { intensity, deviation })
  need('finite', { mean })
}

/** E S_T = S0 exp(μT + λT k̄), k̄ = E e^J - 1; dollars. Merton 1976. */
export function mertonMean(
  price: { readonly spot: number; readonly drift: number; readonly jumps: Jumps },
  years: number,
): number {
  need('positive', { spot: price.spot })
  need('finite', { drift: price.drift })
  need('notNegative', { years })
  checked(price.jumps)
  return price.spot * Math.exp((price.drift + price.jumps.intensity * jumpGrowth(price.jumps)) * years)
}

/**
 * A call on a price with jumps, dollars: Black–Scholes for each number of jumps, weighted by how likely it is under
 * λ' = λ(1 + k̄): Σ e^(-λ'T) (λ'T)^i / i! · BS(σ_i, r_i), σ_i² = σ² + i·s²/T, r_i = r - λk̄ + i ln(1 + k̄)/T. Merton 1976.
 */
export function mertonCall(option: {
  readonly spot: number
  readonly strike: number
  readonly volatility: number
  readonly years: number
  readonly rate: number
  readonly jumps: Jumps
}): number {
  const { spot, strike, volatility, years, rate, jumps } = option
  need('positive', { spot, strike })
  need('notNegative', { volatility, years })
  need('finite', { rate })
  checked(jumps)
  const growth = jumpGrowth(jumps)
  const expected = jumps.intensity * (1 + growth) * years
  // Beyond ten standard deviations the weights are below the last digit.
  const reach = 10 * Math.sqrt(expected) + 30
  let sum = 0
  for (let i = Math.max(0, Math.floor(expected - reach)); i <= expected + reach; i += 1) {
    const discount = Math.exp(-(rate - jumps.intensity * growth) * years - i * Math.log1p(growth))
    const deviation = Math.sqrt(volatility ** 2 * years + i * jumps.deviation ** 2)
    sum += poissonWeight(i, expected) * exchangeValue(spot, strike * discount, deviation)
  }
  return sum
}
