import { isCurrency, type Exchangeable } from '#base/asset.ts'
import { decimalQuantity } from '#base/quantity.ts'
import type { Rational } from '#base/rational.ts'
import { DAY, dayOf, iso, type DateText, type Millis } from '#base/time.ts'
import type { Terms } from '#grants/terms.ts'
import { rateText } from '#prices/exchange-ask.ts'
import { decimalText } from '#prices/exchange.ts'
import {
  bundle,
  event,
  exchangeTable,
  FORMAT,
  grant,
  template,
  type EventDocument,
  type ExchangeDocument,
  type GrantDocument,
  type ItemDocument,
  type TemplateDocument,
} from './documents.ts'
import { countsOfAsset, termsTo } from './terms.ts'

/** Documents of what stands. Each goes through its own schema, so that nothing leaves that could not come back. */

export const templateDocument = (of: Terms & { readonly name: string }): TemplateDocument =>
  template.parse({ format: FORMAT, type: 'template', name: of.name, terms: termsTo(of) })

/** A grant with the terms that hold now: complete in itself, whatever became of its template. */
export function grantDocument(
  of: Terms & {
    readonly id: string
    readonly name: string
    readonly quantity: bigint
    readonly startDate: DateText
    readonly grantDate: DateText
  },
  email: string,
): GrantDocument {
  const installments = of.basis.kind === 'per_installment' ? BigInt(of.basis.installments) : 1n
  // A grant that was changed may no longer be so many equal parts; then its quantity counts the whole.
  const isEven = of.quantity % installments === 0n
  const terms: Terms = isEven ? of : { ...of, basis: { kind: 'total' } }
  const quantity = isEven ? of.quantity / installments : of.quantity
  return grant.parse({
    format: FORMAT,
    type: 'grant',
    id: of.id,
    person: email,
    name: of.name,
    terms: termsTo(terms),
    quantity: decimalQuantity(of.denomination, quantity),
    start_date: of.startDate,
    grant_date: of.grantDate,
  })
}

export const firedDocument = (of: {
  readonly grant: string
  readonly event: string
  readonly on: DateText
}): EventDocument =>
  event.parse({
    format: FORMAT,
    type: 'event',
    kind: 'fired',
    grant: of.grant,
    event_id: of.event,
    on: of.on,
  })

export const leaveDocument = (
  of: { readonly id: string; readonly kind: string; readonly from: DateText; readonly to: DateText | null },
  email: string,
): EventDocument =>
  event.parse({
    format: FORMAT,
    type: 'event',
    kind: 'leave',
    id: of.id,
    person: email,
    leave: of.kind,
    from: of.from,
    to: of.to,
  })

type Row = { readonly id: string; readonly effectiveFrom: Millis; readonly source: string } & (
  | {
      readonly kind: 'rate'
      readonly from: Exchangeable
      readonly to: Exchangeable
      readonly rate: Rational | null
    }
  | { readonly kind: 'utilisation'; readonly accelerator: string | null; readonly share: Rational }
)

export function exchangeDocument(rows: readonly Row[]): ExchangeDocument {
  const rates = rows.flatMap((row) => {
    if (row.kind !== 'rate') return []
    const { id, from, to, rate, source } = row
    const said = rate === null ? null : rateText({ from, to, rate })
    return [
      {
        id,
        from: tradable(from),
        to: tradable(to),
        rate: said,
        effective_from: instantText(row.effectiveFrom),
        source,
      },
    ]
  })
  const utilisations = rows.flatMap((row) => {
    if (row.kind !== 'utilisation') return []
    const { id, accelerator, share, source } = row
    return [
      { id, accelerator, share: decimalText(share), effective_from: instantText(row.effectiveFrom), source },
    ]
  })
  return exchangeTable.parse({
    format: FORMAT,
    type: 'exchange_table',
    ...(rates.length === 0 ? {} : { rates }),
    ...(utilisations.length === 0 ? {} : { utilisations }),
  })
}

export const tradable = (asset: Exchangeable): object =>
  isCurrency(asset) ? { currency: asset.slice('CUR/'.length) } : countsOfAsset(asset)

export const instantText = (at: Millis): string => (at % DAY === 0 ? dayOf(at) : iso(at))

export const bundleDocument = (documents: readonly ItemDocument[]): object =>
  bundle.parse({ format: FORMAT, type: 'bundle', documents })
