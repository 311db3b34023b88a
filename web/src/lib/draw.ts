import type { Lot } from './contract.ts'
import { nano } from './money.ts'

/** The order in which lots pay: explicit priority, then soonest expiry, then oldest. */
export function drawOrder(lots: readonly Lot[]): Lot[] {
  return lots.toSorted(
    (a, b) =>
      a.priority - b.priority ||
      expiry(a) - expiry(b) ||
      Date.parse(a.effective_at) - Date.parse(b.effective_at) ||
      (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  )
}

// Two lots without expiry must compare equal; Infinity - Infinity would not.
const expiry = (lot: Lot): number => (lot.expires_at ? Date.parse(lot.expires_at) : Number.MAX_SAFE_INTEGER)

/** Lots that can still pay, or have value on hold: what a person needs to see first. */
export const isOpen = (lot: Lot): boolean => nano(lot.available) > 0n || nano(lot.held) > 0n

/** A scope in plain words; an absent list means anywhere. */
export function scopeWords(scope: Lot['scope']): string {
  const parts = [
    scope.classes && named(scope.classes, 'models'),
    scope.providers && named(scope.providers, ''),
    scope.purposes &&
      named(
        scope.purposes.map((purpose) => purpose.replace('_', ' ')),
        'only',
      ),
  ].filter((part): part is string => part !== undefined)
  return parts.length === 0 ? 'Any model' : parts.join(' · ')
}

const named = (values: readonly string[], noun: string): string =>
  values.length === 0 ? 'nowhere' : `${values.join(', ')}${noun && ` ${noun}`}`
