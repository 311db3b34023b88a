import { z } from 'zod'
import type { Denomination } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { canonicalJson } from '#base/json.ts'
import { startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { LeaverReason } from '#grants/clauses.ts'
import type { Terms } from '#grants/terms.ts'
import {
  DOCUMENT_TYPES,
  DOCUMENTS,
  FORMAT,
  type EventDocument,
  type ExchangeDocument,
  type GrantDocument,
  type ItemDocument,
  type TemplateDocument,
} from './documents.ts'
import { assetFrom, smallestUnits, termsFrom } from './terms.ts'
import { pointerTo, problem, problemsOf, refusedAt, type Problem } from './problem.ts'

/**
 * What documents ask for, ready for the commands: smallest units, assets, ids. Ids that a document does not say follow
 * from what it says, so that the same file asks for the same things. `at` is where it stands in the file.
 */
export type Bundle = {
  readonly templates: readonly TemplateAsk[]
  readonly rates: readonly RateAsk[]
  readonly grants: readonly GrantAsk[]
  readonly events: readonly EventAsk[]
}

type Placed = { readonly at: string; readonly id: string }
export type TemplateAsk = Placed & { readonly name: string; readonly terms: Terms }
export type RateAsk = Placed & { readonly effectiveFrom: Millis; readonly source: string } & (
    | { readonly kind: 'rate'; readonly from: string; readonly to: string; readonly rate: string | null }
    | { readonly kind: 'utilisation'; readonly accelerator: string | null; readonly share: string }
  )
export type GrantAsk = Placed & {
  readonly email: string
  readonly name: string | null
  /** By name, one of this bundle or one that stands. */
  readonly template: string
  /** Of this bundle; null when the template stands already. */
  readonly templateId: string | null
  /** As people say it, in the unit of the template. */
  readonly quantity: string | null
  readonly startDate: DateText
  readonly grantDate: DateText | null
}
export type EventAsk = Placed &
  (
    | { readonly kind: 'fired'; readonly grant: string; readonly event: string; readonly on: DateText }
    | {
        readonly kind: 'leave'
        readonly email: string
        readonly leave: string
        readonly from: DateText
        readonly to: DateText | null
      }
    | {
        readonly kind: 'amended'
        readonly grant: string
        readonly on: DateText
        readonly quantity: string | null
        readonly template: string | null
        readonly reason: string
      }
    | { readonly kind: 'left'; readonly email: string; readonly on: DateText; readonly reason: LeaverReason }
  )

export type Read<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }

/** Any document, or a bundle of them: all of it understood, or every problem that was found. */
export function readBundle(value: unknown): Read<Bundle> {
  const items = itemsOf(value)
  if (items.kind === 'problems') return items
  const problems: Problem[] = []
  const documents: { readonly at: string; readonly document: ItemDocument }[] = []
  for (const { at, value: item } of items.value) {
    const read = readItem(item, at)
    if (read.kind === 'problems') problems.push(...read.problems)
    else documents.push({ at, document: read.value })
  }
  const bundle = understand(documents, problems)
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'read', value: bundle }
}

const typed = z.object({
  format: z.literal(FORMAT, `give "${FORMAT}"`),
  type: z.enum(DOCUMENT_TYPES, `give one of ${DOCUMENT_TYPES.join(', ')}`),
})
const shell = DOCUMENTS.bundle.extend({
  documents: z.array(z.unknown(), 'give a list of documents').max(100_000, 'give at most 100000 documents'),
})

function itemsOf(value: unknown): Read<readonly { readonly at: string; readonly value: unknown }[]> {
  const kind = typed.safeParse(value)
  if (!kind.success) return { kind: 'problems', problems: problemsOf(kind.error, value, '') }
  if (kind.data.type !== 'bundle') return { kind: 'read', value: [{ at: '', value }] }
  const whole = shell.safeParse(value)
  if (!whole.success) return { kind: 'problems', problems: problemsOf(whole.error, value, '') }
  const list = whole.data.documents
  return {
    kind: 'read',
    value: list.map((item, index) => ({ at: pointerTo('', ['documents', index]), value: item })),
  }
}

function readItem(value: unknown, at: string): Read<ItemDocument> {
  const kind = typed.safeParse(value)
  if (!kind.success) return { kind: 'problems', problems: problemsOf(kind.error, value, at) }
  const { type } = kind.data
  if (type === 'bundle')
    return { kind: 'problems', problems: [problem(`${at}/type`, type, 'a bundle holds no bundles')] }
  const read = DOCUMENTS[type].safeParse(value)
  if (!read.success) return { kind: 'problems', problems: problemsOf(read.error, value, at) }
  return { kind: 'read', value: read.data }
}

/** What each document means, and whether they fit each other. */
function understand(
  documents: readonly { readonly at: string; readonly document: ItemDocument }[],
  problems: Problem[],
): Bundle {
  const templates: TemplateAsk[] = []
  const rates: RateAsk[] = []
  const grants: GrantAsk[] = []
  const events: EventAsk[] = []
  const attempt = <T>(at: string, work: () => T): T | null => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      problems.push(refusedAt(at, error))
      return null
    }
  }
  for (const { at, document } of documents) {
    if (document.type === 'template') {
      const ask = attempt(`${at}/terms`, () => templateAsk(document, at))
      if (ask) templates.push(ask)
    } else if (document.type === 'exchange_table') {
      const asks = attempt(at, () => rateAsks(document, at))
      if (asks) rates.push(...asks)
    } else if (document.type === 'event') events.push(eventAsk(document, at))
  }
  for (const { at, document } of documents) {
    if (document.type !== 'grant') continue
    const own = document.terms && attempt(`${at}/terms`, () => ownTemplate(document, at))
    if (own) templates.push(own)
    if (document.terms && !own) continue
    const template = own ?? templates.find(({ name }) => name === document.template) ?? null
    const ask = attempt(at, () => grantAsk(document, at, template))
    if (ask) grants.push(ask)
  }
  const named = templates.filter((one) => !isOwn(one))
  problems.push(
    ...twice(named, 'name', ({ name }) => name),
    ...twice(rates, 'id', ({ id }) => id),
    ...twice(grants, 'id', ({ id }) => id),
    ...twice(events, 'id', ({ id }) => id),
  )
  return { templates: distinct(templates), rates, grants, events }
}

const templateAsk = ({ name, terms }: TemplateDocument, at: string): TemplateAsk => {
  const understood = termsFrom(terms)
  return { at, id: templateId(name, understood), name, terms: understood }
}

/** A grant with terms of its own brings the template that it comes from. */
const ownTemplate = ({ name, terms }: GrantDocument, at: string): TemplateAsk => {
  const called = name ?? 'Terms of one grant'
  const understood = termsFrom(terms!)
  return { at: `${at}/terms`, id: templateId(called, understood), name: called, terms: understood }
}

const templateId = (name: string, terms: Terms): string =>
  uuidOf('format.template', name, canonicalJson(terms))

function grantAsk(document: GrantDocument, at: string, template: TemplateAsk | null): GrantAsk {
  const {
    quantity = null,
    start_date: startDate,
    grant_date: grantDate = null,
    person,
    name = null,
  } = document
  const named = template?.name ?? document.template!
  if (quantity !== null && template) smallestUnits(template.terms.denomination, quantity, 'quantity')
  if (quantity === null && template?.terms.formula.kind === 'given') {
    throw new Fault('invalid', 'quantity is missing; give it: the terms leave it to each grant', {
      param: 'quantity',
    })
  }
  const email = person.toLowerCase()
  const id =
    document.id ??
    uuidOf('format.grant', email, named, quantity ?? '', startDate, grantDate ?? '', name ?? '')
  return {
    at,
    id,
    email,
    name,
    template: named,
    templateId: template?.id ?? null,
    quantity,
    startDate,
    grantDate,
  }
}

function rateAsks({ rates = [], utilisations = [] }: ExchangeDocument, at: string): RateAsk[] {
  return [
    ...rates.map((row, index): RateAsk => {
      const { rate, source } = row
      const [from, to] = [tradableFrom(row.from), tradableFrom(row.to)]
      if (from === to) {
        throw new Fault('invalid', `rates.${index}.to is what from is too; name two different things`, {
          param: `rates.${index}.to`,
        })
      }
      const effectiveFrom = instantOf(row.effective_from)
      const id = row.id ?? uuidOf('format.rate', from, to, rate ?? '', String(effectiveFrom), source)
      return { at: `${at}/rates/${index}`, id, kind: 'rate', from, to, rate, effectiveFrom, source }
    }),
    ...utilisations.map((row, index): RateAsk => {
      const { accelerator, share, source } = row
      const effectiveFrom = instantOf(row.effective_from)
      const id =
        row.id ?? uuidOf('format.utilisation', accelerator ?? '', share, String(effectiveFrom), source)
      return {
        at: `${at}/utilisations/${index}`,
        id,
        kind: 'utilisation',
        accelerator,
        share,
        effectiveFrom,
        source,
      }
    }),
  ]
}

type Tradable = NonNullable<ExchangeDocument['rates']>[number]['from']
const tradableFrom = (of: Tradable): string => ('currency' in of ? `CUR/${of.currency}` : assetFrom(of))

const instantOf = (text: string): Millis => (text.length === 10 ? startOfDay(text) : Date.parse(text))

function eventAsk(document: EventDocument, at: string): EventAsk {
  const { $schema: _schema, format: _format, type: _type, id: said, ...facts } = document
  const id = said ?? uuidOf('format.event', canonicalJson(facts))
  switch (facts.kind) {
    case 'fired':
      return { at, id, kind: 'fired', grant: facts.grant, event: facts.event_id, on: facts.on }
    case 'leave':
      return {
        at,
        id,
        kind: 'leave',
        email: facts.person.toLowerCase(),
        leave: facts.leave,
        from: facts.from,
        to: facts.to,
      }
    case 'amended': {
      const { grant, on, quantity = null, template = null, reason } = facts
      return { at, id, kind: 'amended', grant, on, quantity, template, reason }
    }
    case 'left':
      return { at, id, kind: 'left', email: facts.person.toLowerCase(), on: facts.on, reason: facts.reason }
  }
}

/** Whether a template is that of a grant with terms of its own. */
export const isOwn = ({ at }: TemplateAsk): boolean => at.endsWith('/terms')

/** Two documents of one file that are, or claim to be, the same. */
function twice<T extends Placed>(list: readonly T[], field: string, keyOf: (one: T) => string): Problem[] {
  const first = new Map<string, T>()
  return list.flatMap((one) => {
    const key = keyOf(one)
    const before = first.get(key)
    if (before)
      return [
        problem(
          `${one.at}/${field}`,
          key,
          `${before.at || 'another document'} is that already; give one of them another`,
        ),
      ]
    first.set(key, one)
    return []
  })
}

/** Grants that share their terms share the template. */
const distinct = (templates: readonly TemplateAsk[]): TemplateAsk[] => [
  ...new Map(templates.map((one) => [one.id, one])).values(),
]

/** The quantity of a grant in smallest units, once it is known what its template counts. */
export const quantityOf = (text: string, denomination: Denomination): bigint =>
  BigInt(smallestUnits(denomination, text, 'quantity'))
