import { iso } from '#base/time.ts'
import type { Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { CallStatus, Purpose } from '#ledger/types.ts'
import { batchPrice, cost } from '#prices/cost.ts'
import type { Prices } from '#prices/prices.ts'
import type { Cost, CostLine, ModelClass, Price } from '#prices/types.ts'
import { callMeets, callValues, spanOf } from './filter.ts'
import type { CallFilter, TimeFilter } from './filter.ts'
import { decode, INSTANT, pageOf, UUID } from './page.ts'

export type CallView = {
  readonly id: string
  readonly at: string
  readonly started_at: string
  readonly door: string
  readonly route: string
  readonly model: string
  readonly class: ModelClass
  readonly provider: string
  readonly upstream: string
  readonly purpose: Purpose
  readonly key: { readonly id: string; readonly name: string } | null
  readonly tokens: {
    readonly input: number
    readonly cache_read: number
    readonly cache_write_5m: number
    readonly cache_write_1h: number
    readonly output: number
    readonly reasoning: number
    readonly audio_input: number
    readonly audio_cache_read: number
    readonly searches: number
  }
  /** Null for a call that was answered at once. */
  readonly variant: 'batch' | null
  readonly held: bigint
  readonly cost: bigint
  readonly charged: bigint
  readonly absorbed: bigint
  readonly status: CallStatus
  readonly estimated: boolean
  readonly price: {
    readonly version: number
    readonly source: string
    /** Null when the source names no date. */
    readonly effective_from: string | null
    readonly tier_above: number | null
  }
  /** Tokens × rate for each item; their sum, rounded once, is `cost`. Empty when usage did not make the cost. */
  readonly lines: readonly {
    readonly item: CostLine['item']
    readonly tokens: number
    readonly rate_pico: bigint
    readonly cost_pico: bigint
  }[]
}

export type CallsView = { readonly calls: readonly CallView[]; readonly next: string | null }

type UsageRow = {
  id: string
  at: Millis
  started_at: Millis
  door: string
  route: string
  model: string
  class: ModelClass
  provider: Price['provider']
  upstream: string
  purpose: Purpose
  key_id: string | null
  key_name: string | null
  input: bigint
  cache_read: bigint
  cache_write_5m: bigint
  cache_write_1h: bigint
  output: bigint
  reasoning: bigint
  audio_input: bigint
  audio_cache_read: bigint
  searches: bigint
  variant: 'batch' | null
  held: bigint
  cost: bigint
  charged: bigint
  absorbed: bigint
  status: CallStatus
  estimated: boolean
  price_version: number
}

const USAGE = `select u.*, k.name as key_name from ledger.usage u left join spending.key k on k.id = u.key_id`

/** Newest first. Index: usage_wallet (wallet_id, at desc, id desc). */
export async function calls(
  sql: Sql,
  prices: Prices,
  wallet: string | null,
  filter: CallFilter & TimeFilter,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<CallsView> {
  const [at = null, id = null] = cursor === undefined ? [] : decode(cursor, [INSTANT, UUID])
  const { from, until } = spanOf(filter)
  const rows = await sql.query<UsageRow>(
    `${USAGE} where u.wallet_id = $1 and ($2::timestamptz is null or (u.at, u.id) < ($2, $3::uuid))
       and ($5::timestamptz is null or u.at >= $5) and ($6::timestamptz is null or u.at < $6) and ${callMeets(7)}
     order by u.at desc, u.id desc limit $4`,
    [wallet, at, id, limit + 1, from, until, ...callValues(filter)],
  )
  const page = pageOf(rows, limit, (row) => [iso(row.at), row.id])
  return { calls: page.rows.map((row) => viewOf(row, prices)), next: page.next }
}

/** A month of a seat and the runs of GPU jobs are spent under ids of their own, but they are no calls. */
export async function call(sql: Sql, prices: Prices, id: string): Promise<CallView | null> {
  const [row] = await sql.query<UsageRow>(`${USAGE} where u.id = $1 and u.class not in ('seat', 'gpu')`, [id])
  return row ? viewOf(row, prices) : null
}

export async function personOfCall(sql: Sql, id: string): Promise<string | null> {
  const [row] = await sql.query<{ person_id: string }>('select person_id from ledger.usage where id = $1', [
    id,
  ])
  return row?.person_id ?? null
}

function viewOf(row: UsageRow, prices: Prices): CallView {
  const stamped = stampedPrice(row, prices)
  const price = stamped && row.variant === 'batch' ? batchPrice(stamped) : stamped
  const explained = price ? explanation(row, price) : null
  return {
    id: row.id,
    at: iso(row.at),
    started_at: iso(row.started_at),
    door: row.door,
    route: row.route,
    model: row.model,
    class: row.class,
    provider: row.provider,
    upstream: row.upstream,
    purpose: row.purpose,
    key: row.key_id === null ? null : { id: row.key_id, name: row.key_name ?? '' },
    tokens: {
      input: Number(row.input),
      cache_read: Number(row.cache_read),
      cache_write_5m: Number(row.cache_write_5m),
      cache_write_1h: Number(row.cache_write_1h),
      output: Number(row.output),
      reasoning: Number(row.reasoning),
      audio_input: Number(row.audio_input),
      audio_cache_read: Number(row.audio_cache_read),
      searches: Number(row.searches),
    },
    variant: row.variant,
    held: row.held,
    cost: row.cost,
    charged: row.charged,
    absorbed: row.absorbed,
    status: row.status,
    estimated: row.estimated,
    price: {
      version: row.price_version,
      source: prices.version(row.price_version)?.source ?? price?.source ?? '',
      effective_from: price && price.effectiveFrom > 0 ? iso(price.effectiveFrom) : null,
      tier_above: explained?.tier ?? null,
    },
    lines: (explained?.lines ?? []).map((line) => ({
      item: line.item,
      tokens: line.tokens,
      rate_pico: line.ratePico,
      cost_pico: line.costPico,
    })),
  }
}

/** The price that was in force when the call started, as the stamped version knew it, whatever was recorded since. */
function stampedPrice(row: UsageRow, prices: Prices): Price | null {
  for (const at of [row.started_at, row.at]) {
    const now = prices.resolve(row.provider, row.model, at)
    if (now?.version === row.price_version) return now
    const recordedAt = prices.version(row.price_version)?.recordedAt
    const then = recordedAt === undefined ? null : prices.resolve(row.provider, row.model, at, recordedAt)
    if (then?.version === row.price_version) return then
  }
  return null
}

/** Lines that do not add up to the cost would be a lie: a lapsed hold is charged its floor, whatever the tokens. */
function explanation(row: UsageRow, price: Price): Cost | null {
  const whole = cost(price, {
    input: Number(row.input),
    cacheRead: Number(row.cache_read),
    cacheWrite5m: Number(row.cache_write_5m),
    cacheWrite1h: Number(row.cache_write_1h),
    output: Number(row.output),
    audioInput: Number(row.audio_input),
    audioCacheRead: Number(row.audio_cache_read),
    searches: Number(row.searches),
  })
  return whole.nano === row.cost ? whole : null
}
