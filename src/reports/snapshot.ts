import type { Db, Sql } from '#db/sql.ts'

/**
 * One view, one instant: everything read inside comes from the same snapshot, so that the numbers of a view add up
 * while others spend.
 */
export const snapshot = <T>(db: Db, read: (sql: Sql) => Promise<T>): Promise<T> =>
  db.tx(async (sql) => {
    await sql.query('set transaction isolation level repeatable read, read only')
    // How little lies behind the roll-ups is known only to a plan that knows their head.
    await sql.query('set local plan_cache_mode = force_custom_plan')
    // A page reads too little for a second process to be worth its start.
    await sql.query('set local max_parallel_workers_per_gather = 0')
    return read(sql)
  })
