import { denominationOf, parseAsset, type Asset, type Denomination } from './asset.ts'
import { invariant } from './invariant.ts'
import { formatUsd, NANO_PER_USD } from './money.ts'
import { fromDecimal, halfEven, mul, rational } from './rational.ts'

/** Smallest units in one of what people count: seconds of an hour, billionths of a dollar or an exaFLOP-day. */
export const PER_UNIT: Readonly<Record<Denomination, bigint>> = {
  usd: NANO_PER_USD,
  seat_month: 1n,
  gpu_hour: 3_600n,
  node_hour: 3_600n,
  exaflop_day: 1_000_000_000n,
  token: 1n,
}

const CLOCK = /^(\d{1,20}):([0-5]\d):([0-5]\d)$/

/**
 * "1,200.5" hours → 4321800n GPU-seconds. Exact: null when it is no decimal, is negative, or is finer than the smallest
 * unit. Hours may also be told as hours, minutes and seconds: "12:30:01".
 */
export function parseQuantity(denomination: Denomination, text: string): bigint | null {
  const plain = (denomination === 'usd' ? text.replace(/^\$/, '') : text).replaceAll(',', '')
  const clock = PER_UNIT[denomination] === 3_600n ? CLOCK.exec(plain) : null
  if (clock) return BigInt(clock[1]!) * 3_600n + BigInt(clock[2]!) * 60n + BigInt(clock[3]!)
  const value = fromDecimal(plain)
  if (!value || value.n < 0n) return null
  const smallest = mul(value, rational(PER_UNIT[denomination]))
  return smallest.d === 1n ? smallest.n : null
}

/**
 * The exact quantity in what people count, as `parseQuantity` reads it: "1200.5", "0.000000001". Hours that no decimal
 * is exact for are told as hours, minutes and seconds.
 */
export function decimalQuantity(denomination: Denomination, quantity: bigint): string {
  invariant(quantity >= 0n, 'a quantity is never negative')
  const unit = PER_UNIT[denomination]
  const [whole, rest] = [quantity / unit, quantity % unit]
  if (rest === 0n) return String(whole)
  const places = 9n
  const scaled = rest * 10n ** places
  if (scaled % unit !== 0n) return clockText(quantity)
  return `${whole}.${String(scaled / unit)
    .padStart(Number(places), '0')
    .replace(/0+$/, '')}`
}

/**
 * As people read it, with its unit: "$14,208.51", "1,200.5 H100-SXM GPU-hours", "3 seat-months". Rounds half to even to
 * hundredths (dollars below a cent and `exact` keep their digits).
 */
export function formatQuantity(asset: Asset, quantity: bigint, style: 'short' | 'exact' = 'short'): string {
  if (asset === 'USD') return formatUsd(quantity, style === 'exact' ? 'exact' : 'cents')
  const [sign, size] = quantity < 0n ? ['-', -quantity] : ['', quantity]
  const number = style === 'exact' ? decimalQuantity(denominationOf(asset), size) : hundredths(asset, size)
  return `${sign}${grouped(number)} ${quantityName(asset, number === '1')}`
}

/** What the asset counts as people say it: "H100-SXM GPU-hours", "nodes of 8 H100-SXM, hours". */
export function quantityName(asset: Asset, one = false): string {
  const parsed = parseAsset(asset)
  invariant(parsed, `${asset} is an asset`)
  const { denomination, unit } = parsed
  const many = one ? '' : 's'
  switch (denomination) {
    case 'usd':
      return `dollar${many}`
    case 'seat_month':
      return `seat-month${many}`
    case 'exaflop_day':
      return `exaFLOP-day${many}`
    case 'token':
      return `token${many} of ${unit.modelClass} models`
    case 'gpu_hour':
      return `${unit.accelerator} GPU-hour${many}, ${unit.tier}`
    case 'node_hour':
      return `node-hour${many} of ${unit.gpusPerNode} ${unit.accelerator}, ${unit.tier}`
  }
}

function hundredths(asset: Asset, quantity: bigint): string {
  const rounded = halfEven(rational(quantity * 100n, PER_UNIT[denominationOf(asset)]))
  // What is not nothing is not told as nothing.
  if (rounded === 0n && quantity > 0n) return decimalQuantity(denominationOf(asset), quantity)
  const fraction = String(rounded % 100n)
    .padStart(2, '0')
    .replace(/0+$/, '')
  return fraction === '' ? String(rounded / 100n) : `${rounded / 100n}.${fraction}`
}

const clockText = (seconds: bigint): string =>
  [seconds / 3_600n, (seconds / 60n) % 60n, seconds % 60n]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')

const grouped = (text: string): string => {
  const [whole = '', rest = ''] = text.split(/(?=[.:])(.*)/s)
  return whole.replaceAll(/\B(?=(\d{3})+$)/g, ',') + rest
}
