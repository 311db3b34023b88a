import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { chargedSince } from '#ledger/rollup.ts'

export type AlertRow = {
  readonly id: string
  readonly at: Millis
  readonly kind: string
  readonly body: unknown
  readonly seen_at: Millis | null
  readonly person_id: string | null
  readonly person_name: string | null
}

/** False when this cause has alerted already. */
export async function insert(
  sql: Sql,
  row: { id: string; person: string | null; kind: string; at: Millis; body: object; cause: string | null },
): Promise<boolean> {
  const rows = await sql.query(
    `insert into spending.alert (id, person_id, kind, at, body, cause) values ($1, $2, $3, $4, $5, $6)
     on conflict (cause) do nothing returning id`,
    [row.id, row.person, row.kind, iso(row.at), row.body, row.cause],
  )
  return rows.length > 0
}

/** Causes of a person that begin so and are no older. */
export async function causesSince(
  sql: Sql,
  { person, begins, since }: { person: string; begins: string; since: Millis },
): Promise<string[]> {
  const rows = await sql.query<{ cause: string }>(
    `select cause from spending.alert where person_id = $1 and at >= $2 and starts_with(cause, $3) limit 100`,
    [person, iso(since), begins],
  )
  return rows.map(({ cause }) => cause)
}

export type Cursor = { readonly at: string; readonly id: string }

const COLUMNS = `a.id, a.at, a.kind, a.body, a.seen_at, a.person_id, p.name as person_name`

/** Newest first, of one person or (null) of everybody. Indexes: alert_person, alert_time. */
export const list = (
  sql: Sql,
  { person, limit, before }: { person: string | null; limit: number; before: Cursor | null },
): Promise<AlertRow[]> => {
  const page: (string | number)[] = [limit]
  const wheres: string[] = []
  if (person !== null) wheres.push(`a.person_id = $${page.push(person)}`)
  if (before !== null)
    wheres.push(`(a.at, a.id) < ($${page.push(before.at)}::timestamptz, $${page.push(before.id)}::uuid)`)
  const where = wheres.length > 0 ? `where ${wheres.join(' and ')}` : ''
  return sql.query<AlertRow>(
    `select ${COLUMNS} from spending.alert a left join people.spender p on p.id = a.person_id
     ${where} order by a.at desc, a.id desc limit $1`,
    page,
  )
}

export async function unseen(sql: Sql, person: string): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `select count(*)::int as count from (
       select 1 from spending.alert where person_id = $1 and seen_at is null limit 1000
     ) u`,
    [person],
  )
  return row!.count
}

/** Those of the person's own among `ids`, or all; the first time stays. */
export const markSeen = (
  sql: Sql,
  { person, ids, now }: { person: string; ids: readonly string[] | null; now: Millis },
): Promise<unknown> =>
  sql.query(
    `update spending.alert set seen_at = $2
     where person_id = $1 and seen_at is null and ($3::uuid[] is null or id = any ($3))`,
    [person, iso(now), ids],
  )

export type Period = {
  readonly lot: string
  readonly since: Millis
  readonly spent: bigint
  readonly left: bigint
}

/** Which of these have alerted. Index: the cause is unique. */
export async function causesAmong(sql: Sql, causes: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ cause: string }>('select cause from spending.alert where cause = any ($1)', [
    causes,
  ])
  return new Set(rows.map(({ cause }) => cause))
}

/**
 * Of each wallet: since the newest tranche became spendable, not what was carried on or exchanged, what was spent and what
 * is left (held included). A wallet without a lot is left out.
 */
export async function periods(
  sql: Sql,
  wallets: readonly string[],
  now: Millis,
): Promise<ReadonlyMap<string, Period>> {
  const rows = await sql.query<Period & { readonly wallet: string }>(
    `select w.id as wallet, newest.id as lot, newest.effective_at as since,
       ${chargedSince('w.id', 'newest.effective_at')}::bigint as spent,
       (select coalesce(sum(l.available + l.held), 0) from ledger.lot l
         where l.wallet_id = w.id and l.open and l.effective_at <= $2
           and (l.expires_at is null or l.expires_at > $2))::bigint as left
     from unnest($1::uuid[]) as w(id)
     cross join lateral (
       select id, effective_at from ledger.lot
       where wallet_id = w.id and effective_at <= $2 and carried_from is null and converted_from is null
       order by effective_at desc, id desc limit 1
     ) newest`,
    [wallets, iso(now)],
  )
  return new Map(rows.map(({ wallet, ...period }) => [wallet, period]))
}
