import type { Offer } from '../../lib/contract.ts'

const WROTE: readonly string[] = ['drafted', 'changed', 'submitted']
const OTHERS = 'Another person of people operations or finance can.'

/** Why the viewer cannot approve, and who can; null: they may, or nothing waits for it. The server decides again. */
export function approvalSays(
  offer: Pick<Offer, 'status' | 'approvals' | 'needed' | 'events'>,
  viewer: { readonly id: string; readonly permissions: readonly string[] },
): string | null {
  if (offer.status !== 'pending') return null
  if (!viewer.permissions.includes('offer:approve'))
    return 'Your role does not approve offers. People operations and finance can.'
  if (offer.approvals.some((one) => one.person_id === viewer.id))
    return 'You have approved it. A second person of people operations or finance has to as well.'
  const wrote = offer.events.some(({ kind, by }) => by === viewer.id && WROTE.includes(kind))
  const decides = offer.approvals.length + 1 >= offer.needed
  return wrote && offer.needed === 2 && decides
    ? `You had a hand in it, so the second approval cannot be yours. ${OTHERS}`
    : null
}
