import { DAY, HOUR, iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { behind, rollupHead } from '#ledger/rollup.ts'

/** Calls of a span that went to an upstream; latency is from the sending to the first byte of the reply's body. */
export type SpanView = {
  readonly calls: number
  readonly failures: number
  /** Calls that went on to another upstream. */
  readonly failovers: number
  readonly first_byte_p50_ms: number | null
  readonly first_byte_p95_ms: number | null
}

export type ProviderView = {
  readonly id: string
  readonly name: string
  readonly protocol: 'openai' | 'anthropic' | 'gemini'
  readonly base_url: string
  readonly has_key: boolean
  readonly enabled: boolean
  readonly priority: number
  readonly models: readonly string[] | null
  readonly stand_in: boolean
  readonly created_at: string
  /** `cooling`: it asked for rest or failed, others go before it. `down`: it failed and failed, and has not answered since. */
  readonly state: 'healthy' | 'cooling' | 'down'
  readonly cooling_until: string | null
  readonly hour: SpanView
  readonly day: SpanView
  readonly spent_30d: bigint
  /** Of the last day, or the last of all when nothing came after it. */
  readonly last_error: {
    readonly at: string
    readonly status: number | null
    readonly message: string
  } | null
}

export type ProvidersView = { readonly as_of: string; readonly providers: readonly ProviderView[] }

type Row = {
  id: string
  name: string
  protocol: ProviderView['protocol']
  base_url: string
  has_key: boolean
  enabled: boolean
  priority: number
  models: readonly string[] | null
  stand_in: boolean
  created_at: Millis
  spans: { hour: SpanView; day: SpanView } | null
  failures: number | null
  cooling_until: Millis | null
  outcome: string | null
  error_at: Millis | null
  error_status: number | null
  error: string | null
  spent_30d: bigint
}

/** So many failures in a row, and no answer since, are more than a bad moment. */
const DOWN_AFTER = 3

/** What speaks against an upstream: not what the client asked for, and not that it left. */
const FAILED = `outcome in ('busy', 'error', 'unsent', 'timeout', 'broken')`

const span = (since: string): string => `jsonb_build_object(
  'calls', count(*) filter (where at >= ${since}),
  'failures', count(*) filter (where at >= ${since} and ${FAILED}),
  'failovers', count(*) filter (where at >= ${since} and passed_on),
  'first_byte_p50_ms', percentile_disc(0.5) within group (order by first_byte_ms)
    filter (where at >= ${since} and status < 300),
  'first_byte_p95_ms', percentile_disc(0.95) within group (order by first_byte_ms)
    filter (where at >= ${since} and status < 300))`

/**
 * A usage row names the upstream that its hold began with; of a call that was passed on, the last attempt names the one
 * that answered, and what it cost goes over from the one to the other. $1 an hour ago, $2 a day ago, $3 thirty days ago,
 * $4 the first whole hour since. Index: attempt_upstream (upstream_id, at desc), usage_brin (tx, at).
 */
const PROVIDERS = (missing: string): string => `
  with passed as (
    select distinct on (call) call, upstream from gateway.attempt where n > 1 and at >= $3 order by call, n desc
  ), moved as (
    select u.upstream as away, p.upstream as onto, u.charged + u.absorbed as amount
    from passed p join ledger.usage u on u.id = p.call where u.at >= $3 and u.class not in ('seat', 'gpu')
  ), spent as (
    select upstream, sum(amount) as amount from (
      select u.upstream, u.charged + u.absorbed as amount from ledger.rolled_company u where u.at >= $4 and u.class not in ('seat', 'gpu')
      union all
      select u.upstream, u.charged + u.absorbed from ledger.usage u where u.at >= $4 and u.class not in ('seat', 'gpu') and ${missing}
      union all
      select u.upstream, u.charged + u.absorbed from ledger.usage u where u.at >= $3 and u.at < $4 and u.class not in ('seat', 'gpu')
      union all select away, -amount from moved union all select onto, amount from moved
    ) parts group by 1
  )
  select u.id, u.name, u.protocol, u.base_url, u.sealed_key is not null as has_key, u.enabled, u.priority, u.models,
    u.stand_in, u.created_at, counted.spans, latest.failures, latest.cooling_until, latest.outcome,
    coalesce(bad.at, latest_bad.at) as error_at, coalesce(bad.status, latest_bad.status) as error_status,
    coalesce(bad.error, latest_bad.error) as error, coalesce(spent.amount, 0) as spent_30d
  from gateway.upstream u
    left join lateral (
      select jsonb_build_object('hour', ${span('$1')}, 'day', ${span('$2')}) as spans
      from gateway.attempt where upstream_id = u.id and at >= $2 and model is not null
    ) counted on true
    left join lateral (
      select at, status, outcome, error, failures, cooling_until
      from gateway.attempt where upstream_id = u.id order by at desc, call desc, n desc limit 1
    ) latest on true
    left join lateral (
      select at, status, error from gateway.attempt
      where upstream_id = u.id and at >= $2 and error is not null order by at desc limit 1
    ) bad on true
    left join lateral (select latest.at, latest.status, latest.error where latest.error is not null) latest_bad on true
    left join spent on spent.upstream = u.name
  order by u.protocol, u.priority, u.created_at, u.id`

/** Every upstream: how it stands, how it did, what went through it. */
export async function providers(sql: Sql, now: Millis): Promise<ProvidersView> {
  const since = now - 30 * DAY
  const missing = behind(await rollupHead(sql), 5)
  const rows = await sql.query<Row>(PROVIDERS(missing.text), [
    iso(now - HOUR),
    iso(now - DAY),
    iso(since),
    iso(Math.ceil(since / HOUR) * HOUR),
    ...missing.values,
  ])
  return { as_of: iso(now), providers: rows.map((row) => viewOf(row, now)) }
}

const NONE: SpanView = {
  calls: 0,
  failures: 0,
  failovers: 0,
  first_byte_p50_ms: null,
  first_byte_p95_ms: null,
}

function viewOf(row: Row, now: Millis): ProviderView {
  const { spans, failures, cooling_until, outcome, error_at, error_status, error, ...own } = row
  const cooling = cooling_until !== null && cooling_until > now
  const down = (failures ?? 0) >= DOWN_AFTER && outcome !== 'busy'
  return {
    ...own,
    created_at: iso(row.created_at),
    state: down ? 'down' : cooling ? 'cooling' : 'healthy',
    cooling_until: cooling ? iso(cooling_until) : null,
    hour: spans?.hour ?? NONE,
    day: spans?.day ?? NONE,
    last_error:
      error_at === null || error === null
        ? null
        : { at: iso(error_at), status: error_status, message: error },
  }
}
