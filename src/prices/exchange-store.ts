import type { Exchangeable } from '#base/asset.ts'
import { rational } from '#base/rational.ts'
import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { ExchangeRow, UtilisationRow } from './exchange.ts'

/** Far above what people record by hand; more would be a program gone wild. */
export const MOST_ROWS = 100_000

type Row = {
  id: string
  from_asset: Exchangeable | null
  to_asset: Exchangeable | null
  accelerator: string | null
  n: string | null
  d: string | null
  effective_from: Millis
  recorded_at: Millis
  recorded_by: string
  source: string
}

const COLUMNS = `id, from_asset, to_asset, accelerator, rate_n::text as n, rate_d::text as d, effective_from, recorded_at,
  recorded_by, source`

export async function readExchange(sql: Sql): Promise<(ExchangeRow | UtilisationRow)[]> {
  const rows = await sql.query<Row>(
    `select ${COLUMNS} from prices.exchange order by recorded_at, id limit $1`,
    [MOST_ROWS],
  )
  return rows.map(rowOf)
}

export async function findExchange(sql: Sql, id: string): Promise<ExchangeRow | UtilisationRow | null> {
  const [row] = await sql.query<Row>(`select ${COLUMNS} from prices.exchange where id = $1`, [id])
  return row ? rowOf(row) : null
}

function rowOf(row: Row): ExchangeRow | UtilisationRow {
  const recorded = {
    id: row.id,
    effectiveFrom: row.effective_from,
    recordedAt: row.recorded_at,
    recordedBy: row.recorded_by,
    source: row.source,
  }
  const rate = row.n === null || row.d === null ? null : rational(BigInt(row.n), BigInt(row.d))
  if (row.from_asset !== null && row.to_asset !== null)
    return { ...recorded, kind: 'rate', from: row.from_asset, to: row.to_asset, rate }
  return { ...recorded, kind: 'utilisation', accelerator: row.accelerator, share: rate! }
}

/** Waits for whoever records now: each row has a later time than those before it. */
export async function nextExchange(sql: Sql, now: Millis): Promise<{ count: bigint; recordedAt: Millis }> {
  await sql.query('lock table prices.exchange in share row exclusive mode')
  const [row] = await sql.query<{ count: bigint; recordedAt: Millis }>(
    `select count(*) as count, greatest($1::timestamptz, max(recorded_at) + interval '1 millisecond') as "recordedAt"
     from prices.exchange`,
    [iso(now)],
  )
  return row!
}

export async function insertExchange(sql: Sql, row: ExchangeRow | UtilisationRow): Promise<void> {
  const rate = row.kind === 'rate' ? row.rate : row.share
  await sql.query(
    `insert into prices.exchange (id, from_asset, to_asset, accelerator, rate_n, rate_d, effective_from, recorded_at, recorded_by, source)
     values ($1, $2, $3, $4, $5::text::numeric, $6::text::numeric, $7, $8, $9, $10)`,
    [
      row.id,
      row.kind === 'rate' ? row.from : null,
      row.kind === 'rate' ? row.to : null,
      row.kind === 'utilisation' ? row.accelerator : null,
      rate === null ? null : String(rate.n),
      rate === null ? null : String(rate.d),
      iso(row.effectiveFrom),
      iso(row.recordedAt),
      row.recordedBy,
      row.source,
    ],
  )
}

export const announceExchange = (sql: Sql): Promise<object[]> =>
  sql.query("select pg_notify('perq_exchange', '')")
