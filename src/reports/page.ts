import { Fault } from '#base/fault.ts'

/** Rows of one page: what was asked, within bounds. */
export type Page<T> = { readonly rows: readonly T[]; readonly next: string | null }

/** Cuts a list that was read with one row more than asked; `next` names the last row kept, if any follow it. */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (row: T) => readonly string[],
): Page<T> {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  return { rows: kept, next: rows.length > limit && last !== undefined ? encode(cursorOf(last)) : null }
}

export const encode = (parts: readonly string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url')

/** The parts of a cursor that `pageOf` made, each of the form expected. Throws Fault `invalid` for any other text. */
export function decode(cursor: string, shapes: readonly RegExp[]): readonly string[] {
  const parts = parse(cursor)
  if (parts === null || parts.length !== shapes.length || !parts.every((part, i) => shapes[i]!.test(part)))
    throw new Fault('invalid', 'The cursor is not one that an answer gave. Start again without it.', {
      param: 'cursor',
    })
  return parts
}

function parse(cursor: string): readonly string[] | null {
  if (cursor.length > 2_000) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : null
  } catch {
    return null
  }
}

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
export const WHOLE = /^\d{1,18}$/
