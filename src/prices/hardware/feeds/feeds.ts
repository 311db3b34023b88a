import { messageOf } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { sha256Hex } from '#base/json.ts'
import { dayOf, HOUR, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import type { Hardware } from '../hardware.ts'
import type { Reading } from '../loading.ts'
import { insertFeedRun, lastFeedRuns, type FeedRun } from '../store.ts'
import { aws } from './aws.ts'
import { azure } from './azure.ts'
import type { Document, Feed, Get } from './feed.ts'
import { genaiPrices } from './genai-prices.ts'
import { gpuhunt } from './gpuhunt.ts'
import { runpod, vast } from './markets.ts'
import type { FeedName, OpenFeed } from './names.ts'
import { skypilot } from './skypilot.ts'

export const FEEDS: Readonly<Record<FeedName, Feed>> = {
  gpuhunt,
  skypilot,
  aws,
  azure,
  vast,
  runpod,
  'genai-prices': genaiPrices,
}

/** What documents of a feed say, as one reading. The day is in it: the same prices seen on another day are another sighting. */
export function readingOf(feed: Feed, documents: readonly Document[], seenAt: Millis): Reading {
  const bytes = documents.map((one) => `${one.name} ${sha256Hex(one.bytes)}`).join('\n')
  return {
    kind: 'feed',
    name: feed.name,
    bytes: `${feed.name} ${dayOf(seenAt)}\n${bytes}`,
    ...feed.parse(documents, seenAt),
  }
}

/** A feed is fetched once a day; after a failure sooner. */
const AGAIN_AFTER = 24 * HOUR
const AGAIN_AFTER_FAILURE = 3 * HOUR

/** The scheduled fetching of feeds. With none enabled it does nothing, and that is how it comes. */
export function openFeeds({
  db,
  world,
  hardware,
  enabled,
  get,
}: {
  db: Db
  world: World
  hardware: Pick<Hardware, 'record'>
  enabled: readonly OpenFeed[]
  get: Get
}) {
  async function fetchOne(name: OpenFeed, now: Millis): Promise<FeedRun> {
    const run = { id: world.id(), feed: name, at: now }
    try {
      const feed = FEEDS[name]
      invariant(feed.collect, `${name} can be fetched by anybody`)
      const documents = await feed.collect(get)
      const { load } = await hardware.record(readingOf(feed, documents, now), name, now)
      return { ...run, load: load.id, error: null }
    } catch (error) {
      return { ...run, load: null, error: messageOf(error).slice(0, 1_000) || 'failed without a word' }
    }
  }

  return {
    /** Fetches those whose time has come, one after the other; how each went is kept. Answers how many were fetched. */
    async run(now: Millis): Promise<number> {
      if (enabled.length === 0) return 0
      const last = new Map((await lastFeedRuns(db)).map((run) => [run.feed, run]))
      const due = enabled.filter((name) => {
        const run = last.get(name)
        return !run || now - run.at >= (run.error === null ? AGAIN_AFTER : AGAIN_AFTER_FAILURE)
      })
      for (const name of due) await insertFeedRun(db, await fetchOne(name, now))
      return due.length
    },
  }
}
