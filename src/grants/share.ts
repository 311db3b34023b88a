import { Fault } from '#base/fault.ts'
import { compare, floor, fromDecimal, mul, ONE, rational, ZERO, type Rational } from '#base/rational.ts'

/** A decimal above 0 and at most 1. Throws Fault `invalid` with the field as `param`. */
export function parseShare(text: string, param: string): Rational {
  const share = fromDecimal(text)
  if (share && compare(share, ZERO) > 0 && compare(share, ONE) <= 0) return share
  throw new Fault('invalid', `${param} is "${text}"; give a decimal above 0 and at most 1, such as "0.5"`, {
    param,
  })
}

/** The floor of share × amount: what is kept never exceeds what was said. */
export const partOf = (amount: bigint, share: Rational): bigint => floor(mul(rational(amount), share))
