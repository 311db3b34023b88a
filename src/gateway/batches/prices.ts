import { invariant } from '#base/invariant.ts'
import type { Price } from '#prices/types.ts'

/** Prices as text that keeps every digit: amounts are marked, because JSON has no whole numbers of their size. */
export const pricesToJson = (prices: readonly Price[]): string =>
  JSON.stringify(prices, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))

/** What `pricesToJson` wrote, as the database gives it back. */
export function pricesFromJson(value: unknown): Price[] {
  const read: unknown = JSON.parse(JSON.stringify(value), (_, each: unknown) =>
    typeof each === 'string' && /^-?\d+n$/.test(each) ? BigInt(each.slice(0, -1)) : each,
  )
  invariant(Array.isArray(read), 'a batch keeps a list of prices')
  return read as Price[]
}
