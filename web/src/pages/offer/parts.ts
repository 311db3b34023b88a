import { formatMoney } from '../../lib/base.ts'
import type { CandidateTerms, OfferYear } from '../../lib/contract.ts'
import { nano } from '../../lib/money.ts'

/** The parts of a year's pay in the order in which they are stacked. `cue` is the class that paints one: colour and pattern. */
export type PayPart = {
  readonly id: 'salary' | 'bonus' | 'equity' | 'expected' | 'rest' | 'benefits'
  readonly name: string
  readonly cue: string
  readonly of: (year: OfferYear) => bigint
}

export const PARTS: readonly PayPart[] = [
  { id: 'salary', name: 'Salary', cue: 'pay-salary', of: (year) => nano(year.salary) },
  {
    id: 'bonus',
    name: 'Bonus and signing',
    cue: 'pay-bonus',
    of: (year) => nano(year.bonus) + nano(year.signing),
  },
  { id: 'equity', name: 'Equity', cue: 'pay-equity', of: (year) => nano(year.equity) },
  {
    id: 'expected',
    name: 'Compute, as expected to be used',
    cue: 'pay-compute',
    of: (year) => nano(year.compute_expected),
  },
  {
    id: 'rest',
    name: 'Compute, if all of it is used',
    cue: 'pay-rest',
    of: (year) => nano(year.compute_cap) - nano(year.compute_expected),
  },
  { id: 'benefits', name: 'Seats and allowances', cue: 'pay-benefits', of: (year) => nano(year.benefits) },
]

/** What is nothing in every year is not drawn. */
export const partsIn = ({ worth }: Pick<CandidateTerms, 'worth'>): readonly PayPart[] =>
  PARTS.filter(({ of }) => worth.years.some((year) => of(year) !== 0n))

export const saying =
  ({ currency }: Pick<CandidateTerms, 'currency'>) =>
  (amount: bigint): string =>
    formatMoney(amount, currency)
