import { uuidOf } from '#base/id.ts'
import { canonicalJson, sha256Hex } from '#base/json.ts'
import type { Json } from '#base/json.ts'
import type { OfferAsk } from './offer.ts'
import type { PlannedLine, Worth } from './worth.ts'

/** One grant of an offer as it will be made: the terms are the grants room's, copied whole. */
export type OfferLine = PlannedLine & {
  /** The id that the grant will have. */
  readonly grant: string
  readonly template: { readonly id: string; readonly name: string; readonly version: number }
  readonly terms: Json
  /** How the quantity came about; null: it was given. */
  readonly reckoning: { readonly [key: string]: Json } | null
}

/**
 * What is approved, sent and accepted. Letter, candidate page and API are made from it and from nothing else; a field that
 * is added here makes another `format`.
 */
export type OfferContent = OfferAsk & {
  readonly format: 'perq.offer.1'
  readonly offer: string
  readonly version: number
  readonly company: string
  readonly entityName: string
  readonly managerName: string | null
  readonly lines: readonly OfferLine[]
  readonly worth: Worth
  /** Of the grants as documents of the Open Compute Grant format. */
  readonly document: { readonly text: string; readonly sha256: string }
}

/** Known before it is granted: the documents of an offer name their grants. */
export const grantOf = (offer: string, version: number, line: number): string =>
  uuidOf('offer grant', offer, String(version), String(line))

export const sealedContent = (content: OfferContent): { readonly text: string; readonly hash: string } => {
  const text = canonicalJson(content)
  return { text, hash: sha256Hex(text) }
}
