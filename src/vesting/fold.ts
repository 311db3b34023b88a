import type { Day } from './dates.ts'
import type { Item } from './item.ts'
import { ALWAYS } from './item.ts'

/** What would vest before the grant date vests on it (the default), or with the first amount dated by time from then on. */
export const FOLD_POLICIES = ['onto_grant_date', 'into_next'] as const
export type FoldPolicy = (typeof FOLD_POLICIES)[number]

/**
 * Nothing vests before the grant exists: what is dated before `grant` is summed into one amount that vests on it, or with
 * the next amount that time alone dates. That one joins the sum; with none left the sum vests on the grant date after
 * all. An event never moves the sum, because it may fire long after the sum has vested. What was lost stays where it was.
 */
export function fold(items: readonly Item[], grant: Day, policy: FoldPolicy): readonly Item[] {
  const isEarly = (item: Item): boolean => item.day < grant && item.lostOn === null && !item.waiting
  const early = items.filter(isEarly)
  if (early.length === 0) return items
  const stands = (item: Item): boolean => item.day >= grant && item.lostOn === null && !item.waiting
  const next = items.find((item) =>
    policy === 'into_next' ? stands(item) && item.knownFrom === ALWAYS : stands(item) && item.day === grant,
  )
  const folded = next ? [...early, next] : early
  const sum: Item = {
    ...folded.at(-1)!,
    day: next?.day ?? grant,
    quantity: folded.reduce((total, { quantity }) => total + quantity, 0n),
    firm: folded.every(({ firm }) => firm),
  }
  const rest = items.filter((item) => item !== next && !isEarly(item))
  const place = rest.findIndex((item) => item.day >= sum.day)
  return place === -1 ? [...rest, sum] : [...rest.slice(0, place), sum, ...rest.slice(place)]
}
