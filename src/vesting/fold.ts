import type { Day } from './dates.ts'

export type Amount = { readonly day: Day; readonly quantity: bigint }

/**
 * Nothing vests before the grant exists: amounts dated before `grant` are summed onto it, joined with the first amount
 * dated exactly on it. `amounts` are in vesting order; so is the result, and its sum is the same.
 */
export function foldOnto(grant: Day, amounts: readonly Amount[]): readonly Amount[] {
  const kept = amounts.findIndex((amount) => amount.day >= grant)
  const early = kept === -1 ? amounts : amounts.slice(0, kept)
  if (early.length === 0) return amounts
  const sum = early.reduce((total, amount) => total + amount.quantity, 0n)
  const rest = amounts.slice(early.length)
  const onTheDay = rest[0]?.day === grant ? rest.shift() : undefined
  return [{ day: grant, quantity: sum + (onTheDay?.quantity ?? 0n) }, ...rest]
}
