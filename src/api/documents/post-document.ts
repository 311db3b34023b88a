import { canonicalJson, sha256Hex } from '#base/json.ts'
import { decimalQuantity } from '#base/quantity.ts'
import { templateDocument } from '#format/write.ts'
import type { PostLineView } from '#reports/offers/posts.ts'

/** The compute of a job for machines: terms in the Open Compute Grant format, and what a grant may come to. */
export function postDocument(of: {
  readonly company: string
  readonly title: string
  readonly lines: readonly PostLineView[]
}): { readonly text: string; readonly sha256: string } {
  const text = canonicalJson({
    format: 'perq.post.1',
    company: of.company,
    title: of.title,
    compute: of.lines.map(({ terms, least, most }) => ({
      // As the template's basis counts it: the whole grant, or one of its equal installments.
      counts: terms.basis.kind === 'total' ? 'grant' : 'installment',
      least: decimalQuantity(terms.denomination, least),
      most: decimalQuantity(terms.denomination, most),
      template: templateDocument(terms),
    })),
  })
  return { text, sha256: sha256Hex(text) }
}
