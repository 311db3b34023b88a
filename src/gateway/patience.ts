import type { Millis } from '#base/time.ts'

/** A wait that is told when it has lasted too long, unless it was over before. */
export type Wait = { readonly over: () => void }

export type Patience = ReturnType<typeof openPatience>

/** A wait is told of after its length, and at most this part of it later. */
const TICKS = 64

type Standing = { readonly until: number; readonly late: () => void }

/**
 * Waits of one length, for as many calls as there are. They run out in the order in which they began, so one timer looks
 * at the oldest: a timer for each would cost more than most of what is done for a call. A wait keeps the process alive.
 */
export function openPatience(length: Millis) {
  const standing = new Set<Standing>()
  let timer: NodeJS.Timeout | null = null
  let tick = 0

  function look(): void {
    timer = null
    tick += 1
    for (const wait of standing) {
      if (wait.until > tick) break
      standing.delete(wait)
      wait.late()
    }
    if (standing.size > 0) arm()
  }

  const arm = (): void => void (timer ??= setTimeout(look, length / TICKS))

  function begin(late: () => void): Wait {
    if (standing.size === 0) timer?.ref()
    const own = { until: tick + TICKS + 1, late }
    standing.add(own)
    arm()
    return {
      over: () => {
        standing.delete(own)
        if (standing.size === 0) timer?.unref()
      },
    }
  }

  return {
    begin,

    /** The value, or null when it takes longer. The work itself goes on. */
    wait: <T>(work: Promise<T>): Promise<T | null> =>
      new Promise((resolve, reject) => {
        const wait = begin(() => resolve(null))
        work.then(
          (value) => {
            wait.over()
            resolve(value)
          },
          (error: unknown) => {
            wait.over()
            reject(error)
          },
        )
      }),
  }
}
