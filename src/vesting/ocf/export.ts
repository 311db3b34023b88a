import { Fault } from '#base/fault.ts'
import { mul, rational, type Rational } from '#base/rational.ts'
import { isFields } from '../fields.ts'
import { parseTemplate } from '../template.ts'
import { parseGraph } from './checks.ts'
import { vestsNothing, type Condition, type Graph } from './graph.ts'

/** Vesting terms in the shape of OCF 2: statements that chain by their order, always CUMULATIVE_ROUND_DOWN. */
export type OcfTerms = {
  readonly id: string
  readonly object_type: 'VESTING_TERMS'
  readonly statements: readonly OcfStatement[]
}
export type OcfStatement = {
  readonly order: number
  readonly schedule?: unknown
  readonly event_condition?: unknown
  readonly percentage: string
}

/**
 * A template of any form as OCF 2 would write it. Throws Fault `not_expressible` where that has no words for it: other
 * allocation types, parallel parts, windows of events, conditions that part ways.
 */
export function exportVestingTerms(terms: {
  readonly id: string
  /** Statements, `{ parts }` or `{ graph }`, as templates keep them. */
  readonly template: unknown
  readonly allocation: string
}): OcfTerms {
  if (terms.allocation !== 'CUMULATIVE_ROUND_DOWN') {
    throw cannot('allocation', `${terms.allocation}: OCF 2 always rounds the running total down`)
  }
  return { id: terms.id, object_type: 'VESTING_TERMS', statements: statementsOf(terms.template) }
}

function statementsOf(template: unknown): OcfStatement[] {
  if (!isFields(template)) return fromStatements(template)
  if (template.graph !== undefined) return fromGraph(parseGraph(template.graph, 'template.graph'))
  const parts: readonly unknown[] = Array.isArray(template.parts) ? template.parts : []
  const only = parts[0]
  if (parts.length === 1 && isFields(only)) return fromStatements(only.statements)
  throw cannot(
    'template.parts',
    `${parts.length} parallel parts: OCF 2 chains statements; give each part a grant of its own`,
  )
}

function fromStatements(value: unknown): OcfStatement[] {
  parseTemplate(value)
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  const fields = items.filter(isFields).toSorted((a, b) => Number(a.order) - Number(b.order))
  return fields.map(({ schedule, event_condition: event, percentage }, index) => {
    if (isFields(event) && Object.keys(event).some((key) => key !== 'event_id')) {
      throw cannot(
        `template[${index}].event_condition`,
        'a window: an event of OCF 2 counts whenever it fires',
      )
    }
    return {
      order: index + 1,
      ...(schedule === undefined ? {} : { schedule }),
      ...(event === undefined ? {} : { event_condition: event }),
      percentage: String(percentage),
    }
  })
}

/** Only a graph with one way through it is a chain: from the start, each condition counted from the one before. */
function fromGraph(graph: Graph): OcfStatement[] {
  const way = onlyWay(graph)
  const statements: OcfStatement[] = []
  for (const [index, condition] of way.entries()) {
    if (index === 0 && condition.trigger.kind === 'start' && vestsNothing(condition)) continue
    statements.push({
      order: statements.length + 1,
      ...statementOf(condition, way[index - 1] ?? null, index === 1),
    })
  }
  return statements
}

function onlyWay({ conditions, roots }: Graph): Condition[] {
  const way: Condition[] = []
  let ids = roots
  while (ids.length > 0) {
    const condition = conditions.get(ids[0]!)!
    if (ids.length > 1)
      throw cannot(condition.param, `a choice between ${ids.map((id) => `"${id}"`).join(' and ')}`)
    way.push(condition)
    ids = condition.next
  }
  return way
}

function statementOf(
  condition: Condition,
  before: Condition | null,
  isFirst: boolean,
): Omit<OcfStatement, 'order'> {
  const { id, param, trigger, vests } = condition
  if (vests.kind !== 'share') {
    throw cannot(param, vests.kind === 'quantity' ? 'a fixed quantity' : 'a share of what is unvested')
  }
  switch (trigger.kind) {
    case 'start':
      if (before) throw cannot(param, 'a vesting start after other conditions')
      return {
        schedule: { occurrences: 1, period: 0, period_type: 'DAYS' },
        percentage: decimal(vests.share, param),
      }
    case 'on':
      throw cannot(`${param}.trigger`, 'a fixed date')
    case 'event':
      if (condition.next.length > 0 || before?.trigger.kind === 'after') {
        throw cannot(
          `${param}.trigger`,
          'an event that other conditions wait for, or that cuts a schedule short',
        )
      }
      return { event_condition: { event_id: id }, percentage: decimal(vests.share, param) }
    case 'after': {
      if (trigger.of !== before?.id)
        throw cannot(`${param}.trigger`, `time counted from "${trigger.of}", not from the one before`)
      const { length, unit, occurrences, cliff } = trigger
      // No month on, the day of the start may lie before the statement, where a condition waits for its turn.
      if (unit === 'MONTHS' && length === 0 && !isFirst) throw cannot(`${param}.trigger.period`, 'no months')
      const policy = policyOf(condition, trigger.dayOfMonth, length)
      if (cliff > 1 && !isFirst && unit === 'MONTHS')
        throw cannot(`${param}.trigger.period`, 'a cliff of months after the first statement')
      const each = rational(1n, BigInt(occurrences))
      return {
        schedule: {
          occurrences,
          period: length,
          period_type: unit,
          ...(policy === null ? {} : { vesting_day_of_month: policy }),
          ...(cliff === 1
            ? {}
            : {
                cliff: {
                  length: cliff * length,
                  period_type: unit,
                  percentage: decimal(mul(each, rational(BigInt(cliff))), param),
                },
              }),
        },
        percentage: decimal(mul(vests.share, rational(BigInt(occurrences))), param),
      }
    }
  }
}

function policyOf({ param }: Condition, dayOfMonth: number | null, length: number): string | null {
  if (dayOfMonth === null) return null
  const at = `${param}.trigger.period.day_of_month`
  if (length > 0 && dayOfMonth === 1) return 'FIRST_DAY_OF_MONTH'
  if (length > 0 && dayOfMonth === 31) return 'LAST_DAY_OF_MONTH'
  throw cannot(at, `day ${dayOfMonth} of a month: OCF 2 knows the start's day, the first and the last`)
}

const PLACES = 10n

/** Exact or not at all: a share that is cut off would vest less. */
function decimal(share: Rational, param: string): string {
  const scaled = mul(share, rational(10n ** PLACES))
  if (scaled.d !== 1n)
    throw cannot(`${param}.portion`, `${share.n}/${share.d}, which ${PLACES} decimal places cannot hold`)
  const digits = String(scaled.n).padStart(Number(PLACES) + 1, '0')
  const whole = digits.slice(0, -Number(PLACES))
  const fraction = digits.slice(-Number(PLACES)).replace(/0+$/, '')
  return fraction === '' ? whole : `${whole}.${fraction}`
}

const cannot = (param: string, what: string): Fault =>
  new Fault('not_expressible', `${param} has ${what}; an OCF 2 chain of statements cannot say this`, {
    param,
  })
