import { z } from 'zod'
import { isAsset, type Asset } from '#base/asset.ts'
import { invariant } from '#base/invariant.ts'
import { sha256Hex } from '#base/json.ts'
import { amount, askFields } from './ask-json.ts'
import type { OfferContent } from './content.ts'
import { OFFER_BASES } from './offer.ts'

const asset = z.string().transform((text): Asset => {
  invariant(isAsset(text), 'what was sealed names assets')
  return text
})
const rational = z.strictObject({ n: amount, d: amount })
const share = z.strictObject({ share: z.string(), why: z.string() })

const price = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('priced'),
    nanoUsd: rational,
    how: z.string(),
    mark: z
      .strictObject({ hash: z.string(), day: z.string(), source: z.string(), stale: z.boolean() })
      .nullable(),
  }),
  z.strictObject({ kind: z.literal('unpriced'), reason: z.string() }),
])

const planned = {
  n: z.int(),
  name: z.string(),
  asset,
  quantity: amount,
  tranches: z.array(z.strictObject({ date: z.string(), quantity: amount })),
}
const lineYear = z.strictObject({ quantity: amount, cap: amount, expected: amount })
const year = z.strictObject({
  year: z.int(),
  salary: amount,
  bonus: amount,
  signing: amount,
  equity: amount,
  computeCap: amount,
  computeExpected: amount,
  benefits: amount,
  totalCap: amount,
  totalExpected: amount,
})

const worth = z.strictObject({
  day: z.string(),
  basis: z.enum(OFFER_BASES),
  lines: z.array(
    z.strictObject({
      ...planned,
      price,
      delivered: share,
      used: share,
      years: z.array(lineYear),
      total: lineYear,
      beyond: lineYear,
    }),
  ),
  equity: z
    .strictObject({
      each: amount,
      intrinsic: amount.nullable(),
      how: z.string(),
      years: z.array(amount),
      beyond: amount,
    })
    .nullable(),
  years: z.array(year),
  total: year,
})

const content = z.strictObject({
  ...askFields,
  format: z.literal('perq.offer.1'),
  offer: z.string(),
  version: z.int(),
  company: z.string(),
  entityName: z.string(),
  managerName: z.string().nullable(),
  lines: z.array(
    z.strictObject({
      ...planned,
      grant: z.string(),
      template: z.strictObject({ id: z.string(), name: z.string(), version: z.int() }),
      terms: z.json(),
      reckoning: z.record(z.string(), z.json()).nullable(),
    }),
  ),
  worth,
  document: z.strictObject({ text: z.string(), sha256: z.string() }),
})

/** What was sealed, read back: its text is the same again (`sealedContent`). */
export const contentFrom = (text: string): OfferContent => content.parse(JSON.parse(text))

/** As it stands in the database; a text that is not what its hash says is a broken promise. */
export function contentOf(sealed: { readonly content: string; readonly contentHash: string }): OfferContent {
  invariant(sha256Hex(sealed.content) === sealed.contentHash, 'a sealed offer reads as its hash says')
  return contentFrom(sealed.content)
}
