import type { Account, DateText, EntryKind } from './base.ts'

/** Filters of the entries page; they live in the URL and nowhere else. */
export type EntryFilter = {
  readonly account?: Account | undefined
  readonly kind?: EntryKind | undefined
  readonly grant?: string | undefined
  readonly lot?: string | undefined
  readonly call?: string | undefined
  readonly from?: DateText | undefined
  readonly to?: DateText | undefined
}

export const FILTERS = ['account', 'kind', 'grant', 'lot', 'call', 'from', 'to'] as const

/** The query string of set filters, in one order, so that equal filters make equal addresses. */
export function queryOf(filter: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined && value !== '') query.set(name, String(value))
  }
  const text = query.toString()
  return text && `?${text}`
}

/** Reads filters out of anything that a person may have typed into an address: text only, bounded. */
export function readFilters(search: Readonly<Record<string, unknown>>): EntryFilter {
  const read: Record<string, string> = {}
  for (const name of FILTERS) {
    const value = search[name]
    if ((typeof value === 'string' || typeof value === 'number') && String(value).length <= 100)
      read[name] = String(value)
  }
  return read
}

/** Where a page of a person lives: one's own pages at the root, another person's under /people. */
export const personPath = (id: string, page: '' | 'vesting' | 'entries'): string =>
  id === 'me' ? `/${page}` : `/people/${id}${page && `/${page}`}`

/** The same filters as the call that a script would make. */
export const curlOf = (origin: string, path: string): string =>
  `curl -H 'Authorization: Bearer $PERQ_KEY' '${origin}${path}'`
