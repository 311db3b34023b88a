import type { GrantStatus } from '../../lib/grants.ts'

type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent'

/** What a status means for whoever looks, and how loud it is: what waits for somebody is told in colour. */
export const STATUS: Readonly<
  Record<GrantStatus, { readonly name: string; readonly tone: Tone; readonly says: string }>
> = {
  draft: { name: 'Draft', tone: 'plain', says: 'Written, promised to nobody. It can still be changed.' },
  pending: { name: 'Waits for approval', tone: 'warn', says: 'Frozen until it is approved or sent back.' },
  approved: { name: 'Approved', tone: 'warn', says: 'Approved; not offered to its person yet.' },
  offered: { name: 'Offered', tone: 'accent', says: 'Its person can accept or decline it.' },
  accepted: { name: 'Accepted', tone: 'accent', says: 'Accepted; it begins on its start.' },
  active: { name: 'Active', tone: 'good', says: 'It stands in the ledger and vests.' },
  ended: { name: 'Ended', tone: 'plain', says: 'It vests no more.' },
  declined: { name: 'Declined', tone: 'bad', says: 'Its person did not want it.' },
  withdrawn: { name: 'Withdrawn', tone: 'plain', says: 'Taken back before it was accepted.' },
}

/** What waits for somebody, soonest step first. */
export const WAITING: readonly GrantStatus[] = ['pending', 'approved', 'offered']

export type Tab = { readonly value: string; readonly text: string; readonly statuses: readonly GrantStatus[] }
export const TABS: readonly Tab[] = [
  { value: 'waiting', text: 'Waiting', statuses: WAITING },
  { value: 'draft', text: 'Drafts', statuses: ['draft'] },
  { value: 'active', text: 'Active', statuses: ['accepted', 'active'] },
  { value: 'over', text: 'Over', statuses: ['ended', 'declined', 'withdrawn'] },
]

type Counts = Readonly<Partial<Record<GrantStatus, number>>>
export const countOf = (counts: Counts, statuses: readonly GrantStatus[]): number =>
  statuses.reduce((total, status) => total + (counts[status] ?? 0), 0)

/** Who has to do what next, in one sentence. */
export function grantsAnswer(counts: Counts): string {
  const parts = [
    told(counts.pending, 'waits for approval', 'wait for approval'),
    told(counts.approved, 'is approved and to be offered', 'are approved and to be offered'),
    told(counts.offered, 'is with its person', 'are with their people'),
  ].filter((part) => part !== null)
  if (parts.length === 0) return 'Nothing waits for anybody.'
  const last = parts.pop()!
  return `${parts.length > 0 ? `${parts.join(', ')} and ${last}` : last}.`
}

const told = (n: number | undefined, one: string, many: string): string | null =>
  n === undefined || n === 0 ? null : `${n} ${n === 1 ? one : many}`
