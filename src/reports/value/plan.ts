import { startOfDay, type DateText, type Millis } from '#base/time.ts'
import { iso } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { expiresAt, type ExpiryRule } from '#grants/expiry.ts'

/** One planned part of a grant: from when it can be spent, and until when; null: for ever. */
export type Planned = {
  readonly at: Millis
  readonly expiresAt: Millis | null
  readonly quantity: bigint
}

type Row = {
  readonly grant: string
  readonly expiry: ExpiryRule
  readonly days: DateText[]
  readonly quantities: bigint[]
}

/**
 * What was still to vest at an instant, by grant, as it was planned then: tranches that had neither vested nor been
 * lost, and that a later plan had not yet taken the place of. A plan that was made later counts for nothing: its
 * tranches have higher numbers than those that it took the place of. Index: tranche's key (grant_id, n).
 */
export async function plannedAt(
  sql: Sql,
  grants: readonly string[],
  at: Millis,
): Promise<ReadonlyMap<string, readonly Planned[]>> {
  const rows = await sql.query<Row>(
    `select t.grant_id as grant, g.expiry, array_agg(t.date::text order by t.n) as days,
       array_agg(t.quantity::text order by t.n) as quantities
     from grants.tranche t join grants.grant g on g.id = t.grant_id
     where t.grant_id = any ($1)
       and (t.vested_at is null or t.vested_at > $2) and (t.forfeited_at is null or t.forfeited_at > $2)
       and (t.superseded_at is null or t.superseded_at > $2)
       and not exists (
         select 1 from grants.tranche o
         where o.grant_id = t.grant_id and o.n < t.n and o.superseded_at > $2
           and (t.superseded_at is null or t.superseded_at > o.superseded_at)
       )
     group by t.grant_id, g.expiry`,
    [grants, iso(at)],
  )
  return new Map(
    rows.map(({ grant, expiry, days, quantities }) => [
      grant,
      days.map((day, index) => ({
        at: startOfDay(day),
        expiresAt: expiresAt(expiry, day),
        quantity: BigInt(quantities[index]!),
      })),
    ]),
  )
}
