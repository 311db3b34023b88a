import { need } from './check.ts'
import { annuity } from './decay.ts'

/** The price of an hour, dollars, for who commits to `years`. */
export type TermRate = { readonly years: number; readonly rate: number }

/**
 * The hourly price between the ends of two terms that makes both contracts cost the same today:
 * [R2·A(T2) - R1·A(T1)] / [A(T2) - A(T1)], A(T) = (1 - e^(-rT))/r. It holds the discount for committing, so it is a lower bound
 * of the forward. Dollars; may be 0 or below when the longer term is offered at nearly nothing.
 */
export function termForward(short: TermRate, long: TermRate, interest: number): number {
  need('notNegative', { 'short.years': short.years, 'short.rate': short.rate, 'long.rate': long.rate })
  need('finite', { interest })
  need('positive', { 'long.years - short.years': long.years - short.years })
  const [near, far] = [annuity(interest, short.years), annuity(interest, long.years)]
  return (long.rate * far - short.rate * near) / (far - near)
}
