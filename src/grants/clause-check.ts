import { assetOf } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { never } from '#base/invariant.ts'
import type { Clauses, Formula } from './clauses.ts'
import { parseClauses, parseFormula, parseUnit } from './clause-shape.ts'
import { remedyFor } from './quantity.ts'
import type { Terms } from './terms.ts'

/** What of a unit, a formula and clauses fits the rest of the terms. Throws Fault `invalid` with the field as `param`. */
export function checkContract(terms: Terms): void {
  const unit = parseUnit(terms.unit)
  const asset = within('unit', () => assetOf(terms.denomination, unit))
  checkFormula(parseFormula(terms.formula), terms)
  const clauses = parseClauses(terms.clauses)
  checkExchange(clauses, asset, terms)
  const promised = clauses.guarantees?.serviceTier
  if (promised !== undefined && unit.tier !== undefined && promised !== unit.tier) {
    const remedy = `the grant counts hours of the tier ${unit.tier}; say that one, or leave it out`
    throw invalid('clauses.guarantees.serviceTier', JSON.stringify(promised), remedy)
  }
}

function checkExchange({ exchange = [], repricing }: Clauses, asset: string, { denomination }: Terms): void {
  if (exchange.includes(asset)) {
    throw invalid('clauses.exchange', JSON.stringify(asset), 'the grant counts that already; leave it out')
  }
  if (exchange.length > 0 && denomination === 'seat_month') {
    throw invalid('clauses.exchange', JSON.stringify(exchange[0]), 'a seat is used as a seat; leave it out')
  }
  if (repricing && denomination === 'seat_month') {
    throw invalid(
      'clauses.repricing.index',
      JSON.stringify(repricing.index),
      'a seat has no index; leave it out',
    )
  }
}

function checkFormula(formula: Formula, terms: Terms): void {
  const fits = (param: string, quantity: string): void => {
    const remedy = remedyFor(terms, BigInt(quantity))
    if (remedy !== null) throw invalid(param, JSON.stringify(quantity), remedy)
  }
  switch (formula.kind) {
    case 'given':
      return
    case 'fixed':
      return fits('formula.quantity', formula.quantity)
    case 'salary_share':
      if (terms.denomination === 'usd') return
      throw invalid('formula.kind', '"salary_share"', 'a share of salary is granted in dollars (usd) only')
    case 'by_level':
      for (const [level, quantity] of Object.entries(formula.levels))
        fits(`formula.levels.${level}`, quantity)
      if (formula.otherwise !== null) fits('formula.otherwise', formula.otherwise)
      return
    default:
      return never(formula)
  }
}

/** A refusal of an inner field, told with the way to it. */
function within<T>(prefix: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const param = error.param === null ? prefix : `${prefix}.${error.param}`
    throw new Fault(error.code, `${prefix}.${error.message}`, { param })
  }
}

const invalid = (param: string, value: string, remedy: string): Fault =>
  new Fault('invalid', `${param} is ${value}; ${remedy}`, { param })
