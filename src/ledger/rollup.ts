import type { Sql } from '#db/sql.ts'

/** Usage added up by hour and by day (sql/000026): what keeps it up, and what readers must know to be exact. */

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
