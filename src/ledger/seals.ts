import type { Sql } from '#db/sql.ts'
import type { Millis } from '#base/time.ts'

export type Seal = { readonly n: bigint; readonly hash: string; readonly at: Millis | null }

/** The newest seal, with the time of the newest entry under it; null where there is no ledger yet. Of any release's tables. */
export async function newestSeal(sql: Sql): Promise<Seal | null> {
  const [there] = await sql.query<{ is: boolean }>("select to_regclass('ledger.seal_head') is not null as is")
  if (!there?.is) return null
  const [head] = await sql.query<{ n: bigint; hash: string; at: Millis | null }>(
    `select h.n, encode(h.hash, 'hex') as hash, (select e.at from ledger.entry e where (e.xid, e.seq) = (h.xid, h.seq)) as at
     from ledger.seal_head h`,
  )
  return head ?? null
}

/** The hash of the seal that closed `n` entries; null when no seal did. */
export async function sealHash(sql: Sql, n: bigint): Promise<string | null> {
  const [row] = await sql.query<{ hash: string }>(
    `select encode(hash, 'hex') as hash from ledger.seal_block where n = $1
     union all select encode(hash, 'hex') from ledger.seal where n = $1
     union all select encode(hash, 'hex') from ledger.seal_head where n = $1 limit 1`,
    [n],
  )
  return row?.hash ?? null
}
