import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { spanOf, type TimeFilter } from './filter.ts'
import { decode, INSTANT, pageOf, UUID } from './page.ts'

export type DenialView = {
  readonly id: string
  readonly at: string
  readonly door: string
  readonly route: string
  readonly model: string | null
  readonly code: string
  readonly message: string
  readonly short: bigint | null
  /** How often the same was refused within the minute. */
  readonly count: number
  readonly key: { readonly id: string; readonly name: string }
}

export type DenialsView = { readonly denials: readonly DenialView[]; readonly next: string | null }

export type DenialFilter = TimeFilter & { readonly code?: string | undefined }

type Row = Omit<DenialView, 'at' | 'key'> & { at: Millis; key_id: string; key_name: string | null }

/** What was refused to a person's keys, newest first. Index: denial_person (person_id, at desc, id desc). */
export async function denials(
  sql: Sql,
  person: string,
  filter: DenialFilter,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<DenialsView> {
  const [at = null, id = null] = cursor === undefined ? [] : decode(cursor, [INSTANT, UUID])
  const { from, until } = spanOf(filter)
  const rows = await sql.query<Row>(
    `select d.id, d.at, d.door, d.route, d.model, d.code, d.message, d.short, d.count, d.key_id, k.name as key_name
     from gateway.denial d left join spending.key k on k.id = d.key_id
     where d.person_id = $1 and ($2::timestamptz is null or (d.at, d.id) < ($2, $3::uuid))
       and ($4::timestamptz is null or d.at >= $4) and ($5::timestamptz is null or d.at < $5)
       and ($6::text is null or d.code = $6)
     order by d.at desc, d.id desc limit $7`,
    [person, at, id, from, until, filter.code ?? null, limit + 1],
  )
  const page = pageOf(rows, limit, (row) => [iso(row.at), row.id])
  return {
    denials: page.rows.map(({ key_id, key_name, ...row }) => ({
      ...row,
      at: iso(row.at),
      key: { id: key_id, name: key_name ?? '' },
    })),
    next: page.next,
  }
}
