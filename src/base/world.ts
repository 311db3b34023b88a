import type { Millis } from './time.ts'

/**
 * What rooms may know of the outside: the time, fresh ids, secret random bytes. `main/` makes it from the real
 * clock and the real random source; tests and simulations make it from a seed.
 */
export type World = {
  /** Never goes back within one process. */
  readonly now: () => Millis
  /** A fresh time-ordered uuid (version 7). */
  readonly id: () => string
  /** Cryptographically strong bytes in production. */
  readonly random: (bytes: number) => Uint8Array
}
