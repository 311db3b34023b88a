import type { Day } from './dates.ts'
import type { Item } from './item.ts'
import { ALWAYS, UNDATED } from './item.ts'

/** What would vest before the grant date vests on it (the default), or with the first amount dated by time from then on. */
export const FOLD_POLICIES = ['onto_grant_date', 'into_next'] as const
export type FoldPolicy = (typeof FOLD_POLICIES)[number]

/**
 * Nothing vests before the grant exists: what is dated before `grant` is summed into one amount that vests on it, or on
 * the day of the next amount that time alone dates, and joins what vests there. With none left the sum vests on the
 * grant date after all. An event never moves the sum, because it may fire long after the sum has vested; nor does a
 * pause that loses the next amount. What was lost stays where it was.
 */
export function fold(items: readonly Item[], grant: Day, policy: FoldPolicy): readonly Item[] {
  const isEarly = (item: Item): boolean => item.day < grant && item.lostOn === null && !item.waiting
  const early = items.filter(isEarly)
  if (early.length === 0) return items
  const target =
    policy === 'into_next'
      ? items.find((item) => item.knownFrom === ALWAYS && item.day >= grant)
      : items.find((item) => item.day === grant && isJoined(item))
  const next = target && isJoined(target) ? target : undefined
  const folded = next ? [...early, next] : early
  const sum: Item = {
    ...folded.at(-1)!,
    day: target?.day ?? grant,
    quantity: folded.reduce((total, { quantity }) => total + quantity, 0n),
    firm: folded.every(({ firm }) => firm),
  }
  const rest = items.filter((item) => item !== next && !isEarly(item))
  const place = rest.findIndex((item) => item.day >= sum.day)
  return place === -1 ? [...rest, sum] : [...rest.slice(0, place), sum, ...rest.slice(place)]
}

/** What rests until a day that is not known takes the sum along; what a rest may lose does not. */
const isJoined = (item: Item): boolean => item.lostOn === null && (!item.waiting || item.day === UNDATED)
