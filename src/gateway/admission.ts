import type { Failure } from './door.ts'

/** For a process that was told nothing else. */
export const MOST_CALLS = 10_000
/** Operations of calls that are already in: a ledger that is so far behind would only make more of them wait. */
const MOST_WAITING = 20_000

/** Nothing was read, held or sent: the same call is welcome in a moment, here or at another process. */
export const BUSY: Failure = {
  status: 503,
  code: 'busy',
  message: 'Perq: more calls are on their way than this server takes at once. Try again in a moment.',
  retryAfter: 1,
}

/**
 * How many calls are on their way, and whether one more is taken. A call that is refused here costs nearly nothing; one
 * that is taken may hold its whole body until its provider has answered.
 */
export function openAdmission({
  mostCalls,
  waiting,
}: {
  readonly mostCalls: number
  readonly waiting: () => number
}) {
  let running = 0
  let whenIdle: PromiseWithResolvers<void> | null = null

  return {
    running: (): number => running,

    /** False: the process is full. Whoever got in leaves again. */
    enter(): boolean {
      if (running >= mostCalls || waiting() >= MOST_WAITING) return false
      running += 1
      return true
    },

    leave(): void {
      running -= 1
      if (running > 0) return
      whenIdle?.resolve()
      whenIdle = null
    },

    /** When none is left of those on their way. */
    idle(): Promise<void> {
      if (running === 0) return Promise.resolve()
      whenIdle ??= Promise.withResolvers()
      return whenIdle.promise
    },
  }
}
