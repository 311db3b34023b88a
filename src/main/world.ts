import { randomBytes, randomFillSync } from 'node:crypto'
import { Fault } from '#base/fault.ts'
import { uuid7 } from '#base/id.ts'
import { isDate, startOfDay, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'

/** How far the clock is moved so that it starts at `from` now. */
export const clockOffset = (from: Millis | null): Millis => (from === null ? 0 : from - Date.now())

/** The real clock, moved by `offset` (for demonstrations), and never going back within this process. */
export function realWorld(offset: Millis = 0): World {
  let last = 0
  const now = (): Millis => {
    const at = Date.now() + offset
    if (at > last) last = at
    return last
  }
  const fresh = freshBytes()
  return { now, id: () => uuid7(now(), fresh()), random: randomBytes }
}

const ID_BYTES = 10
const POOL_BYTES = ID_BYTES * 512

/** Random bytes for ids, drawn many at a time, because a draw costs more than all the rest of an id. */
function freshBytes(): () => Uint8Array {
  const pool = Buffer.alloc(POOL_BYTES)
  let used = POOL_BYTES
  return () => {
    if (used === POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    used += ID_BYTES
    return pool.subarray(used - ID_BYTES, used)
  }
}

/** A world whose clock is set by hand: history is made through the same rooms as traffic, at its own time. */
export function pastWorld(start: Millis): World & { set(at: Millis): void } {
  let at = start
  return {
    now: () => at,
    set: (to) => void (at = to),
    id: () => uuid7(at, randomBytes(10)),
    random: randomBytes,
  }
}

/** `2027-03-01` or an ISO time with zone. */
export function parseClock(text: string): Millis {
  if (isDate(text)) return startOfDay(text)
  const at = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(at)) return at
  throw new Fault(
    'invalid',
    `--clock is "${text}"; give a date like 2027-03-01 or a time like 2027-03-01T09:30:00Z`,
    {
      param: '--clock',
    },
  )
}
