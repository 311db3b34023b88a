import { assetOf, type Asset, type Denomination } from '#base/asset.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Unit } from '#grants/clauses.ts'
import type { GrantStatus } from '#grants/status.ts'
import { decode, INSTANT, pageOf, UUID } from '../page.ts'

/** One grant as the people who write and approve grants see it. Amounts in its asset's smallest unit. */
export type ContractRow = {
  readonly id: string
  readonly person: { readonly id: string; readonly name: string; readonly email: string }
  readonly entity_name: string
  readonly name: string
  readonly template_name: string
  readonly template_version: number
  readonly denomination: Denomination
  readonly asset: Asset
  readonly quantity: bigint
  readonly status: GrantStatus
  readonly version: number
  readonly start_date: DateText
  readonly grant_date: DateText
  readonly ended_on: DateText | null
  /** Of the ledger; all 0 while it does not stand there. */
  readonly vested: bigint
  readonly unvested: bigint
  readonly spent: bigint
  readonly lost: bigint
  readonly next_vest: { readonly date: DateText; readonly quantity: bigint } | null
  readonly created_at: string
}

export type ContractsView = {
  readonly grants: readonly ContractRow[]
  /** How many there are of each status under the same filter, whatever statuses it asks for. */
  readonly counts: Readonly<Partial<Record<GrantStatus, number>>>
  readonly next: string | null
}

export type ContractFilter = {
  readonly status?: readonly GrantStatus[] | undefined
  /** Part of a person's name or email, or of the grant's name. */
  readonly q?: string | undefined
  readonly template?: string | undefined
  readonly denomination?: Denomination | undefined
}

type Row = Omit<ContractRow, 'person' | 'asset' | 'next_vest' | 'created_at'> & {
  readonly unit: Unit
  readonly person_id: string
  readonly person_name: string
  readonly email: string
  readonly next_date: DateText | null
  readonly next_quantity: bigint | null
  readonly created_at: Millis
}

const FILTER = `($1::text is null or p.name ilike $1 or p.email ilike $1 or g.name ilike $1)
  and ($2::text is null or lower(g.template_name) = lower($2)) and ($3::text is null or g.denomination = $3)`

/** What a query of `from grants.grant g join people.person p` needs to make rows. Index: lot_wallet's grant, tranche_due. */
const SELECT = (page: string): string => `
  select g.id, g.person_id, p.name as person_name, p.email, n.name as entity_name, g.name, g.template_name, g.template_version,
    g.denomination, g.unit, g.quantity, g.status, g.version, g.start_date, g.grant_date, g.ended_on, g.created_at,
    coalesce(b.vested, 0) as vested, coalesce(b.unvested, 0) as unvested,
    coalesce(l.spent, 0) as spent,
    coalesce(b.forfeited, 0) + coalesce(b.revoked, 0) + coalesce(l.lost, 0) as lost,
    t.date as next_date, t.quantity as next_quantity
  from (${page}) g join people.person p on p.id = g.person_id join people.legal_entity n on n.id = g.entity_id
    left join ledger.grant_book b on b.grant_id = g.id
    left join lateral (
      select sum(spent) as spent, sum(expired + revoked) as lost from ledger.lot where grant_id = g.id
    ) l on true
    left join lateral (
      select date, quantity from grants.tranche
      where grant_id = g.id and vested_at is null and forfeited_at is null and superseded_at is null
      order by date, n limit 1
    ) t on true
  order by g.created_at desc, g.id desc`

/** Newest first, a page at a time. */
export async function contracts(
  sql: Sql,
  { status, q, template, denomination }: ContractFilter,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<ContractsView> {
  const [at = null, id = null] = cursor === undefined ? [] : decode(cursor, [INSTANT, UUID])
  const like = q?.trim() ? `%${q.trim().replaceAll(/[\\%_]/g, '\\$&')}%` : null
  const filter = [like, template ?? null, denomination ?? null]
  const rows = await sql.query<Row>(
    SELECT(`select g.* from grants.grant g join people.person p on p.id = g.person_id
      where ${FILTER} and ($4::text[] is null or g.status = any ($4))
        and ($5::timestamptz is null or (g.created_at, g.id) < ($5, $6::uuid))
      order by g.created_at desc, g.id desc limit $7`),
    [...filter, status ?? null, at, id, limit + 1],
  )
  const counts = await sql.query<{ status: GrantStatus; count: bigint }>(
    `select g.status, count(*) as count from grants.grant g join people.person p on p.id = g.person_id
     where ${FILTER} group by g.status`,
    filter,
  )
  const page = pageOf(rows, limit, (row) => [iso(row.created_at), row.id])
  return {
    grants: page.rows.map(rowView),
    counts: Object.fromEntries(counts.map((one) => [one.status, Number(one.count)])),
    next: page.next,
  }
}

/** What a person knows of: from the offer on, or promised at once. Drafts about them are not theirs to see. */
const TOLD = `(g.status in ('offered', 'accepted', 'active', 'ended', 'declined')
  or exists (select 1 from grants.event e where e.grant_id = g.id and e.kind = 'offered'))`

const MAX_OWN = 1_000

/** A person's own contracts, newest first. */
export async function contractsOf(sql: Sql, person: string): Promise<readonly ContractRow[]> {
  const page = `select g.* from grants.grant g where g.person_id = $1 and ${TOLD} order by g.created_at desc limit ${MAX_OWN}`
  return (await sql.query<Row>(SELECT(page), [person])).map(rowView)
}

/** True when the grant's person may see it. */
export async function isTold(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql.query(`select 1 from grants.grant g where g.id = $1 and ${TOLD}`, [id])
  return rows.length > 0
}

/** One grant's row, whatever its status. */
export async function contractRow(sql: Sql, id: string): Promise<ContractRow | null> {
  const [row] = await sql.query<Row>(SELECT('select * from grants.grant where id = $1'), [id])
  return row ? rowView(row) : null
}

function rowView({
  unit,
  person_id,
  person_name,
  email,
  next_date: date,
  next_quantity: quantity,
  ...row
}: Row): ContractRow {
  return {
    ...row,
    asset: assetOf(row.denomination, unit),
    person: { id: person_id, name: person_name, email },
    next_vest: date === null || quantity === null ? null : { date, quantity },
    created_at: iso(row.created_at),
  }
}

/** How many grants were written by a version of each template, by its name in lower case. */
export async function templateUse(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ name: string; count: bigint }>(
    'select lower(template_name) as name, count(*) as count from grants.grant group by 1',
    [],
  )
  return new Map(rows.map(({ name, count }) => [name, Number(count)]))
}
