import type { Millis } from '#base/time.ts'

export type Limiter = {
  /** True when one more attempt of this key is within the limit; it is then counted. */
  take(key: string): boolean
}

/**
 * At most `max` attempts a key in each window. Memory is bounded: beyond `keysMax` keys the oldest windows are
 * forgotten first. Per process, which is enough against guessing: a sign-in token has 256 bits.
 */
export function createLimiter({
  max,
  windowMs,
  keysMax,
  now,
}: {
  max: number
  windowMs: Millis
  keysMax: number
  now: () => Millis
}): Limiter {
  const windows = new Map<string, { readonly since: Millis; count: number }>()
  return {
    take(key) {
      const at = now()
      const known = windows.get(key)
      if (known && at - known.since < windowMs) return ++known.count <= max
      windows.delete(key)
      const oldest = windows.keys().next()
      if (windows.size >= keysMax && !oldest.done) windows.delete(oldest.value)
      windows.set(key, { since: at, count: 1 })
      return max >= 1
    },
  }
}
