import { NANO_PER_USD } from '#base/money.ts'
import { Fault } from '#base/fault.ts'
import { halfEven } from '#base/rational.ts'

/** Every bit of a fraction that can matter for the ninth place and its ties. */
const FRACTION_BITS = 106

/**
 * The one way out of this room: dollars as a float to bigint nano-dollars. The float's exact value is rounded to the nearest
 * nano-dollar, ties to even. What is not finite is the Fault `invalid` with `what` as its param, never an amount.
 */
export function nanoOfUsd(usd: number, what: string): bigint {
  if (!Number.isFinite(usd))
    throw new Fault(
      'invalid',
      `${what} comes to ${usd} dollars; its inputs are too large or do not fit together`,
      {
        param: what,
      },
    )
  const whole = Math.trunc(usd)
  const fraction = BigInt(Math.trunc((usd - whole) * 2 ** FRACTION_BITS))
  return (
    BigInt(whole) * NANO_PER_USD + halfEven({ n: fraction * NANO_PER_USD, d: 1n << BigInt(FRACTION_BITS) })
  )
}

/** The one way in: nano-dollars to the nearest float of dollars, within one unit of its last digit. */
export const usdOfNano = (nano: bigint): number =>
  Number(nano / NANO_PER_USD) + Number(nano % NANO_PER_USD) / Number(NANO_PER_USD)
