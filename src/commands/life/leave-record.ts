import { z } from 'zod'
import { iso } from '#base/time.ts'
import type { GrantLeaving, Planned } from '#grants/leaving.ts'
import type { EntryKind, Account } from '#ledger/types.ts'
import type { LeavePlan } from './leave-plan.ts'

/** The plan as it is kept with the leaving; `waiting` are lots that running calls hold a part of. */
export const recordOf = (plan: LeavePlan, waiting: readonly string[]): object => ({
  ...planView(plan),
  waiting,
})

const kept = z.object({ waiting: z.array(z.string()) })

export function waitingOf(plan: unknown): readonly string[] {
  const read = kept.safeParse(plan)
  return read.success ? read.data.waiting : []
}

export type EntryView = {
  readonly when: Planned['when']
  readonly kind: EntryKind
  readonly source: Account
  readonly target: Account
  readonly amount: bigint
  readonly grant_id: string | null
  readonly lot_id: string | null
  readonly tranche: number | null
  readonly expires_at: string | null
  readonly purposes: readonly string[] | null
  readonly why: string
}

/** The rows of the ledger that a plan writes, in order. */
export const entriesOf = ({ grant, steps }: GrantLeaving): readonly EntryView[] =>
  steps.flatMap((step) => entriesOfStep(grant, step))

function entriesOfStep(grant: string, step: Planned): EntryView[] {
  const { when, why, quantity: amount } = step
  const row = {
    when,
    amount,
    grant_id: null,
    lot_id: null,
    tranche: null,
    expires_at: null,
    purposes: null,
    why,
  }
  switch (step.kind) {
    case 'vest':
    case 'accelerate':
      return [
        {
          ...row,
          kind: 'vested',
          source: 'unvested',
          target: 'available',
          lot_id: step.lot,
          tranche: step.n,
        },
      ]
    case 'forfeit':
      return [{ ...row, kind: 'forfeit', source: 'unvested', target: 'forfeited', grant_id: grant }]
    case 'expire':
      return [{ ...row, kind: 'expire', source: 'available', target: 'expired', lot_id: step.lot }]
    case 'revoke':
      return [{ ...row, kind: 'revoke', source: 'available', target: 'revoked', lot_id: step.lot }]
    case 'carry':
      return [
        { ...row, kind: 'carry', source: 'available', target: 'carried', lot_id: step.lot },
        {
          ...row,
          kind: 'carry',
          source: 'carried',
          target: 'available',
          lot_id: step.to,
          expires_at: step.expiresAt === null ? null : iso(step.expiresAt),
          purposes: step.scope.purposes ?? null,
        },
      ]
  }
}

/** The plan as the API, the CLI and the record tell it. Amounts are in each grant's smallest unit. */
export const planView = (plan: LeavePlan) => ({
  on: plan.on,
  last_day: plan.lastDay,
  reason: plan.reason,
  held: plan.held,
  access_until: plan.access.until,
  access_purposes: plan.access.purposes,
  grants: plan.grants.map((grant) => ({
    grant_id: grant.grant,
    name: grant.name,
    asset: grant.asset,
    rule: grant.rule,
    rule_source: grant.source,
    entries: entriesOf(grant),
    held: grant.held,
    usable: grant.usable.map(({ lot, quantity, purposes, until }) => ({
      lot_id: lot,
      quantity,
      purposes,
      until,
    })),
    continues: grant.continues.map(({ n, date, quantity }) => ({ n, date, quantity })),
  })),
  withdrawn: plan.withdrawn.map(({ grant, name, status }) => ({ grant_id: grant, name, status })),
  vested_late: plan.late.map(({ grant, name, vested }) => ({ grant_id: grant, name, vested })),
  hash: plan.hash,
})
