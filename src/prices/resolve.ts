import { iso, startOfDay, type Millis } from '#base/time.ts'
import type { Book, BookModel } from './book.ts'
import { NAME_LIMIT, stemsOf } from './names.ts'
import type { ModelClass, Price, Rates, Tier } from './types.ts'

type Provider = Price['provider']

/** What an administrator sets for a model; null ends earlier overrides: the book holds again. */
export type Terms = {
  readonly class: ModelClass
  readonly contextWindow: number | null
  readonly maxOutput: number
  readonly rates: Rates
  readonly tiers: readonly Tier[]
  readonly fees?: NonNullable<Price['fees']>
}

export type Override = {
  readonly version: number
  readonly recordedAt: Millis
  readonly recordedBy: string
  readonly provider: Provider
  readonly model: string
  readonly effectiveFrom: Millis
  readonly reason: string
  readonly terms: Terms | null
}

export type KnownBook = { readonly version: number; readonly recordedAt: Millis; readonly book: Book }

/** Everything recorded about prices, in order of version; recordedAt never falls along it. */
export type Knowledge = { readonly books: readonly KnownBook[]; readonly overrides: readonly Override[] }

/** What was known at an instant: the other axis of the two times. */
export const knownAt = (knowledge: Knowledge, instant: Millis): Knowledge => ({
  books: knowledge.books.filter((known) => known.recordedAt <= instant),
  overrides: knowledge.overrides.filter((override) => override.recordedAt <= instant),
})

export type Resolver = {
  /** The price of a model, by any of its names, that was in force at `at`; null when there is none. */
  resolve(provider: Provider, model: string, at: Millis): Price | null
  /** One price per model that has one at `at`, by provider and model. */
  models(at: Millis, provider?: Provider): Price[]
}

type Step = { readonly from: Millis; readonly price: Price | null }
/** `book` and `overrides` ascending by date; the later recorded last where dates are equal. */
type Entry = {
  readonly provider: Provider
  readonly book: readonly Price[]
  readonly overrides: readonly Step[]
}

/** Snapshot names that were looked up before; cleared when full, so that hostile names cost a lookup and no memory. */
const MEMO_LIMIT = 2_000

/**
 * Answers from one state of knowledge. The latest book holds; an override, from its date until the next override of
 * that model, goes before it.
 */
export function createResolver(knowledge: Knowledge): Resolver {
  const known = knowledge.books.at(-1)
  const entries = new Map<string, Entry>()
  const byName = new Map<string, Entry>()
  const leftOut = new Set(known?.book.leftOut.map((item) => nameKey(item.provider, item.name)))

  for (const model of known?.book.models ?? []) {
    const overrides: Step[] = []
    const entry = { provider: model.provider, book: bookPrices(known!, model), overrides }
    entries.set(nameKey(model.provider, model.model), entry)
    for (const name of model.names) byName.set(nameKey(model.provider, name), entry)
  }

  /** By the names that calls give, as they give them: nearly always it is one of a few. */
  const asked = new Map<string, Entry>()
  const memo = new Map<string, Entry>()
  const find = (provider: Provider, model: string): Entry | null => {
    const before = asked.get(model)
    if (before?.provider === provider) return before
    const found = search(provider, model)
    if (!found) return null
    if (asked.size >= MEMO_LIMIT) asked.clear()
    asked.set(model, found)
    return found
  }
  const search = (provider: Provider, model: string): Entry | null => {
    if (model.length > NAME_LIMIT) return null
    const key = nameKey(provider, model)
    const exact = byName.get(key) ?? memo.get(key)
    if (exact) return exact
    if (leftOut.has(key)) return null
    for (const stem of stemsOf(provider, model.toLowerCase())) {
      const entry = byName.get(nameKey(provider, stem))
      if (!entry) continue
      if (memo.size >= MEMO_LIMIT) memo.clear()
      memo.set(key, entry)
      return entry
    }
    return null
  }

  for (const [key, overrides] of groupOverrides(knowledge.overrides, find)) {
    const first = overrides[0]!
    const entry = find(first.provider, first.model) ?? { provider: first.provider, book: [], overrides: [] }
    const whole = { ...entry, overrides: overrides.map(stepOf).toSorted((a, b) => a.from - b.from) }
    for (const [name, at] of byName) if (at === entry) byName.set(name, whole)
    for (const [name, at] of entries) if (at === entry) entries.set(name, whole)
    if (!byName.has(key)) byName.set(key, whole)
    if (entry.book.length === 0) entries.set(key, whole)
    memo.clear()
    asked.clear()
  }

  return {
    resolve: (provider, model, at) => {
      const entry = find(provider, model)
      return entry && priceAt(entry, at)
    },
    models: (at, provider) =>
      [...entries.values()]
        .filter((entry) => provider === undefined || entry.provider === provider)
        .map((entry) => priceAt(entry, at))
        .filter((price) => price !== null)
        .toSorted((a, b) => order(a.provider, b.provider) || order(a.model, b.model)),
  }
}

function priceAt(entry: Entry, at: Millis): Price | null {
  const { overrides, book } = entry
  for (let last = overrides.length - 1; last >= 0; last -= 1) {
    const { from, price } = overrides[last]!
    if (from > at) continue
    if (price) return price
    break
  }
  for (let last = book.length - 1; last >= 0; last -= 1)
    if (book[last]!.effectiveFrom <= at) return book[last]!
  return null
}

/** By model, in order of version: two names of one model are one model. */
function groupOverrides(
  overrides: readonly Override[],
  find: (provider: Provider, model: string) => Entry | null,
): Map<string, Override[]> {
  const groups = new Map<string, Override[]>()
  for (const override of overrides) {
    const model = find(override.provider, override.model)?.book[0]?.model ?? override.model
    const key = nameKey(override.provider, model)
    groups.set(key, [...(groups.get(key) ?? []), override])
  }
  return groups
}

/** The price that an override is; null when it only ends earlier ones. */
export const overridePrice = (override: Override): Price | null =>
  override.terms && {
    provider: override.provider,
    model: override.model,
    ...override.terms,
    effectiveFrom: override.effectiveFrom,
    version: override.version,
    source: `override recorded ${iso(override.recordedAt)} by ${override.recordedBy}: ${override.reason}`,
  }

const stepOf = (override: Override): Step => ({
  from: override.effectiveFrom,
  price: overridePrice(override),
})

const bookPrices = (known: KnownBook, model: BookModel): Price[] =>
  model.prices.map(({ from, rates, tiers, fees }) => ({
    provider: model.provider,
    model: model.model,
    class: model.class,
    effectiveFrom: from === null ? 0 : startOfDay(from),
    rates,
    tiers,
    ...(fees === undefined ? {} : { fees }),
    contextWindow: model.contextWindow,
    maxOutput: model.maxOutput,
    version: known.version,
    source: `${known.book.source.name} ${known.book.source.version}`,
  }))

const nameKey = (provider: Provider, name: string): string => `${provider}/${name.toLowerCase()}`
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
