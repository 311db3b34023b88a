/** Several that ask at about the same time are one reading. */
const BATCH = 500
/** Those that nobody waits for are gathered for so long. */
const GATHER = 250

/**
 * Readings of many things together: one at a time, whoever asks meanwhile comes into the next, so that a thousand busy
 * wallets cost a few statements a second and not a thousand. A reading that is asked for begins after the asking.
 */
export function openLooks<Thing>(read: (things: readonly Thing[]) => Promise<void>) {
  const waiting = new Map<Thing, PromiseWithResolvers<void>>()
  const later = new Set<Thing>()
  let running = false
  let timer: NodeJS.Timeout | null = null

  async function work(): Promise<void> {
    running = true
    do {
      const asked = [...waiting].slice(0, BATCH)
      for (const [thing] of asked) waiting.delete(thing)
      const things = new Set(asked.map(([thing]) => thing))
      for (const thing of later) {
        if (things.size >= BATCH) break
        later.delete(thing)
        things.add(thing)
      }
      try {
        await read([...things])
        for (const [, { resolve }] of asked) resolve()
      } catch (error) {
        for (const [, { reject }] of asked) reject(error)
      }
    } while (waiting.size > 0)
    running = false
    if (later.size > 0) arm()
  }

  function arm(): void {
    timer ??= setTimeout(() => {
      timer = null
      if (later.size > 0 && !running) void work()
    }, GATHER).unref()
  }

  return {
    /** For somebody who waits. */
    now(thing: Thing): Promise<void> {
      const asked = waiting.get(thing)
      if (asked) return asked.promise
      const answer = Promise.withResolvers<void>()
      waiting.set(thing, answer)
      if (!running) void work()
      return answer.promise
    },

    /** Behind whatever asks; what fails is asked for again when it matters. */
    soon(thing: Thing): void {
      later.add(thing)
      if (!running) arm()
    },
  }
}
