import { Fault } from '#base/fault.ts'

export const OFFER_STATUSES = [
  'draft',
  'pending',
  'approved',
  'sent',
  'accepted',
  'declined',
  'expired',
  'withdrawn',
] as const
export type OfferStatus = (typeof OFFER_STATUSES)[number]

/** The one table of moves. `revise` begins the next version; a link that stands shows nothing until it is sent again. */
const MOVES = {
  submit: { from: ['draft'], to: 'pending' },
  reject: { from: ['pending'], to: 'draft' },
  approve: { from: ['pending'], to: 'approved' },
  send: { from: ['approved'], to: 'sent' },
  accept: { from: ['sent'], to: 'accepted' },
  decline: { from: ['sent'], to: 'declined' },
  expire: { from: ['approved', 'sent'], to: 'expired' },
  withdraw: { from: ['draft', 'pending', 'approved', 'sent'], to: 'withdrawn' },
  revise: { from: ['approved', 'sent', 'declined', 'expired'], to: 'draft' },
} as const satisfies Record<string, { from: readonly OfferStatus[]; to: OfferStatus }>
export type OfferMove = keyof typeof MOVES

/**
 * Where a move leads; null when the offer is there already, so that a repetition changes nothing. Throws Fault `conflict`
 * (`frozen` for a change of what was submitted) with `status` as its param.
 */
export function nextStatus(move: OfferMove, status: OfferStatus): OfferStatus | null {
  const { from, to }: { from: readonly OfferStatus[]; to: OfferStatus } = MOVES[move]
  if (from.includes(status)) return to
  if (status === to) return null
  throw new Fault('conflict', `the offer is ${status}; to ${move} it, it has to be ${from.join(' or ')}`, {
    param: 'status',
  })
}

/** Whether a move leads anywhere from here. */
export const mayMove = (move: OfferMove, status: OfferStatus): boolean => {
  const { from }: { from: readonly OfferStatus[] } = MOVES[move]
  return from.includes(status)
}

/** Only a draft is changed. */
export function checkChangeable(status: OfferStatus): void {
  if (status === 'draft') return
  throw new Fault('frozen', `the offer is ${status}; revise it, which begins the next version`, {
    param: 'status',
  })
}
