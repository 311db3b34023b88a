import { DENOMINATIONS, type Denomination } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import type { Json } from '#base/json.ts'
import type { Scope } from '#ledger/types.ts'
import type { Clauses, Formula, Unit } from './clauses.ts'
import { checkContract } from './clause-check.ts'
import { checkExpiry, type ExpiryRule } from './expiry.ts'

/** What a quantity counts when a grant is written: the whole grant, or one of so many equal installments. */
export type QuantityBasis =
  | { readonly kind: 'total' }
  | { readonly kind: 'per_installment'; readonly installments: number }

export { DENOMINATIONS, type Denomination }
export { MAX_QUANTITY, totalQuantity } from './quantity.ts'

/** OCF v2 statements in a chain; or parts that vest side by side; or a graph of conditions. The vesting room reads them. */
export type Statements =
  | readonly Json[]
  | { readonly parts: readonly Json[] }
  | { readonly graph: readonly Json[] }

/** The terms of a grant apart from person, quantity and dates. They are copied into each grant. */
export type Terms = {
  readonly denomination: Denomination
  /** Which accelerator, nodes or tokens; empty for dollars and seats. */
  readonly unit: Unit
  readonly statements: Statements
  readonly allocation: string
  readonly basis: QuantityBasis
  /** How much is granted when no quantity is said. */
  readonly formula: Formula
  readonly expiry: ExpiryRule
  /** Where the lots may be spent; an absent list means anywhere. */
  readonly scope: Scope
  /** 0 is drawn first, 50 is usual, at most 100. */
  readonly priority: number
  readonly clauses: Clauses
}

/** What terms say that say nothing of it. */
export const PLAIN: Pick<Terms, 'unit' | 'formula' | 'clauses'> = {
  unit: {},
  formula: { kind: 'given' },
  clauses: {},
}

/** The terms alone of whatever has them. */
export const termsOf = (of: Terms): Terms => ({
  denomination: of.denomination,
  unit: of.unit,
  statements: of.statements,
  allocation: of.allocation,
  basis: of.basis,
  formula: of.formula,
  expiry: of.expiry,
  scope: of.scope,
  priority: of.priority,
  clauses: of.clauses,
})

/** Providers whose seats tell of their use, so that a seat granted for them can be spent. */
const SEAT_PROVIDERS: readonly string[] = ['anthropic']

export const MAX_TRANCHES = 10_000
const MAX_NAME = 200
const MAX_SCOPE_ITEMS = 100
const MAX_SCOPE_TEXT = 100
const PURPOSES: readonly string[] = ['work', 'learning', 'personal', 'open_source']

/** Throws Fault `invalid` with the field as `param`. */
export function checkTerms(terms: Terms): void {
  if (!DENOMINATIONS.includes(terms.denomination)) {
    throw invalid(
      'denomination',
      JSON.stringify(terms.denomination),
      `give one of ${DENOMINATIONS.join(', ')}`,
    )
  }
  const { statements } = terms
  const conditions =
    'parts' in statements ? statements.parts : 'graph' in statements ? statements.graph : statements
  if (conditions.length === 0) throw invalid('statements', 'an empty list', 'give at least one statement')
  if (!Number.isInteger(terms.priority) || terms.priority < 0 || terms.priority > 100) {
    throw invalid('priority', String(terms.priority), 'give an integer from 0 (drawn first) to 100')
  }
  const { basis } = terms
  if (basis.kind === 'per_installment') {
    if (
      !Number.isInteger(basis.installments) ||
      basis.installments < 1 ||
      basis.installments > MAX_TRANCHES
    ) {
      throw invalid(
        'basis.installments',
        String(basis.installments),
        `give an integer from 1 to ${MAX_TRANCHES}`,
      )
    }
  }
  checkExpiry(terms.expiry)
  checkScope(terms.scope)
  checkContract(terms)
  if (terms.denomination === 'seat_month') checkSeatScope(terms.scope)
}

/** A seat is used as a whole: it knows no model classes, and nobody could spend one whose use is never told. */
function checkSeatScope({ classes, providers }: Scope): void {
  if (classes !== undefined)
    throw invalid('scope.classes', `[${classes.join(', ')}]`, 'leave it out: a seat has no model classes')
  if (providers !== undefined && !providers.some((one) => SEAT_PROVIDERS.includes(one)))
    throw invalid(
      'scope.providers',
      `[${providers.join(', ')}]`,
      `name ${SEAT_PROVIDERS.join(' or ')}, or leave it out`,
    )
}

function checkScope(scope: Scope): void {
  for (const [key, list] of Object.entries(scope)) {
    if (key !== 'classes' && key !== 'providers' && key !== 'purposes') {
      const remedy =
        key === 'exchange' ? 'say it in clauses.exchange' : 'a scope has classes, providers and purposes'
      throw invalid(`scope.${key}`, 'unknown', remedy)
    }
    if (list.length > MAX_SCOPE_ITEMS) {
      throw invalid(`scope.${key}`, `${list.length} items`, `give at most ${MAX_SCOPE_ITEMS}`)
    }
    for (const item of list) {
      const known = key !== 'purposes' || PURPOSES.includes(item)
      if (item.length > 0 && item.length <= MAX_SCOPE_TEXT && known) continue
      const remedy =
        key === 'purposes' ? `give some of ${PURPOSES.join(', ')}` : 'give names of 1 to 100 characters'
      throw invalid(`scope.${key}`, JSON.stringify(item.slice(0, MAX_SCOPE_TEXT)), remedy)
    }
  }
}

export function checkName(name: string): string {
  const trimmed = name.trim()
  if (trimmed.length > 0 && trimmed.length <= MAX_NAME) return trimmed
  throw invalid('name', JSON.stringify(trimmed.slice(0, 40)), `give 1 to ${MAX_NAME} characters`)
}

const invalid = (param: string, value: string, remedy: string): Fault =>
  new Fault('invalid', `${param} is ${value}; ${remedy}`, { param })
