import { SECOND } from '#base/time.ts'

const TRIES = 60
const LIMIT = 10_000

export type Behind = ReturnType<typeof openBehind>

/** Writing behind the calls, tried again for a minute while the database is away. What is too much is not begun. */
export function openBehind() {
  const running = new Set<Promise<boolean>>()
  let closed = false

  async function persist(work: () => Promise<unknown>): Promise<boolean> {
    for (let attempt = 0; attempt < TRIES && (!closed || attempt === 0); attempt += 1) {
      try {
        await work()
        return true
      } catch {
        await new Promise((resolve) => setTimeout(resolve, SECOND).unref())
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
      await Promise.all(running)
    },
  }
}
