import type { Agreement } from '../../lib/agreements.ts'
import type { Contract } from '../../lib/grants.ts'

/** Whether this viewer may approve, and if not, why and who else can. The server decides again. */
export type Standing =
  | { readonly kind: 'may'; readonly decides: boolean }
  | { readonly kind: 'may_not'; readonly why: string; readonly who: string }

type Viewer = { readonly id: string; readonly permissions: readonly string[] }

const OTHERS = 'People operations and finance can.'

export function standingOf(
  { person, events }: Pick<Contract, 'person' | 'events'>,
  { approvals, approvals_needed: needed }: Pick<Agreement, 'approvals' | 'approvals_needed'>,
  viewer: Viewer,
): Standing {
  const author = events.find(({ kind }) => kind === 'drafted')?.by ?? null
  if (!viewer.permissions.includes('grant:approve'))
    return { kind: 'may_not', why: 'Your role does not approve grants.', who: OTHERS }
  if (viewer.id === person.id) return { kind: 'may_not', why: 'Nobody approves their own pay.', who: OTHERS }
  if (approvals.some((one) => one.person_id === viewer.id))
    return {
      kind: 'may_not',
      why: 'You have approved it.',
      who: 'A second person of people operations or finance has to as well.',
    }
  const decides = approvals.length + 1 >= needed
  if (needed === 2 && decides && author?.id === viewer.id)
    return {
      kind: 'may_not',
      why: 'You wrote it, so the second approval cannot be yours.',
      who: 'Another person of people operations or finance can give it.',
    }
  return { kind: 'may', decides }
}
