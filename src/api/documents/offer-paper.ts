import { iso, startOfDay, type Millis } from '#base/time.ts'
import type { OfferContent } from '#offers/content.ts'
import type { OfferAcceptance } from '#offers/offer.ts'
import { letterOf, type Letter } from '#reports/offers/letter.ts'

/** An offer on paper: its letter, the grants as a program reads them, and what the candidate answered. */
export type OfferPaper = {
  readonly letter: Letter
  /** Null when the offer makes no grant. */
  readonly document: { readonly text: string; readonly sha256: string } | null
  /** Who accepted, when, and the hash of what they accepted; null while nobody has. */
  readonly signed: readonly string[] | null
  /** Of the document itself: the day of its figures, so that it is always the same file. */
  readonly at: Millis
}

export const DOCUMENT_NAME = 'compute.json'

export const offerPaper = (content: OfferContent, acceptance: OfferAcceptance | null): OfferPaper => ({
  letter: letterOf(content),
  document: content.lines.length === 0 ? null : content.document,
  signed: acceptance && signedWords(acceptance),
  at: startOfDay(content.worth.day),
})

function signedWords({ typedName, version, acceptedAt, contentHash }: OfferAcceptance): readonly string[] {
  const at = iso(acceptedAt)
  return [
    `${typedName} accepted version ${version} of this offer on ${at.slice(0, 10)} at ${at.slice(11, 19)} UTC.`,
    `SHA-256 of what was accepted: ${contentHash}`,
  ]
}
