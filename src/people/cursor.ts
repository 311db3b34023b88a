import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'

/** Where a page ended: the sort key and the id of its last row. Opaque to callers. */
export type Position = { readonly key: string; readonly id: string }

export const encodeCursor = ({ key, id }: Position): string =>
  Buffer.from(JSON.stringify([key, id])).toString('base64url')

/** Throws Fault `invalid` for a text that `encodeCursor` did not make. */
export function decodeCursor(cursor: string): Position {
  if (cursor.length <= 2_000) {
    try {
      const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
      if (Array.isArray(value) && value.length === 2) {
        const [key, id]: unknown[] = value
        if (typeof key === 'string' && typeof id === 'string' && isUuid(id)) return { key, id }
      }
    } catch {
      // Not JSON: the same refusal.
    }
  }
  throw new Fault('invalid', 'The cursor is not one that a page gave.', { param: 'cursor' })
}
