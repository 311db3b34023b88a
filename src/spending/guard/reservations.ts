import type { Millis } from '#base/time.ts'
import type { Meter, Reserved } from './meter.ts'

const LIMIT = 50_000

export type Reservations = ReturnType<typeof openReservations>

/** What is held for the calls of this process, by their ids. */
export function openReservations() {
  const calls = new Map<string, Reserved>()
  return {
    /** Counts with its wallet at once; in place of what the same call held before. */
    add(meter: Meter, { id, amount, until }: { id: string; amount: bigint; until: Millis }): void {
      const before = calls.get(id) ?? null
      const own: Reserved = { id, meter, amount, until, open: true, before: null, after: null }
      meter.reserve(own, before?.meter === meter ? before : null)
      calls.set(id, own)
      // Those that lapsed, or were settled elsewhere, were never heard of again.
      if (calls.size > LIMIT) for (const [oldest, of] of calls) if (!of.open) calls.delete(oldest)
    },

    of: (id: string): Reserved | null => calls.get(id) ?? null,

    /** Of a call that has ended: nobody asks again. */
    take(id: string): Reserved | null {
      const own = calls.get(id)
      if (!own) return null
      calls.delete(id)
      return own
    },
  }
}
