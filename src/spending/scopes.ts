import type { Millis } from '#base/time.ts'
import type { Purpose, Scope } from '#ledger/types.ts'
import { admits } from './policy.ts'

const FRESH = 500
const LIVE = 1_000

export type ScopedCall = { readonly class: string; readonly provider: string; readonly purpose: Purpose }

/**
 * The scopes that lots have, in memory. They are few and never change; new ones come with new grants. Read again on
 * use, behind the caller's back after half a second and before the answer after a whole one.
 */
export function openScopes({
  read,
  now,
}: {
  read: () => Promise<readonly { id: number; body: Scope }[]>
  now: () => Millis
}) {
  let known: { readonly scopes: readonly { id: number; body: Scope }[]; readonly readAt: Millis } | null =
    null
  let reading: Promise<void> | null = null

  const refresh = (): Promise<void> =>
    (reading ??= (async () => {
      const readAt = now()
      try {
        known = { scopes: await read(), readAt }
      } finally {
        reading = null
      }
    })())

  const matching = (call: ScopedCall): number[] =>
    (known?.scopes ?? []).filter(({ body }) => admits(body, call)).map(({ id }) => id)

  return {
    /** Numbers of the scopes whose lots may pay for such a call. */
    async admitting(call: ScopedCall): Promise<number[]> {
      const age = known ? now() - known.readAt : Infinity
      if (age >= LIVE) await refresh()
      else if (age >= FRESH) refresh().catch(() => {})
      return matching(call)
    },

    /** The same from a reading that begins now. */
    async reread(call: ScopedCall): Promise<number[]> {
      await reading?.catch(() => {})
      await refresh()
      return matching(call)
    },
  }
}
