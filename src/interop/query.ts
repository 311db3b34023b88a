import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { sha256Hex } from '#base/json.ts'
import { isDate, startOfDay, type Millis } from '#base/time.ts'

/** The parameters of a request, each known by name; a list is written `name[]`, once for each value, or with plain commas. */
export type Query = {
  text(name: string): string | null
  list(name: string): readonly string[] | null
  /** One of these words; the first when absent. */
  word<const T extends string>(name: string, words: readonly [T, ...T[]]): T
  words<const T extends string>(name: string, words: readonly T[]): readonly T[] | null
  whole(name: string, usual: number, most: number): number
  /** An instant, or a day, which means its beginning. */
  instant(name: string): Millis | null
  /** Of the `page` that an answer of the same question gave; null on the first one. */
  cursor(shape: RegExp): string | null
  /** The `next_page` that leads on after `at`. */
  next(at: string): string
}

const MAX_VALUES = 100
const MAX_TEXT = 200

const invalid = (param: string, message: string): Fault => new Fault('invalid', message, { param })

/** Reads a query string. Throws Fault `invalid` for a parameter that is not among `known`: a filter must not be passed over. */
export function readQuery(search: string, known: readonly string[]): Query {
  const values = new Map<string, string[]>()
  for (const [raw, value] of new URLSearchParams(search)) {
    const name = raw.endsWith('[]') ? raw.slice(0, -2) : raw
    if (name === 'beta') continue
    if (name !== 'page' && !known.includes(name))
      throw invalid(name, `${name.slice(0, 60)}: Unknown parameter. Known here: ${known.join(', ')}, page.`)
    const list = values.get(name) ?? []
    list.push(value)
    if (list.length > MAX_VALUES || value.length > MAX_TEXT * MAX_VALUES)
      throw invalid(name, `${name}: At most ${MAX_VALUES} values.`)
    values.set(name, list)
  }
  // A cursor belongs to its question: with other filters it would pass over rows.
  const question = [...values].filter(([name]) => name !== 'page' && name !== 'limit').toSorted()
  const mark = sha256Hex(JSON.stringify(question)).slice(0, 12)

  const text = (name: string): string | null => {
    const list = values.get(name)
    if (!list) return null
    if (list.length > 1) throw invalid(name, `${name}: Give one value.`)
    return list[0]!
  }
  const list = (name: string): readonly string[] | null =>
    values.get(name)?.flatMap((value) => value.split(',')) ?? null
  const words = <const T extends string>(name: string, allowed: readonly T[]): readonly T[] | null =>
    list(name)?.map((value) => {
      const found = allowed.find((one) => one === value)
      if (found === undefined) throw invalid(name, `${name}: Input should be one of ${allowed.join(', ')}.`)
      return found
    }) ?? null

  return {
    text,
    list,
    words,
    word: (name, allowed) => words(name, allowed)?.[0] ?? allowed[0],
    whole(name, usual, most) {
      const given = text(name)
      if (given === null) return usual
      const value = /^\d{1,6}$/.test(given) ? Number(given) : 0
      if (value >= 1 && value <= most) return value
      throw invalid(name, `${name}: Input should be a whole number from 1 to ${most}.`)
    },
    instant(name) {
      const given = text(name)
      if (given === null) return null
      if (isDate(given)) return startOfDay(given)
      // A plus that was not encoded arrives as a blank.
      const told = given.replace(' ', '+')
      const known = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(told)
      const at = known && isDate(told.slice(0, 10)) ? Date.parse(told) : Number.NaN
      if (Number.isFinite(at)) return at
      throw invalid(name, `${name}: Input should be an RFC 3339 time, such as 2026-11-01T00:00:00Z.`)
    },
    cursor(shape) {
      const page = text('page')
      if (page === null) return null
      const [of, at] = parse(page)
      if (of === undefined || at === undefined || !shape.test(at))
        throw invalid('page', 'page: Not a cursor that an answer gave.')
      if (of !== mark) throw invalid('page', 'page: The cursor does not belong to these query parameters.')
      return at
    },
    next: (at) => `page_${Buffer.from(JSON.stringify([mark, at])).toString('base64url')}`,
  }
}

function parse(page: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(page.replace(/^page_/, ''), 'base64url').toString())
    return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : []
  } catch {
    return []
  }
}

/** `user_0199b0a4…`: an id with the tag of its kind and without dashes, as that API writes ids. */
export const tagged = (tag: 'user' | 'spl' | 'apikey', id: string): string =>
  `${tag}_${id.replaceAll('-', '')}`

/** Null for a text that is no id of that kind. */
export function untagged(tag: 'user' | 'spl' | 'apikey', text: string): string | null {
  const hex = text.startsWith(`${tag}_`) ? text.slice(tag.length + 1) : ''
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return isUuid(id) ? id : null
}

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
