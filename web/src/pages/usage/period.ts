import { addDays } from '../../lib/base.ts'
import type { DateText } from '../../lib/base.ts'
import type { UsageBy } from '../../lib/contract.ts'
import { readCallFilter } from '../../lib/links.ts'
import type { CallFilter } from '../../lib/links.ts'
import { dateShort, dateWords } from '../../lib/time.ts'

export const SPANS = ['7', '30', '90', '365'] as const
export type Span = (typeof SPANS)[number]
const USUAL: Span = '30'

export const BY: readonly { readonly by: UsageBy; readonly name: string }[] = [
  { by: 'model', name: 'Model' },
  { by: 'class', name: 'Class' },
  { by: 'key', name: 'Key' },
  { by: 'purpose', name: 'Purpose' },
  { by: 'door', name: 'Door' },
  { by: 'provider', name: 'Provider' },
]

/** What the address asks of the page; everything that the page shows follows from it. */
export type View = {
  readonly from: DateText
  readonly to: DateText
  readonly days: number
  /** The preset that is chosen; null for days of one's own. */
  readonly span: Span | null
  /** One day of the period, looked at by the hour. */
  readonly day: DateText | null
  readonly hour: string | null
  readonly step: 'day' | 'hour'
  readonly by: UsageBy
  readonly filter: CallFilter
}

const DATE = /^\d{4}-\d{2}-\d{2}$/
const HOUR = /^\d{4}-\d{2}-\d{2}T\d{2}$/

export function viewOf(search: Readonly<Record<string, string | undefined>>, today: DateText): View {
  const own = date(search.from) !== null || date(search.to) !== null
  const span = own ? null : (SPANS.find((known) => known === search.days) ?? USUAL)
  const to = date(search.to) ?? today
  const from = date(search.from) ?? addDays(to, 1 - Number(span ?? USUAL))
  const day = date(search.day)
  const hour = search.hour !== undefined && HOUR.test(search.hour) ? search.hour : null
  const by = BY.find((known) => known.by === search.by)?.by ?? 'model'
  const shown = day === null ? { from, to } : { from: day, to: day }
  return {
    ...shown,
    days: daysOf(shown.from, shown.to),
    span,
    day,
    hour: hour !== null && hour.slice(0, 10) >= shown.from && hour.slice(0, 10) <= shown.to ? hour : null,
    step: shown.from === shown.to ? 'hour' : 'day',
    by,
    filter: readCallFilter(search),
  }
}

const date = (text: string | undefined): DateText | null =>
  text !== undefined && DATE.test(text) && !Number.isNaN(Date.parse(text)) ? text : null

const daysOf = (from: DateText, to: DateText): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1

/** "in the last 30 days", "on Nov 20, 2026", "from Nov 1 to Nov 20, 2026". */
export function periodWords(view: View, today: DateText): string {
  if (view.from === view.to) return view.from === today ? 'today' : `on ${dateWords(view.from)}`
  if (view.to === today) return `in the last ${view.days} days`
  return `from ${dateShort(view.from)} to ${dateWords(view.to)}`
}

export const beforeWords = (days: number): string =>
  days === 1 ? 'the day before' : `in the ${days} days before`

/** "14:00–15:00" */
export const hourWords = (at: string): string => {
  const hour = Number(at.slice(11, 13))
  return `${two(hour)}:00–${two((hour + 1) % 24)}:00`
}
const two = (value: number): string => String(value).padStart(2, '0')
