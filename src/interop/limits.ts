import { Fault } from '#base/fault.ts'
import { dayOf, iso, type Millis } from '#base/time.ts'
import type { LimitRow } from '#reports/limits.ts'
import type { Reports } from '#reports/reports.ts'
import { cents, wholeCents } from './cents.ts'
import { readQuery, tagged, untagged, UUID, type Query } from './query.ts'

/**
 * Spend limits: a person's monthly limit is what they have spent this month and what their wallet can still spend. Grants make it,
 * so it can be read here and not written.
 */

const PERIODS = ['monthly', 'weekly', 'daily'] as const
const SCOPES = [
  'user',
  'organization',
  'organization_service',
  'rbac_group',
  'seat_tier',
  'usage_tier',
  'workspace',
] as const
const USUAL = 20
const MOST = 1_000

type Limits = Pick<Reports, 'limits'>

/** GET /v1/organizations/spend_limits/effective */
export async function effective(reports: Limits, search: string, now: Millis): Promise<object> {
  const query = readQuery(search, ['limit', 'period', 'user_ids'])
  const periods = query.words('period', PERIODS)
  const people = query.list('user_ids')?.map((text) => untagged('user', text) ?? NOBODY) ?? null
  if (periods !== null && !periods.includes('monthly')) return { data: [], next_page: null }
  return page(reports, query, { now, people }, (row) => ({
    actor: actorOf(row, now),
    amount: amountOf(row),
    currency: 'USD',
    period: 'monthly',
    period_to_date_spend: cents(row.spentMonth),
    scope: scopeOf(row),
    source: scopeOf(row),
    spend_limit_id: tagged('spl', row.id),
  }))
}

/** GET /v1/organizations/spend_limits */
export async function list(reports: Limits, search: string, now: Millis): Promise<object> {
  const query = readQuery(search, ['limit', 'scope_type'])
  const scopes = query.words('scope_type', SCOPES)
  if (scopes !== null && !scopes.includes('user')) return { data: [], next_page: null }
  return page(reports, query, { now, people: null }, limitOf)
}

/** GET /v1/organizations/spend_limits/{id} */
export async function retrieve(reports: Limits, id: string, now: Millis): Promise<object> {
  const person = untagged('spl', id)
  const [row] = person === null ? [] : await reports.limits(now, { limit: 1, after: null, people: [person] })
  if (row) return limitOf(row)
  throw new Fault('not_found', `There is no spend limit ${JSON.stringify(id.slice(0, 60))}.`)
}

/** An id that nobody has: who asks for somebody unknown gets nobody, not everybody. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

async function page<T>(
  reports: Limits,
  query: Query,
  { now, people }: { now: Millis; people: readonly string[] | null },
  view: (row: LimitRow) => T,
): Promise<{ data: T[]; next_page: string | null }> {
  const limit = query.whole('limit', USUAL, MOST)
  const rows = await reports.limits(now, { limit: limit + 1, after: query.cursor(UUID), people })
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  return { data: kept.map(view), next_page: rows.length > limit && last ? query.next(last.id) : null }
}

const amountOf = (row: LimitRow): string => String(wholeCents(row.spentMonth + row.left, 'down'))

const scopeOf = (row: LimitRow): object => ({ type: 'user', user_id: tagged('user', row.id) })

const actorOf = (row: LimitRow, now: Millis): object => ({
  type: 'user_actor',
  user_id: tagged('user', row.id),
  name: row.name,
  email_address: row.email,
  deleted: row.leftOn !== null && row.leftOn <= dayOf(now),
})

const limitOf = (row: LimitRow): object => ({
  type: 'spend_limit',
  id: tagged('spl', row.id),
  amount: amountOf(row),
  created_at: iso(row.createdAt),
  currency: 'USD',
  is_enabled: true,
  period: 'monthly',
  scope: scopeOf(row),
  updated_at: iso(Math.max(row.createdAt, row.changedAt ?? 0)),
})
