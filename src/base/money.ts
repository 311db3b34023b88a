import { fromDecimal, halfEven, mul, rational } from './rational.ts'

/** Dollars are bigint nano-dollars: 1 USD = 1e9. Token prices are integer pico-dollars per token. */
export const NANO_PER_USD = 1_000_000_000n
export const PICO_PER_NANO = 1_000n

/** Pico-dollars to nano-dollars: the one rounding of a call, half to even. */
export function picoToNano(pico: bigint): bigint {
  const low = pico / PICO_PER_NANO
  const rest = Number(pico % PICO_PER_NANO)
  if (rest < 0) return halfEven({ n: pico, d: PICO_PER_NANO })
  return rest < HALF || (rest === HALF && low % 2n === 0n) ? low : low + 1n
}
const HALF = Number(PICO_PER_NANO) / 2

/** Pico-dollars to nano-dollars, rounded up: for upper bounds, which must not lose anything. */
export const picoToNanoUp = (pico: bigint): bigint => (pico + PICO_PER_NANO - 1n) / PICO_PER_NANO

/** "1234.5" → 1234500000000n nano-dollars; null when it is no decimal or finer than a nano-dollar. */
export function parseUsd(text: string): bigint | null {
  const value = fromDecimal(text.replace(/^\$/, '').replaceAll(',', ''))
  if (!value) return null
  const nano = mul(value, rational(NANO_PER_USD))
  return nano.d === 1n ? nano.n : null
}

/**
 * Nano-dollars as people read them: "$14,208.51"; below a cent "$0.0042" (two significant digits);
 * `exact` keeps every digit that is not zero. Rounds half to even; the exact amount is always one click away.
 */
export function formatUsd(nano: bigint, style: 'cents' | 'exact' = 'cents'): string {
  const sign = nano < 0n ? '-' : ''
  const size = nano < 0n ? -nano : nano
  const digits = style === 'exact' ? 9 : size === 0n || size >= NANO_PER_USD / 100n ? 2 : subCentDigits(size)
  const unit = 10n ** BigInt(9 - digits)
  const rounded = halfEven(rational(size, unit))
  const scale = 10n ** BigInt(digits)
  const whole = String(rounded / scale).replaceAll(/\B(?=(\d{3})+$)/g, ',')
  let fraction = String(rounded % scale).padStart(digits, '0')
  if (style === 'exact') fraction = fraction.replace(/0+$/, '').padEnd(2, '0')
  return `${sign}$${whole}.${fraction}`
}

/** Billionths of any currency, in its code where it is not the dollar: "EUR 14,208.51". */
export function formatMoney(nano: bigint, currency: string, style: 'cents' | 'exact' = 'cents'): string {
  const dollars = formatUsd(nano, style)
  return currency === 'USD' ? dollars : dollars.replace('$', `${currency} `)
}

const subCentDigits = (size: bigint): number => Math.min(9, 9 - String(size).length + 2)
