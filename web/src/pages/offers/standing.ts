import type { Offer } from '../../lib/contract.ts'

/** Why the viewer cannot approve, and who can; null: they may, or nothing waits for it. */
export function approvalSays(
  offer: Pick<Offer, 'status' | 'steps' | 'approvals' | 'needed' | 'created_by'>,
  viewer: { readonly id: string; readonly permissions: readonly string[] },
): string | null {
  if (offer.status !== 'pending' || offer.steps.includes('approve')) return null
  if (!viewer.permissions.includes('offer:approve'))
    return 'Your role does not approve offers. People operations and finance can.'
  if (offer.approvals.some((one) => one.person_id === viewer.id))
    return 'You have approved it. A second person of people operations or finance has to as well.'
  if (offer.created_by === viewer.id)
    return offer.needed === 2
      ? 'You wrote it, so the second approval cannot be yours. Another person of people operations or finance can give it.'
      : 'You wrote it. Another person of people operations or finance can approve it.'
  return 'Somebody else of people operations or finance can approve it.'
}
