import type { Sql } from '#db/sql.ts'
import { toJson } from '#base/json.ts'
import { iso, type Millis } from '#base/time.ts'
import { parseBook, tiersSchema } from './book.ts'
import type { Knowledge, Override, Terms } from './resolve.ts'
import type { ModelClass, Price } from './types.ts'

export type VersionRow = {
  readonly version: number
  readonly kind: 'book' | 'override'
  readonly hash: string
  readonly source: string
  readonly licence: string
  readonly recordedAt: Millis
  readonly recordedBy: string
}

const VERSION = `version, kind, hash, source, licence, recorded_at as "recordedAt", recorded_by as "recordedBy"`

export async function findBook(sql: Sql, hash: string): Promise<number | null> {
  const rows = await sql.query<{ version: number }>('select version from prices.version where hash = $1', [
    hash,
  ])
  return rows[0]?.version ?? null
}

export const listVersions = (sql: Sql): Promise<VersionRow[]> =>
  sql.query<VersionRow>(`select ${VERSION} from prices.version order by version`)

/** Waits for whoever records now: versions are numbered without a gap and in the order of their time. */
export async function nextVersion(sql: Sql, now: Millis): Promise<{ version: number; recordedAt: Millis }> {
  await sql.query('lock table prices.version in share row exclusive mode')
  const rows = await sql.query<{ version: number; recordedAt: Millis }>(
    `select coalesce(max(version), 0) + 1 as version, greatest($1::timestamptz, max(recorded_at)) as "recordedAt"
     from prices.version`,
    [iso(now)],
  )
  return rows[0]!
}

export async function insertVersion(sql: Sql, row: VersionRow & { body: unknown }): Promise<void> {
  await sql.query(
    `insert into prices.version (version, kind, hash, source, licence, recorded_at, recorded_by, body)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)`,
    [
      row.version,
      row.kind,
      row.hash,
      row.source,
      row.licence,
      iso(row.recordedAt),
      row.recordedBy,
      row.body && toJson(row.body),
    ],
  )
}

export async function insertOverride(sql: Sql, override: Override): Promise<void> {
  const { terms } = override
  await sql.query(
    `insert into prices.override (version, provider, model, effective_from, reason, class, context_window, max_output,
       input_pico, cache_read_pico, cache_write_5m_pico, cache_write_1h_pico, output_pico, tiers, audio_input_pico,
       audio_cache_read_pico, web_search_pico)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15, $16, $17)`,
    [
      override.version,
      override.provider,
      override.model,
      iso(override.effectiveFrom),
      override.reason,
      terms?.class ?? null,
      terms?.contextWindow ?? null,
      terms?.maxOutput ?? null,
      terms?.rates.input ?? null,
      terms?.rates.cacheRead ?? null,
      terms?.rates.cacheWrite5m ?? null,
      terms?.rates.cacheWrite1h ?? null,
      terms?.rates.output ?? null,
      terms && toJson(terms.tiers),
      terms?.rates.audioInput ?? null,
      terms?.rates.audioCacheRead ?? null,
      terms?.fees?.webSearch ?? null,
    ],
  )
}

/** Tells every process that prices changed, when the transaction commits. */
export const announce = (sql: Sql): Promise<unknown> => sql.query(`select pg_notify('perq_prices', '')`)

type OverrideRow = {
  version: number
  recordedAt: Millis
  recordedBy: string
  provider: Price['provider']
  model: string
  effectiveFrom: Millis
  reason: string
  class: ModelClass | null
  contextWindow: number | null
  maxOutput: number
  input: bigint
  cacheRead: bigint
  cacheWrite5m: bigint
  cacheWrite1h: bigint
  output: bigint
  audioInput: bigint | null
  audioCacheRead: bigint | null
  webSearch: bigint | null
  tiers: unknown
}

/** Everything that was ever recorded: a handful of books and overrides. */
export async function readKnowledge(sql: Sql): Promise<Knowledge> {
  const books = await sql.query<{ version: number; recordedAt: Millis; body: unknown }>(
    `select version, recorded_at as "recordedAt", body from prices.version where kind = 'book' order by version`,
  )
  const overrides = await sql.query<OverrideRow>(
    `select o.version, v.recorded_at as "recordedAt", v.recorded_by as "recordedBy", o.provider, o.model,
       o.effective_from as "effectiveFrom", o.reason, o.class, o.context_window as "contextWindow",
       o.max_output as "maxOutput", o.input_pico as input, o.cache_read_pico as "cacheRead",
       o.cache_write_5m_pico as "cacheWrite5m", o.cache_write_1h_pico as "cacheWrite1h", o.output_pico as output,
       o.audio_input_pico as "audioInput", o.audio_cache_read_pico as "audioCacheRead", o.web_search_pico as "webSearch", o.tiers
     from prices.override o join prices.version v using (version) order by o.version`,
  )
  return {
    books: books.map(({ version, recordedAt, body }) => ({ version, recordedAt, book: parseBook(body) })),
    overrides: overrides.map((row) => ({
      version: row.version,
      recordedAt: row.recordedAt,
      recordedBy: row.recordedBy,
      provider: row.provider,
      model: row.model,
      effectiveFrom: row.effectiveFrom,
      reason: row.reason,
      terms: termsOf(row),
    })),
  }
}

const termsOf = (row: OverrideRow): Terms | null =>
  row.class && {
    class: row.class,
    contextWindow: row.contextWindow,
    maxOutput: row.maxOutput,
    rates: {
      input: row.input,
      cacheRead: row.cacheRead,
      cacheWrite5m: row.cacheWrite5m,
      cacheWrite1h: row.cacheWrite1h,
      output: row.output,
      ...(row.audioInput === null ? {} : { audioInput: row.audioInput }),
      ...(row.audioCacheRead === null ? {} : { audioCacheRead: row.audioCacheRead }),
    },
    tiers: tiersSchema.parse(row.tiers),
    ...(row.webSearch === null ? {} : { fees: { webSearch: row.webSearch } }),
  }
