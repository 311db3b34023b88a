import { DAY, dayOf, iso, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { balances, walletOf } from '#ledger/reads.ts'
import type { Balances } from '#ledger/types.ts'
import type { TrancheRow } from './grants.ts'
import { upcoming } from './grants.ts'

/** The one product whose seats tell of their use. */
const PRODUCT = 'claude-code'
const MONTHS_SHOWN = 24

/** Amounts are months of a seat; what was used of them is worth nano-dollars at list price, and costs nothing more. */
export type SeatView = Balances & {
  readonly product: string
  readonly unit: 'seat-month'
  /** Became usable so far, whatever happened to it since. */
  readonly vested: bigint
  readonly next_vest: {
    readonly date: DateText
    readonly quantity: bigint
    readonly grant_id: string
    readonly grant_name: string
  } | null
  readonly month: {
    /** `2026-11` */
    readonly month: string
    /** Null while it was not used this month. */
    readonly used_since: string | null
    readonly last_used_at: string | null
    readonly requests: number
    readonly tokens: number
    readonly worth_nano: bigint
    /** Whether a month of a seat was spent for it. */
    readonly backed: boolean
  }
}

export type SeatMonthView = {
  readonly product: string
  readonly month: string
  readonly used_since: string
  readonly last_used_at: string
  readonly requests: number
  readonly tokens: number
  readonly worth_nano: bigint
  readonly backed: boolean
  /** The ledger's transfer that spent the seat; null when there was none. */
  readonly transfer: string | null
}

export type SeatsView = {
  readonly seats: readonly SeatView[]
  /** Newest first. */
  readonly months: readonly SeatMonthView[]
}

type MonthRow = {
  product: string
  month: DateText
  first_at: Millis
  last_at: Millis
  requests: bigint
  tokens: bigint
  worth: bigint
  state: string
  transfer: string | null
}

/**
 * A person's seats and the months in which they were used; no row for who has neither. `planned` are the tranches of the grants
 * that count months of a seat. Index: the key of telemetry.month.
 */
export async function seats(
  sql: Sql,
  person: string,
  planned: readonly TrancheRow[],
  now: Millis,
): Promise<SeatsView> {
  const wallet = await walletOf(sql, person, 'SEAT_MONTH')
  const months = await sql.query<MonthRow>(
    `select product, month, first_at, last_at, requests, tokens, worth, state, transfer from telemetry.month
     where person_id = $1 order by month desc, product limit $2`,
    [person, MONTHS_SHOWN],
  )
  const views = months.map(monthView)
  if (!wallet && months.length === 0) return { seats: [], months: views }
  const totals = wallet ? await balances(sql, wallet.id) : NOTHING
  const [book] = await sql.query<{ vested: bigint }>(
    'select coalesce(sum(vested), 0)::bigint as vested from ledger.grant_book where wallet_id = $1',
    [wallet?.id ?? null],
  )
  const current = dayOf(now).slice(0, 7)
  const used = views.find((one) => one.month === current && one.product === PRODUCT)
  const [next] = upcoming(planned)
  const seat: SeatView = {
    product: PRODUCT,
    unit: 'seat-month',
    ...totals,
    vested: book?.vested ?? 0n,
    next_vest: next
      ? { date: next.date, quantity: next.quantity, grant_id: next.grant_id, grant_name: next.grant_name }
      : null,
    month: {
      month: current,
      used_since: used?.used_since ?? null,
      last_used_at: used?.last_used_at ?? null,
      requests: used?.requests ?? 0,
      tokens: used?.tokens ?? 0,
      worth_nano: used?.worth_nano ?? 0n,
      backed: used?.backed ?? false,
    },
  }
  return { seats: [seat], months: views }
}

/** Changes when a seat's figures may have changed. */
export async function seatsTag(sql: Sql, person: string): Promise<string> {
  const [row] = await sql.query<{ requests: bigint; changed: Millis | null }>(
    `select coalesce(sum(requests), 0)::bigint as requests, max(state_at) as changed from telemetry.month where person_id = $1`,
    [person],
  )
  const wallet = await walletOf(sql, person, 'SEAT_MONTH')
  return `${wallet?.version ?? 0n}.${row?.requests ?? 0n}.${row?.changed ?? 0}`
}

const NOTHING: Balances = {
  granted: 0n,
  unvested: 0n,
  available: 0n,
  held: 0n,
  spent: 0n,
  expired: 0n,
  forfeited: 0n,
  revoked: 0n,
}

const monthView = (row: MonthRow): SeatMonthView => ({
  product: row.product,
  month: row.month.slice(0, 7),
  used_since: iso(row.first_at),
  last_used_at: iso(row.last_at),
  requests: Number(row.requests),
  tokens: Number(row.tokens),
  worth_nano: row.worth,
  backed: row.state === 'backed',
  transfer: row.transfer,
})

/** What one person used of seats on one UTC day, by model. */
export type SeatDay = {
  readonly person: string
  readonly email: string
  readonly sessions: number
  readonly models: readonly {
    readonly model: string
    readonly input: bigint
    readonly output: bigint
    readonly cacheRead: bigint
    readonly cacheWrite: bigint
    readonly worth: bigint
  }[]
}

type SeatDayRow = {
  person: string
  email: string
  sessions: number
  model: string
  input: bigint
  output: bigint
  cache_read: bigint
  cache_write: bigint
  worth: bigint
}

/** By person's id, at most `limit` people after `after`. Index: use_person (person_id, at). */
export async function seatDays(
  sql: Sql,
  day: DateText,
  { limit, after }: { limit: number; after: string | null },
): Promise<readonly SeatDay[]> {
  const rows = await sql.query<SeatDayRow>(
    `with page as materialized (
       select p.id, p.email from people.person p
       where ($3::uuid is null or p.id > $3)
         and exists (select 1 from telemetry.use u where u.person_id = p.id and u.at >= $1 and u.at < $2)
       order by p.id limit $4
     )
     select p.id as person, p.email, s.sessions, u.model, sum(u.input)::bigint as input, sum(u.output)::bigint as output,
       sum(u.cache_read)::bigint as cache_read, sum(u.cache_write_5m + u.cache_write_1h)::bigint as cache_write,
       sum(u.worth)::bigint as worth
     from page p
       join telemetry.use u on u.person_id = p.id and u.at >= $1 and u.at < $2
       join lateral (
         select count(distinct session)::int as sessions from telemetry.use
         where person_id = p.id and at >= $1 and at < $2
       ) s on true
     group by p.id, p.email, s.sessions, u.model order by p.id, u.model`,
    [iso(startOfDay(day)), iso(startOfDay(day) + DAY), after, limit],
  )
  const days = new Map<string, SeatDay & { models: SeatDay['models'][number][] }>()
  for (const row of rows) {
    const known = days.get(row.person)
    const of = known ?? { person: row.person, email: row.email, sessions: row.sessions, models: [] }
    const { model, input, output, worth } = row
    of.models.push({ model, input, output, cacheRead: row.cache_read, cacheWrite: row.cache_write, worth })
    if (!known) days.set(row.person, of)
  }
  return [...days.values()]
}
