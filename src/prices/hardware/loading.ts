import { sha256Hex } from '#base/json.ts'
import { dayOf, type Millis } from '#base/time.ts'
import type { Db } from '#db/sql.ts'
import { factOf, type Observation, type Said } from './observation.ts'
import * as store from './store.ts'
import { tokenFactOf, type TokenEvent, type TokenSaid } from './tokens.ts'

/** What a source says, read and judged. */
export type Reading = {
  readonly kind: store.LoadKind
  readonly name: string
  /** The bytes that were read. */
  readonly bytes: string
  readonly observations: readonly Said[]
  readonly tokens: readonly TokenSaid[]
  readonly skipped: readonly store.Skipped[]
}

/**
 * Records a reading in one transaction: all of it that is new, or nothing. What is seen later than `recordedAt` is left for a later
 * reading, so that a book that is loaded as of an earlier day knows what could be known then. Null when these bytes were read before.
 */
export async function record(
  db: Db,
  reading: Reading,
  { id, recordedAt, by }: { id: string; recordedAt: Millis; by: string },
): Promise<store.LoadRow | null> {
  const hash = sha256Hex(reading.bytes)
  if (await store.isLoaded(db, hash, recordedAt)) return null
  return db.tx(async (sql) => {
    await store.lockLoads(sql)
    // Another process may have loaded it while this one waited.
    if (await store.isLoaded(sql, hash, recordedAt)) return null
    const seen = reading.observations.filter(({ observedAt }) => observedAt <= recordedAt)
    const said = reading.tokens.filter((one) => isKnownBy(one, recordedAt))
    const observations = distinct(seen.map((one) => ({ ...one, fact: factOf(one), recordedAt })))
    const tokens = distinct(said.map((one) => ({ ...one, fact: tokenFactOf(one), recordedAt })))
    const old = await store.knownObservations(sql, factsOf(observations), recordedAt)
    const oldTokens = await store.knownTokenEvents(sql, factsOf(tokens), recordedAt)
    const fresh: Observation[] = observations.filter(({ fact }) => !old.has(fact))
    const freshTokens: TokenEvent[] = tokens.filter(({ fact }) => !oldTokens.has(fact))
    const row: store.LoadRow = {
      id,
      kind: reading.kind,
      name: reading.name,
      hash,
      recordedAt,
      recordedBy: by,
      added: fresh.length + freshTokens.length,
      skipped: reading.skipped,
      ahead: reading.observations.length - seen.length + reading.tokens.length - said.length,
    }
    await store.insertLoad(sql, row)
    await store.insertObservations(sql, id, fresh)
    await store.insertTokenEvents(sql, id, freshTokens)
    return row
  })
}

/** A price that a source dates itself is announced before it holds; any other is known on the day that shows it. */
const isKnownBy = ({ effectiveFrom, source }: TokenSaid, at: Millis): boolean =>
  effectiveFrom <= dayOf(at) || source.endsWith('(effective date)')

const factsOf = (rows: readonly { readonly fact: string }[]): string[] => rows.map(({ fact }) => fact)

const distinct = <Each extends { readonly fact: string }>(rows: readonly Each[]): readonly Each[] => [
  ...new Map(rows.map((row) => [row.fact, row])).values(),
]
