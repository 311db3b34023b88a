import { queryOptions } from '@tanstack/react-query'

import { read, write } from './api.ts'
import type { Offer, OfferBands, OfferRow, OfferStatistics, Offers, SentOffer } from './contract.ts'
import { queryOf } from './links.ts'

/** Offers on the wire, and where they are read. */

const API = '/api/v1'
const SLOW_MS = 30_000
const PAGES = 25

export const offersPath = (limit: number, cursor?: string): string =>
  `${API}/offers${queryOf({ limit, cursor })}`
/** All offers, page by page, so that what is searched, counted and said is true of all of them; bounded. */
export const offersQuery = queryOptions({
  queryKey: ['offers'],
  queryFn: async ({ signal }) => {
    const offers: OfferRow[] = []
    let cursor: string | undefined
    for (let page = 0; page < PAGES; page++) {
      const answer = await read<Offers>(offersPath(200, cursor), signal)
      offers.push(...answer.offers)
      if (!answer.next) return { offers, complete: true }
      cursor = answer.next
    }
    return { offers, complete: false }
  },
  refetchInterval: SLOW_MS,
})

export const offerPath = (id: string): string => `${API}/offers/${encodeURIComponent(id)}`
export const offerPreviewPath = `${API}/offers/preview`
export const offerQuery = (id: string) =>
  queryOptions({
    queryKey: ['offer', id],
    queryFn: ({ signal }) => read<Offer>(offerPath(id), signal),
    refetchInterval: SLOW_MS,
  })

export type OfferTurn = 'submit' | 'approve' | 'reject' | 'send' | 'link' | 'revoke' | 'withdraw' | 'revise'
/** One step of an offer: it as it then is, and the candidate's link where one was made. */
export async function takeTurn(
  id: string,
  turn: OfferTurn,
  body: Readonly<Record<string, string>> = {},
): Promise<SentOffer> {
  const answer = await write<Offer | SentOffer>('POST', `${offerPath(id)}/${turn}`, body)
  return 'offer' in answer! ? answer : { offer: answer!, url: null }
}
export const answerQuestion = (id: string, text: string) =>
  write<unknown>('POST', `${API}/offer-questions/${encodeURIComponent(id)}/answer`, { text })

export const bandsPath = `${API}/offer-bands`
export const bandsQuery = queryOptions({
  queryKey: ['offer-bands'],
  queryFn: ({ signal }) => read<OfferBands>(bandsPath, signal),
})

export const offerStatisticsPath = `${API}/offer-statistics`
export const offerStatisticsQuery = queryOptions({
  queryKey: ['offer-statistics'],
  queryFn: ({ signal }) => read<OfferStatistics>(offerStatisticsPath, signal),
})
