import { Fault } from '#base/fault.ts'
import { invariant, never } from '#base/invariant.ts'
import { div, floor, fromDecimal, mul, rational, type Rational } from '#base/rational.ts'
import type { DateText } from '#base/time.ts'
import type { Reckoning } from './grant.ts'
import type { Terms } from './terms.ts'

/** A base salary of a year, in 1e-9 of its currency, and since when. */
export type SalaryFact = {
  readonly amount: bigint
  readonly currency: string
  readonly effectiveOn: DateText
}

/** Nano-dollars for one billionth of the currency, and where that is from, in words. */
export type RateFact = { readonly rate: Rational; readonly basis: string }

export type FormulaFacts = {
  readonly level: string
  /** On the grant date; null when none is known. */
  readonly salary: SalaryFact | null
  /** Of the salary's currency in dollars on the grant date; null for dollars themselves, or when none is known. */
  readonly rate: RateFact | null
}

/** A quantity as the basis counts it, and how it came about (null: it was simply given). */
export type Reckoned = { readonly quantity: bigint; readonly reckoning: Reckoning | null }

/**
 * How much is granted. A quantity that is said stands instead of the formula's. A share of salary is the whole grant's: with
 * installments each gets an equal part, rounded down. Throws Fault `invalid` that names what is missing.
 */
export function reckon(
  { formula, basis }: Pick<Terms, 'formula' | 'basis'>,
  said: bigint | null,
  facts: FormulaFacts,
): Reckoned {
  if (said !== null) {
    return {
      quantity: said,
      reckoning: formula.kind === 'given' ? null : { kind: 'given', quantity: String(said) },
    }
  }
  switch (formula.kind) {
    case 'given':
      throw new Fault('invalid', 'quantity is missing; this template grants what is said with each grant', {
        param: 'quantity',
      })
    case 'fixed':
      return told(BigInt(formula.quantity), { kind: 'fixed' })
    case 'by_level': {
      const own = Object.hasOwn(formula.levels, facts.level) ? formula.levels[facts.level] : undefined
      const quantity = own ?? formula.otherwise
      if (quantity !== null)
        return told(BigInt(quantity), { kind: 'by_level', level: facts.level, named: own !== undefined })
      const known = Object.keys(formula.levels).join(', ')
      const message = `level is "${facts.level}"; the template grants to ${known} only: say a quantity`
      throw new Fault('invalid', message, { param: 'quantity' })
    }
    case 'salary_share':
      return shareOfSalary(formula.share, basis, facts)
    default:
      return never(formula)
  }
}

const DOLLARS = 'USD'

function shareOfSalary(text: string, basis: Terms['basis'], { salary, rate }: FormulaFacts): Reckoned {
  if (!salary) {
    throw new Fault('invalid', 'salary is not known on the grant date; record it, or say a quantity', {
      param: 'salary',
    })
  }
  if (!rate && salary.currency !== DOLLARS) {
    const message = `salary is in ${salary.currency}, for which the exchange table has no rate on the grant date; add CUR/${salary.currency} in USD`
    throw new Fault('invalid', message, { param: 'salary' })
  }
  const share = fromDecimal(text)
  invariant(share, 'a checked share is a decimal')
  const yearly = mul(mul(rational(salary.amount), rate?.rate ?? rational(1n)), share)
  const parts = basis.kind === 'per_installment' ? BigInt(basis.installments) : 1n
  const quantity = floor(div(yearly, rational(parts)))
  if (quantity <= 0n) {
    throw new Fault('invalid', `salary is ${salary.amount}; its share comes to nothing`, { param: 'salary' })
  }
  return told(quantity, {
    kind: 'salary_share',
    share: text,
    salary: String(salary.amount),
    currency: salary.currency,
    salary_since: salary.effectiveOn,
    rate: rate && {
      n: String(rate.rate.n),
      d: String(rate.rate.d),
      basis: rate.basis,
    },
    parts: String(parts),
  })
}

const told = (quantity: bigint, reckoning: Reckoning): Reckoned => ({
  quantity,
  reckoning: { ...reckoning, quantity: String(quantity) },
})
