import type { Millis } from '../../lib/base.ts'
import type { OfferRow, OfferStatus } from '../../lib/contract.ts'
import { dateWords, daysUntil, inDays } from '../../lib/time.ts'
import { titled } from '../../lib/words.ts'

type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent'

/** How loud a status is: what waits for somebody is told in colour. */
export const STATUS: Readonly<Record<OfferStatus, { readonly name: string; readonly tone: Tone }>> = {
  draft: { name: 'Draft', tone: 'plain' },
  pending: { name: 'Waits for approval', tone: 'warn' },
  approved: { name: 'Approved', tone: 'warn' },
  sent: { name: 'Sent', tone: 'accent' },
  accepted: { name: 'Accepted', tone: 'good' },
  declined: { name: 'Declined', tone: 'bad' },
  expired: { name: 'Expired', tone: 'plain' },
  withdrawn: { name: 'Withdrawn', tone: 'plain' },
}

/** Whether one's words are in what an offer is found by. */
export const meets = (
  { candidate, title, level, family }: Pick<OfferRow, 'candidate' | 'title' | 'level' | 'family'>,
  q: string,
): boolean => {
  const needle = q.trim().toLowerCase()
  return [candidate.name, candidate.email, title, level, family].join(' ').toLowerCase().includes(needle)
}

export type Tab = { readonly value: string; readonly text: string; readonly statuses: readonly OfferStatus[] }
export const TABS: readonly Tab[] = [
  { value: 'draft', text: 'Drafts', statuses: ['draft'] },
  { value: 'pending', text: 'To approve', statuses: ['pending'] },
  { value: 'approved', text: 'To send', statuses: ['approved'] },
  { value: 'sent', text: 'Sent', statuses: ['sent'] },
  { value: 'accepted', text: 'Accepted', statuses: ['accepted'] },
  { value: 'over', text: 'Over', statuses: ['declined', 'expired', 'withdrawn'] },
]

/** An offer that ends within so many days wants a look. */
const SOON_DAYS = 7
const OPEN: readonly OfferStatus[] = ['draft', 'pending', 'approved', 'sent']

type Facts = Pick<OfferRow, 'status' | 'expires_on' | 'viewed_at' | 'open_questions' | 'starts_on'>

/** What somebody should do next, in a few words; null: nothing. */
export function nextAction(offer: Facts, now: Millis): string | null {
  const left = daysUntil(offer.expires_on, now)
  switch (offer.status) {
    case 'draft':
      return left < 0 ? 'Finish it; its last day has passed' : 'Finish and submit'
    case 'pending':
      return 'Approve or send back'
    case 'approved':
      return 'Send it'
    case 'sent':
      if (offer.open_questions > 0)
        return offer.open_questions === 1 ? 'Answer a question' : `Answer ${offer.open_questions} questions`
      return offer.viewed_at === null ? 'Not opened yet' : 'Waits for an answer'
    case 'accepted':
      return daysUntil(offer.starts_on, now) > 0
        ? `Starts ${inDays(daysUntil(offer.starts_on, now))}`
        : 'Has started'
    case 'declined':
    case 'expired':
      return 'Could be revised'
    case 'withdrawn':
      return null
  }
}

/** When it ends, told apart when that is soon. */
export function expiryOf(offer: Facts, now: Millis): { readonly soon: boolean; readonly says: string } {
  const days = daysUntil(offer.expires_on, now)
  const open = OPEN.includes(offer.status)
  if (!open) return { soon: false, says: dateWords(offer.expires_on) }
  return {
    soon: days <= SOON_DAYS,
    says: days <= SOON_DAYS ? (days < 0 ? 'passed' : inDays(days)) : dateWords(offer.expires_on),
  }
}

/** Who has to do what next, in one sentence; of the offers that were read. */
export function offersAnswer(offers: readonly Facts[], now: Millis): string {
  const count = (has: (offer: Facts) => boolean): number => offers.filter(has).length
  const parts = [
    told(
      count(({ status }) => status === 'pending'),
      'waits for approval',
      'wait for approval',
    ),
    told(
      count(({ status }) => status === 'approved'),
      'is to be sent',
      'are to be sent',
    ),
    told(
      count(({ open_questions: open }) => open > 0),
      'has a question open',
      'have questions open',
    ),
    told(
      count((offer) => offer.status === 'sent' && expiryOf(offer, now).soon),
      'expires within a week',
      'expire within a week',
    ),
  ].filter((part) => part !== null)
  const last = parts.pop()
  if (last === undefined) return 'Nothing waits for anybody.'
  return `${parts.length > 0 ? `${parts.join(', ')} and ${last}` : last}.`
}

const told = (n: number, one: string, many: string): string | null =>
  n === 0 ? null : `${n} ${n === 1 ? one : many}`

/** As the address says it; anything else is every status. */
export const tabIn = (text: string | undefined): Tab | null =>
  TABS.find(({ value }) => value === text) ?? null

const EVENT: Readonly<Record<string, string>> = {
  drafted: 'Written',
  changed: 'Changed',
  submitted: 'Submitted',
  rejected: 'Sent back',
  viewed: 'Opened by the candidate',
  asked: 'A question was asked',
  revised: 'Revised: the next version begins',
}
export const eventWords = (kind: string): string => EVENT[kind] ?? titled(kind)
