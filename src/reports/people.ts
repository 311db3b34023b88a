import type { DateText, Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Role } from '#people/access.ts'
import { startOfWindow } from './pace.ts'
import { decode, pageOf, UUID } from './page.ts'
import { spentWithin } from './spent.ts'

export type PersonView = {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly level: string
  readonly title: string
  readonly entity_name: string
  readonly country: string
  readonly hired_on: DateText
  readonly left_on: DateText | null
  readonly granted: bigint
  readonly unvested: bigint
  readonly available: bigint
  readonly held: bigint
  readonly spent: bigint
  readonly spent_30d: bigint
}

export type PeopleView = { readonly people: readonly PersonView[]; readonly next: string | null }

type Row = Omit<PersonView, 'spent_30d'> & { readonly sort: string; readonly wallet: string | null }

/** The directory with each person's balances. Index: person_order, wallet (person_id), lot_wallet, grant_book_wallet. */
const DIRECTORY = (page: string): string => `
  with page as materialized (${page})
  select p.id, p.name, p.email, p.role, p.level, p.title, n.name as entity_name, p.country, p.hired_on, p.left_on, p.sort,
    coalesce(b.granted, 0) as granted, coalesce(b.unvested, 0) as unvested, coalesce(l.available, 0) as available,
    coalesce(l.held, 0) as held, coalesce(l.spent, 0) as spent, w.id as wallet
  from page p join people.legal_entity n on n.id = p.entity_id
    left join ledger.wallet w on w.person_id = p.id and w.asset = 'USD'
    left join lateral (
      select sum(granted) as granted, sum(unvested) as unvested from ledger.grant_book where wallet_id = w.id
    ) b on true
    left join lateral (
      select sum(available) as available, sum(held) as held, sum(spent) as spent from ledger.lot where wallet_id = w.id
    ) l on true
  order by p.sort, p.id`

const SORT = `lower(name) collate "C" as sort`

/** By name, a page at a time; `q` is looked for in names and email addresses. */
export async function people(
  sql: Sql,
  now: Millis,
  { q, limit, cursor }: { q?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<PeopleView> {
  const [sort = null, id = null] = cursor === undefined ? [] : decode(cursor, [/^[^]{0,400}$/, UUID])
  const like = q?.trim() ? `%${q.trim().replaceAll(/[\\%_]/g, '\\$&')}%` : null
  const rows = await sql.query<Row>(
    DIRECTORY(
      `select *, ${SORT} from people.person
       where ($1::text is null or name ilike $1 or email ilike $1)
         and ($2::text is null or (lower(name) collate "C", id) > ($2 collate "C", $3::uuid))
       order by lower(name) collate "C", id limit $4`,
    ),
    [like, sort, id, limit + 1],
  )
  const page = pageOf(rows, limit, (row) => [row.sort, row.id])
  return { people: await withSpend(sql, now, page.rows), next: page.next }
}

export async function person(sql: Sql, now: Millis, id: string): Promise<PersonView | null> {
  const rows = await sql.query<Row>(DIRECTORY(`select *, ${SORT} from people.person where id = $1`), [id])
  const [view] = await withSpend(sql, now, rows)
  return view ?? null
}

async function withSpend(sql: Sql, now: Millis, rows: readonly Row[]): Promise<readonly PersonView[]> {
  const wallets = rows.flatMap(({ wallet }) => (wallet === null ? [] : [wallet]))
  const spent = await spentWithin(sql, wallets, [{ from: startOfWindow(now, 30), until: now + 1 }])
  return rows.map((row) => viewOf(row, (row.wallet === null ? null : spent.get(row.wallet)?.[0]) ?? 0n))
}

const viewOf = (row: Row, spent30: bigint): PersonView => ({
  id: row.id,
  name: row.name,
  email: row.email,
  role: row.role,
  level: row.level,
  title: row.title,
  entity_name: row.entity_name,
  country: row.country,
  hired_on: row.hired_on,
  left_on: row.left_on,
  granted: row.granted,
  unvested: row.unvested,
  available: row.available,
  held: row.held,
  spent: row.spent,
  spent_30d: spent30,
})
