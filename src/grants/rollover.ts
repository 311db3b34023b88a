import { invariant } from '#base/invariant.ts'
import { dayOf, startOfDay, type Millis } from '#base/time.ts'
import type { ExpiryRule, Rollover } from './expiry.ts'
import { parseShare, partOf } from './share.ts'

export const rolloverOf = (rule: ExpiryRule): Rollover | null =>
  rule.kind === 'days_after_vest' || rule.kind === 'end_of_month_after_vest' ? (rule.rollover ?? null) : null

export type Rolled = { readonly amount: bigint; readonly expiresAt: Millis }

/**
 * What of a lot goes on at its expiry, and until when; null when nothing does. `left` is available at that moment.
 * A lot that has been carried before does not roll over again, and neither does what a running call gives back after
 * a part of the lot has expired.
 */
export function rollover(
  rule: ExpiryRule,
  lot: {
    readonly left: bigint
    readonly expired: bigint
    readonly expiresAt: Millis
    readonly carried: boolean
  },
): Rolled | null {
  const said = rolloverOf(rule)
  if (!said || lot.carried || lot.expired > 0n) return null
  const part = partOf(lot.left, parseShare(said.share, 'expiry.rollover.share'))
  const cap = said.cap === null ? part : BigInt(said.cap)
  const amount = part < cap ? part : cap
  return amount > 0n ? { amount, expiresAt: monthsAfter(lot.expiresAt, said.months) } : null
}

/** The same day of a later month, or its last day where it has no such day. Expiries are starts of UTC days. */
export function monthsAfter(at: Millis, months: number): Millis {
  const [year, month, day] = dayOf(at).split('-').map(Number)
  invariant(year !== undefined && month !== undefined && day !== undefined, 'a date has three parts')
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate()
  return startOfDay(dayOf(Date.UTC(year, month - 1 + months, Math.min(day, last))))
}
