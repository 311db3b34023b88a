import { isCurrency } from '#base/asset.ts'
import { startOfDay, type DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { reckon, type FormulaFacts, type Reckoned } from '#grants/formula.ts'
import type { Terms } from '#grants/terms.ts'
import type { Person } from '#people/person.ts'
import type { Parts } from './parts.ts'

/** How much a person is granted by these terms on a day, as the terms' basis counts it; looked up only where it is needed. */
export async function quantityFor(
  parts: Parts,
  sql: Sql,
  ask: {
    readonly terms: Pick<Terms, 'formula' | 'basis'>
    readonly said: bigint | null
    readonly person: Person
    readonly on: DateText
  },
): Promise<Reckoned> {
  const facts =
    ask.said === null && ask.terms.formula.kind === 'salary_share'
      ? await salaryFacts(parts, sql, ask)
      : { salary: null, rate: null }
  return reckon(ask.terms, ask.said, { level: ask.person.level, ...facts })
}

async function salaryFacts(
  { people, rates }: Parts,
  sql: Sql,
  { person, on }: { readonly person: Person; readonly on: DateText },
): Promise<Pick<FormulaFacts, 'salary' | 'rate'>> {
  const salary = await people.salaryOn(person.id, on, sql)
  if (salary === null || salary.currency === 'USD') return { salary, rate: null }
  const currency = `CUR/${salary.currency}`
  return {
    salary,
    rate: isCurrency(currency) ? (rates?.rate(currency, 'USD', startOfDay(on)) ?? null) : null,
  }
}
