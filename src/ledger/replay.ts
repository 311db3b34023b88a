import { Fault } from '#base/fault.ts'
import type { Sql } from '#db/sql.ts'
import * as store from './store.ts'

export type Outcome = 'done' | 'replayed'
export type Moved = { readonly outcome: Outcome; readonly amount: bigint }

/** What PostgreSQL's bigint holds. */
export const LARGEST = 2n ** 63n - 1n

/**
 * What the order did when it came before, else null. An order that stands with another subject or another amount is a
 * conflict. Asked under the lock of the wallet.
 */
export async function replayOf(
  sql: Sql,
  order: {
    readonly id: string
    readonly lot?: string
    readonly grant?: string
    readonly amount?: bigint
  },
): Promise<Moved | null> {
  const entries = await store.entriesOf(sql, order.id)
  const [first] = entries
  if (!first) return null
  const amount = entries.reduce((sum, entry) => sum + entry.amount, 0n)
  const other =
    (order.lot !== undefined && first.lot_id !== order.lot) ||
    (order.grant !== undefined && first.grant_id !== order.grant)
  if (other) throw new Fault('conflict', `order ${order.id} stands for something else`, { param: 'id' })
  if (order.amount !== undefined && order.amount !== amount)
    throw new Fault('conflict', `order ${order.id} stands with the amount ${amount}`, { param: 'amount' })
  return { outcome: 'replayed', amount }
}

/** The amount asked for, or all there is; refused above that, and at or below 0. */
export function within(asked: bigint | null, most: bigint, what: string): bigint {
  if (asked === null) return most
  if (asked > 0n && asked <= most) return asked
  throw new Fault('invalid', `amount is ${asked}; it must be above 0 and at most ${most} (${what})`, {
    param: 'amount',
  })
}
