import { formatQuantity } from '#base/quantity.ts'
import type { Json } from '#base/json.ts'
import { count, dated, percent } from './text.ts'

type Fields = { readonly [key: string]: Json }

/** How a quantity came about, as its person reads it; null when it was simply given. */
export function reckoningWords(reckoning: Fields | null): string | null {
  if (reckoning === null) return null
  switch (text(reckoning['kind'])) {
    case 'given':
      return 'The quantity was agreed for this grant, not taken from the formula of its template.'
    case 'fixed':
      return 'It is what the template grants to everybody.'
    case 'by_level':
      return reckoning['named'] === false
        ? `It is what the template grants to levels that it does not name; the level is ${text(reckoning['level'])}.`
        : `It is what the template grants to the level ${text(reckoning['level'])}.`
    case 'salary_share':
      return salaryWords(reckoning)
    default:
      return null
  }
}

function salaryWords(reckoning: Fields): string {
  const currency = text(reckoning['currency'])
  const salary = formatQuantity('USD', BigInt(text(reckoning['salary'])))
  const said = currency === 'USD' ? salary : `${currency} ${salary.replace('$', '')}`
  const basis = basisOf(reckoning['rate'])
  const exchanged = basis === null ? '' : `, in dollars at the rate of the grant date (${basis})`
  const parts = BigInt(text(reckoning['parts']))
  const apart = parts === 1n ? '' : `, in ${count(parts, 'equal part')}`
  return (
    `It is ${percent(text(reckoning['share']))} of the base salary of ${said} a year that holds since ` +
    `${dated(text(reckoning['salary_since']))}${exchanged}${apart}.`
  )
}

function basisOf(rate: Json | undefined): string | null {
  if (typeof rate !== 'object' || rate === null || !('basis' in rate)) return null
  return typeof rate.basis === 'string' ? rate.basis : null
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : String(value))
