import type { Asset } from '#base/asset.ts'
import { invariant } from '#base/invariant.ts'
import type { Json } from '#base/json.ts'
import { formatQuantity } from '#base/quantity.ts'
import type { Terms } from '#grants/terms.ts'
import type { OfferLine } from '#offers/content.ts'

/** The terms of a line, as the grants room checked them before they were copied into the content. */
export function termsOf({ terms, n }: OfferLine): Terms {
  invariant(isTerms(terms), `grant ${n} of an offer has the terms of its template`)
  return terms
}

const PARTS: readonly (keyof Terms)[] = ['statements', 'expiry', 'scope', 'clauses', 'unit']
const isTerms = (terms: Json): terms is Json & Terms =>
  typeof terms === 'object' && terms !== null && PARTS.every((part) => part in terms)

/** Says a quantity of a clause, which is text in the smallest unit. */
export const saying =
  (asset: Asset) =>
  (quantity: string): string =>
    /^\d{1,30}$/.test(quantity) ? formatQuantity(asset, BigInt(quantity)) : quantity
