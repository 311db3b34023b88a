import { Fault } from '#base/fault.ts'
import type { Rational } from '#base/rational.ts'
import { compare, div, fromDecimal, ONE, ZERO } from '#base/rational.ts'
import type { Day, Unit } from '../dates.ts'
import { parseDay } from '../dates.ts'
import { fieldsOf, integer, isFields, oneOf, refuse, text, type Fields } from '../fields.ts'

/** What one occurrence of a condition vests. A `remainder` is a share of what is unvested when the condition is met. */
export type Vests =
  | { readonly kind: 'share'; readonly share: Rational }
  | { readonly kind: 'remainder'; readonly share: Rational }
  | { readonly kind: 'quantity'; readonly quantity: bigint }

export type Trigger =
  | { readonly kind: 'start' }
  | { readonly kind: 'on'; readonly day: Day }
  | { readonly kind: 'event' }
  | Recurrence

/** Met every `length` after the last day of the condition `of`, so many times. */
export type Recurrence = {
  readonly kind: 'after'
  readonly of: string
  readonly length: number
  readonly unit: Unit
  readonly occurrences: number
  /** The occurrence on which those before it vest too; 1 is no cliff. */
  readonly cliff: number
  /** null: the day of the vesting start. Months that are shorter give their last day. */
  readonly dayOfMonth: number | null
}

export type Condition = {
  /** Where it stands in what came in, for messages: `vesting_conditions[0]`. */
  readonly param: string
  readonly id: string
  readonly vests: Vests
  readonly trigger: Trigger
  /** The first of them whose trigger is met is next. */
  readonly next: readonly string[]
}

/** OCF v1 vesting conditions, each reachable and none twice. Only one way through is ever taken. */
export type Graph = {
  readonly conditions: ReadonlyMap<string, Condition>
  /** Conditions that follow no other, in the order given. */
  readonly roots: readonly string[]
}

export const MAX_CONDITIONS = 500
const MAX_LINKS = 5_000
const MAX_OCCURRENCES = 10_000
const MAX_ALL_OCCURRENCES = 50_000
const MAX_LENGTH = 1_000_000
const MAX_ID = 200
const TRIGGERS = [
  'VESTING_START_DATE',
  'VESTING_SCHEDULE_ABSOLUTE',
  'VESTING_SCHEDULE_RELATIVE',
  'VESTING_EVENT',
] as const
const START_DAY = 'VESTING_START_DAY_OR_LAST_DAY_OF_MONTH'

/** Reads conditions one by one and looks up what they name; `checks.ts` says whether they make sense together. */
export function parseConditions(value: unknown, param: string): Graph {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_CONDITIONS) {
    return refuse(param, value, `give an array of 1 to ${MAX_CONDITIONS} vesting conditions`)
  }
  const items: readonly unknown[] = value
  const conditions = new Map<string, Condition>()
  for (const [index, item] of items.entries()) {
    const condition = parseCondition(item, `${param}[${index}]`)
    const first = conditions.get(condition.id)
    if (first)
      refuse(`${condition.param}.id`, condition.id, `${first.param} has it already; give each its own`)
    conditions.set(condition.id, condition)
  }
  checkSize(conditions, param)
  for (const condition of conditions.values()) checkNames(condition, conditions)
  const followers = new Set([...conditions.values()].flatMap(({ next }) => next))
  return { conditions, roots: [...conditions.keys()].filter((id) => !followers.has(id)) }
}

function parseCondition(value: unknown, param: string): Condition {
  const fields = fieldsOf(value, param, [
    'id',
    'description',
    'portion',
    'quantity',
    'trigger',
    'next_condition_ids',
  ])
  return {
    param,
    id: text(fields.id, `${param}.id`, MAX_ID),
    vests: parseVests(fields, param),
    trigger: parseTrigger(fields.trigger, `${param}.trigger`),
    next: parseNext(fields.next_condition_ids, `${param}.next_condition_ids`),
  }
}

function parseVests(fields: Fields, param: string): Vests {
  if ((fields.portion === undefined) === (fields.quantity === undefined)) {
    return refuse(param, fields, 'give it either a portion or a quantity')
  }
  if (fields.quantity !== undefined)
    return { kind: 'quantity', quantity: whole(fields.quantity, `${param}.quantity`) }
  const portion = fieldsOf(fields.portion, `${param}.portion`, ['numerator', 'denominator', 'remainder'])
  const numerator = numeric(portion.numerator, `${param}.portion.numerator`)
  const denominator = numeric(portion.denominator, `${param}.portion.denominator`)
  if (denominator.n === 0n) refuse(`${param}.portion.denominator`, portion.denominator, 'give more than 0')
  const share = div(numerator, denominator)
  if (compare(share, ONE) > 0) {
    refuse(`${param}.portion.numerator`, portion.numerator, 'give at most the denominator: the whole grant')
  }
  const { remainder = false } = portion
  if (typeof remainder !== 'boolean') refuse(`${param}.portion.remainder`, remainder, 'give true or false')
  return { kind: remainder ? 'remainder' : 'share', share }
}

/** OCF writes numbers as decimal text of at most ten places, with a sign if it likes. */
function numeric(value: unknown, param: string): Rational {
  const known = typeof value === 'string' && /^\+?\d{1,30}(\.\d{1,10})?$/.test(value)
  const exact = known ? fromDecimal(value.replace('+', '')) : null
  return exact ?? refuse(param, value, 'give a decimal text of 0 or more with up to 10 places, such as "12"')
}

function whole(value: unknown, param: string): bigint {
  const exact = numeric(value, param)
  if (exact.d !== 1n) refuse(param, value, 'give a whole number of the smallest unit')
  return exact.n
}

function parseTrigger(value: unknown, param: string): Trigger {
  if (!isFields(value)) return refuse(param, value, `give an object with a type: ${TRIGGERS.join(', ')}`)
  const type = oneOf(value.type, `${param}.type`, TRIGGERS)
  switch (type) {
    case 'VESTING_START_DATE':
      fieldsOf(value, param, ['type'])
      return { kind: 'start' }
    case 'VESTING_EVENT':
      fieldsOf(value, param, ['type'])
      return { kind: 'event' }
    case 'VESTING_SCHEDULE_ABSOLUTE': {
      const { date } = fieldsOf(value, param, ['type', 'date'])
      const day = typeof date === 'string' ? parseDay(date) : null
      if (day === null) return refuse(`${param}.date`, date, 'give a real calendar date as YYYY-MM-DD')
      return { kind: 'on', day }
    }
    case 'VESTING_SCHEDULE_RELATIVE': {
      const fields = fieldsOf(value, param, ['type', 'period', 'relative_to_condition_id'])
      const of = text(fields.relative_to_condition_id, `${param}.relative_to_condition_id`, MAX_ID)
      return { kind: 'after', of, ...parsePeriod(fields.period, `${param}.period`) }
    }
  }
}

function parsePeriod(value: unknown, param: string): Omit<Recurrence, 'kind' | 'of'> {
  const fields = fieldsOf(value, param, [
    'length',
    'type',
    'occurrences',
    'cliff_installment',
    'day_of_month',
  ])
  const length = integer(fields.length, `${param}.length`, { min: 0, max: MAX_LENGTH })
  const occurrences = integer(fields.occurrences, `${param}.occurrences`, { min: 1, max: MAX_OCCURRENCES })
  const cliff =
    fields.cliff_installment === undefined
      ? 1
      : integer(fields.cliff_installment, `${param}.cliff_installment`, { min: 0, max: occurrences })
  const unit = oneOf(fields.type, `${param}.type`, ['DAYS', 'MONTHS'])
  if (unit === 'DAYS' && fields.day_of_month !== undefined) {
    refuse(`${param}.day_of_month`, fields.day_of_month, 'leave it out: only a period in MONTHS has one')
  }
  const dayOfMonth = unit === 'DAYS' ? null : parseDayOfMonth(fields.day_of_month, `${param}.day_of_month`)
  return { length, unit, occurrences, cliff: Math.max(cliff, 1), dayOfMonth }
}

function parseDayOfMonth(value: unknown, param: string): number | null {
  if (value === START_DAY) return null
  const match =
    typeof value === 'string' ? /^(0[1-9]|1\d|2[0-8])$|^(29|30|31)_OR_LAST_DAY_OF_MONTH$/.exec(value) : null
  if (match) return Number(match[1] ?? match[2])
  return refuse(param, value, `give "01" to "28", "29_OR_LAST_DAY_OF_MONTH" (or 30, 31) or "${START_DAY}"`)
}

function parseNext(value: unknown, param: string): readonly string[] {
  if (!Array.isArray(value)) return refuse(param, value, 'give an array of condition ids; empty at an end')
  const items: readonly unknown[] = value
  const ids = items.map((item, index) => text(item, `${param}[${index}]`, MAX_ID))
  const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index)
  if (twice !== -1) refuse(`${param}[${twice}]`, ids[twice], 'it is in this list already; name it once')
  return ids
}

function checkSize(conditions: ReadonlyMap<string, Condition>, param: string): void {
  let links = 0
  let occurrences = 0
  for (const { next, trigger } of conditions.values()) {
    links += next.length
    if (trigger.kind === 'after') occurrences += trigger.occurrences
  }
  if (links > MAX_LINKS)
    refuse(param, conditions.size, `its conditions name at most ${MAX_LINKS} others in sum`)
  if (occurrences > MAX_ALL_OCCURRENCES) {
    refuse(param, occurrences, `its conditions have at most ${MAX_ALL_OCCURRENCES} occurrences in sum`)
  }
}

function checkNames(condition: Condition, conditions: ReadonlyMap<string, Condition>): void {
  const { param, trigger } = condition
  const named = condition.next.map((id, index) => ({ id, at: `${param}.next_condition_ids[${index}]` }))
  if (trigger.kind === 'after')
    named.push({ id: trigger.of, at: `${param}.trigger.relative_to_condition_id` })
  for (const { id, at } of named) {
    if (conditions.has(id)) continue
    throw new Fault(
      'unknown_condition',
      `${at} is "${id}", but no condition has that id; correct one of the two`,
      {
        param: at,
      },
    )
  }
}

/** The share of the whole grant that is known before anything has vested; a fixed quantity counts 0. */
export const shareOf = ({ vests }: Condition): Rational => (vests.kind === 'quantity' ? ZERO : vests.share)

export const occurrencesOf = ({ trigger }: Condition): number =>
  trigger.kind === 'after' ? trigger.occurrences : 1

export const vestsNothing = ({ vests }: Condition): boolean =>
  vests.kind === 'quantity' ? vests.quantity === 0n : vests.share.n === 0n
