import type { Sql } from '#db/sql.ts'

/** Usage added up by hour and by day (sql/000027): what keeps it up, and what readers must know to be exact. */

/** Transactions, or calls from before there were roll-ups, that one step adds up. */
const STEP = 2_000
const STEPS = 1_000

/** Adds up what was committed since the last turn. Returns whether all of it was. */
export async function rollUp(db: Sql, step = STEP): Promise<boolean> {
  for (let n = 0; n < STEPS; n += 1) {
    const [row] = await db.query<{ more: boolean }>('select ledger.roll_up($1) as more', [step])
    if (!row!.more) return true
  }
  return false
}

/** How far the roll-ups of a snapshot go: facts of later transactions, and older ones above `old`, are not in them. */
export type Head = { readonly tx: bigint; readonly old: string }

const ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** To be asked in the same snapshot as the roll-ups. */
export async function rollupHead(sql: Sql): Promise<Head> {
  const [head] = await sql.query<Head>('select tx, old from ledger.rollup_head')
  return head!
}

/**
 * The condition on rows of ledger.used, called `u`, that the roll-ups do not have yet. Its values stand from place
 * `$first` on.
 */
export const behind = (
  { tx, old }: Head,
  first: number,
): { readonly text: string; readonly values: readonly unknown[] } =>
  old === ALL
    ? { text: `u.tx > $${first}::bigint`, values: [tx] }
    : { text: `(u.tx > $${first}::bigint or u.tx = 0 and u.id > $${first + 1}::uuid)`, values: [tx, old] }

/**
 * As an expression: what a wallet was charged from an instant on, corrections left in, months that are archived too. Both are
 * expressions themselves. Exact in a statement of its own, because a statement sees one snapshot.
 */
export function chargedSince(wallet: string, since: string): string {
  const hour = `date_trunc('hour', ${since}, 'UTC')`
  const opens = `(${hour} + case when ${since} > ${hour} then interval '1 hour' else interval '0' end)`
  return `((
      select coalesce(sum(r.charged), 0) from ledger.usage_hour r where r.wallet_id = ${wallet} and r.hour >= ${opens}
    ) + (
      select coalesce(sum(u.charged), 0) from ledger.usage u, ledger.rollup_head h
      where u.wallet_id = ${wallet} and u.at >= ${since}
        and (u.at < ${opens} or u.tx > h.tx or u.tx = 0 and u.id > h.old)
    ))`
}
