import { Fault } from '#base/fault.ts'
import { addDays, DAY, HOUR, iso, startOfDay } from '#base/time.ts'
import type { DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { behind, rollupHead } from '#ledger/rollup.ts'
import { callMeets, callValues, NO_KEY } from './filter.ts'
import type { CallFilter } from './filter.ts'
import { daysBetween } from './pace.ts'

export const USAGE_DAYS_MAX = 400
export const USAGE_HOUR_DAYS_MAX = 7
/** Groups beyond these are added up in one; together they are still everything. */
export const USAGE_GROUPS_MAX = 40

export const USAGE_BY = ['model', 'class', 'key', 'purpose', 'door', 'provider', 'upstream'] as const
export type UsageBy = (typeof USAGE_BY)[number]
export type UsageStep = 'day' | 'hour'

export type UsageSums = {
  /** What left the wallet, less what was corrected. */
  readonly spent: bigint
  /** What the company paid outside every grant. */
  readonly absorbed: bigint
  readonly calls: number
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
}

export type UsageGroup = UsageSums & {
  /** What the filter of the same name takes; null for all groups after the first forty. */
  readonly value: string | null
  readonly name: string
}

export type UsageView = {
  readonly unit: 'nano-dollar'
  readonly from: DateText
  readonly to: DateText
  readonly by: UsageBy
  readonly step: UsageStep
  readonly total: UsageSums
  /** As many days directly before. */
  readonly previous: { readonly from: DateText; readonly to: DateText; readonly total: UsageSums }
  /** Dearest first. */
  readonly groups: readonly UsageGroup[]
  /** Every day or hour of the range, empty ones included; `amounts` are the spent of the groups, in their order. */
  readonly steps: readonly {
    readonly at: string
    readonly spent: bigint
    readonly calls: number
    readonly amounts: readonly bigint[]
  }[]
}

export type UsageAsk = {
  readonly from: DateText
  readonly to: DateText
  readonly by: UsageBy
  readonly step: UsageStep
  readonly filter: CallFilter
}

const DIMENSION: Readonly<Record<UsageBy, string>> = {
  model: 'u.model',
  class: 'u.class',
  key: `coalesce(u.key_id::text, '${NO_KEY}')`,
  purpose: 'u.purpose',
  door: 'u.door',
  provider: 'u.provider',
  upstream: 'u.upstream',
}

const TOKENS =
  'input cache_read cache_write_5m cache_write_1h output reasoning audio_input audio_cache_read searches'.split(
    ' ',
  )
const FIRST_FILTER = 4
const FIRST_OF_HEAD = 12

/**
 * Spend as in spent.ts, with what can be told of each call: calls when they settled, corrections when they were made, and
 * what the company paid for calls that came in after their hold had lapsed. From the roll-ups, and from the calls what these
 * do not have yet. Index: usage_hour_key (wallet_id, hour).
 */
const met = (by: UsageBy, missing: string): string => {
  const from = (rows: string): string => `
  select u.at, ${DIMENSION[by]} as dim, u.charged - u.corrected as spent, u.absorbed + u.late as absorbed, u.calls,
    ${TOKENS.map((name) => `u.${name}`).join(', ')}
  from ${rows} u where u.wallet_id = $1 and u.at >= $2 and u.at < $3 and ${callMeets(FIRST_FILTER)}`
  return `${from('ledger.rolled')} union all ${from('ledger.used')} and ${missing}`
}

const SUMS = `sum(spent) as spent, sum(absorbed) as absorbed, sum(calls)::int as calls,
  ${TOKENS.map((name) => `sum(${name})::bigint as ${name}`).join(', ')}`

type SumsRow = { spent: bigint; absorbed: bigint; calls: number } & Record<keyof UsageSums['tokens'], bigint>
type CellRow = SumsRow & { rank: number; last: number; dim: string | null; bucket: number }

const GROUPED = (by: UsageBy, missing: string, size: number): string => `
  with met as materialized (${met(by, missing)}), ranked as (
    select dim, (row_number() over (order by sum(spent) desc, dim))::int as place from met group by dim
  )
  select least(r.place, ${USAGE_GROUPS_MAX + 1}) as rank, max(r.place) as last,
    case when r.place <= ${USAGE_GROUPS_MAX} then m.dim end as dim,
    floor(extract(epoch from m.at - $2::timestamptz) * 1000 / ${size})::int as bucket, ${SUMS}
  from met m join ranked r on r.dim = m.dim group by 1, 3, 4`

/** What a person's compute did and cost, by one property of the calls. Throws Fault `invalid` for a range too long. */
export async function usage(sql: Sql, wallet: string | null, ask: UsageAsk): Promise<UsageView> {
  const { from, to, by, step, filter } = ask
  const days = daysWithin(ask)
  const [start, end] = [startOfDay(from), startOfDay(to) + DAY]
  const size = step === 'day' ? DAY : HOUR
  const missing = behind(await rollupHead(sql), FIRST_OF_HEAD)
  const cells = await sql.query<CellRow>(GROUPED(by, missing.text, size), [
    wallet,
    iso(start),
    iso(end),
    ...callValues(filter),
    ...missing.values,
  ])
  const before = { from: addDays(from, -days), to: addDays(from, -1) }
  const [previous] = await sql.query<SumsRow>(`select ${SUMS} from (${met(by, missing.text)}) m`, [
    wallet,
    iso(startOfDay(before.from)),
    iso(start),
    ...callValues(filter),
    ...missing.values,
  ])
  const names = by === 'key' ? await keyNames(sql, cells) : new Map<string, string>()
  const ranks = [...new Set(cells.map(({ rank }) => rank))].toSorted((a, b) => a - b)
  const groups = ranks.map((rank) =>
    groupOf(
      cells.filter((cell) => cell.rank === rank),
      names,
    ),
  )
  const buckets = Map.groupBy(cells, ({ bucket }) => bucket)
  const steps = Array.from({ length: (end - start) / size }, (_, bucket) => {
    const here = buckets.get(bucket) ?? []
    const at = iso(start + bucket * size)
    return {
      at: step === 'day' ? at.slice(0, 10) : at,
      spent: here.reduce((sum, cell) => sum + cell.spent, 0n),
      calls: here.reduce((sum, cell) => sum + cell.calls, 0),
      amounts: ranks.map((rank) => here.find((cell) => cell.rank === rank)?.spent ?? 0n),
    }
  })
  const total = sumsOf(cells)
  return {
    unit: 'nano-dollar',
    from,
    to,
    by,
    step,
    total,
    previous: { ...before, total: sumsOf(previous ? [previous] : []) },
    groups,
    steps,
  }
}

function daysWithin({ from, to, step }: UsageAsk): number {
  const days = daysBetween(from, to) + 1
  const most = step === 'day' ? USAGE_DAYS_MAX : USAGE_HOUR_DAYS_MAX
  if (days < 1 || days > most)
    throw new Fault('invalid', `from ${from} to ${to} by ${step} is not a range of 1 to ${most} days.`, {
      param: 'to',
    })
  return days
}

function groupOf(cells: readonly CellRow[], names: ReadonlyMap<string, string>): UsageGroup {
  const [first] = cells
  const value = first?.dim ?? null
  const folded = Math.max(...cells.map(({ last }) => last)) - USAGE_GROUPS_MAX
  const name = value === null ? `${folded} more` : (names.get(value) ?? (value === NO_KEY ? 'No key' : value))
  return { value, name, ...sumsOf(cells) }
}

function sumsOf(rows: readonly SumsRow[]): UsageSums {
  const big = (of: (row: SumsRow) => bigint | null): bigint =>
    rows.reduce((sum, row) => sum + (of(row) ?? 0n), 0n)
  return {
    spent: big((row) => row.spent),
    absorbed: big((row) => row.absorbed),
    calls: rows.reduce((sum, row) => sum + (row.calls ?? 0), 0),
    tokens: {
      input: Number(big((row) => row.input)),
      cache_read: Number(big((row) => row.cache_read)),
      cache_write_5m: Number(big((row) => row.cache_write_5m)),
      cache_write_1h: Number(big((row) => row.cache_write_1h)),
      output: Number(big((row) => row.output)),
      reasoning: Number(big((row) => row.reasoning)),
      audio_input: Number(big((row) => row.audio_input)),
      audio_cache_read: Number(big((row) => row.audio_cache_read)),
      searches: Number(big((row) => row.searches)),
    },
  }
}

async function keyNames(sql: Sql, cells: readonly CellRow[]): Promise<Map<string, string>> {
  const ids = [...new Set(cells.map(({ dim }) => dim).filter((dim) => dim !== null && dim !== NO_KEY))]
  const rows = await sql.query<{ id: string; name: string }>(
    'select id, name from spending.key where id = any ($1::uuid[])',
    [ids],
  )
  return new Map(rows.map(({ id, name }) => [id, name]))
}
