import type { Millis } from '#base/time.ts'
import type { OpenFeed } from '#prices/hardware/feeds/names.ts'
import type { Rooms } from './rooms.ts'

/** The fetching of price feeds; what it needs is loaded only where some are enabled. `stop` ends a fetch that is under way. */
export async function openPriceFeeds(
  { db, world, hardware }: Rooms,
  enabled: readonly OpenFeed[],
): Promise<{ run(now: Millis): Promise<number>; stop(): void }> {
  if (enabled.length === 0) return { run: () => Promise.resolve(0), stop: () => {} }
  const { openFeeds } = await import('#prices/hardware/feeds/feeds.ts')
  const { openGet } = await import('#prices/hardware/feeds/get.ts')
  const ending = new AbortController()
  const feeds = openFeeds({ db, world, hardware, enabled, get: openGet(undefined, ending.signal) })
  return { run: feeds.run, stop: () => ending.abort() }
}
