import { NANO_PER_USD } from '../../lib/base.ts'
import type { Key, KeyLimit } from '../../lib/contract.ts'
import { nano, usd } from '../../lib/money.ts'

export type Period = KeyLimit['period']

export const PERIODS: readonly { readonly value: Period; readonly text: string; readonly each: string }[] = [
  { value: 'day', text: 'a day', each: 'a day' },
  { value: 'week', text: 'a week', each: 'a week' },
  { value: 'month', text: 'a month', each: 'a month' },
  { value: null, text: 'in all', each: 'in all' },
]

export const eachOf = (period: Period): string => PERIODS.find(({ value }) => value === period)?.each ?? ''

/** "$12.40 of $50.00 a month": what a meter says aloud. */
export const limitWords = ({ used, amount, period }: KeyLimit): string =>
  `${usd(nano(used))} of ${usd(nano(amount))} ${eachOf(period)}`

const DIGITS = 9

/** Dollars as a person types them, exactly, as nano-dollars; null when it is no such amount. */
export function readDollars(text: string): bigint | null {
  const match = /^\$?\s*(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text.trim().replaceAll(',', ''))
  if (!match?.[1]) return null
  return BigInt(match[1]) * NANO_PER_USD + BigInt((match[2] ?? '').padEnd(DIGITS, '0'))
}

/** Dollars as a person would type them. */
export function typedDollars(amount: bigint): string {
  const rest = String(amount % NANO_PER_USD)
    .padStart(DIGITS, '0')
    .replace(/0+$/, '')
  return rest ? `${amount / NANO_PER_USD}.${rest}` : String(amount / NANO_PER_USD)
}

/** How near its limit a key is; colour is never the only sign, the words beside it say the same. */
export function strainOf({ used, amount }: Pick<KeyLimit, 'used' | 'amount'>): 'calm' | 'near' | 'over' {
  const [spent, limit] = [nano(used), nano(amount)]
  if (spent >= limit) return 'over'
  return spent * 10n >= limit * 9n ? 'near' : 'calm'
}

export const isLive = (key: Key, now: number): boolean =>
  key.revoked_at === null && (key.expires_at === null || Date.parse(key.expires_at) > now)
