import { normalCdf } from './normal.ts'

/**
 * Value today of the right to get what is worth `gets` for what is worth `gives` (both today's values, both log-normal), when the
 * log of their ratio has the standard deviation `deviation` until then: gets Φ(d1) - gives Φ(d2),
 * d1 = ln(gets/gives)/deviation + deviation/2, d2 = d1 - deviation. Every option in this room is this one with its own two sides.
 */
export function exchangeValue(gets: number, gives: number, deviation: number): number {
  if (gets <= 0) return 0
  if (gives <= 0 || deviation === 0) return Math.max(gets - gives, 0)
  const middle = Math.log(gets / gives) / deviation
  return gets * normalCdf(middle + deviation / 2) - gives * normalCdf(middle - deviation / 2)
}
