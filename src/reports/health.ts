import type { Sql } from '#db/sql.ts'

/** Counted no further than this: a gauge needs the size of a trouble, not its last digit. */
const COUNT_MAX = 100_000

export type Health = {
  readonly holds_open: number
  readonly held: bigint
  /** Entries that the hash chain has not reached yet. */
  readonly unsealed: number
}

/** Index: entry_seal_order (xid, seq). */
export async function health(sql: Sql): Promise<Health> {
  const [row] = await sql.query<{ holds_open: number; held: bigint; unsealed: number }>(
    `select (select count(*)::int from ledger.hold) as holds_open,
       (select coalesce(sum(amount), 0) from ledger.hold) as held,
       (select count(*)::int from (
          select 1 from ledger.entry e, ledger.seal_head h where (e.xid, e.seq) > (h.xid, h.seq) limit $1
        ) unsealed) as unsealed`,
    [COUNT_MAX],
  )
  return row ?? { holds_open: 0, held: 0n, unsealed: 0 }
}
