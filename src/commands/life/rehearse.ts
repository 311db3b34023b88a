import { invariant } from '#base/invariant.ts'
import type { Db, Sql } from '#db/sql.ts'

/**
 * Does the work in a transaction that is then undone. What it answers is what the command would do now, to the unit,
 * because it is the command; nothing of it stays, and nobody else ever sees it.
 */
export async function rehearsed<T>(db: Pick<Db, 'tx'>, work: (sql: Sql) => Promise<T>): Promise<T> {
  const undo = new Error('a rehearsal ends before anything stays')
  let answer: { readonly of: T } | null = null
  try {
    await db.tx(async (sql) => {
      answer = { of: await work(sql) }
      throw undo
    })
  } catch (error) {
    if (error !== undo) throw error
  }
  const done = answer as { readonly of: T } | null
  invariant(done, 'the work was done before it was undone')
  return done.of
}
