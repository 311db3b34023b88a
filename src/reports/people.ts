import { iso } from '#base/time.ts'
import type { DateText, Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Role } from '#people/access.ts'
import { startOfWindow } from './pace.ts'
import { decode, pageOf, UUID } from './page.ts'

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

type Row = PersonView & { readonly sort: string }

/**
 * The directory with each person's balances; $1 and $2 are the window of `spent_30d`. Spend counts as in spend.ts.
 * Index: person_order, wallet (person_id), lot_wallet, grant_book_wallet, usage_wallet.
 */
const DIRECTORY = (page: string): string => `
  with page as materialized (${page}), corrected as (
    select l.wallet_id, sum(e.amount) as amount
    from ledger.note n join ledger.entry e on e.transfer = n.transfer and e.kind = 'adjust' and e.source = 'spent'
      join ledger.lot l on l.id = e.lot_id
    where e.at >= $1 and e.at < $2 group by 1
  )
  select p.id, p.name, p.email, p.role, p.level, p.title, n.name as entity_name, p.country, p.hired_on, p.left_on, p.sort,
    coalesce(b.granted, 0) as granted, coalesce(b.unvested, 0) as unvested, coalesce(l.available, 0) as available,
    coalesce(l.held, 0) as held, coalesce(l.spent, 0) as spent,
    coalesce(u.charged, 0) - coalesce(c.amount, 0) as spent_30d
  from page p join people.legal_entity n on n.id = p.entity_id
    left join ledger.wallet w on w.person_id = p.id and w.asset = 'USD'
    left join lateral (
      select sum(granted) as granted, sum(unvested) as unvested from ledger.grant_book where wallet_id = w.id
    ) b on true
    left join lateral (
      select sum(available) as available, sum(held) as held, sum(spent) as spent from ledger.lot where wallet_id = w.id
    ) l on true
    left join lateral (
      select sum(charged) as charged from ledger.usage where wallet_id = w.id and at >= $1 and at < $2
    ) u on true
    left join corrected c on c.wallet_id = w.id
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
       where ($3::text is null or name ilike $3 or email ilike $3)
         and ($4::text is null or (lower(name) collate "C", id) > ($4 collate "C", $5::uuid))
       order by lower(name) collate "C", id limit $6`,
    ),
    [...window(now), like, sort, id, limit + 1],
  )
  const page = pageOf(rows, limit, (row) => [row.sort, row.id])
  return { people: page.rows.map(viewOf), next: page.next }
}

export async function person(sql: Sql, now: Millis, id: string): Promise<PersonView | null> {
  const [row] = await sql.query<Row>(DIRECTORY(`select *, ${SORT} from people.person where id = $3`), [
    ...window(now),
    id,
  ])
  return row ? viewOf(row) : null
}

const window = (now: Millis): readonly [string, string] => [iso(startOfWindow(now, 30)), iso(now + 1)]

const viewOf = (row: Row): PersonView => ({
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
  spent_30d: row.spent_30d,
})
