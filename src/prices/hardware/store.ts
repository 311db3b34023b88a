import { toJson } from '#base/json.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Form } from './chips.ts'
import type { Observation, PriceTier, Quality } from './observation.ts'
import type { OwnershipTerms } from './ownership.ts'
import type { TokenEvent } from './tokens.ts'

export type LoadKind = 'shipped' | 'file' | 'feed'

/** Why rows were not taken, and the first few of them. */
export type Skipped = { readonly why: string; readonly count: number; readonly examples: readonly string[] }

export type LoadRow = {
  readonly id: string
  readonly kind: LoadKind
  readonly name: string
  readonly hash: string
  readonly recordedAt: Millis
  readonly recordedBy: string
  readonly added: number
  readonly skipped: readonly Skipped[]
  readonly ahead: number
}

const LOAD = `id, kind, name, hash, recorded_at as "recordedAt", recorded_by as "recordedBy", added, skipped, ahead`

/** The load that read these very bytes to the end by then. */
export async function findLoad(sql: Sql, hash: string, by: Millis): Promise<LoadRow | null> {
  const [row] = await sql.query<LoadRow>(
    `select ${LOAD} from prices.load where hash = $1 and ahead = 0 and recorded_at <= $2 order by recorded_at limit 1`,
    [hash, iso(by)],
  )
  return row ?? null
}

/** Waits for whoever loads now. */
export const lockLoads = (sql: Sql): Promise<object[]> =>
  sql.query('lock table prices.load in share row exclusive mode')

export async function insertLoad(sql: Sql, row: LoadRow): Promise<void> {
  await sql.query(
    `insert into prices.load (id, kind, name, hash, recorded_at, recorded_by, added, skipped, ahead)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9)`,
    [
      row.id,
      row.kind,
      row.name,
      row.hash,
      iso(row.recordedAt),
      row.recordedBy,
      row.added,
      toJson(row.skipped),
      row.ahead,
    ],
  )
}

export const readLoads = (sql: Sql, most: number): Promise<LoadRow[]> =>
  sql.query<LoadRow>(`select ${LOAD} from prices.load order by recorded_at desc, id desc limit $1`, [most])

const knownFacts = async (
  sql: Sql,
  table: 'observation' | 'token_event',
  facts: readonly string[],
  by: Millis,
): Promise<ReadonlySet<string>> => {
  const rows = await sql.query<{ fact: string }>(
    table === 'observation'
      ? 'select distinct fact from prices.observation where fact = any($1::uuid[]) and recorded_at <= $2'
      : 'select distinct fact from prices.token_event where fact = any($1::uuid[]) and recorded_at <= $2',
    [facts, iso(by)],
  )
  return new Set(rows.map(({ fact }) => fact))
}

export const knownObservations = (sql: Sql, facts: readonly string[], by: Millis) =>
  knownFacts(sql, 'observation', facts, by)
export const knownTokenEvents = (sql: Sql, facts: readonly string[], by: Millis) =>
  knownFacts(sql, 'token_event', facts, by)

/** All or none, in the caller's transaction. */
export async function insertObservations(
  sql: Sql,
  load: string,
  rows: readonly Observation[],
): Promise<void> {
  if (rows.length === 0) return
  await sql.query(
    `insert into prices.observation (fact, recorded_at, load, provider, accelerator, form, tier, region, term_months, offer,
       price_nano, low_nano, high_nano, effective_from, observed_at, source, licence, quality, note)
     select fact, recorded_at, $1, provider, accelerator, form, tier, region, term_months, offer, price_nano, low_nano, high_nano,
       effective_from, observed_at, source, licence, quality, note
     from jsonb_to_recordset($2::jsonb) as said (fact uuid, recorded_at timestamptz, provider text, accelerator text, form text,
       tier text, region text, term_months int, offer text, price_nano bigint, low_nano bigint, high_nano bigint,
       effective_from timestamptz, observed_at timestamptz, source text, licence text, quality text, note text)`,
    [
      load,
      toJson(
        rows.map((row) => ({
          ...row,
          recorded_at: iso(row.recordedAt),
          term_months: row.termMonths,
          price_nano: row.priceNano,
          low_nano: row.lowNano,
          high_nano: row.highNano,
          effective_from: iso(row.effectiveFrom),
          observed_at: iso(row.observedAt),
        })),
      ),
    ],
  )
}

export async function insertTokenEvents(sql: Sql, load: string, rows: readonly TokenEvent[]): Promise<void> {
  if (rows.length === 0) return
  await sql.query(
    `insert into prices.token_event (fact, recorded_at, load, provider, model, input_pico, output_pico, cached_pico,
       effective_from, source, revision, licence)
     select fact, recorded_at, $1, provider, model, input_pico, output_pico, cached_pico, effective_from, source, revision, licence
     from jsonb_to_recordset($2::jsonb) as said (fact uuid, recorded_at timestamptz, provider text, model text,
       input_pico bigint, output_pico bigint, cached_pico bigint, effective_from date, source text, revision text, licence text)`,
    [
      load,
      toJson(
        rows.map((row) => ({
          ...row,
          recorded_at: iso(row.recordedAt),
          input_pico: row.inputPico,
          output_pico: row.outputPico,
          cached_pico: row.cachedPico,
          effective_from: row.effectiveFrom,
        })),
      ),
    ],
  )
}

type ObservationRow = Omit<Observation, 'form' | 'tier' | 'quality'> & {
  form: Form | null
  tier: PriceTier
  quality: Quality
}

const OBSERVATION = `fact, recorded_at as "recordedAt", provider, accelerator, form, tier, region, term_months as "termMonths", offer,
  price_nano as "priceNano", low_nano as "lowNano", high_nano as "highNano", effective_from as "effectiveFrom",
  observed_at as "observedAt", source, licence, quality, note`

export const MOST_OBSERVATIONS = 50_000

/**
 * What a mark can be made of: the last sighting of each series in each month before `until`, and the last after it, whose price may
 * have held before; all as known by then.
 */
export const readForMark = (
  sql: Sql,
  of: { accelerators: readonly string[]; from: Millis; until: Millis; knownAt: Millis },
): Promise<Observation[]> =>
  sql.query<ObservationRow>(
    `select distinct on (source, provider, accelerator, form, tier, region, term_months, offer, span) ${OBSERVATION},
       case when observed_at < $3::timestamptz then date_trunc('month', observed_at, 'UTC') end as span
     from prices.observation
     where accelerator = any($1::text[]) and observed_at >= $2 and effective_from < $3 and recorded_at <= $4
     order by source, provider, accelerator, form, tier, region, term_months, offer, span,
       observed_at desc, recorded_at desc, quality in ('ok', 'thin') desc, fact desc
     limit $5`,
    [of.accelerators, iso(of.from), iso(of.until), iso(of.knownAt), MOST_OBSERVATIONS],
  )

/** Page by page in the order of both times and fact. */
export const readObservations = (
  sql: Sql,
  of: {
    accelerator: string
    from: Millis
    until: Millis
    knownAt: Millis
    after: { observedAt: Millis; fact: string } | null
    most: number
  },
): Promise<Observation[]> =>
  sql.query<ObservationRow>(
    `select * from (
       select distinct on (fact) ${OBSERVATION} from prices.observation
       where accelerator = $1 and observed_at >= $2 and observed_at < $3 and recorded_at <= $4
       order by fact, recorded_at
     ) as said
     where $5::timestamptz is null or ("observedAt", fact) > ($5::timestamptz, $6::uuid)
     order by "observedAt", fact limit $7`,
    [
      of.accelerator,
      iso(of.from),
      iso(of.until),
      iso(of.knownAt),
      of.after && iso(of.after.observedAt),
      of.after?.fact ?? null,
      of.most,
    ],
  )

export const readTokenEvents = (
  sql: Sql,
  of: { provider: string | null; model: string | null; knownAt: Millis; most: number },
): Promise<TokenEvent[]> =>
  sql.query<TokenEvent>(
    `select distinct on (fact) fact, recorded_at as "recordedAt", provider, model, input_pico as "inputPico",
       output_pico as "outputPico", cached_pico as "cachedPico", effective_from as "effectiveFrom", source, revision, licence
     from prices.token_event
     where ($1::text is null or provider = $1) and ($2::text is null or model = $2) and recorded_at <= $3
     order by fact, recorded_at limit $4`,
    [of.provider, of.model, iso(of.knownAt), of.most],
  )

export type OwnershipRow = {
  readonly id: string
  readonly accelerator: string
  readonly terms: OwnershipTerms
  readonly effectiveFrom: Millis
  readonly recordedAt: Millis
  readonly recordedBy: string
  readonly source: string
}

const OWNERSHIP = `id, accelerator, terms, effective_from as "effectiveFrom", recorded_at as "recordedAt",
  recorded_by as "recordedBy", source`

/** The terms in force before `until`, as known by then. */
export async function readOwnership(
  sql: Sql,
  of: { accelerator: string; until: Millis; knownAt: Millis },
): Promise<OwnershipRow | null> {
  const [row] = await sql.query<OwnershipRow>(
    `select ${OWNERSHIP} from prices.ownership where accelerator = $1 and effective_from < $2 and recorded_at <= $3
     order by effective_from desc, recorded_at desc, id desc limit 1`,
    [of.accelerator, iso(of.until), iso(of.knownAt)],
  )
  return row ?? null
}

export async function insertOwnership(sql: Sql, row: OwnershipRow): Promise<void> {
  await sql.query(
    `insert into prices.ownership (id, accelerator, terms, effective_from, recorded_at, recorded_by, source)
     values ($1, $2, $3::jsonb, $4, $5, $6, $7)`,
    [
      row.id,
      row.accelerator,
      toJson(row.terms),
      iso(row.effectiveFrom),
      iso(row.recordedAt),
      row.recordedBy,
      row.source,
    ],
  )
}

export type StoredMark = {
  readonly hash: string
  readonly inputs: string
  readonly outcome: string
  readonly recordedAt: Millis
}

export async function insertMark(
  sql: Sql,
  mark: StoredMark & { accelerator: string; basis: string; asOf: DateText },
): Promise<void> {
  await sql.query(
    `insert into prices.mark (hash, accelerator, basis, as_of, inputs, outcome, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (hash) do nothing`,
    [mark.hash, mark.accelerator, mark.basis, mark.asOf, mark.inputs, mark.outcome, iso(mark.recordedAt)],
  )
}

export async function findMark(sql: Sql, hash: string): Promise<StoredMark | null> {
  const [row] = await sql.query<StoredMark>(
    'select hash, inputs, outcome, recorded_at as "recordedAt" from prices.mark where hash = $1',
    [hash],
  )
  return row ?? null
}

export type FeedRun = {
  readonly id: string
  readonly feed: string
  readonly at: Millis
  /** Null: it failed. */
  readonly load: string | null
  readonly error: string | null
}

export const insertFeedRun = (sql: Sql, run: FeedRun): Promise<object[]> =>
  sql.query('insert into prices.feed_run (id, feed, at, load, error) values ($1, $2, $3, $4, $5)', [
    run.id,
    run.feed,
    iso(run.at),
    run.load,
    run.error,
  ])

export const lastFeedRuns = (sql: Sql): Promise<FeedRun[]> =>
  sql.query<FeedRun>(
    'select distinct on (feed) id, feed, at, load, error from prices.feed_run order by feed, at desc, id desc',
  )

/** What each model last cost by a source, as known by then. */
export const lastTokenPrices = (
  sql: Sql,
  source: string,
  knownAt: Millis,
): Promise<Pick<TokenEvent, 'provider' | 'model' | 'inputPico' | 'outputPico' | 'cachedPico'>[]> =>
  sql.query(
    `select distinct on (provider, model) provider, model, input_pico as "inputPico", output_pico as "outputPico",
       cached_pico as "cachedPico"
     from prices.token_event where source = $1 and recorded_at <= $2
     order by provider, model, effective_from desc, recorded_at desc, fact`,
    [source, iso(knownAt)],
  )
