import { need } from './check.ts'
import { annuity } from './decay.ts'

/**
 * Tokens that an even budget buys while their price falls at `fall` a year: ∫ B / (p0 e^(-gt)) dt = (B/p0)(e^(gT) - 1)/g.
 * `budget` in dollars a year, `price` in dollars a token today.
 */
export function tokensBought(plan: {
  readonly budget: number
  readonly price: number
  readonly fall: number
  readonly years: number
}): number {
  need('notNegative', { budget: plan.budget, years: plan.years })
  need('positive', { price: plan.price })
  need('finite', { fall: plan.fall })
  return (plan.budget / plan.price) * annuity(-plan.fall, plan.years)
}
