import { Fault } from '#base/fault.ts'
import { fromDecimal } from '#base/rational.ts'

/** A number that a report assumes, in plain words, with the bounds that it may be changed within. Decimals as text. */
export type NumberField = {
  readonly usual: string
  readonly least: string
  readonly most: string
  readonly says: string
}

/** Where it comes from: somebody gave it, prices told it, or it is what is usually assumed. */
export type NumberView<Name extends string> = NumberField & {
  readonly name: Name
  readonly value: string
  readonly from: 'given' | 'fitted' | 'usual'
}

export const number = (usual: string, least: string, most: string, says: string): NumberField => ({
  usual,
  least,
  most,
  says,
})

/** Throws Fault `invalid` that names the number, its value and what to give. */
export function readNumbers<const Name extends string>(
  fields: Readonly<Record<Name, NumberField>>,
  given: Readonly<Record<string, string | undefined>>,
  fitted: Partial<Readonly<Record<Name, string>>> = {},
): { readonly of: (name: Name) => number; readonly views: readonly NumberView<Name>[] } {
  const names = Object.keys(fields) as Name[]
  const known: readonly string[] = names
  for (const name of Object.keys(given))
    if (given[name] !== undefined && !known.includes(name))
      throw new Fault('invalid', `${name.slice(0, 40)} is no number here; give one of ${names.join(', ')}`, {
        param: name,
      })
  const values = new Map<Name, number>()
  const views = names.map((name): NumberView<Name> => {
    const field = fields[name]
    const told = given[name]?.trim()
    const value = told ?? fitted[name] ?? field.usual
    values.set(name, within(name, value, field))
    const { usual, least, most, says } = field
    const from = told !== undefined ? 'given' : fitted[name] === undefined ? 'usual' : 'fitted'
    return { name, value, from, usual, least, most, says }
  })
  return { of: (name) => values.get(name)!, views }
}

function within(param: string, text: string, { least, most }: NumberField): number {
  const value = fromDecimal(text) === null ? NaN : Number(text)
  if (value >= Number(least) && value <= Number(most)) return value
  throw new Fault('invalid', `${param} is "${text.slice(0, 40)}"; give a number from ${least} to ${most}`, {
    param,
  })
}

/** For numbers of which nobody can have half. */
export function whole(param: string, value: number): number {
  if (Number.isInteger(value)) return value
  throw new Fault('invalid', `${param} is ${value}; give a whole number`, { param })
}

export function oneOf<T extends string>(param: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text)
  if (found) return found
  throw new Fault('invalid', `${param} is "${text.slice(0, 40)}"; give one of ${known.join(', ')}`, { param })
}
