import { SECOND } from '#base/time.ts'

const TRIES = 60
const LIMIT = 10_000

export type Behind = ReturnType<typeof openBehind>

/** Writing behind the calls, tried again for a minute while the database is away. What is too much is not begun. */
export function openBehind() {
  const running = new Set<Promise<boolean>>()
  const pauses = new Set<() => void>()
  let closed = false

  /** Keeps no process alive, so whoever closes ends it: else the process could be gone before the closing is. */
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        pauses.delete(end)
        resolve()
      }
      const timer = setTimeout(end, SECOND).unref()
      pauses.add(end)
    })

  async function persist(work: () => Promise<unknown>): Promise<boolean> {
    for (let attempt = 0; attempt < TRIES && (!closed || attempt === 0); attempt += 1) {
      try {
        await work()
        return true
      } catch {
        if (closed) return false
        await pause()
      }
    }
    return false
  }

  return {
    /** False when it was given up. Never throws. */
    write(work: () => Promise<unknown>): Promise<boolean> {
      if (running.size >= LIMIT) return Promise.resolve(false)
      const done = persist(work)
      running.add(done)
      void done.finally(() => running.delete(done))
      return done
    },

    /** Waits for what is being written. */
    async close(): Promise<void> {
      closed = true
      for (const end of pauses) end()
      await Promise.all(running)
    },
  }
}
