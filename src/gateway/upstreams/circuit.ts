import { MINUTE, SECOND, type Millis } from '#base/time.ts'

/** How an upstream stands: failures in a row, and until when others go before it (0: not spared). */
export type Standing = { readonly failures: number; readonly coolingUntil: Millis }

export type Circuit = ReturnType<typeof openCircuit>

/** So many failures in a row spare an upstream that does not say itself for how long. */
const FAILURES = 3
const COOL = 15 * SECOND
const LONGEST_COOL = 2 * MINUTE
/** A busy upstream that does not say for how long. */
const BUSY_COOL = 5 * SECOND
const LONGEST_TOLD = 5 * MINUTE
/** One call tries an upstream that was spared; the others go on sparing it for so long. */
const PROBE_FOR = 5 * SECOND

const WELL: Standing = { failures: 0, coolingUntil: 0 }

/**
 * Which upstreams to spare. Every process learns by itself, and nobody is refused because of it: an upstream that is
 * spared goes behind those that are well. When its time is over one call probes it before the others return.
 */
export function openCircuit(now: () => Millis) {
  const standings = new Map<string, Standing>()
  // Nearly always nothing is known against anybody.
  const of = (id: string): Standing => (standings.size === 0 ? WELL : (standings.get(id) ?? WELL))

  return {
    standing: of,

    /** Those that are well in their own order, then the spared ones, the soonest to return first. */
    order: <T extends { readonly id: string }>(upstreams: readonly T[]): readonly T[] => {
      // Nothing is known against any of them.
      if (standings.size === 0) return upstreams
      const at = now()
      const spared = (one: T): boolean => of(one.id).coolingUntil > at
      const open = upstreams.filter((one) => !spared(one))
      const rest = upstreams.filter(spared).toSorted((a, b) => of(a.id).coolingUntil - of(b.id).coolingUntil)
      const [first] = open
      if (first && rest.length + open.length > 1) {
        const { failures, coolingUntil } = of(first.id)
        if (coolingUntil > 0) standings.set(first.id, { failures, coolingUntil: at + PROBE_FOR })
      }
      return [...open, ...rest]
    },

    /** A reply has begun: it takes calls again, on a short leash until one has ended well. */
    begun: (id: string): void => {
      const { failures, coolingUntil } = of(id)
      if (coolingUntil > 0) standings.set(id, { failures: Math.min(failures, FAILURES - 1), coolingUntil: 0 })
    },

    answered: (id: string): Standing => {
      if (standings.size > 0) standings.delete(id)
      return WELL
    },

    /** `retryAfter` is what the upstream itself asked for. */
    failed: (id: string, { busy, retryAfter }: { busy: boolean; retryAfter: Millis | null }): Standing => {
      const failures = of(id).failures + 1
      const over = failures - FAILURES
      const pause =
        retryAfter !== null
          ? Math.min(Math.max(retryAfter, SECOND), LONGEST_TOLD)
          : busy
            ? BUSY_COOL
            : over >= 0
              ? Math.min(COOL * 2 ** Math.min(over, 10), LONGEST_COOL)
              : 0
      const coolingUntil = pause === 0 ? of(id).coolingUntil : now() + pause
      const standing = { failures, coolingUntil }
      standings.set(id, standing)
      return standing
    },

    /** Somebody changed it: what was known of it is over. */
    forget: (id: string): void => void standings.delete(id),
  }
}
