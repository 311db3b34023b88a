import { readFileSync } from 'node:fs'

type Terms = {
  readonly types: Readonly<Record<string, readonly string[]>>
  readonly properties: Readonly<
    Record<string, { readonly domain: readonly string[]; readonly range: readonly string[] }>
  >
}

const terms: Terms = JSON.parse(
  readFileSync(new URL('../../data/schema-org/terms.json', import.meta.url), 'utf8'),
)

/** A type and everything above it. */
function above(type: string): readonly string[] {
  return [type, ...(terms.types[type] ?? []).flatMap(above)]
}

/** What in a JSON-LD node is no type or property of schema.org, stands where it does not belong, or has a value of the wrong kind. */
export function vocabularyProblems(node: unknown, path = ''): string[] {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return [`${path} is no node`]
  const fields = Object.entries(node)
  const type = new Map(fields).get('@type')
  if (typeof type !== 'string' || !Object.hasOwn(terms.types, type))
    return [`${path}/@type is ${String(type)}`]
  return fields.flatMap(([name, value]) => {
    if (name.startsWith('@')) return []
    const here = `${path}/${name}`
    const property = Object.hasOwn(terms.properties, name) ? terms.properties[name] : undefined
    if (!property) return [`${here} is no property`]
    if (!above(type).some((one) => property.domain.includes(one))) return [`${here} is none of ${type}`]
    return valueProblems(value, property.range, here)
  })
}

const PLAIN: Readonly<Record<string, readonly string[]>> = {
  string: ['Text', 'URL', 'Date', 'DateTime'],
  number: ['Number'],
  boolean: ['Boolean'],
}

function valueProblems(value: unknown, range: readonly string[], path: string): string[] {
  const plain = PLAIN[typeof value]
  if (plain) {
    if (plain.some((one) => range.includes(one))) return []
    return [`${path} is a ${typeof value}, but has to be ${range.join(' or ')}`]
  }
  const problems = vocabularyProblems(value, path)
  if (problems.length > 0) return problems
  const type = new Map(Object.entries(value ?? {})).get('@type')
  return above(String(type)).some((one) => range.includes(one)) ? [] : [`${path} is a ${String(type)}`]
}
