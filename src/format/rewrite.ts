import { isExchangeable } from '#base/asset.ts'
import { invariant } from '#base/invariant.ts'
import { isOwn, type Bundle, type EventAsk, type GrantAsk, type RateAsk } from './bundle.ts'
import { event, exchangeTable, FORMAT, grant, type ItemDocument } from './documents.ts'
import { termsTo } from './terms.ts'
import { instantText, templateDocument, tradable } from './write.ts'

/**
 * What a bundle asks for as documents again, in the order in which they stood: what a reader understood, in the shortest
 * form, with every id said.
 */
export function rewrite(bundle: Bundle): ItemDocument[] {
  const documents: { readonly at: string; readonly document: ItemDocument }[] = []
  for (const one of bundle.templates) {
    if (!isOwn(one))
      documents.push({ at: one.at, document: templateDocument({ ...one.terms, name: one.name }) })
  }
  for (const one of bundle.grants) documents.push({ at: one.at, document: grantOf(one, bundle) })
  for (const one of bundle.events) documents.push({ at: one.at, document: eventOf(one) })
  for (const [at, rows] of tablesOf(bundle.rates)) documents.push({ at, document: tableOf(rows) })
  const place = (at: string): number => Number(/\d+$/.exec(at)?.[0] ?? 0)
  return documents.toSorted((a, b) => place(a.at) - place(b.at)).map(({ document }) => document)
}

const head = <T extends string>(type: T) => ({ format: FORMAT, type })
const said = (fields: Readonly<Record<string, string | null>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))

function grantOf(one: GrantAsk, { templates }: Bundle): ItemDocument {
  const own = templates.find((template) => template.id === one.templateId && isOwn(template))
  return grant.parse({
    ...head('grant'),
    id: one.id,
    person: one.email,
    ...said({ name: one.name, quantity: one.quantity, grant_date: one.grantDate }),
    ...(own ? { terms: termsTo(own.terms) } : { template: one.template }),
    start_date: one.startDate,
  })
}

function eventOf({ at: _at, ...one }: EventAsk): ItemDocument {
  const { id, kind } = one
  const common = { ...head('event'), id, kind }
  switch (kind) {
    case 'fired':
      return event.parse({ ...common, grant: one.grant, event_id: one.event, on: one.on })
    case 'leave':
      return event.parse({ ...common, person: one.email, leave: one.leave, from: one.from, to: one.to })
    case 'amended': {
      const { grant: of, on, reason, quantity, template } = one
      return event.parse({ ...common, grant: of, on, reason, ...said({ quantity, template }) })
    }
    case 'left':
      return event.parse({ ...common, person: one.email, on: one.on, reason: one.reason })
  }
}

/** A row stands at `/documents/3/rates/0`: its table is what comes before. */
function tablesOf(rates: readonly RateAsk[]): ReadonlyMap<string, readonly RateAsk[]> {
  const tables = new Map<string, RateAsk[]>()
  for (const one of rates) {
    const at = one.at.replace(/\/(?:rates|utilisations)\/\d+$/, '')
    tables.set(at, [...(tables.get(at) ?? []), one])
  }
  return tables
}

function tableOf(rows: readonly RateAsk[]): ItemDocument {
  const rates: object[] = []
  const utilisations: object[] = []
  for (const row of rows) {
    const common = { id: row.id, effective_from: instantText(row.effectiveFrom), source: row.source }
    if (row.kind === 'utilisation')
      utilisations.push({ ...common, accelerator: row.accelerator, share: row.share })
    else rates.push({ ...common, from: sideOf(row.from), to: sideOf(row.to), rate: row.rate })
  }
  return exchangeTable.parse({
    ...head('exchange_table'),
    ...(rates.length === 0 ? {} : { rates }),
    ...(utilisations.length === 0 ? {} : { utilisations }),
  })
}

function sideOf(asset: string): object {
  invariant(isExchangeable(asset), 'what was read can be exchanged')
  return tradable(asset)
}
