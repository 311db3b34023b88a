import { invariant } from '#base/invariant.ts'
import type { Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'

/** Counted no further than this: a gauge needs the size of a trouble, not its last digit. */
const COUNT_MAX = 100_000

export type Health = {
  readonly holds_open: number
  readonly held: bigint
  readonly oldest_hold: Millis | null
  /** Entries that the hash chain has not reached yet. */
  readonly unsealed: number
  /** The oldest of them, and the oldest call that no roll-up holds yet. */
  readonly unsealed_since: Millis | null
  readonly unrolled_since: Millis | null
  readonly connections: number
  readonly connections_busy: number
  readonly connections_most: number
  readonly archive_failures: bigint
}

/** Index: entry_seal_order (xid, seq); of the calls `ledger.unrolled_since()` reads the newest pages. */
export async function health(sql: Sql): Promise<Health> {
  const [row] = await sql.query<Health>(
    `select (select count(*)::int from ledger.hold) as holds_open,
       (select coalesce(sum(amount), 0) from ledger.hold) as held,
       (select min(at) from ledger.hold) as oldest_hold,
       (select e.at from ledger.entry e, ledger.seal_head h where (e.xid, e.seq) > (h.xid, h.seq)
        order by e.xid, e.seq limit 1) as unsealed_since,
       ledger.unrolled_since() as unrolled_since,
       a.connections, a.busy as connections_busy, current_setting('max_connections')::int as connections_most,
       (select failed_count from pg_stat_archiver) as archive_failures,
       (select count(*)::int from (
          select 1 from ledger.entry e, ledger.seal_head h where (e.xid, e.seq) > (h.xid, h.seq) limit $1
        ) unsealed) as unsealed
     from (select count(*)::int as connections, (count(*) filter (where state <> 'idle'))::int as busy
       from pg_stat_activity where backend_type = 'client backend') a`,
    [COUNT_MAX],
  )
  invariant(row, 'there is one row of one row')
  return row
}
