import { decimalQuantity } from '../../lib/base.ts'
import type { OfferBands } from '../../lib/contract.ts'
import { intOf, quantityOf } from '../templates/ask.ts'

/** Bands while they are written: everything as it stands in its field. */

export type BandDraft = {
  readonly level: string
  readonly family: string
  readonly currency: string
  readonly salary: readonly [least: string, most: string]
  readonly compute: readonly [least: string, most: string]
}
export type BudgetDraft = { readonly year: string; readonly compute: string }
export type BandsDraft = {
  readonly bands: readonly BandDraft[]
  readonly budget: readonly BudgetDraft[]
}

export const BAND: BandDraft = {
  level: '',
  family: '',
  currency: 'USD',
  salary: ['', ''],
  compute: ['', ''],
}

const money = (amount: string): string =>
  decimalQuantity('usd', BigInt(amount)).replace(/^\d+/, (whole) => whole.replaceAll(/\B(?=(\d{3})+$)/g, ','))

export const bandsDraft = ({ bands, budget }: OfferBands): BandsDraft => ({
  bands: bands.map(({ level, family, salary, compute }) => ({
    level,
    family,
    currency: salary?.currency ?? 'USD',
    salary: salary ? [money(salary.min), money(salary.max)] : ['', ''],
    compute: compute ? [money(compute.min), money(compute.max)] : ['', ''],
  })),
  budget: budget.map(({ year, compute }) => ({ year: String(year), compute: money(compute) })),
})

const range = ([least, most]: readonly [string, string]): { min: string; max: string } | null =>
  least.trim() === '' && most.trim() === ''
    ? null
    : { min: quantityOf('usd', least), max: quantityOf('usd', most) }

/** In the API's own form; what cannot be read goes as it was typed, and the server names the field. */
export const bandsAsk = ({ bands, budget }: BandsDraft) => ({
  bands: bands.map(({ level, family, currency, salary, compute }) => {
    const pay = range(salary)
    return {
      level: level.trim(),
      family: family.trim(),
      salary: pay && { ...pay, currency: currency.trim().toUpperCase() },
      compute: range(compute),
    }
  }),
  budget: budget.map(({ year, compute }) => ({ year: intOf(year), compute: quantityOf('usd', compute) })),
})
