import { Fault } from '#base/fault.ts'
import { toJson } from '#base/json.ts'
import type { Fields } from './fields.ts'
import { isFields, refuse } from './fields.ts'
import { scheduleFromJson } from './schedule.ts'

const MAX_DIGITS = 60

/**
 * One line of JSON in, one line of JSON out, and it never throws: `{ id, template, quantity, runtime, allocation? }` →
 * `{ id, installments: [[date, amount], …], total }` or `{ id, error: { code, message } }`. Amounts are integer texts.
 * Other members of the line belong to the caller and are left alone.
 */
export function preview(line: string): string {
  let id: string | number | null = null
  try {
    const request = parse(line)
    id = typeof request.id === 'string' || typeof request.id === 'number' ? request.id : null
    const { installments, total } = scheduleFromJson({
      template: request.template,
      quantity: parseQuantity(request.quantity),
      runtime: request.runtime,
      allocation: request.allocation,
    })
    return toJson({ id, installments: installments.map(({ date, quantity }) => [date, quantity]), total })
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

/** A JSON number has been through a float, so only text is taken. */
function parseQuantity(value: unknown): bigint {
  if (typeof value === 'string' && value.length <= MAX_DIGITS && /^\d+$/.test(value)) return BigInt(value)
  return refuse('quantity', value, `give an integer of at most ${MAX_DIGITS} digits as text, such as "4800"`)
}
