import { need } from './check.ts'

/** Market value of RSUs, dollars: shares × today's price × expected vested fraction. What the price does later, whatever its drift, is in today's price. */
export function rsuValue(rsu: {
  readonly shares: number
  readonly price: number
  readonly vestedFraction: number
}): number {
  need('notNegative', { shares: rsu.shares, price: rsu.price })
  need('share', { vestedFraction: rsu.vestedFraction })
  return rsu.shares * rsu.price * rsu.vestedFraction
}
