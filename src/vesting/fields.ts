import { Fault } from '#base/fault.ts'
import type { Rational } from '#base/rational.ts'
import { compare, fromDecimal, ONE } from '#base/rational.ts'

/** Reading unknown JSON field by field. Every refusal names the field, the value and the remedy. */
export type Fields = Readonly<Record<string, unknown>>

const SHOWN_CHARACTERS = 80

export function refuse(param: string, value: unknown, remedy: string): never {
  throw new Fault('invalid', `${param} is ${show(value)}; ${remedy}`, { param })
}

/** Scalars are shown, containers only named: a message stays short whatever came in. */
function show(value: unknown): string {
  if (value === undefined) return 'absent'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return shown.length > SHOWN_CHARACTERS ? `${shown.slice(0, SHOWN_CHARACTERS)}…` : shown
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object with no other members than `known`: a misspelt optional field must not vanish silently. */
export function fieldsOf(value: unknown, param: string, known: readonly string[]): Fields {
  if (!isFields(value)) refuse(param, value, `give an object with ${known.join(', ')}`)
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      refuse(`${param}.${key}`, value[key], `no such field; known are ${known.join(', ')}`)
  }
  return value
}

export function integer(
  value: unknown,
  param: string,
  bounds: { readonly min: number; readonly max: number },
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= bounds.min && value <= bounds.max) {
    return value
  }
  return refuse(param, value, `give an integer from ${bounds.min} to ${bounds.max}`)
}

export function text(value: unknown, param: string, maxLength: number): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= maxLength) return value
  return refuse(param, value, `give a text of 1 to ${maxLength} characters`)
}

export function oneOf<const T extends string>(value: unknown, param: string, options: readonly T[]): T {
  const found = options.find((option) => option === value)
  return found ?? refuse(param, value, `give one of ${options.join(', ')}`)
}

/** "1", "0.05", "0.1666666666": an exact share from 0 to 1. A number is refused, because it has been a float. */
export function share(value: unknown, param: string): Rational {
  const exact = typeof value === 'string' && /^\d{1,20}(\.\d{1,10})?$/.test(value) ? fromDecimal(value) : null
  if (!exact) return refuse(param, value, 'give a decimal text with up to 10 places, such as "0.25"')
  return exact
}

/** As `share`, and at most the whole. */
export function part(value: unknown, param: string): Rational {
  const exact = share(value, param)
  return compare(exact, ONE) > 0 ? refuse(param, value, 'give a share from "0" to "1"') : exact
}
