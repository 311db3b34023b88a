import { openChain, type Linked } from '#base/chain.ts'
import type { Millis } from '#base/time.ts'

/** A wait that is told when it has lasted too long, unless it was over before. */
export type Wait = { readonly over: () => void }

export type Patience = ReturnType<typeof openPatience>

/** A wait is told of after its length, and at most this part of it later. */
const TICKS = 64

interface Standing extends Linked<Standing> {
  readonly until: number
  readonly late: (value: null) => void
}

/**
 * Waits of one length, for as many calls as there are. They run out in the order in which they began, so one timer looks
 * at the oldest: a timer for each would cost more than most of what is done for a call. A wait keeps the process alive.
 */
export function openPatience(length: Millis) {
  const standing = openChain<Standing>()
  let timer: NodeJS.Timeout | null = null
  let tick = 0

  function look(): void {
    timer = null
    tick += 1
    for (let wait = standing.first(); wait && wait.until <= tick; wait = standing.first()) {
      standing.remove(wait)
      wait.late(null)
    }
    if (!standing.isEmpty()) arm()
  }

  const arm = (): void => void (timer ??= setTimeout(look, length / TICKS))

  function enter(late: (value: null) => void): Standing {
    if (standing.isEmpty()) timer?.ref()
    const own: Standing = { until: tick + TICKS + 1, late, before: null, after: null }
    standing.add(own)
    arm()
    return own
  }

  function leave(own: Standing): void {
    standing.remove(own)
    if (standing.isEmpty()) timer?.unref()
  }

  return {
    begin(late: () => void): Wait {
      const own = enter(late)
      return { over: () => leave(own) }
    },

    /** The value, or null when it takes longer. The work itself goes on. */
    wait: <T>(work: Promise<T>): Promise<T | null> =>
      new Promise((resolve, reject) => {
        const own = enter(resolve)
        work.then(
          (value) => {
            leave(own)
            resolve(value)
          },
          (error: unknown) => {
            leave(own)
            reject(error)
          },
        )
      }),
  }
}
