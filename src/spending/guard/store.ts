import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { DayPeaks } from './rules.ts'
import { minutesIn, type Span } from './rolling.ts'

export type Pause = {
  readonly id: string
  readonly at: Millis
  readonly span: Span
  readonly spent: bigint
  readonly allowed: bigint
  readonly baseline: bigint
  readonly wanted: bigint
}

export type Confirmation = { readonly at: Millis; readonly until: Millis; readonly times: number }

/** What the database knows of a wallet, from one snapshot. */
export type Look = {
  readonly holds: readonly { readonly id: string; readonly amount: bigint }[]
  /** Calls that ended since `since`, each by itself. */
  readonly ended: readonly { readonly id: string; readonly at: Millis; readonly charged: bigint }[]
  /** What was charged before, by minute. */
  readonly minutes: readonly { readonly at: Millis; readonly charged: bigint }[]
  readonly pause: Pause | null
  readonly confirmation: Confirmation | null
}

type LookRow = {
  readonly wallet: string
  readonly holds: [string, string][]
  readonly ended: [string, number, string][]
  readonly minutes: [number, string][]
  readonly pause: (Omit<Pause, 'spent' | 'allowed' | 'baseline' | 'wanted'> & Record<string, string>) | null
  readonly confirmation: Confirmation | null
}

/** Which part of a wallet's history to read: calls one by one since then, minutes from then on. */
export type LookAsk = {
  readonly wallet: string
  readonly since: Millis
  readonly from: Millis
  readonly now: Millis
}

/**
 * One statement, so that a call that ends meanwhile is seen held or ended, never both. Index: usage_wallet. The holds, which have
 * none by wallet, are read once for all.
 */
export async function look(sql: Sql, asks: readonly LookAsk[]): Promise<ReadonlyMap<string, Look>> {
  const rows = await sql.query<LookRow>(
    `select a.wallet,
       coalesce(h.holds, '[]') as holds,
       (select coalesce(jsonb_agg(jsonb_build_array(u.id, (extract(epoch from u.at) * 1000)::bigint, u.charged::text)), '[]')
          from ledger.usage u where u.wallet_id = a.wallet and u.at >= a.since) as ended,
       (select coalesce(jsonb_agg(jsonb_build_array(m.at, m.charged::text)), '[]')
          from (select (extract(epoch from date_trunc('minute', u.at)) * 1000)::bigint as at, sum(u.charged) as charged
                from ledger.usage u where u.wallet_id = a.wallet and u.at >= a.begins and u.at < a.since group by 1) m) as minutes,
       (select jsonb_build_object('id', p.id, 'at', (extract(epoch from p.at) * 1000)::bigint, 'span', p.span,
            'spent', p.spent::text, 'allowed', p.allowed::text, 'baseline', p.baseline::text, 'wanted', p.wanted::text)
          from spending.pause p where p.wallet_id = a.wallet and p.ended_at is null limit 1) as pause,
       (select jsonb_build_object('at', (extract(epoch from c.at) * 1000)::bigint,
            'until', (extract(epoch from c.until) * 1000)::bigint, 'times', c.times)
          from spending.confirmation c where c.wallet_id = a.wallet and c.until > a.now order by c.at desc, c.id desc limit 1
       ) as confirmation
     from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[]) as a(wallet, since, begins, now)
       left join (
         select wallet_id, jsonb_agg(jsonb_build_array(id, amount::text)) as holds
         from ledger.hold where wallet_id = any ($1) group by wallet_id
       ) h on h.wallet_id = a.wallet`,
    [
      asks.map(({ wallet }) => wallet),
      asks.map(({ since }) => iso(since)),
      asks.map(({ from }) => iso(from)),
      asks.map(({ now }) => iso(now)),
    ],
  )
  return new Map(rows.map((row) => [row.wallet, lookOf(row)]))
}

const lookOf = ({ holds, ended, minutes, pause, confirmation }: LookRow): Look => ({
  holds: holds.map(([id, amount]) => ({ id, amount: BigInt(amount) })),
  ended: ended.map(([id, at, charged]) => ({ id, at, charged: BigInt(charged) })),
  minutes: minutes.map(([at, charged]) => ({ at, charged: BigInt(charged) })),
  pause: pause && {
    id: pause.id,
    at: pause.at,
    span: pause.span,
    spent: BigInt(pause['spent']!),
    allowed: BigInt(pause['allowed']!),
    baseline: BigInt(pause['baseline']!),
    wanted: BigInt(pause['wanted']!),
  },
  confirmation,
})

/** The largest windows of each wallet that ended on each UTC day from `from` up to, not with, `to`. Index: usage_wallet. */
export async function peaks(
  sql: Sql,
  wallets: readonly string[],
  { from, to }: { from: DateText; to: DateText },
): Promise<ReadonlyMap<string, readonly DayPeaks[]>> {
  const before = (span: Span): string => `interval '${minutesIn(span) - 1} minutes'`
  const rows = await sql.query<{
    wallet: string
    day: DateText
    total: bigint
    five: bigint
    hour: bigint
    day_long: bigint
  }>(
    `with minutes as (
       select wallet_id, date_trunc('minute', at) as m, sum(charged) as nano from ledger.usage
       where wallet_id = any ($1) and at >= $2::date and at < $3::date group by 1, 2
     ), windows as (
       select wallet_id, m, nano,
         sum(nano) over (partition by wallet_id order by m range between ${before('five_minutes')} preceding and current row) as five,
         sum(nano) over (partition by wallet_id order by m range between ${before('hour')} preceding and current row) as hour,
         sum(nano) over (partition by wallet_id order by m range between ${before('day')} preceding and current row) as day_long
       from minutes
     )
     select wallet_id as wallet, m::date as day, sum(nano) as total, max(five) as five, max(hour) as hour,
       max(day_long) as day_long
     from windows group by 1, 2 order by 1, 2`,
    [wallets, from, to],
  )
  const days = new Map<string, DayPeaks[]>()
  for (const { wallet, day, total, five, hour, day_long } of rows) {
    const most = { five_minutes: BigInt(five), hour: BigInt(hour), day: BigInt(day_long) }
    const own = days.get(wallet) ?? []
    own.push({ day, total: BigInt(total), most })
    days.set(wallet, own)
  }
  return days
}

/** Processes that may hold money: those seen since then. */
export async function replicas(sql: Sql, since: Millis): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    'select count(*)::int as count from ledger.owner where seen_at > $1',
    [iso(since)],
  )
  return Math.max(1, row!.count)
}

/** Null when the wallet is paused already. */
export async function insertPause(
  sql: Sql,
  { id, at, span, spent, allowed, baseline, wanted }: Pause,
  whose: { wallet: string; person: string },
): Promise<boolean> {
  const rows = await sql.query(
    `insert into spending.pause (id, wallet_id, person_id, at, span, spent, allowed, baseline, wanted)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (wallet_id) where ended_at is null do nothing returning id`,
    [id, whose.wallet, whose.person, iso(at), span, spent, allowed, baseline, wanted],
  )
  return rows.length > 0
}

/** Ends the pause of a wallet and gives it; null when there is none. Two that ask at once: one gets it. */
export async function endPause(
  sql: Sql,
  wallet: string,
  now: Millis,
): Promise<{ readonly id: string; readonly wanted: bigint } | null> {
  const rows = await sql.query<{ id: string; wanted: bigint }>(
    `update spending.pause set ended_at = greatest(at, $2) where wallet_id = $1 and ended_at is null returning id, wanted`,
    [wallet, iso(now)],
  )
  return rows[0] ?? null
}

export const insertConfirmation = (
  sql: Sql,
  row: Confirmation & { id: string; wallet: string; person: string; pause: string | null },
): Promise<unknown> =>
  sql.query(
    `insert into spending.confirmation (id, wallet_id, person_id, at, until, times, pause_id)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [row.id, row.wallet, row.person, iso(row.at), iso(row.until), row.times, row.pause],
  )

/** The person's wallet of dollars; null before anything was granted. */
export async function walletOf(sql: Sql, person: string): Promise<string | null> {
  const rows = await sql.query<{ id: string }>(
    `select id from ledger.wallet where person_id = $1 and asset = 'USD'`,
    [person],
  )
  return rows[0]?.id ?? null
}

/** Two that confirm at once go one after the other. */
export const lock = (sql: Sql, wallet: string): Promise<unknown> =>
  sql.query(`select pg_advisory_xact_lock(hashtextextended($1, 13))`, [`spending.guard ${wallet}`])

export async function confirmation(sql: Sql, wallet: string, now: Millis): Promise<Confirmation | null> {
  const rows = await sql.query<Confirmation>(
    `select at, until, times from spending.confirmation where wallet_id = $1 and until > $2
     order by at desc, id desc limit 1`,
    [wallet, iso(now)],
  )
  return rows[0] ?? null
}
