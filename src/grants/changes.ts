import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { ExpiryRule } from './expiry.ts'
import * as store from './store.ts'

/** What a change in a person's life does to the plan of a grant. The caller holds the grant and moves the value. */

/** What has neither vested nor been forfeited gives way. */
export const supersede = store.supersede

/** The same for what is planned after a day. */
export const supersedeAfter = (sql: Sql, grant: string, day: DateText, now: Millis): Promise<object[]> =>
  sql.query(
    `update grants.tranche set superseded_at = $3
     where grant_id = $1 and date > $2 and vested_at is null and forfeited_at is null and superseded_at is null`,
    [grant, day, iso(now)],
  )

/** Nobody vests these until the transaction ends. Asked for before wallets are locked, as whoever vests does. */
export const lockTranches = (sql: Sql, grants: readonly string[]): Promise<object[]> =>
  sql.query(
    `select 1 from grants.tranche
     where grant_id = any ($1) and vested_at is null and forfeited_at is null and superseded_at is null
     order by grant_id, n for update`,
    [grants],
  )

/** After those that stand: numbers are never used again. */
export async function append(
  sql: Sql,
  grant: string,
  installments: readonly { readonly date: DateText; readonly quantity: bigint }[],
): Promise<void> {
  if (installments.length > 0) await store.insertTranches(sql, grant, installments)
}

/**
 * Grants with lots that are past their expiry now and may roll over, with the rule of their contract. A lot that ends when
 * its person has left does not.
 */
export const rollingOver = (
  sql: Sql,
  now: Millis,
  limit: number,
): Promise<{ grant: string; expiry: ExpiryRule }[]> =>
  sql.query<{ grant: string; expiry: ExpiryRule }>(
    `select distinct g.id as grant, g.expiry
     from ledger.lot l join grants.grant g on g.id = l.grant_id join people.spender p on p.id = g.person_id
     where l.open and l.expires_at <= $1 and l.available > 0 and l.carried_from is null and l.expired = 0
       and g.expiry ? 'rollover' and (p.left_on is null or l.expires_at < p.left_on::timestamp at time zone 'UTC')
     order by g.id limit $2`,
    [iso(now), limit],
  )

/** From a day on another legal entity owes the grant; what it is worth does not change. */
export const moveToEntity = (sql: Sql, grant: string, entity: string): Promise<object[]> =>
  sql.query('update grants.grant set entity_id = $2 where id = $1', [grant, entity])

/** Active grants whose contract has a floor in dollars, oldest first. */
export async function repriceable(sql: Sql, limit: number): Promise<readonly string[]> {
  const rows = await sql.query<{ id: string }>(
    `select id from grants.grant where status = 'active' and clauses -> 'repricing' ->> 'floor' = 'dollars'
     order by created_at, id limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}
