import type { Json } from '#base/json.ts'
import type { DateText } from '#base/time.ts'
import type { Clauses } from '#grants/clauses.ts'
import type { ExpiryRule } from '#grants/expiry.ts'
import type { Scope } from '#ledger/types.ts'
import { clauseWords, type Section } from './clauses.ts'
import { expiryWords } from './expiry.ts'
import { dated, listed, spoken } from './text.ts'
import { vestingWords } from './vesting.ts'

export type ContractFacts = {
  readonly name: string
  /** The whole quantity as people read it: "$24,000.00", "1,000 H100-SXM GPU-hours (guaranteed)". */
  readonly quantity: string
  /** How the quantity came about, a sentence; null when it was simply given. */
  readonly reckoning: string | null
  readonly startDate: DateText
  readonly grantDate: DateText
  readonly statements: Json
  readonly expiry: ExpiryRule
  readonly scope: Scope
  readonly clauses: Clauses
  /** Says a quantity of the grant's own unit. */
  readonly amount: (quantity: string) => string
}

/** A grant's terms as its person reads them: the page, the document and the command line say the same sentences. */
export function contractWords(facts: ContractFacts): readonly Section[] {
  return [
    { title: 'What is granted', lines: grantedWords(facts) },
    { title: 'When it vests', lines: [...vestingWords(facts.statements), ...foldWords(facts)] },
    { title: 'How long it lasts', lines: [expiryWords(facts.expiry)] },
    { title: 'Where it can be spent', lines: scopeWords(facts.scope, facts.clauses.exchange ?? []) },
    ...clauseWords(facts.clauses, facts.amount),
  ]
}

const grantedWords = ({ quantity, name, reckoning, startDate }: ContractFacts): readonly string[] => [
  `${quantity}, under the name “${name}”.`,
  ...(reckoning === null ? [] : [reckoning]),
  `The schedule starts on ${dated(startDate)}.`,
]

function foldWords({ startDate, grantDate, clauses }: ContractFacts): readonly string[] {
  if (startDate >= grantDate) return []
  return [
    clauses.fold === 'into_next'
      ? `What would have vested before ${dated(grantDate)}, the day of the grant, vests with the first part after it.`
      : `What would have vested before ${dated(grantDate)}, the day of the grant, vests on that day.`,
  ]
}

export function scopeWords(
  { classes, providers, purposes }: Scope,
  exchange: readonly string[],
): readonly string[] {
  const limits = [
    ...(classes === undefined ? [] : [`models of the class ${listed(classes, 'or')}`]),
    ...(providers === undefined ? [] : [`providers ${listed(providers, 'or')}`]),
    ...(purposes === undefined ? [] : [`the purpose ${listed(purposes.map(spoken), 'or')}`]),
  ]
  return [
    limits.length === 0 ? 'Anywhere that Perq meters.' : `Only for ${listed(limits)}.`,
    ...(exchange.length === 0
      ? []
      : [`When it is spent it may be exchanged into ${listed(exchange, 'or')} at the rate of the day.`]),
  ]
}
