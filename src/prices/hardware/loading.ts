import { canonicalJson, sha256Hex } from '#base/json.ts'
import { dayOf, type Millis } from '#base/time.ts'
import type { Db, Sql } from '#db/sql.ts'
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

/** Far beyond every clock: what another process records while its clock is ahead is known too. */
export const END_OF_TIME: Millis = Date.UTC(9999, 11, 31)

export type Recording = {
  readonly id: string
  readonly recordedAt: Millis
  readonly by: string
  /** What was recorded later counts for nothing: only where a book is to be known as of an earlier day. */
  readonly knownBy?: Millis
}

export type Recorded = { readonly load: store.LoadRow; readonly again: boolean }

/**
 * Records a reading in one transaction: all of it that is new, or nothing. What is seen later than `recordedAt` is left for a later
 * reading, so that a book that is loaded as of an earlier day knows what could be known then. `again`: these bytes were read before.
 */
export async function record(
  db: Db,
  reading: Reading,
  { id, recordedAt, by, knownBy = END_OF_TIME }: Recording,
): Promise<Recorded> {
  const hash = sha256Hex(reading.bytes)
  const standing = await store.findLoad(db, hash, knownBy)
  if (standing) return { load: standing, again: true }
  return db.tx(async (sql) => {
    await store.lockLoads(sql)
    // Another process may have loaded it while this one waited.
    const other = await store.findLoad(sql, hash, knownBy)
    if (other) return { load: other, again: true }
    const seen = reading.observations.filter(({ observedAt }) => observedAt <= recordedAt)
    const known = reading.tokens.filter((one) => isKnownBy(one, recordedAt))
    const said = reading.kind === 'feed' ? await changed(sql, known, knownBy) : known
    const observations = distinct(seen.map((one) => ({ ...one, fact: factOf(one), recordedAt })))
    const tokens = distinct(said.map((one) => ({ ...one, fact: tokenFactOf(one), recordedAt })))
    const old = await store.knownObservations(sql, factsOf(observations), knownBy)
    const oldTokens = await store.knownTokenEvents(sql, factsOf(tokens), knownBy)
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
      ahead: reading.observations.length - seen.length + reading.tokens.length - known.length,
    }
    // Shipped files that reach beyond the clock are read again at every start: without news that is nothing to keep.
    if (row.added > 0 || row.ahead === 0) await store.insertLoad(sql, row)
    await store.insertObservations(sql, id, fresh)
    await store.insertTokenEvents(sql, id, freshTokens)
    return { load: row, again: false }
  })
}

/** A feed tells every price every day: only one that differs from the last is news. */
async function changed(sql: Sql, said: readonly TokenSaid[], by: Millis): Promise<readonly TokenSaid[]> {
  const last = new Map<string, string>()
  for (const source of new Set(said.map((one) => one.source)))
    for (const one of await store.lastTokenPrices(sql, source, by))
      last.set(canonicalJson([source, one.provider, one.model]), pricesOf(one))
  return said.filter(
    (one) => isDated(one) || last.get(canonicalJson([one.source, one.provider, one.model])) !== pricesOf(one),
  )
}

const pricesOf = ({
  inputPico,
  outputPico,
  cachedPico,
}: Pick<TokenSaid, 'inputPico' | 'outputPico' | 'cachedPico'>): string =>
  canonicalJson([inputPico, outputPico, cachedPico])

const isDated = ({ source }: TokenSaid): boolean => source.endsWith('(effective date)')

/** A price that a source dates itself is announced before it holds; any other is known on the day that shows it. */
const isKnownBy = (said: TokenSaid, at: Millis): boolean => said.effectiveFrom <= dayOf(at) || isDated(said)

const factsOf = (rows: readonly { readonly fact: string }[]): string[] => rows.map(({ fact }) => fact)

const distinct = <Each extends { readonly fact: string }>(rows: readonly Each[]): readonly Each[] => [
  ...new Map(rows.map((row) => [row.fact, row])).values(),
]
