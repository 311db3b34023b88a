import { queryOptions } from '@tanstack/react-query'

import { read, write } from './api.ts'
import type { CandidateOffer, CandidateQuestion } from './contract.ts'

/** What whoever holds a candidate's link reads and does. */

export const offerLinkPath = (token: string): string => `/api/v1/offer-links/${encodeURIComponent(token)}`
const ANSWERS_MS = 60_000

export const offerLinkQuery = (token: string) =>
  queryOptions({
    queryKey: ['offer-link', token],
    queryFn: ({ signal }) => read<CandidateOffer>(offerLinkPath(token), signal),
    // Answers to questions come while the page is open; what does not work is not asked for again.
    refetchInterval: (query) => (query.state.data?.status === 'open' ? ANSWERS_MS : false),
    retry: false,
  })

const post = async <T>(token: string, what: string, body: unknown): Promise<T> => {
  const answer = await write<T>('POST', `${offerLinkPath(token)}/${what}`, body)
  if (answer === null) throw new Error('The server gave no answer.')
  return answer
}

export const tellOpened = (token: string) => write<null>('POST', `${offerLinkPath(token)}/opened`, {})
export const askAbout = (token: string, text: string) => post<CandidateQuestion>(token, 'questions', { text })
export const acceptOffer = (token: string, typedName: string, contentHash: string) =>
  post<CandidateOffer>(token, 'accept', { typed_name: typedName, content_hash: contentHash })
export const declineOffer = (token: string, reason: string) =>
  post<CandidateOffer>(token, 'decline', reason === '' ? {} : { reason })
export const wayIn = (token: string) => post<{ readonly url: string }>(token, 'sign-in', {})
