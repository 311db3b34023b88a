import type { Json } from '#base/json.ts'
import { count, each, percent, span } from './text.ts'

type Fields = { readonly [key: string]: Json }

/** How a schedule vests, a sentence for each statement. Statements are as they are stored: checked when they were saved. */
export function vestingWords(statements: Json): readonly string[] {
  if (Array.isArray(statements)) return chainWords(statements)
  const { parts, graph } = fields(statements)
  if (Array.isArray(parts))
    return parts.flatMap((part, index) => {
      const { share, statements: own } = fields(part)
      const head = `Part ${index + 1}: ${percent(text(share))} of the grant, beside the others.`
      return [head, ...(own === undefined ? [] : vestingWords(own))]
    })
  if (Array.isArray(graph))
    return [
      `It vests by ${count(graph.length, 'condition')} that follow one another; the schedule below shows the path that holds now.`,
    ]
  return []
}

const chainWords = (statements: readonly Json[]): readonly string[] =>
  statements.map((one, index) => {
    const said = statementWords(fields(one))
    return index === 0 ? said : `Then ${said.charAt(0).toLowerCase()}${said.slice(1)}`
  })

function statementWords(statement: Fields): string {
  const share = percent(text(statement['percentage']))
  const event = eventWords(statement['event_condition'])
  if (statement['schedule'] === undefined) return `${share} vests at once when ${event}.`
  const grid = fields(statement['schedule'])
  const occurrences = number(grid['occurrences'])
  const unit = text(grid['period_type'])
  const period = number(grid['period'])
  const over = span(occurrences * period, unit)
  const spread =
    occurrences === 1
      ? `${share} vests ${period === 0 ? 'at once' : `after ${over}`}`
      : `${share} vests over ${over}, ${each(period, unit)}`
  const held = event === '' ? '' : `, but only from the day on which ${event}`
  return `${spread}${cliffWords(grid['cliff'])}${dayWords(grid['vesting_day_of_month'])}${held}.`
}

function cliffWords(value: Json | undefined): string {
  if (value === undefined) return ''
  const cliff = fields(value)
  const length = number(cliff['length'])
  const share = percent(text(cliff['percentage']))
  if (length === 0) return `, ${share} of it on the first day`
  return `; nothing in the first ${span(length, text(cliff['period_type'])).replace(/^1 /, '')}, then ${share} of it at once`
}

const DAYS: Readonly<Record<string, string>> = {
  FIRST_DAY_OF_MONTH: ', on the first day of the month',
  LAST_DAY_OF_MONTH: ', on the last day of the month',
  VESTING_START_DAY_MINUS_ONE: ', on the day before that of the start',
}
const dayWords = (policy: Json | undefined): string => DAYS[text(policy)] ?? ''

function eventWords(value: Json | undefined): string {
  if (value === undefined) return ''
  const condition = fields(value)
  const { after, before } = condition
  const window = [
    ...(after === undefined ? [] : [`not before ${text(after)}`]),
    ...(before === undefined ? [] : [`before ${text(before)}`]),
  ].join(' and ')
  return `“${text(condition['event_id'])}” has happened${window === '' ? '' : ` (${window})`}`
}

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const fields = (value: Json | undefined): Fields => (isFields(value) ? value : {})
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const number = (value: Json | undefined): number => (typeof value === 'number' ? value : 0)
