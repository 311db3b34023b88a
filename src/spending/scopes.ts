import type { Millis } from '#base/time.ts'
import type { Purpose, Scope } from '#ledger/types.ts'
import { admits } from './policy.ts'

const FRESH = 500
const LIVE = 1_000

/** What all calls of one kind have in common. */
export type ScopedCall = { readonly class: string; readonly provider: string; readonly purpose: Purpose }

type Reading = {
  readonly scopes: readonly { id: number; body: Scope }[]
  readonly readAt: Millis
  /** What it says of each kind of call; there are few, because none of their three parts comes from a client. */
  readonly matching: Matching[]
}

type Matching = { readonly call: ScopedCall; readonly ids: readonly number[] }

export type Scopes = ReturnType<typeof openScopes>

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
  let known: Reading | null = null
  let reading: Promise<void> | null = null

  const refresh = (): Promise<void> =>
    (reading ??= (async () => {
      const readAt = now()
      try {
        known = { scopes: await read(), readAt, matching: [] }
      } finally {
        reading = null
      }
    })())

  function matching(call: ScopedCall): readonly number[] {
    if (!known) return []
    for (const one of known.matching) if (isSame(one.call, call)) return one.ids
    const ids = known.scopes.filter(({ body }) => admits(body, call)).map(({ id }) => id)
    const { class: kind, provider, purpose } = call
    known.matching.push({ call: { class: kind, provider, purpose }, ids })
    return ids
  }

  return {
    /** Numbers of the scopes whose lots may pay for such a call; at once where memory has them. */
    admitting(call: ScopedCall, at: Millis): readonly number[] | Promise<readonly number[]> {
      const age = known ? at - known.readAt : Infinity
      if (age >= LIVE) return refresh().then(() => matching(call))
      if (age >= FRESH) refresh().catch(() => {})
      return matching(call)
    },

    /** The same from a reading that begins now. */
    async reread(call: ScopedCall): Promise<readonly number[]> {
      await reading?.catch(() => {})
      await refresh()
      return matching(call)
    },
  }
}

const isSame = (a: ScopedCall, b: ScopedCall): boolean =>
  a.class === b.class && a.provider === b.provider && a.purpose === b.purpose
