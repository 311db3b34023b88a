import { compare, ZERO } from '#base/rational.ts'
import type { DateText } from '#base/time.ts'
import type { Trigger } from './accelerate.ts'
import type { AllocationType } from './allocate.ts'
import { ALLOCATION_TYPES } from './allocate.ts'
import type { Calendar, Rest } from './calendar.ts'
import type { Day } from './dates.ts'
import { formatDay } from './dates.ts'
import { fieldsOf, integer, oneOf, part, refuse, text } from './fields.ts'
import type { FoldPolicy } from './fold.ts'
import { FOLD_POLICIES } from './fold.ts'
import type { Form } from './form.ts'
import { parseForm } from './form.ts'
import { UNDATED } from './item.ts'
import type { ParsedRuntime } from './runtime.ts'
import { parseDate, parseRuntime } from './runtime.ts'

/** Terms that hold from a day on; the first from ever. */
export type Version = { readonly from: Day; readonly form: Form; readonly quantity: bigint }

/** A life with every fact read and checked. */
export type LifeFacts = {
  readonly first: { readonly form: Form; readonly quantity: bigint }
  /** Ascending. */
  readonly amendments: readonly Version[]
  readonly runtime: ParsedRuntime
  readonly allocation: AllocationType
  readonly fold: FoldPolicy
  readonly triggers: readonly Trigger[]
  readonly calendar: Calendar
  readonly leaving: { readonly on: Day; readonly unvested: (typeof UNVESTED)[number] } | null
}

/** A life as it may come from outside: its shape is not known yet. */
export type UnreadLife = {
  readonly template: unknown
  readonly quantity: bigint
  readonly runtime: unknown
  readonly allocation?: unknown
  readonly clauses?: unknown
  readonly pauses?: unknown
  readonly amendments?: unknown
  readonly leaving?: unknown
}

const MAX_LIST = 200
const MAX_TRIGGERS = 20
/** Of all versions of the terms together: each is walked. */
const MAX_OCCURRENCES = 1_000_000
const MAX_GRACE_DAYS = 10_000
const MAX_WITHIN_MONTHS = 1_200
const MAX_TEXT = 200
const PAUSE_POLICIES = ['continue', 'pause_extend', 'pause_forfeit'] as const
/** The others say nothing about when what vests; whoever keeps the contract reads them. */
const CLAUSES = [
  'fold',
  'acceleration',
  'leave',
  'leaving',
  'portability',
  'repricing',
  'exchange',
  'guarantees',
]
const FROM = ['soonest', 'latest', 'pro_rata'] as const
const UNVESTED = ['forfeit', 'accelerate', 'continue'] as const

/** Throws Fault `invalid`, `over_allocated` or `empty_window` with the field as `param`. */
export function parseLife(life: UnreadLife): LifeFacts {
  const { quantity } = life
  if (quantity < 0n) refuse('quantity', quantity, 'give 0 or more')
  const form = parseForm(life.template)
  const runtime = parseRuntime(life.runtime)
  const allocation =
    life.allocation === undefined
      ? 'CUMULATIVE_ROUND_DOWN'
      : oneOf(life.allocation, 'allocation', ALLOCATION_TYPES)
  const amendments = parseAmendments(life.amendments, { form, quantity })
  checkSize([{ form }, ...amendments])
  return {
    first: { form, quantity },
    amendments,
    runtime,
    allocation,
    ...parseClauses(life.clauses),
    calendar: parsePauses(life.pauses),
    leaving: parseLeaving(life.leaving),
  }
}

function checkSize(versions: readonly { readonly form: Form }[]): void {
  let sum = 0
  for (const { form } of versions) {
    if (form.kind === 'graph') continue
    for (const { statements } of form.chains) for (const { grid } of statements) sum += grid?.occurrences ?? 1
  }
  if (sum <= MAX_OCCURRENCES) return
  refuse('template', `${sum} occurrences`, `give at most ${MAX_OCCURRENCES}, those of amendments included`)
}

function listOf(value: unknown, param: string, most = MAX_LIST): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > most)
    return refuse(param, value, `give an array of at most ${most}`)
  return value
}

function parseClauses(value: unknown): {
  readonly fold: FoldPolicy
  readonly triggers: readonly Trigger[]
} {
  if (value === undefined || value === null) return { fold: 'onto_grant_date', triggers: [] }
  const fields = fieldsOf(value, 'clauses', CLAUSES)
  const fold =
    fields.fold === undefined ? 'onto_grant_date' : oneOf(fields.fold, 'clauses.fold', FOLD_POLICIES)
  const triggers = listOf(fields.acceleration, 'clauses.acceleration', MAX_TRIGGERS).map((item, index) =>
    parseTrigger(item, `clauses.acceleration[${index}]`),
  )
  const ids = triggers.map(({ id }) => id)
  const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index)
  if (twice !== -1)
    refuse(`clauses.acceleration[${twice}].id`, ids[twice], 'it is there already; give each clause its own')
  return { fold, triggers }
}

function parseTrigger(value: unknown, param: string): Trigger {
  const fields = fieldsOf(value, param, ['id', 'events', 'withinMonths', 'share', 'from'])
  const events = listOf(fields.events, `${param}.events`).map((event, index) =>
    text(event, `${param}.events[${index}]`, MAX_TEXT),
  )
  if (events.length === 0) refuse(`${param}.events`, fields.events, 'name at least one event')
  const share = part(fields.share, `${param}.share`)
  if (compare(share, ZERO) === 0)
    refuse(`${param}.share`, fields.share, 'give a share above "0" and at most "1"')
  const bounds = { min: 0, max: MAX_WITHIN_MONTHS }
  const { withinMonths = null } = fields
  return {
    id: text(fields.id, `${param}.id`, MAX_TEXT),
    events: [...new Set(events)],
    withinMonths: withinMonths === null ? null : integer(withinMonths, `${param}.withinMonths`, bounds),
    share,
    from: oneOf(fields.from, `${param}.from`, FROM),
  }
}

type Pause = { readonly param: string; readonly rest: Rest | null; readonly from: Day; readonly to: Day }

function parsePauses(value: unknown): Calendar {
  const pauses = listOf(value, 'pauses')
    .map((item, index) => parsePause(item, `pauses[${index}]`))
    .toSorted((a, b) => a.from - b.from)
  for (const [index, { param, from }] of pauses.entries()) {
    const before = pauses[index - 1]
    if (!before || before.to <= from) continue
    const until = before.to === UNDATED ? 'has no end' : `goes until ${formatDay(before.to)}`
    refuse(`${param}.from`, formatDay(from), `${before.param} ${until}; end one pause before the next begins`)
  }
  return pauses.flatMap(({ rest }) => rest ?? [])
}

function parsePause(value: unknown, param: string): Pause {
  const fields = fieldsOf(value, param, ['from', 'to', 'policy', 'graceDays'])
  const from = parseDate(fields.from, `${param}.from`)
  const to = fields.to === null || fields.to === undefined ? UNDATED : parseDate(fields.to, `${param}.to`)
  if (to <= from) refuse(`${param}.to`, fields.to, `give the first day back, after ${formatDay(from)}`)
  const policy = oneOf(fields.policy, `${param}.policy`, PAUSE_POLICIES)
  const grace =
    fields.graceDays === undefined
      ? 0
      : integer(fields.graceDays, `${param}.graceDays`, { min: 0, max: MAX_GRACE_DAYS })
  const start = from + grace
  if (policy === 'continue' || start >= to) return { param, rest: null, from, to }
  const kind = policy === 'pause_extend' ? 'extend' : 'forfeit'
  return { param, rest: { kind, from: formatDay(from), start, end: to }, from, to }
}

function parseAmendments(
  value: unknown,
  first: { readonly form: Form; readonly quantity: bigint },
): Version[] {
  const asked = listOf(value, 'amendments')
    .map((item, index) => {
      const param = `amendments[${index}]`
      const fields = fieldsOf(item, param, ['from', 'quantity', 'template'])
      return { param, fields, from: parseDate(fields.from, `${param}.from`) }
    })
    .toSorted((a, b) => a.from - b.from)
  let { form, quantity } = first
  return asked.map(({ param, fields, from }, index) => {
    if (asked[index - 1]?.from === from)
      refuse(`${param}.from`, formatDay(from), 'another amendment has this day; join the two')
    if (fields.template === undefined && fields.quantity === undefined)
      refuse(param, fields, 'give it a quantity, a template, or both')
    if (fields.template !== undefined) form = parseForm(fields.template, `${param}.template`)
    if (fields.quantity !== undefined) quantity = parseAmount(fields.quantity, `${param}.quantity`)
    return { from, form, quantity }
  })
}

function parseAmount(value: unknown, param: string): bigint {
  if (typeof value === 'bigint' && value >= 0n) return value
  return refuse(param, value, 'give 0 or more')
}

function parseLeaving(value: unknown): LifeFacts['leaving'] {
  if (value === undefined || value === null) return null
  const fields = fieldsOf(value, 'leaving', ['on', 'unvested'])
  return {
    on: parseDate(fields.on, 'leaving.on'),
    unvested: oneOf(fields.unvested, 'leaving.unvested', UNVESTED),
  }
}

export const asDate = (day: Day): DateText | null => (Number.isFinite(day) ? formatDay(day) : null)
