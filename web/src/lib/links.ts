import { isAsset } from './base.ts'
import type { Account, Asset, CallStatus, DateText, EntryKind } from './base.ts'

/** What a call can be told by: the same words narrow usage, calls and entries. */
export type CallFilter = {
  readonly model?: string | undefined
  readonly class?: string | undefined
  readonly key?: string | undefined
  readonly purpose?: string | undefined
  readonly door?: string | undefined
  readonly provider?: string | undefined
  readonly upstream?: string | undefined
  readonly status?: CallStatus | undefined
}

/** UTC days, both included, and one UTC hour as `YYYY-MM-DDTHH`. */
export type TimeFilter = {
  readonly from?: DateText | undefined
  readonly to?: DateText | undefined
  readonly hour?: string | undefined
}

/** Filters of the entries page; they live in the URL and nowhere else. */
export type EntryFilter = CallFilter &
  TimeFilter & {
    readonly account?: Account | undefined
    readonly kind?: EntryKind | undefined
    readonly grant?: string | undefined
    readonly lot?: string | undefined
    readonly call?: string | undefined
    /** Which wallet: dollars when absent. */
    readonly asset?: Asset | undefined
  }

export const CALL_FILTERS = [
  'model',
  'class',
  'key',
  'purpose',
  'door',
  'provider',
  'upstream',
  'status',
] as const
export const FILTERS = [
  'asset',
  'account',
  'kind',
  'grant',
  'lot',
  'call',
  'from',
  'to',
  'hour',
  ...CALL_FILTERS,
] as const

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
export const readFilters = (search: Readonly<Record<string, unknown>>): EntryFilter => {
  const { asset, ...filter } = readSome(search, FILTERS)
  return asset !== undefined && isAsset(asset) ? { ...filter, asset } : filter
}

export const readCallFilter = (search: Readonly<Record<string, unknown>>): CallFilter =>
  readSome(search, CALL_FILTERS)

function readSome(
  search: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, string> {
  const read: Record<string, string> = {}
  for (const name of names) {
    const value = search[name]
    if ((typeof value === 'string' || typeof value === 'number') && String(value).length <= 100)
      read[name] = String(value)
  }
  return read
}

/** Where a page of a person lives: one's own pages at the root, another person's under /people. */
export const personPath = (
  id: string,
  page: '' | 'usage' | 'vesting' | 'worth' | 'jobs' | 'sla' | 'entries' | 'alerts',
): string => (id === 'me' ? `/${page}` : `/people/${id}${page && `/${page}`}`)

/** The same filters as the call that a script would make. */
export const curlOf = (origin: string, path: string): string =>
  `curl -H 'Authorization: Bearer $PERQ_KEY' '${origin}${path}'`
