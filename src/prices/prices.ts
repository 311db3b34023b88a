import { invariant } from '#base/invariant.ts'
import { canonicalJson, sha256Hex } from '#base/json.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import compiled from './book.json' with { type: 'json' }
import { parseBook } from './book.ts'
import { termsOf, type OverrideAsk } from './override.ts'
import {
  createResolver,
  knownAt,
  overridePrice,
  type Knowledge,
  type Override,
  type Resolver,
} from './resolve.ts'
import * as store from './store.ts'
import type { Price } from './types.ts'

export interface Prices {
  /** Records the compiled book if it is new, reads what is known, and follows what other processes record. */
  load(): Promise<void>
  /**
   * The price in force at `at`, by any name of the model: aliases, dated snapshots, `-latest`. In memory. With
   * `asKnownAt` it answers as it would have at that instant, whatever was recorded later.
   */
  resolve(provider: Price['provider'], model: string, at: Millis, asKnownAt?: Millis): Price | null
  /**
   * The very price that a call was charged by: that of version `version`, whatever was recorded since. Null when that
   * version never priced the model.
   */
  stamped(version: number, provider: Price['provider'], model: string, at: Millis): Price | null
  /** One price per model, in force at `at` (now when absent). */
  models(provider?: Price['provider'], at?: Millis): Price[]
  /** Where a price came from: the row that `Price.version` names. */
  version(version: number): store.VersionRow | null
  /** Records a price of the company's own as a new version, and returns it. Throws Fault `invalid`. */
  override(ask: OverrideAsk, by: string): Promise<store.VersionRow>
  close(): Promise<void>
}

const LICENCE_OF_OWN = 'own'

export function openPrices({ db, world }: { db: Db; world: World }): Prices {
  let known: {
    knowledge: Knowledge
    resolver: Resolver
    /** What each recorded book says by itself. */
    ofBook: ReadonlyMap<number, Resolver>
    versions: ReadonlyMap<number, store.VersionRow>
  } | null = null
  let stop: (() => Promise<void>) | null = null
  let reading: Promise<void> = Promise.resolve()

  async function read(): Promise<void> {
    // Versions last: each version that knowledge speaks of is then there.
    const knowledge = await store.readKnowledge(db)
    const versions = await store.listVersions(db)
    known = {
      knowledge,
      resolver: createResolver(knowledge),
      ofBook: new Map(
        knowledge.books.map((book) => [book.version, createResolver({ books: [book], overrides: [] })]),
      ),
      versions: new Map(versions.map((row) => [row.version, row])),
    }
  }

  /** One at a time, in order, so that an older reading never replaces a newer one. */
  const reload = (): Promise<void> => (reading = reading.catch(() => {}).then(read))
  // The book in memory stays in force when a reading fails; the next notification or reconnect reads again.
  const follow = (): void => void reload().catch(() => {})

  const current = (): NonNullable<typeof known> => {
    invariant(known, 'prices are loaded before they are asked')
    return known
  }

  async function recordBook(): Promise<void> {
    const book = parseBook(compiled)
    if ((await store.findBook(db, book.hash)) !== null) return
    await db.tx(async (sql) => {
      const { version, recordedAt } = await store.nextVersion(sql, world.now())
      // Another process may have recorded it while this one waited.
      if ((await store.findBook(sql, book.hash)) !== null) return
      const { name, version: sourceVersion, licence } = book.source
      const row = {
        version,
        kind: 'book' as const,
        hash: book.hash,
        source: `${name} ${sourceVersion}`,
        licence,
      }
      await store.insertVersion(sql, { ...row, recordedAt, recordedBy: 'perq', body: compiled })
      await store.announce(sql)
    })
  }

  async function record(sql: Sql, ask: OverrideAsk, by: string): Promise<store.VersionRow> {
    const { version, recordedAt } = await store.nextVersion(sql, world.now())
    const inForce = createResolver(await store.readKnowledge(sql)).resolve(
      ask.provider,
      ask.model,
      ask.effectiveFrom,
    )
    const override: Override = {
      version,
      recordedAt,
      recordedBy: by,
      provider: ask.provider,
      model: inForce?.model ?? ask.model.toLowerCase(),
      effectiveFrom: ask.effectiveFrom,
      reason: ask.reason.trim(),
      terms: termsOf(ask, inForce),
    }
    const row = {
      version,
      kind: 'override' as const,
      hash: sha256Hex(canonicalJson(override)),
      source: override.reason,
      licence: LICENCE_OF_OWN,
      recordedAt,
      recordedBy: by,
    }
    await store.insertVersion(sql, { ...row, body: null })
    await store.insertOverride(sql, override)
    await store.announce(sql)
    return row
  }

  return {
    async load() {
      await recordBook()
      stop ??= await db.listen('perq_prices', follow, follow)
      await reload()
    },

    resolve(provider, model, at, asKnownAt) {
      const { knowledge, resolver } = current()
      if (asKnownAt === undefined) return resolver.resolve(provider, model, at)
      return createResolver(knownAt(knowledge, asKnownAt)).resolve(provider, model, at)
    },

    stamped(version, provider, model, at) {
      const { knowledge, ofBook } = current()
      const override = knowledge.overrides.find((one) => one.version === version)
      if (override) return override.provider === provider ? overridePrice(override) : null
      return ofBook.get(version)?.resolve(provider, model, at) ?? null
    },

    models: (provider, at) => current().resolver.models(at ?? world.now(), provider),

    version: (version) => current().versions.get(version) ?? null,

    async override(ask, by) {
      const row = await db.tx((sql) => record(sql, ask, by))
      await reload()
      return row
    },

    async close() {
      await stop?.()
      stop = null
      await reading.catch(() => {})
    },
  }
}
