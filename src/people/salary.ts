import { Fault } from '#base/fault.ts'
import { isDate, type DateText, type Millis } from '#base/time.ts'

/** A base salary of a year, from a day on until another is told. */
export type Salary = {
  readonly id: string
  readonly person: string
  readonly effectiveOn: DateText
  /** In 1e-9 of the currency, a year. */
  readonly amount: bigint
  /** ISO 4217. */
  readonly currency: string
  readonly recordedAt: Millis
  readonly recordedBy: string | null
}

export type SalaryAsk = Pick<Salary, 'person' | 'effectiveOn' | 'amount' | 'currency'> & {
  readonly id?: string | undefined
  readonly by: string | null
}

const MOST = 2n ** 63n - 1n

/** Throws Fault `invalid` with the field as `param`. */
export function checkSalary(ask: SalaryAsk): SalaryAsk {
  const currency = ask.currency.trim().toUpperCase()
  if (!/^[A-Z]{3}$/.test(currency)) {
    throw invalid('currency', `"${ask.currency.slice(0, 20)}"`, 'give a code of three letters, such as EUR')
  }
  if (!isDate(ask.effectiveOn)) {
    throw invalid('effective_on', `"${ask.effectiveOn.slice(0, 20)}"`, 'give a real date as YYYY-MM-DD')
  }
  if (ask.amount < 0n || ask.amount > MOST) {
    throw invalid('amount', String(ask.amount), `give 0 to ${MOST} billionths of ${currency}`)
  }
  return { ...ask, currency }
}

const invalid = (param: string, value: string, remedy: string): Fault =>
  new Fault('invalid', `${param} is ${value}; ${remedy}`, { param })
