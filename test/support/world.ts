import { uuid7 } from '#base/id.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'

export type TestWorld = World & { advance(by: Millis): void; set(to: Millis): void }

/** A world from a seed: the clock moves only when told, ids and bytes repeat from run to run. */
export function testWorld({
  seed = 1,
  now = Date.UTC(2026, 0, 15, 12),
}: { seed?: number; now?: Millis } = {}): TestWorld {
  let at = now
  let state = seed >>> 0
  const next = (): number => {
    // mulberry32: small, good enough to make ids differ, and the same everywhere.
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  const random = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, () => next() & 0xff)
  return {
    now: () => at,
    id: () => uuid7(at, random(10)),
    random,
    advance: (by) => void (at += by),
    set: (to) => void (at = to),
  }
}
