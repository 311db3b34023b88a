import { Fault } from '#base/fault.ts'

/**
 * The way of a grant. Only `active` and `ended` ones stand in the ledger; from `pending` on nothing of it changes until it
 * is sent back, and what was accepted changes only by an amendment.
 */
export const GRANT_STATUSES = [
  'draft',
  'pending',
  'approved',
  'offered',
  'accepted',
  'active',
  'ended',
  'declined',
  'withdrawn',
] as const
export type GrantStatus = (typeof GRANT_STATUSES)[number]

/** What moves a grant on. */
export type Step =
  | 'submit'
  | 'approve'
  | 'reject'
  | 'offer'
  | 'accept'
  | 'decline'
  | 'withdraw'
  | 'activate'
  | 'end'

type Move = { readonly from: readonly GrantStatus[]; readonly to: GrantStatus }

/** The one table of moves. `approve` here is the deciding approval; earlier ones leave the grant pending. */
export const MOVES: Readonly<Record<Step, Move>> = {
  submit: { from: ['draft'], to: 'pending' },
  approve: { from: ['pending'], to: 'approved' },
  reject: { from: ['pending'], to: 'draft' },
  offer: { from: ['approved'], to: 'offered' },
  accept: { from: ['offered'], to: 'accepted' },
  decline: { from: ['offered'], to: 'declined' },
  withdraw: { from: ['draft', 'pending', 'approved', 'offered'], to: 'withdrawn' },
  activate: { from: ['accepted'], to: 'active' },
  end: { from: ['accepted', 'active'], to: 'ended' },
}

/** Which grants the ledger knows. */
export const IN_LEDGER: readonly GrantStatus[] = ['active', 'ended']

/** True when it moves, false when it stands there already (the step is a replay). Throws Fault `conflict` otherwise. */
export function moves(step: Step, status: GrantStatus): boolean {
  const { from, to } = MOVES[step]
  if (status === to) return false
  if (from.includes(status)) return true
  const message = `the grant is ${status}; ${WORDS[step]} only what is ${from.join(' or ')}`
  throw new Fault('conflict', message, { param: 'status' })
}

const WORDS: Readonly<Record<Step, string>> = {
  submit: 'you can submit',
  approve: 'you can approve',
  reject: 'you can send back',
  offer: 'you can offer',
  accept: 'a person can accept',
  decline: 'a person can decline',
  withdraw: 'you can withdraw',
  activate: 'the start makes active',
  end: 'you can end',
}

/** Throws Fault `conflict`, named `frozen`, unless the grant is a draft. */
export function checkChangeable(status: GrantStatus): void {
  if (status === 'draft') return
  const remedy =
    status === 'pending'
      ? 'send it back first'
      : status === 'active' || status === 'accepted'
        ? 'amend it, which makes a new version'
        : 'write a new one'
  throw new Fault('frozen', `the grant is ${status} and cannot be changed; ${remedy}`, { param: 'status' })
}
