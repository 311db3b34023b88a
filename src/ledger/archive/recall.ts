import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#base/fault.ts'
import type { DateText } from '#base/time.ts'
import type { Db, Sql } from '#db/sql.ts'
import { fileHash, readParquet, usageColumns, type Column } from './parquet.ts'

/** Archived months read back: into the database again, or beside it for a proof. */

type Row = {
  readonly month: DateText
  readonly file: string
  readonly sha256: string
  readonly calls: bigint
}

export const archives = (sql: Sql): Promise<Row[]> =>
  sql.query<Row>(
    `select month, file, encode(sha256, 'hex') as sha256, calls from ledger.archive order by month`,
  )

/** What is wrong with a file from outside, or null. */
export async function wrongWith(dir: string, { file, sha256 }: Row): Promise<string | null> {
  const path = join(dir, file)
  if (!existsSync(path)) return `is not in ${dir}`
  return (await fileHash(path)) === sha256 ? null : 'is not the file that was archived: its sha256 differs'
}

/** Reads a file's calls into a table of the shape of ledger.usage. */
export async function recallInto(
  sql: Sql,
  table: string,
  path: string,
  columns: readonly Column[],
): Promise<void> {
  const casts = columns.map(({ type }, n) => `$${n + 1}::${type}[]`).join(', ')
  const names = columns.map(({ name }) => name).join(', ')
  for await (const batch of readParquet(path, columns))
    await sql.query(`insert into ${table} (${names}) select * from unnest(${casts})`, batch)
}

/** Puts an archived month back as it was. Throws Fault `not_found` or `conflict` when it was not archived or the file is not its file. */
export async function restoreMonth(
  db: Db,
  { month, dir }: { readonly month: DateText; readonly dir: string },
): Promise<{ readonly month: DateText; readonly calls: bigint }> {
  const row = (await archives(db)).find((one) => one.month === month)
  if (!row) throw new Fault('not_found', `${month.slice(0, 7)} is not archived.`, { param: 'month' })
  const wrong = await wrongWith(dir, row)
  if (wrong !== null) throw new Fault('conflict', `${row.file} ${wrong}.`, { param: 'from' })
  const columns = await usageColumns(db)
  await db.tx(async (sql) => {
    // Filled beside the calls of now; the month is opened as an empty part only when everything is here.
    await sql.query('create temporary table recalled (like ledger.usage) on commit drop')
    await recallInto(sql, 'pg_temp.recalled', join(dir, row.file), columns)
    await sql.query('delete from ledger.archive where month = $1', [month])
    await sql.query('select ledger.open_month($1)', [month])
    await sql.query('insert into ledger.usage select * from pg_temp.recalled order by id')
  })
  return { month, calls: row.calls }
}
