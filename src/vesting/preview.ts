import { Fault } from '#base/fault.ts'
import type { Json } from '#base/json.ts'
import { toJson } from '#base/json.ts'
import type { UnreadLife } from './facts.ts'
import { parseLife } from './facts.ts'
import type { Fields } from './fields.ts'
import { isFields, refuse } from './fields.ts'
import type { Timeline } from './life.ts'
import { timelineFromJson } from './life.ts'
import type { Schedule } from './schedule.ts'
import { scheduleOf } from './schedule.ts'

const MAX_DIGITS = 60

/**
 * One line of JSON in, one line of JSON out, and it never throws: `{ id, template, quantity, runtime, allocation? }` →
 * `{ id, installments: [[date, amount], …], total }` or `{ id, error: { code, message } }`. Amounts are integer texts.
 * The line may also have a life: `clauses`, `pauses`, `amendments`, `events` (more firings), `leaving`. With `asOf` the
 * answer has the state of every tranche on that day and both verdicts. Other members belong to the caller.
 */
export function preview(line: string): string {
  let id: string | number | null = null
  try {
    const request = parse(line)
    id = typeof request.id === 'string' || typeof request.id === 'number' ? request.id : null
    const life = lifeOf(request)
    if (request.asOf === undefined) return toJson({ id, ...shown(scheduleOf(parseLife(life))) })
    return toJson({ id, ...told(timelineFromJson(life, request.asOf)) })
  } catch (error) {
    const known = error instanceof Fault
    return toJson({
      id,
      error: {
        code: known ? error.code : 'internal',
        message: known ? error.message : 'the preview failed: a bug in Perq; please report this line',
      },
    })
  }
}

function parse(line: string): Fields {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return refuse('line', line, 'give one JSON object a line')
  }
  return isFields(value) ? value : refuse('line', value, 'give one JSON object a line')
}

const lifeOf = (request: Fields): UnreadLife => ({
  template: request.template,
  quantity: parseQuantity(request.quantity, 'quantity'),
  runtime: withEvents(request.runtime, request.events),
  allocation: request.allocation,
  clauses: request.clauses,
  pauses: request.pauses,
  amendments: withQuantities(request.amendments),
  leaving: request.leaving,
})

/** A JSON number has been through a float, so only text is taken. */
function parseQuantity(value: unknown, param: string): bigint {
  if (typeof value === 'string' && value.length <= MAX_DIGITS && /^\d+$/.test(value)) return BigInt(value)
  return refuse(param, value, `give an integer of at most ${MAX_DIGITS} digits as text, such as "4800"`)
}

/** Events of the line come behind those of the runtime, as firings of the same list. */
function withEvents(runtime: unknown, events: unknown): unknown {
  if (events === undefined || !isFields(runtime)) return runtime
  if (!Array.isArray(events)) return refuse('events', events, 'give an array of { event_id, date }')
  const { eventFirings = [] } = runtime
  return Array.isArray(eventFirings) ? { ...runtime, eventFirings: [...eventFirings, ...events] } : runtime
}

function withQuantities(amendments: unknown): unknown {
  if (!Array.isArray(amendments)) return amendments
  const items: readonly unknown[] = amendments
  return items.map((item, index) => {
    if (!isFields(item) || item.quantity === undefined) return item
    return { ...item, quantity: parseQuantity(item.quantity, `amendments[${index}].quantity`) }
  })
}

const shown = ({
  installments,
  total,
}: Schedule): { readonly installments: Json; readonly total: bigint } => ({
  installments: installments.map(({ date, quantity }) => [date, String(quantity)]),
  total,
})

/** `installments` and `total` are what it resolves to. */
const told = ({ resolvesTo, storable, ...rest }: Timeline): object => ({
  ...shown(resolvesTo),
  storable: shown(storable),
  ...rest,
})
