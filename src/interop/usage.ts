import { Fault } from '#base/fault.ts'
import { DAY, HOUR, iso, isDate, MINUTE, type Millis } from '#base/time.ts'
import type { CompanyUsageRow, UsageGroup } from '#reports/company-usage.ts'
import type { Reports } from '#reports/reports.ts'
import type { SeatDay } from '#reports/seats.ts'
import { cents, wholeCents } from './cents.ts'
import { readQuery, tagged, untagged, UUID, type Query } from './query.ts'

/** Usage and cost reports over the calls that Perq metered at Anthropic, and over what seats told. */

const WIDTHS = {
  '1d': { step: 'day', span: DAY, usual: 7, most: 31 },
  '1h': { step: 'hour', span: HOUR, usual: 24, most: 168 },
  '1m': { step: 'minute', span: MINUTE, usual: 60, most: 1_440 },
} as const
const WINDOWS = ['0-200k', '200k-1M'] as const
const TIERS = ['standard', 'batch', 'priority', 'priority_on_demand', 'flex', 'flex_discount'] as const
const GROUPS = [
  'api_key_id',
  'workspace_id',
  'model',
  'service_tier',
  'context_window',
  'inference_geo',
  'account_id',
  'service_account_id',
  'speed',
] as const
const USAGE_PARAMETERS = [
  'starting_at',
  'ending_at',
  'bucket_width',
  'limit',
  'group_by',
  'models',
  'context_window',
  'api_key_ids',
  'account_ids',
  'service_account_ids',
  'workspace_ids',
  'service_tiers',
  'inference_geos',
  'speeds',
]
const NOBODY = '00000000-0000-0000-0000-000000000000'
const NO_GEO = 'not_available'

type Bucket = { readonly from: Millis; readonly until: Millis; readonly rows: readonly CompanyUsageRow[] }
type Company = Pick<Reports, 'companyUsage'>

/** GET /v1/organizations/usage_report/messages */
export async function messages(reports: Company, search: string, now: Millis): Promise<object> {
  const query = readQuery(search, USAGE_PARAMETERS)
  const width = WIDTHS[query.word('bucket_width', ['1d', '1h', '1m'])]
  const by = new Set(query.words('group_by', GROUPS) ?? [])
  const tiers = query.words('service_tiers', TIERS)
  const windows = query.words('context_window', WINDOWS)
  // Perq has no workspaces, service accounts, regions or speeds: whoever asks for one of them asks for nothing.
  const none = ['workspace_ids', 'service_account_ids', 'inference_geos', 'speeds'].some((name) =>
    query.list(name)?.every((value) => value !== NO_GEO && value !== 'standard'),
  )
  const groups: readonly (readonly [(typeof GROUPS)[number], UsageGroup])[] = [
    ['api_key_id', 'key'],
    ['account_id', 'person'],
    ['model', 'model'],
    ['service_tier', 'variant'],
    ['context_window', 'long'],
  ]
  const filter = {
    groups: groups.flatMap(([name, group]) => (by.has(name) ? [group] : [])),
    keys: query.list('api_key_ids')?.map((text) => untagged('apikey', text) ?? NOBODY),
    people: query.list('account_ids')?.map((text) => untagged('user', text) ?? NOBODY),
    models: query.list('models') ?? undefined,
    variants: tiers?.map((tier) => (tier === 'batch' ? ('batch' as const) : ('at_once' as const))),
    long: windows?.map((one) => one === '200k-1M'),
  }
  const unserved = tiers?.every((tier) => tier !== 'batch' && tier !== 'standard') ?? false
  return report(reports, query, { ...filter, width, now, empty: none || unserved }, (row) => ({
    uncached_input_tokens: Number(row.input),
    cache_creation: {
      ephemeral_1h_input_tokens: Number(row.cacheWrite1h),
      ephemeral_5m_input_tokens: Number(row.cacheWrite5m),
    },
    cache_read_input_tokens: Number(row.cacheRead),
    output_tokens: Number(row.output),
    server_tool_use: { web_search_requests: Number(row.searches) },
    account_id: row.person === null ? null : tagged('user', row.person),
    api_key_id: row.key === null ? null : tagged('apikey', row.key),
    context_window: windowOf(row),
    inference_geo: by.has('inference_geo') ? NO_GEO : null,
    model: row.model,
    service_account_id: null,
    service_tier: tierOf(row),
    speed: by.has('speed') ? 'standard' : null,
    workspace_id: null,
  }))
}

/** GET /v1/organizations/cost_report */
export async function costs(reports: Company, search: string, now: Millis): Promise<object> {
  const query = readQuery(search, ['starting_at', 'ending_at', 'bucket_width', 'limit', 'group_by'])
  query.word('bucket_width', ['1d'])
  const described = query.words('group_by', ['workspace_id', 'description'])?.includes('description') ?? false
  const groups: readonly UsageGroup[] = described ? ['model', 'variant', 'long'] : []
  return report(reports, query, { groups, width: WIDTHS['1d'], now, empty: false }, (row) => ({
    amount: cents(row.cost),
    currency: 'USD',
    // One rounding makes a call's cost, so it is not taken apart again by kinds of tokens.
    cost_type: described ? 'tokens' : null,
    description: described ? descriptionOf(row) : null,
    model: row.model,
    service_tier: tierOf(row),
    context_window: windowOf(row),
    inference_geo: null,
    token_type: null,
    workspace_id: null,
  }))
}

const windowOf = ({ long }: CompanyUsageRow): (typeof WINDOWS)[number] | null =>
  long === null ? null : WINDOWS[long ? 1 : 0]

const tierOf = ({ variant }: CompanyUsageRow): 'standard' | 'batch' | null =>
  variant === null ? null : variant === 'batch' ? 'batch' : 'standard'

const descriptionOf = (row: CompanyUsageRow): string =>
  `${row.model ?? ''} usage${row.variant === 'batch' ? ' in batches' : ''}, input ${row.long ? 'above' : 'to'} 200k tokens`

type ReportAsk = {
  readonly groups: readonly UsageGroup[]
  readonly width: (typeof WIDTHS)[keyof typeof WIDTHS]
  readonly now: Millis
  readonly empty: boolean
  readonly keys?: readonly string[] | undefined
  readonly people?: readonly string[] | undefined
  readonly models?: readonly string[] | undefined
  readonly variants?: readonly ('batch' | 'at_once')[] | undefined
  readonly long?: readonly boolean[] | undefined
}

/** Whole buckets from `starting_at` on that end by `ending_at`, every one of them present, a page at a time. */
async function report<T>(
  reports: Company,
  query: Query,
  { width, now, empty, ...ask }: ReportAsk,
  view: (row: CompanyUsageRow) => T,
): Promise<object> {
  const { span, step } = width
  const limit = query.whole('limit', width.usual, width.most)
  const asked = query.instant('starting_at')
  if (asked === null) throw new Fault('invalid', 'starting_at: Field required.', { param: 'starting_at' })
  const cursor = query.cursor(/^\d{1,15}$/)
  const start = cursor === null ? snap(asked, span) : Number(cursor)
  // Without an end the bucket that is still filling belongs to it.
  const told = query.instant('ending_at')
  const end = told === null ? snap(now, span) + span : snap(told, span)
  if (told !== null && told <= asked)
    throw new Fault('invalid', 'ending_at: Must be after starting_at.', { param: 'ending_at' })
  const count = Math.max(0, Math.min(limit, Math.floor((end - start) / span)))
  const until = start + count * span
  const rows =
    count === 0 || empty
      ? []
      : await reports.companyUsage({ ...ask, provider: 'anthropic', step, from: start, until })
  const byTime = new Map<Millis, CompanyUsageRow[]>()
  for (const row of rows) byTime.set(row.at, [...(byTime.get(row.at) ?? []), row])
  const buckets = Array.from({ length: count }, (_, n): Bucket => {
    const from = start + n * span
    return { from, until: from + span, rows: byTime.get(from) ?? [] }
  })
  const more = until + span <= end && count > 0
  return {
    data: buckets.map((bucket) => ({
      starting_at: rfc(bucket.from),
      ending_at: rfc(bucket.until),
      results: bucket.rows.map(view),
    })),
    has_more: more,
    next_page: more ? query.next(String(until)) : null,
  }
}

const snap = (at: Millis, span: number): Millis => Math.floor(at / span) * span
const rfc = (at: Millis): string => iso(at).replace('.000Z', 'Z')

const USUAL_PEOPLE = 20
const MOST_PEOPLE = 1_000

/**
 * GET /v1/organizations/usage_report/claude_code: what seats told on one UTC day. Lines, commits and tool decisions are not told to
 * Perq; they are 0.
 */
export async function claudeCode(reports: Pick<Reports, 'seatDays'>, search: string): Promise<object> {
  const query = readQuery(search, ['starting_at', 'limit'])
  const day = query.text('starting_at')
  if (day === null || !isDate(day))
    throw new Fault('invalid', 'starting_at: Input should be a UTC date, YYYY-MM-DD.', {
      param: 'starting_at',
    })
  const limit = query.whole('limit', USUAL_PEOPLE, MOST_PEOPLE)
  const days = await reports.seatDays(day, { limit: limit + 1, after: query.cursor(UUID) })
  const kept = days.slice(0, limit)
  const last = kept.at(-1)
  const more = days.length > limit
  return {
    data: kept.map((one) => seatView(one, day)),
    has_more: more,
    next_page: more && last ? query.next(last.person) : null,
  }
}

const NO_DECISIONS = { accepted: 0, rejected: 0 }

const seatView = (one: SeatDay, day: string): object => ({
  date: `${day}T00:00:00Z`,
  actor: { type: 'user_actor', email_address: one.email },
  customer_type: 'subscription',
  subscription_type: null,
  terminal_type: '',
  core_metrics: {
    num_sessions: one.sessions,
    lines_of_code: { added: 0, removed: 0 },
    commits_by_claude_code: 0,
    pull_requests_by_claude_code: 0,
  },
  tool_actions: {
    edit_tool: NO_DECISIONS,
    multi_edit_tool: NO_DECISIONS,
    notebook_edit_tool: NO_DECISIONS,
    write_tool: NO_DECISIONS,
  },
  model_breakdown: one.models.map((row) => ({
    model: row.model,
    tokens: {
      input: Number(row.input),
      output: Number(row.output),
      cache_read: Number(row.cacheRead),
      cache_creation: Number(row.cacheWrite),
    },
    // The one number of this API that is no text; whole cents, so that none of it is lost.
    estimated_cost: { currency: 'USD', amount: Number(wholeCents(row.worth, 'half_even')) },
  })),
})
