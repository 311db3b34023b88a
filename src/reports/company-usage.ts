import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Price } from '#prices/types.ts'

/** What the whole company's calls at one provider used and cost, by steps of time and whatever else is asked for. */

export const USAGE_GROUPS = ['key', 'person', 'model', 'variant', 'long'] as const
export type UsageGroup = (typeof USAGE_GROUPS)[number]

export type CompanyUsageAsk = {
  readonly provider: Price['provider']
  /** From, and before. */
  readonly from: Millis
  readonly until: Millis
  readonly step: 'minute' | 'hour' | 'day'
  readonly groups: readonly UsageGroup[]
  readonly keys?: readonly string[] | undefined
  readonly people?: readonly string[] | undefined
  readonly models?: readonly string[] | undefined
  readonly variants?: readonly ('batch' | 'at_once')[] | undefined
  /** Whether the input was above 200,000 tokens. */
  readonly long?: readonly boolean[] | undefined
}

/** A group that was not asked for is null; `key` is also null for calls without one. */
export type CompanyUsageRow = {
  readonly at: Millis
  readonly key: string | null
  readonly person: string | null
  readonly model: string | null
  readonly variant: 'batch' | 'at_once' | null
  readonly long: boolean | null
  readonly input: bigint
  readonly cacheRead: bigint
  readonly cacheWrite5m: bigint
  readonly cacheWrite1h: bigint
  readonly output: bigint
  readonly searches: bigint
  /** What the provider asks for it, whoever paid, nano-dollars. */
  readonly cost: bigint
}

const LONG_INPUT = 200_000

const COLUMNS: Readonly<Record<UsageGroup, string>> = {
  key: 'u.key_id',
  person: 'u.person_id',
  model: 'u.model',
  variant: `coalesce(u.variant, 'at_once')`,
  long: `u.input + u.cache_read + u.cache_write_5m + u.cache_write_1h > ${LONG_INPUT}`,
}
const NONE: Readonly<Record<UsageGroup, string>> = {
  key: 'null::uuid',
  person: 'null::uuid',
  model: 'null::text',
  variant: 'null::text',
  long: 'null::boolean',
}

/** By time, then by group. Only steps with calls. Index: usage_wallet (wallet_id, at), wallet by wallet. */
export const companyUsage = (sql: Sql, ask: CompanyUsageAsk): Promise<CompanyUsageRow[]> => {
  const groups = USAGE_GROUPS.map((group) => (ask.groups.includes(group) ? COLUMNS[group] : NONE[group]))
  const [key, person, model, variant, long] = groups
  return sql.query<CompanyUsageRow>(
    `select date_trunc('${ask.step}', u.at at time zone 'UTC') at time zone 'UTC' as at, ${key} as key, ${person} as person,
       ${model} as model, ${variant} as variant, ${long} as long,
       sum(u.input)::bigint as input, sum(u.cache_read)::bigint as "cacheRead", sum(u.cache_write_5m)::bigint as "cacheWrite5m",
       sum(u.cache_write_1h)::bigint as "cacheWrite1h", sum(u.output)::bigint as output, sum(u.searches)::bigint as searches,
       (sum(u.cost) + coalesce(sum(l.absorbed), 0))::bigint as cost
     from ledger.wallet w
       join lateral (
         select * from ledger.usage where wallet_id = w.id and at >= $2 and at < $3 and provider = $1
       ) u on true
       left join ledger.late l on l.id = u.id
     where w.asset = 'USD'
       and ($4::uuid[] is null or u.key_id = any ($4)) and ($5::uuid[] is null or u.person_id = any ($5))
       and ($6::text[] is null or u.model = any ($6)) and ($7::text[] is null or ${COLUMNS.variant} = any ($7))
       and ($8::boolean[] is null or (${COLUMNS.long}) = any ($8))
     group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6`,
    [
      ask.provider,
      iso(ask.from),
      iso(ask.until),
      ask.keys ?? null,
      ask.people ?? null,
      ask.models ?? null,
      ask.variants ?? null,
      ask.long ?? null,
    ],
  )
}
