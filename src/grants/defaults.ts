import type { Clauses, Leave, LeaveRule, LeaverReason, LeavingRule } from './clauses.ts'

/**
 * What holds where a contract is silent. Leaving follows what most plans do: unvested is lost, but not by death or
 * disability; what has vested can be used for a while, but not after misconduct. Retirement has no majority practice:
 * a contract should say it.
 */
const WINDOW = { kind: 'window', days: 90 } as const
const LONG_WINDOW = { kind: 'window', days: 365 } as const
const LOSES: LeavingRule = { unvested: 'forfeit', vested: WINDOW, held: 'finish' }
const GAINS: LeavingRule = { unvested: 'accelerate', vested: LONG_WINDOW, held: 'finish' }

export const DEFAULT_LEAVING: Readonly<Record<LeaverReason, LeavingRule>> = {
  VOLUNTARY_OTHER: LOSES,
  VOLUNTARY_GOOD_CAUSE: LOSES,
  VOLUNTARY_RETIREMENT: LOSES,
  INVOLUNTARY_OTHER: LOSES,
  INVOLUNTARY_DEATH: GAINS,
  INVOLUNTARY_DISABILITY: GAINS,
  INVOLUNTARY_WITH_CAUSE: { unvested: 'forfeit', vested: { kind: 'expire_now' }, held: 'cancel' },
}

/** Protected and paid leaves pause nothing; an unpaid one does from its 31st day. */
export const DEFAULT_LEAVE: readonly LeaveRule[] = [
  { leave: 'unpaid', policy: 'pause_extend', graceDays: 30 },
  { leave: '*', policy: 'continue', graceDays: 0 },
]

export const DEFAULT_CLAUSES = {
  fold: 'onto_grant_date',
  acceleration: [],
  leave: DEFAULT_LEAVE,
  leaving: DEFAULT_LEAVING,
  exchange: [],
} as const satisfies Clauses

export type RuleSource = 'contract' | 'default'

/** The rule of a grant for one reason, and whether the contract said it. */
export function leavingRule(
  clauses: Pick<Clauses, 'leaving'>,
  reason: LeaverReason,
): { readonly rule: LeavingRule; readonly source: RuleSource } {
  const own = clauses.leaving?.[reason]
  return own ? { rule: own, source: 'contract' } : { rule: DEFAULT_LEAVING[reason], source: 'default' }
}

/** The contract's rule for the kind of leave, then its rule for all, then the same of the defaults. */
export function leaveRule(clauses: Pick<Clauses, 'leave'>, kind: Leave['kind']): LeaveRule {
  const rules = [...(clauses.leave ?? []), ...DEFAULT_LEAVE]
  const own = clauses.leave ?? []
  const found =
    own.find(({ leave }) => leave === kind) ??
    own.find(({ leave }) => leave === '*') ??
    rules.find(({ leave }) => leave === kind) ??
    rules.find(({ leave }) => leave === '*')
  return found ?? { leave: '*', policy: 'continue', graceDays: 0 }
}
