import { join } from 'node:path'
import type { DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { usageColumns } from './parquet.ts'
import { archives, recallInto, wrongWith } from './recall.ts'

type Found = { check: string; row: string; detail: string }

export type Beside = {
  /** What is wrong with the files themselves. */
  readonly findings: Found[]
  readonly unread: readonly DateText[]
  /** A check's text, over what stands in the database and what was read back. */
  named(text: string): string
  /** Nothing of it stays in the session. */
  close(): Promise<unknown>
}

/** Entries of calls that are in no table say nothing: what they said cannot be told. */
const SILENT = `
  create temporary view spoken as
  select s.seq, s.xid, s.transfer, s.kind, s.n,
    case when s.kind in ('settle', 'lapse') and s.n = 0 and a.month is not null and u.id is null then null else s.said end as said
  from ledger.spoken s
    left join ledger.archive a on s.transfer >= a.low and s.transfer < a.high
    left join ledger.usage u on a.month is not null and u.id = s.transfer`

/** The views of the ledger, word for word, over the calls that were read back as well. */
const OVER_BOTH = `do $$ begin
    create temporary view usage as select * from ledger.usage union all select * from pg_temp.recalled;
    execute 'create temporary view spoken as ' || replace(pg_get_viewdef('ledger.spoken'::regclass), 'ledger.usage ', 'pg_temp.usage ');
    execute 'create temporary view used as ' || replace(pg_get_viewdef('ledger.used'::regclass), 'ledger.usage ', 'pg_temp.usage ');
    create temporary view archive as select a.* from ledger.archive a where a.month not in (select month from pg_temp.recalled_month);
  end $$`

/** Makes, for this transaction alone, what a proof needs of archived months beside the tables. */
export async function beside(sql: Sql, dir: string | undefined): Promise<Beside> {
  const months = await archives(sql)
  const findings: Found[] = []
  if (months.length === 0) {
    await sql.query('set transaction read only')
    return { findings, unread: [], named: (text) => text, close: async () => {} }
  }
  const close = (): Promise<object[]> =>
    sql.query('drop view if exists pg_temp.spoken, pg_temp.used, pg_temp.usage, pg_temp.archive')
  if (dir === undefined) {
    await sql.query(SILENT)
    const named = (text: string): string => text.replaceAll('ledger.spoken', 'pg_temp.spoken')
    return { findings, unread: months.map(({ month }) => month), named, close }
  }
  await sql.query('create temporary table recalled (like ledger.usage) on commit drop')
  await sql.query('create temporary table recalled_month (month date) on commit drop')
  for (const row of months) {
    const wrong = (await wrongWith(dir, row)) ?? null
    const unreadable = wrong?.startsWith('is not in')
      ? null
      : await recall(sql, join(dir, row.file), row.month)
    for (const detail of [wrong, unreadable])
      if (detail !== null)
        findings.push({ check: 'the archive: each file is what was archived', row: row.file, detail })
  }
  await sql.query('analyze pg_temp.recalled')
  await sql.query(OVER_BOTH)
  const named = (text: string): string =>
    text.replaceAll(/\bledger\.(usage|spoken|used|archive)\b/g, 'pg_temp.$1')
  return { findings, unread: [], named, close }
}

/** Why a file cannot be read back, or null. A file that was changed is read all the same: the seals then name its calls. */
async function recall(sql: Sql, path: string, month: DateText): Promise<string | null> {
  await sql.query('savepoint recall')
  try {
    await recallInto(sql, 'pg_temp.recalled', path, await usageColumns(sql))
    await sql.query('insert into pg_temp.recalled_month values ($1)', [month])
    return null
  } catch (error) {
    await sql.query('rollback to savepoint recall')
    return `cannot be read: ${String(error).split('\n')[0]}`
  }
}
