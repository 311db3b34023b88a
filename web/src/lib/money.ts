import { NANO_PER_USD, formatQuantity, formatUsd, halfEven, rational } from './base.ts'
import type { Asset } from './base.ts'
import type { Nano } from './contract.ts'

/** The wire's decimal string as a bigint; absent amounts count as nothing. */
export const nano = (amount: Nano | null | undefined): bigint => (amount ? BigInt(amount) : 0n)

export const sum = (amounts: Iterable<bigint>): bigint => {
  let total = 0n
  for (const amount of amounts) total += amount
  return total
}

/** As tables and details read it: "$14,208.51", below a cent "$0.0042". */
export const usd = (amount: bigint): string => formatUsd(amount)

/** Every digit that is not zero. */
export const usdExact = (amount: bigint): string => formatUsd(amount, 'exact')

const LARGE = 100_000n * NANO_PER_USD
const SCALES = [
  { unit: 1_000_000_000n, suffix: 'B' },
  { unit: 1_000_000n, suffix: 'M' },
  { unit: 1_000n, suffix: 'K' },
] as const

/** As headings read it: at most three significant digits, and only when the amount is large ("$142K"). */
export function usdHeading(amount: bigint): string {
  return magnitude(amount) < LARGE ? formatUsd(amount) : usdShort(amount)
}

/** Three significant digits with K, M, B from a thousand dollars on: for axis labels and headings of large amounts. */
export function usdShort(amount: bigint): string {
  const size = magnitude(amount)
  const sign = amount < 0n ? '-' : ''
  for (const [at, { unit, suffix }] of SCALES.entries()) {
    const base = unit * NANO_PER_USD
    if (size < base) continue
    const decimals = size >= 100n * base ? 0 : size >= 10n * base ? 1 : 2
    const scale = 10n ** BigInt(decimals)
    const rounded = halfEven(rational(size * scale, base))
    const larger = SCALES[at - 1]
    if (larger && rounded >= 1_000n * scale) return `${sign}$1${larger.suffix}`
    return `${sign}$${trimmed(rounded, scale, decimals)}${suffix}`
  }
  return formatUsd(amount)
}

const magnitude = (amount: bigint): bigint => (amount < 0n ? -amount : amount)

function trimmed(value: bigint, scale: bigint, decimals: number): string {
  if (decimals === 0) return String(value)
  const fraction = String(value % scale)
    .padStart(decimals, '0')
    .replace(/0+$/, '')
  return fraction ? `${value / scale}.${fraction}` : String(value / scale)
}

/** With its sign always shown: entries move value in or out. */
export const usdSigned = (amount: bigint, style: 'cents' | 'exact' = 'cents'): string =>
  amount < 0n ? `−${formatUsd(-amount, style)}` : `+${formatUsd(amount, style)}`

/** Pico-dollars with every digit: the lines of a call before its one rounding. */
export function picoExact(pico: bigint): string {
  const size = magnitude(pico)
  const fraction = String(size % 1_000_000_000_000n)
    .padStart(12, '0')
    .replace(/0+$/, '')
    .padEnd(2, '0')
  return `${pico < 0n ? '-' : ''}$${size / 1_000_000_000_000n}.${fraction}`
}

/** A token price as the trade quotes it: pico-dollars per token are micro-dollars per million tokens. */
export const perMillion = (ratePico: bigint): string => `${usdExact(ratePico * 1_000n)} / M`

/** "75.1%": a share of a whole, for words; null when there is no whole. One decimal, half to even. */
export function percent(part: bigint, whole: bigint): string | null {
  if (whole === 0n) return null
  const tenths = halfEven(rational(part * 1_000n, whole))
  if (tenths === 0n && part !== 0n) return '<0.1%'
  const size = magnitude(tenths)
  const text = size % 10n === 0n ? String(size / 10n) : `${size / 10n}.${size % 10n}`
  return `${tenths < 0n ? '−' : ''}${text}%`
}

/** A share between 0 and 1 as a number: only for pixel positions. */
export const share = (part: bigint, whole: bigint): number =>
  whole === 0n ? 0 : Number((part * 1_000_000n) / whole) / 1_000_000

/** Months of a seat: "3 seat-months", or "3 months" where the seat is named beside it. */
export function seatMonths(amount: bigint, style: 'full' | 'short' = 'full'): string {
  const unit = style === 'full' ? 'seat-month' : 'month'
  return `${amount} ${unit}${amount === 1n ? '' : 's'}`
}

/** As tables and sentences read it: dollars to the cent, everything else to hundredths with its unit. */
export const amountShort = (amount: bigint, asset: Asset = 'USD'): string => formatQuantity(asset, amount)

/** An entry's amount in the unit of its wallet. */
export const amountWords = (amount: bigint, asset: Asset = 'USD'): string =>
  formatQuantity(asset, amount, 'exact')

/** With its sign always shown. */
export const amountSigned = (amount: bigint, asset: Asset = 'USD'): string =>
  amount < 0n ? `−${amountWords(-amount, asset)}` : `+${amountWords(amount, asset)}`

/** "8.8M": a count of tokens, for words. */
export const tokensShort = (tokens: number): string =>
  tokens.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 1 })

export const count = (value: number): string => value.toLocaleString('en-US')
