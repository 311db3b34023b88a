import type { Json } from '#base/json.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { GrantEventKind } from '#grants/event.ts'

/** Who did it; null for Perq itself, as when a schedule made it so. */
export type Actor = { readonly id: string; readonly name: string } | null

export type EventView = {
  readonly id: string
  readonly kind: GrantEventKind
  readonly on: DateText
  readonly body: Json
  readonly at: string
  readonly by: Actor
}

export type VersionView = {
  readonly n: number
  readonly quantity: bigint
  readonly effective_on: DateText
  readonly reason: string
  readonly content_hash: string
  readonly at: string
  readonly by: Actor
}

export type ApprovalView = {
  readonly verdict: 'approved' | 'rejected'
  readonly note: string
  readonly content_hash: string
  readonly at: string
  readonly by: Actor
}

export type AcceptanceView = {
  readonly version: number
  readonly typed_name: string
  readonly content_hash: string
  readonly at: string
}

const MAX_ROWS = 1_000

type By = { readonly by_id: string | null; readonly by_name: string | null; readonly recorded_at: Millis }

const by = ({ by_id: id, by_name: name, recorded_at: at }: By): { at: string; by: Actor } => ({
  at: iso(at),
  by: id === null ? null : { id, name: name ?? 'somebody' },
})

const read = async <T extends object, V>(
  sql: Sql,
  { what, from, order }: { what: string; from: string; order: string },
  grant: string,
  view: (row: T) => V,
): Promise<(V & ReturnType<typeof by>)[]> => {
  const rows = await sql.query<{ row: T } & By & T>(
    `select ${what}, x.recorded_at, p.id as by_id, p.name as by_name
     from ${from} x left join people.person p on p.id = x.recorded_by
     where x.grant_id = $1 order by ${order} limit ${MAX_ROWS}`,
    [grant],
  )
  return rows.map((row) => ({ ...view(row), ...by(row) }))
}

/** Oldest first. */
export const eventsOf = (sql: Sql, grant: string): Promise<EventView[]> =>
  read<Omit<EventView, 'at' | 'by'>, Omit<EventView, 'at' | 'by'>>(
    sql,
    { what: 'x.id, x.kind, x.day as on, x.body', from: 'grants.event', order: 'x.seq' },
    grant,
    ({ id, kind, on, body }) => ({ id, kind, on, body }),
  )

export const versionsOf = (sql: Sql, grant: string): Promise<VersionView[]> =>
  read<Omit<VersionView, 'at' | 'by'>, Omit<VersionView, 'at' | 'by'>>(
    sql,
    {
      what: 'x.n, x.quantity, x.effective_on, x.reason, x.content_hash',
      from: 'grants.version',
      order: 'x.n',
    },
    grant,
    ({ n, quantity, effective_on, reason, content_hash }) => ({
      n,
      quantity,
      effective_on,
      reason,
      content_hash,
    }),
  )

export const approvalsOf = (sql: Sql, grant: string): Promise<ApprovalView[]> =>
  read<Omit<ApprovalView, 'at' | 'by'>, Omit<ApprovalView, 'at' | 'by'>>(
    sql,
    { what: 'x.verdict, x.note, x.content_hash', from: 'grants.approval', order: 'x.seq' },
    grant,
    ({ verdict, note, content_hash }) => ({ verdict, note, content_hash }),
  )

export const acceptancesOf = async (sql: Sql, grant: string): Promise<AcceptanceView[]> =>
  (
    await sql.query<Omit<AcceptanceView, 'at'> & { accepted_at: Millis }>(
      `select version, typed_name, content_hash, accepted_at from grants.acceptance where grant_id = $1 order by version`,
      [grant],
    )
  ).map(({ accepted_at: at, ...row }) => ({ ...row, at: iso(at) }))
