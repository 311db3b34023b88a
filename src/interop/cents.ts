import { never } from '#base/invariant.ts'

/** Anthropic's admin API writes dollars as decimal text in cents. A cent is ten million nano-dollars. */
const NANO_PER_CENT = 10_000_000n

/** Every digit: 12.345678901 dollars are "1234.5678901". */
export function cents(nano: bigint): string {
  const sign = nano < 0n ? '-' : ''
  const size = nano < 0n ? -nano : nano
  const fraction = String(size % NANO_PER_CENT)
    .padStart(7, '0')
    .replace(/0+$/, '')
  return `${sign}${size / NANO_PER_CENT}${fraction === '' ? '' : `.${fraction}`}`
}

/** Whole cents. A limit is rounded down: it never promises more than there is. An estimate goes to the nearest, half to even. */
export function wholeCents(nano: bigint, rounding: 'down' | 'half_even'): bigint {
  const low = nano / NANO_PER_CENT
  switch (rounding) {
    case 'down':
      return low
    case 'half_even': {
      const twice = 2n * (nano % NANO_PER_CENT)
      return twice > NANO_PER_CENT || (twice === NANO_PER_CENT && low % 2n === 1n) ? low + 1n : low
    }
    default:
      return never(rounding)
  }
}
