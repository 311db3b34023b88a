import { Fault } from '#base/fault.ts'
import { type DateText } from '#base/time.ts'
import { totalQuantity, type Denomination, type Terms } from '#grants/terms.ts'
import { timelineFromJson } from '#vesting/life.ts'
import type { Installment } from '#vesting/schedule.ts'

export type Plan = {
  readonly quantity: bigint
  /** What has a day. With events it sums to less than the quantity: the rest waits for them. */
  readonly installments: readonly Installment[]
}

type Planned = Pick<Terms, 'denomination' | 'statements' | 'allocation' | 'basis' | 'clauses'>

/**
 * The tranches that terms give for a quantity (as their basis counts it) and two dates. Pure: a preview and the grant
 * itself come from here. Everything that is granted must have its day, or wait for an event that can still happen, so
 * that what was granted can be spent: terms that leave a part without either are refused.
 */
export function planOf(
  terms: Planned,
  facts: { readonly quantity: bigint; readonly startDate: DateText; readonly grantDate: DateText },
): Plan {
  const quantity = totalQuantity(terms, facts.quantity)
  const { fold, acceleration } = terms.clauses
  const { resolvesTo, vested, upcoming, unresolved } = timelineFromJson(
    {
      template: terms.statements,
      quantity,
      runtime: { startDate: facts.startDate, grantDate: facts.grantDate },
      allocation: terms.allocation,
      clauses: { fold, acceleration },
    },
    facts.grantDate,
  )
  const { installments } = resolvesTo
  // The paths of a graph may differ in what they vest; which one is taken is not known yet.
  if ('graph' in terms.statements) return { quantity, installments }
  const reachable = vested + upcoming + unresolved
  if (reachable === quantity) return { quantity, installments }
  throw new Fault(
    'invalid',
    `of ${quantity} the statements give only ${reachable} a date or an event that can still fire; let the percentages ` +
      'sum to "1"',
    { param: 'statements' },
  )
}

/** A long month and a leap year before it, so that nothing about the day is special. */
const TRIAL_START: DateText = '2024-01-31'
const trial = (denomination: Denomination): bigint => (denomination === 'seat_month' ? 1n : 1_000_000_000n)

/** Refuses terms that could not be granted, before anybody tries. */
export function checkPlannable(terms: Terms): void {
  const facts = { quantity: trial(terms.denomination), startDate: TRIAL_START, grantDate: TRIAL_START }
  const { installments } = planOf(terms, facts)
  if (terms.basis.kind === 'total') return
  const even = installments.every(({ quantity }) => quantity === facts.quantity)
  if (even && installments.length === terms.basis.installments) return
  throw new Fault(
    'invalid',
    `basis.installments is ${terms.basis.installments}, but the statements do not give so many equal installments; ` +
      'give the number of occurrences, or count the quantity as a total',
    { param: 'basis.installments' },
  )
}
