import type { Denomination } from '../../lib/base.ts'
import { quantityOf } from './ask.ts'
import type { Draft } from './draft.ts'

/** The grant for which a template is tried out. */
export type Sample = {
  readonly start: string
  /** Null: as usual for what is counted. */
  readonly quantity: string | null
  readonly level: string | null
  readonly salary: string
}

const USUAL: Readonly<Record<Denomination, readonly [total: string, each: string]>> = {
  usd: ['24,000', '200'],
  seat_month: ['12', '1'],
  gpu_hour: ['1,000', '50'],
  node_hour: ['100', '10'],
  exaflop_day: ['10', '1'],
  token: ['1,000,000,000', '50,000,000'],
}

export const sampleQuantity = ({ denomination, perInstallment }: Draft, { quantity }: Sample): string =>
  quantity ?? USUAL[denomination][perInstallment ? 1 : 0]

export function sampleAsk(draft: Draft, sample: Sample) {
  const base = { start_date: sample.start }
  switch (draft.formula.kind) {
    case 'given':
      return { ...base, quantity: quantityOf(draft.denomination, sampleQuantity(draft, sample)) }
    case 'fixed':
      return base
    case 'by_level':
      return sample.level === null ? base : { ...base, level: sample.level }
    case 'salary_share':
      return { ...base, salary: quantityOf('usd', sample.salary) }
  }
}
