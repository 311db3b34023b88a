import { need } from './check.ts'
import { exchangeValue } from './exchange.ts'

/** An option on a forward. Prices in dollars a unit; `volatility` and `rate` a year, continuous. */
export type ForwardOption = {
  readonly forward: number
  readonly strike: number
  readonly volatility: number
  readonly years: number
  readonly rate: number
}

function sides({ forward, strike, volatility, years, rate }: ForwardOption) {
  need('positive', { forward, strike })
  need('notNegative', { volatility, years })
  need('finite', { rate })
  const discount = Math.exp(-rate * years)
  return { forward: discount * forward, strike: discount * strike, deviation: volatility * Math.sqrt(years) }
}

/** A cap on the price of a GPU-hour, dollars: e^(-rT) (F Φ(d1) - K Φ(d2)). Black 1976. */
export function black76Call(option: ForwardOption): number {
  const { forward, strike, deviation } = sides(option)
  return exchangeValue(forward, strike, deviation)
}

/** A floor under the price of a GPU-hour, dollars: e^(-rT) (K Φ(-d2) - F Φ(-d1)). Black 1976. */
export function black76Put(option: ForwardOption): number {
  const { forward, strike, deviation } = sides(option)
  return exchangeValue(strike, forward, deviation)
}
