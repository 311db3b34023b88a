import { keepPreviousData, queryOptions } from '@tanstack/react-query'

import { read, write } from './api.ts'
import type {
  CompareAsk,
  ComparedOffers,
  KeptComparison,
  ReadOffer,
  SavedComparison,
} from './contract/compare.ts'

/** An offer of Perq as one side of a comparison: it travels behind the #, and stays in the browser. */
export { handedSide } from '../../../src/offers/compare/handed.ts'

/**
 * A comparison as an address: `/compare#v1.` and the ask as JSON in base64url. What stands behind the # never leaves the browser.
 */
const MARK = 'v1.'
const MOST = 64 * 1024

export const compareLink = (ask: CompareAsk): string => `/compare#${fragmentOf(ask)}`

export const fragmentOf = (ask: CompareAsk): string =>
  MARK +
  btoa(
    Array.from(new TextEncoder().encode(JSON.stringify(ask)), (byte) => String.fromCharCode(byte)).join(''),
  )
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** Null where there is none, or none that can be read. */
export function askOf(fragment: string): CompareAsk | null {
  const text = fragment.replace(/^#/, '')
  if (!text.startsWith(MARK) || text.length > MOST) return null
  try {
    const raw = atob(text.slice(MARK.length).replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(raw, (char) => char.charCodeAt(0))
    const read: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isAsk(read) ? read : null
  } catch {
    return null
  }
}

/** As much of the shape as the page needs to draw a form; the server judges the rest. */
function isAsk(read: unknown): read is CompareAsk {
  if (typeof read !== 'object' || read === null || !('offers' in read)) return false
  const { offers } = read
  return (
    Array.isArray(offers) &&
    offers.length <= 4 &&
    offers.every((one: unknown) => typeof one === 'object' && one !== null && 'name' in one)
  )
}

const KEPT = 'k.'
/** The token of a comparison that was kept, out of `/compare#k.…`. */
export function keptTokenIn(fragment: string): string | null {
  const text = fragment.replace(/^#/, '')
  return text.startsWith(KEPT) ? text.slice(KEPT.length) : null
}

const API = '/api/v1'

export const compareOffersQuery = (ask: CompareAsk | null) =>
  queryOptions({
    queryKey: ['compare offers', ask],
    queryFn: async () => (await write<ComparedOffers>('POST', `${API}/compare`, ask))!,
    enabled: ask !== null,
    placeholderData: keepPreviousData,
    staleTime: 300_000,
  })

export const readOfferText = async (text: string): Promise<ReadOffer> =>
  (await write<ReadOffer>('POST', `${API}/compare/read`, { text }))!
export const keepComparison = async (ask: CompareAsk): Promise<SavedComparison> =>
  (await write<SavedComparison>('POST', `${API}/comparisons`, ask))!
export const readKept = (token: string): Promise<KeptComparison> =>
  read<KeptComparison>(`${API}/comparisons/${encodeURIComponent(token)}`)
export const forgetComparison = (token: string): Promise<unknown> =>
  write('DELETE', `${API}/comparisons/${encodeURIComponent(token)}`)
