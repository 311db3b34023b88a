import { SECOND, type Millis } from '#base/time.ts'

/** The others call a process dead whose heartbeat stood still for 20 s; it should get no new calls before that. */
const BEAT_WITHIN = 12 * SECOND

export type Readiness = ReturnType<typeof openReadiness>

/** Whether this process should be given new work, as `/readyz` tells it. `now` only ever goes forward. */
export function openReadiness({ now, full }: { now: () => Millis; full: () => boolean }) {
  let beatAt = now()
  let draining = false
  return {
    drain: (): void => void (draining = true),
    /** A heartbeat was committed. */
    beat: (): void => void (beatAt = now()),
    /** Null when it is ready, else why not. */
    trouble: (): string | null => {
      if (draining) return 'it is stopping'
      if (full()) return 'its memory is nearly full'
      if (now() - beatAt > BEAT_WITHIN) return 'its last heartbeat is too old'
      return null
    },
  }
}
