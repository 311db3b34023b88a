import type { Millis } from '#base/time.ts'
import type { Policy } from './policy.ts'

/** Readings of keys that follow each other so soon go by one reading of the policy. */
const FRESH = 100

/** The policy as recorded, read at most ten times a second. What was read before a `forget` is not used after it. */
export function openPolicies({ read, now }: { read: () => Promise<Policy>; now: () => Millis }) {
  let known: { readonly policy: Promise<Policy>; readonly at: Millis } | null = null

  return {
    now(): Promise<Policy> {
      if (known && now() - known.at < FRESH) return known.policy
      const own = { policy: read(), at: now() }
      known = own
      own.policy.catch(() => {
        if (known === own) known = null
      })
      return own.policy
    },

    forget: (): void => void (known = null),
  }
}
