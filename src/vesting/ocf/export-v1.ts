import { Fault } from '#base/fault.ts'
import { div, mul, ONE, rational, sub, type Rational } from '#base/rational.ts'
import { ALLOCATION_TYPES, type AllocationType } from '../allocate.ts'
import type { DayPolicy } from '../dates.ts'
import { isFields, oneOf } from '../fields.ts'
import { parseTemplate, type Grid, type Statement } from '../template.ts'

/** VESTING_TERMS as OCF 1.2 has them: a graph of conditions. */
export type OcfGraphTerms = {
  readonly id: string
  readonly object_type: 'VESTING_TERMS'
  readonly name: string
  readonly description: string
  readonly allocation_type: AllocationType
  readonly vesting_conditions: readonly unknown[]
}

/**
 * A template of any form as OCF 1.2 would write it; a graph leaves as it came. Throws Fault `not_expressible` where a
 * graph of conditions has no words for it: parallel parts, windows of events, days before the day of the start.
 */
export function exportGraphTerms(terms: {
  readonly id: string
  readonly name: string
  readonly template: unknown
  readonly allocation: string
}): OcfGraphTerms {
  const { id, name, template } = terms
  return {
    id,
    object_type: 'VESTING_TERMS',
    name,
    description: name,
    allocation_type: oneOf(terms.allocation, 'allocation', ALLOCATION_TYPES),
    vesting_conditions: conditionsOf(template),
  }
}

function conditionsOf(template: unknown): readonly unknown[] {
  if (!isFields(template)) return fromStatements(parseTemplate(template))
  if (Array.isArray(template.graph)) return template.graph
  const parts: readonly unknown[] = Array.isArray(template.parts) ? template.parts : []
  const only = parts[0]
  if (parts.length === 1 && isFields(only) && only.share === '1') {
    return fromStatements(parseTemplate(only.statements))
  }
  throw cannot('template.parts', `${parts.length} parallel parts`)
}

/** Conditions in a row: each counted from the last day of the one before. */
type Link = { readonly id: string; readonly share: Rational; readonly trigger: object }

function fromStatements(statements: readonly Statement[]): unknown[] {
  const links: Link[] = []
  for (const [index, statement] of statements.entries()) {
    const of = links.at(-1)?.id ?? START
    links.push(...linksOf(statement, { of, isFirst: index === 0, isOnly: statements.length === 1 }))
  }
  return [
    {
      id: START,
      quantity: '0',
      trigger: { type: 'VESTING_START_DATE' },
      next_condition_ids: idsFrom(links, 0),
    },
    ...links.map(({ id, share, trigger }, index) => ({
      id,
      portion: { numerator: String(share.n), denominator: String(share.d) },
      trigger,
      next_condition_ids: idsFrom(links, index + 1),
    })),
  ]
}

const START = 'vesting-start'
const idsFrom = (links: readonly Link[], index: number): string[] =>
  links.slice(index, index + 1).map(({ id }) => id)

type Place = { readonly of: string; readonly isFirst: boolean; readonly isOnly: boolean }

function linksOf({ param, share, grid, event, order }: Statement, place: Place): Link[] {
  if (event !== null) {
    if (grid || !place.isOnly) throw cannot(`${param}.event_condition`, 'time and events side by side')
    if (Number.isFinite(event.after) || Number.isFinite(event.before)) {
      throw cannot(`${param}.event_condition`, 'a window for its event')
    }
    return [{ id: event.id, share, trigger: { type: 'VESTING_EVENT' } }]
  }
  if (!grid) throw cannot(param, 'neither time nor an event')
  // No month on, the day of the start may lie before the statement: a condition is never met before the one before it.
  if (grid.unit === 'MONTHS' && grid.period === 0 && !place.isFirst)
    throw cannot(`${param}.schedule.period`, 'no months')
  const id = `statement-${order}`
  const { occurrences, cliff } = grid
  const each = (part: Rational, count: number): Rational => div(mul(share, part), rational(BigInt(count)))
  if (!cliff)
    return [{ id, share: each(ONE, occurrences), trigger: after(param, grid, { ...place, occurrences }) }]
  const subsumed = occurrencesUntil(param, grid, place)
  const lump = { id: `${id}-cliff`, share: mul(share, cliff.share) }
  const length = grid.period * subsumed
  const first = { ...lump, trigger: after(param, { ...grid, period: length }, { ...place, occurrences: 1 }) }
  const left = occurrences - subsumed
  if (left === 0) return [first]
  const rest = after(param, grid, { of: lump.id, occurrences: left })
  return [first, { id, share: each(sub(ONE, cliff.share), left), trigger: rest }]
}

/** A cliff on a day of the grid is one of its occurrences; another would need the grid counted from before it. */
function occurrencesUntil(
  param: string,
  { cliff, period, unit, occurrences }: Grid,
  { isFirst }: Place,
): number {
  const at = `${param}.schedule.cliff`
  if (!cliff || cliff.unit !== unit || period === 0 || cliff.length % period !== 0 || cliff.length === 0) {
    throw cannot(at, 'a cliff that is none of its installments')
  }
  if (unit === 'MONTHS' && !isFirst) throw cannot(at, 'a cliff of months after the first statement')
  const subsumed = cliff.length / period
  if (subsumed > occurrences) throw cannot(at, 'a cliff after its last installment')
  return subsumed
}

function after(
  param: string,
  grid: Grid,
  { of, occurrences }: { readonly of: string; readonly occurrences: number },
): object {
  const { unit, period, policy } = grid
  const months =
    unit === 'MONTHS' ? { day_of_month: dayOfMonth(param, policy ?? 'VESTING_START_DAY', period) } : {}
  return {
    type: 'VESTING_SCHEDULE_RELATIVE',
    period: { length: period, type: unit, occurrences, ...months },
    relative_to_condition_id: of,
  }
}

function dayOfMonth(param: string, policy: DayPolicy, period: number): string {
  if (policy === 'VESTING_START_DAY') return 'VESTING_START_DAY_OR_LAST_DAY_OF_MONTH'
  if (policy === 'FIRST_DAY_OF_MONTH' && period > 0) return '01'
  if (policy === 'LAST_DAY_OF_MONTH') return '31_OR_LAST_DAY_OF_MONTH'
  throw cannot(`${param}.schedule.vesting_day_of_month`, policy)
}

const cannot = (param: string, what: string): Fault =>
  new Fault('not_expressible', `${param} has ${what}; the conditions of OCF 1.2 cannot say this`, { param })
