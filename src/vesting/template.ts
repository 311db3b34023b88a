import { Fault } from '#base/fault.ts'
import type { Rational } from '#base/rational.ts'
import { add, compare, ONE, ZERO } from '#base/rational.ts'
import type { Day, DayPolicy, Unit } from './dates.ts'
import { DAY_POLICIES, formatDay } from './dates.ts'
import { fieldsOf, integer, oneOf, part, refuse, share, text } from './fields.ts'
import { ALWAYS, UNDATED } from './item.ts'
import { parseDate } from './runtime.ts'

/** Shares of a cliff are shares of its statement; it counts from the statement's own anchor. */
export type Cliff = { readonly length: number; readonly unit: Unit; readonly share: Rational }

export type Grid = {
  readonly occurrences: number
  readonly period: number
  readonly unit: Unit
  /** null: the grant's policy, or VESTING_START_DAY. */
  readonly policy: DayPolicy | null
  readonly cliff: Cliff | null
}

/** An event counts if it fires on one of these days; both inclusive, ALWAYS and UNDATED where there is no limit. */
export type EventCondition = { readonly id: string; readonly after: Day; readonly before: Day }

/** One link of the chain. Without a grid it is a milestone: one installment, when its event has fired. */
export type Statement = {
  /** Where it stands in the template as given, for messages: `template[0]`. */
  readonly param: string
  readonly order: number
  readonly share: Rational
  readonly grid: Grid | null
  readonly event: EventCondition | null
}

/** Statements in ascending order. */
export type Template = readonly Statement[]

export const MAX_STATEMENTS = 100
export const MAX_OCCURRENCES = 10_000
const MAX_PERIOD = 1_000_000
const MAX_EVENT_ID = 200
const PERIOD_TYPES = ['DAYS', 'MONTHS', 'YEARS'] as const
const ORDER = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }

/**
 * The array of statements of an OCF v2 template, as it comes from JSON. Throws Fault `invalid` with the field as
 * `param`, `over_allocated` when the percentages sum to more than 1, or `empty_window`.
 */
export function parseTemplate(value: unknown, param = 'template'): Template {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_STATEMENTS) {
    return refuse(param, value, `give an array of 1 to ${MAX_STATEMENTS} statements`)
  }
  const items: readonly unknown[] = value
  const statements = items.map((item, index) => parseStatement(item, `${param}[${index}]`))
  const seen = new Map<number, Statement>()
  for (const statement of statements) {
    const first = seen.get(statement.order)
    if (first)
      refuse(`${statement.param}.order`, statement.order, `${first.param} has it already; give each its own`)
    seen.set(statement.order, statement)
  }
  refuseOverAllocation(totalShare(statements), param)
  return statements.toSorted((a, b) => a.order - b.order)
}

export const totalShare = (template: Template): Rational =>
  template.reduce((sum, statement) => add(sum, statement.share), ZERO)

export function refuseOverAllocation(sum: Rational, param: string): void {
  if (compare(sum, ONE) <= 0) return
  throw new Fault(
    'over_allocated',
    `the percentages of ${param} sum to ${sum.n}/${sum.d}, more than the whole grant; lower them to at most 1 in sum`,
    { param },
  )
}

function parseStatement(value: unknown, param: string): Statement {
  const fields = fieldsOf(value, param, ['order', 'percentage', 'schedule', 'event_condition'])
  const order = integer(fields.order, `${param}.order`, ORDER)
  const statementShare = share(fields.percentage, `${param}.percentage`)
  const grid = fields.schedule === undefined ? null : parseGrid(fields.schedule, `${param}.schedule`)
  const event =
    fields.event_condition === undefined
      ? null
      : parseEvent(fields.event_condition, `${param}.event_condition`)
  if (!grid && event === null) refuse(param, value, 'give it a schedule, an event_condition, or both')
  return { param, order, share: statementShare, grid, event }
}

function parseGrid(value: unknown, param: string): Grid {
  const fields = fieldsOf(value, param, [
    'occurrences',
    'period',
    'period_type',
    'vesting_day_of_month',
    'cliff',
  ])
  const occurrences = integer(fields.occurrences, `${param}.occurrences`, { min: 1, max: MAX_OCCURRENCES })
  const span = parseSpan(fields.period, `${param}.period`, fields.period_type, `${param}.period_type`)
  const policy =
    fields.vesting_day_of_month === undefined
      ? null
      : oneOf(fields.vesting_day_of_month, `${param}.vesting_day_of_month`, DAY_POLICIES)
  const cliff = fields.cliff === undefined ? null : parseCliff(fields.cliff, `${param}.cliff`)
  return { occurrences, period: span.length, unit: span.unit, policy, cliff }
}

function parseCliff(value: unknown, param: string): Cliff {
  const fields = fieldsOf(value, param, ['length', 'period_type', 'percentage'])
  const span = parseSpan(fields.length, `${param}.length`, fields.period_type, `${param}.period_type`)
  return { ...span, share: part(fields.percentage, `${param}.percentage`) }
}

/** A calendar year is twelve months, so years need no arithmetic of their own. */
function parseSpan(
  value: unknown,
  param: string,
  type: unknown,
  typeParam: string,
): { readonly length: number; readonly unit: Unit } {
  const length = integer(value, param, { min: 0, max: MAX_PERIOD })
  const unit = oneOf(type, typeParam, PERIOD_TYPES)
  return unit === 'YEARS' ? { length: length * 12, unit: 'MONTHS' } : { length, unit }
}

function parseEvent(value: unknown, param: string): EventCondition {
  const fields = fieldsOf(value, param, ['event_id', 'after', 'before'])
  const id = text(fields.event_id, `${param}.event_id`, MAX_EVENT_ID)
  const after = fields.after === undefined ? ALWAYS : parseDate(fields.after, `${param}.after`)
  const before = fields.before === undefined ? UNDATED : parseDate(fields.before, `${param}.before`)
  if (after <= before) return { id, after, before }
  throw new Fault(
    'empty_window',
    `${param} counts the event from ${formatDay(after)} to ${formatDay(before)}, which is no day at all; ` +
      'let after be at or before the day of before',
    { param },
  )
}
