import { SECOND, type Millis } from '#base/time.ts'

const EVERY = SECOND
const LIMIT = 20_000

/**
 * When keys were used, written behind the calls: at most one writing a second, with every key once. A writing that
 * fails is tried again with the next; it never reaches a caller, because a late "last used" harms nobody.
 */
export function openUses(write: (uses: readonly { key: string; at: Millis }[]) => Promise<void>) {
  let pending = new Map<string, Millis>()
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()

  async function flush(): Promise<void> {
    timer = null
    const batch = pending
    pending = new Map()
    if (batch.size === 0) return
    try {
      await write([...batch].map(([key, at]) => ({ key, at })))
    } catch {
      for (const [key, at] of pending) batch.set(key, at)
      pending = batch
    }
  }

  return {
    used(key: string, at: Millis): void {
      if (pending.size >= LIMIT && !pending.has(key)) return
      pending.set(key, at)
      // Does not keep the process alive: `close` writes what is left.
      timer ??= setTimeout(() => void (writing = writing.then(flush)), EVERY).unref()
    },

    async close(): Promise<void> {
      if (timer) clearTimeout(timer)
      await (writing = writing.then(flush))
    },
  }
}
