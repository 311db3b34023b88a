import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { behind, rollupHead } from '#ledger/rollup.ts'
import type { Price } from '#prices/types.ts'
import { pieces } from './spent.ts'

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

const COLUMNS: Readonly<Record<UsageGroup, string>> = {
  key: 'u.key_id',
  person: 'w.person_id',
  model: 'u.model',
  variant: 'u.variant',
  long: 'u.long',
}
const NONE: Readonly<Record<UsageGroup, string>> = {
  key: 'null::uuid',
  person: 'null::uuid',
  model: 'null::text',
  variant: 'null::text',
  long: 'null::boolean',
}
const SUMMED = 'input cache_read cache_write_5m cache_write_1h output searches'
  .split(' ')
  .map((name) => `u.${name}`)
  .join(', ')
const FIRST_OF_HEAD = 11

/**
 * By time, then by group. Only steps with calls. Whole hours come from the roll-ups, of everybody together where nobody is
 * told apart; what these do not have yet, and what is no whole hour, from the calls. Must be asked inside a snapshot.
 */
export async function companyUsage(sql: Sql, ask: CompanyUsageAsk): Promise<CompanyUsageRow[]> {
  const apart = [ask.keys, ask.people].some((some) => some !== undefined) || hasPeople(ask.groups)
  const groups = USAGE_GROUPS.map((group) => (ask.groups.includes(group) ? COLUMNS[group] : NONE[group]))
  const [key, person, model, variant, long] = groups
  const missing = behind(await rollupHead(sql), FIRST_OF_HEAD)
  const facts = (rows: string, condition: string): string => `
    select ${person} as person, ${key} as key, ${model} as model, ${variant} as variant, ${long} as long, u.at, ${SUMMED},
      u.charged + u.absorbed + u.belated as cost
    from ${rows} u ${apart ? 'join ledger.wallet w on w.id = u.wallet_id' : ''}
    where u.provider = $1 and u.class not in ('seat', 'gpu') and (u.calls > 0 or u.belated > 0) and ${condition}
      and ($6::text[] is null or u.model = any ($6)) and ($7::text[] is null or u.variant = any ($7))
      and ($8::boolean[] is null or u.long = any ($8))
      ${apart ? 'and ($9::uuid[] is null or u.key_id = any ($9)) and ($10::uuid[] is null or w.person_id = any ($10))' : 'and ($9::uuid[] is null and $10::uuid[] is null)'}`
  const [opens, closes] = wholeHours(ask)
  const ends = opens === ask.from && closes === ask.until ? '' : 'or u.at < $3 or u.at >= $4'
  return sql.query<CompanyUsageRow>(
    `select date_trunc('${ask.step}', at at time zone 'UTC') at time zone 'UTC' as at, key, person, model, variant, long,
       sum(input)::bigint as input, sum(cache_read)::bigint as "cacheRead", sum(cache_write_5m)::bigint as "cacheWrite5m",
       sum(cache_write_1h)::bigint as "cacheWrite1h", sum(output)::bigint as output, sum(searches)::bigint as searches,
       sum(cost)::bigint as cost
     from (
       ${facts(apart ? 'ledger.rolled' : 'ledger.rolled_company', 'u.at >= $3 and u.at < $4')}
       union all ${facts('ledger.used', `u.at >= $2 and u.at < $5 and (${missing.text} ${ends})`)}
     ) u
     group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6`,
    [
      ask.provider,
      iso(ask.from),
      iso(opens),
      iso(closes),
      iso(ask.until),
      ask.models ?? null,
      ask.variants ?? null,
      ask.long ?? null,
      ask.keys ?? null,
      ask.people ?? null,
      ...missing.values,
    ],
  )
}

const hasPeople = (groups: readonly UsageGroup[]): boolean =>
  groups.includes('key') || groups.includes('person')

/** The part of the range that the roll-ups can tell in these steps; without one, an empty part at its end. */
function wholeHours({ from, until, step }: CompanyUsageAsk): readonly [Millis, Millis] {
  const hours =
    step === 'minute' ? undefined : pieces({ from, until }).filter(({ grain }) => grain !== 'call')
  if (!hours || hours.length === 0) return [until, until]
  return [Math.min(...hours.map((one) => one.from)), Math.max(...hours.map((one) => one.until))]
}
