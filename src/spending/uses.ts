import { MINUTE, SECOND, type Millis } from '#base/time.ts'

/** The first use of a key is to be seen soon. */
const SOON = SECOND
/** Later ones so often: people look at minutes, and a row a second for each key would be no small load. */
const LATER = MINUTE
const LIMIT = 20_000

type Use = { readonly key: string; at: Millis; readonly familiar: boolean }

/**
 * When keys were used, written behind the calls: a key that is new to this process within a second, every other within
 * a minute, all of them in one writing. A writing that fails is tried again with the next; it never reaches a caller,
 * because a late "last used" harms nobody.
 */
export function openUses(write: (uses: readonly { key: string; at: Millis }[]) => Promise<void>) {
  let pending = new Map<string, Use>()
  /** Keys that were written before; the first of them is forgotten when there are too many. */
  const familiar = new Set<string>()
  let soon: NodeJS.Timeout | null = null
  let later: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()

  function met(key: string): void {
    familiar.add(key)
    if (familiar.size > LIMIT) familiar.delete(familiar.values().next().value!)
  }

  async function flush(all: boolean): Promise<void> {
    const batch = [...pending.values()].filter((use) => all || !use.familiar)
    if (batch.length === 0) return
    for (const { key } of batch) pending.delete(key)
    try {
      await write(batch.map(({ key, at }) => ({ key, at })))
      for (const { key } of batch) met(key)
    } catch {
      const again = batch.map((use) => [use.key, use] as const)
      pending = new Map([...again, ...pending])
    }
  }
  const flushNext = (all: boolean): Promise<void> => (writing = writing.then(() => flush(all)))

  return {
    used(key: string, at: Millis): void {
      let use = pending.get(key)
      if (use) use.at = at
      else {
        if (pending.size >= LIMIT) return
        use = { key, at, familiar: familiar.has(key) }
        pending.set(key, use)
      }
      // Neither keeps the process alive: `close` writes what is left.
      if (use.familiar)
        later ??= setTimeout(() => {
          later = null
          void flushNext(true)
        }, LATER).unref()
      else
        soon ??= setTimeout(() => {
          soon = null
          void flushNext(false)
        }, SOON).unref()
    },

    async close(): Promise<void> {
      clearTimeout(soon ?? undefined)
      clearTimeout(later ?? undefined)
      await flushNext(true)
    },
  }
}
