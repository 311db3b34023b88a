import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '#base/fault.ts'
import { DAY, iso, startOfDay, type DateText, type Millis } from '#base/time.ts'
import { isConnectionLost, type Db, type Sql } from '#db/sql.ts'
import { monthOf, openMonth } from '../months.ts'
import {
  asText,
  fileHash,
  sumsOf,
  usageColumns,
  writeParquet,
  type Batch,
  type Column,
  type Sums,
  type Value,
} from './parquet.ts'

/** A closed month of calls goes into one Parquet file and out of the database; entries, seals and roll-ups stay. */

export type Archived = Sums & { readonly month: DateText; readonly file: string; readonly sha256: string }

/** So long after its end a month is closed: a week's window of a key's limit may reach back into it until then. */
const CLOSED_AFTER = 8 * DAY
const BATCH = 20_480

/** Months before `before` with calls that lie in the database, oldest first. */
export async function monthsBefore(db: Sql, before: DateText): Promise<readonly DateText[]> {
  const rows = await db.query<{ month: DateText }>(
    // An id of version 7 begins with the milliseconds; others have no month of their own.
    `select distinct m.month from (
       select o.month from ledger.month o
       union all
       select date_trunc('month', to_timestamp(('x' || left(replace(u.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0), 'UTC')::date
       from ledger.usage_rest u where substr(u.id::text, 15, 1) = '7'
     ) m where m.month < $1 and not exists (select from ledger.archive a where a.month = m.month) order by 1`,
    [before],
  )
  return rows.map(({ month }) => month)
}

/**
 * Archives one month into `dir`. Throws Fault `conflict` for a month that is not closed, still has calls in flight or has
 * calls that are not sealed or rolled up yet, or whose file stands already; then nothing has changed.
 */
export async function archiveMonth(
  db: Db,
  { month, dir, now }: { readonly month: DateText; readonly dir: string; readonly now: Millis },
): Promise<Archived> {
  if (startOfDay(monthOf(month, 1)) + CLOSED_AFTER > now)
    throw new Fault(
      'conflict',
      `${month.slice(0, 7)} is not closed: a month can be archived 8 days after its end.`,
      {
        param: 'month',
      },
    )
  await openMonth(db, month, now)
  await refuseUnfinished(db, month)
  const file = `usage-${month.slice(0, 7)}.parquet`
  const path = join(dir, file)
  if (existsSync(path))
    throw new Fault('conflict', `${path} exists. Move it away, or name another folder.`, { param: 'to' })
  await mkdir(dir, { recursive: true })
  const half = `${path}.part`
  try {
    const columns = await usageColumns(db)
    await writeParquet(half, columns, callsOf(db, month, columns))
    const sums = await sumsOf(half)
    await durable(half)
    await rename(half, path)
    const archived = { month, file, sha256: await fileHash(path), ...sums }
    try {
      await db.tx((sql) => takeOut(sql, archived, now))
    } catch (error) {
      // Whether a commit whose answer was lost stands cannot be known: then the file may be all there is.
      if (!isConnectionLost(error)) await rm(path, { force: true })
      throw error
    }
    return archived
  } finally {
    await rm(half, { force: true })
  }
}

async function refuseUnfinished(sql: Sql, month: DateText): Promise<void> {
  const [left] = await sql.query<{ holds: boolean; unsealed: boolean; unrolled: boolean }>(
    `select exists (select from ledger.hold h where h.id >= m.low and h.id < m.high) as holds,
       exists (
         select from ledger.entry e, ledger.seal_head h
         where (e.xid, e.seq) > (h.xid, h.seq) and (e.transfer >= m.low and e.transfer < m.high or e.cause >= m.low and e.cause < m.high)
       ) as unsealed,
       exists (
         select from ledger.usage u, ledger.rollup_head h
         where u.id >= m.low and u.id < m.high and (u.tx > h.tx or u.tx = 0 and u.id > h.old)
       ) or exists (
         select from ledger.late l, ledger.rollup_head h
         where l.id >= m.low and l.id < m.high and (l.tx > h.tx or l.tx = 0 and l.id > h.old)
       ) or exists (
         select from ledger.rollup_head h join ledger.note n on n.tx > h.tx or n.tx = 0 and n.transfer > h.old
           join ledger.entry e on e.transfer = n.transfer and e.kind = 'adjust'
         where e.cause >= m.low and e.cause < m.high
       ) as unrolled
     from (
       select ledger.first_id($1::date::timestamp at time zone 'UTC') as low,
         ledger.first_id(($1::date + interval '1 month') at time zone 'UTC') as high
     ) m`,
    [month],
  )
  const why = left!.holds
    ? 'has calls in flight; they end by themselves'
    : left!.unsealed
      ? 'has entries that are not sealed yet; a running server seals them in seconds'
      : left!.unrolled
        ? 'has calls that are not rolled up yet; a running server does that in seconds'
        : null
  if (why !== null) throw new Fault('conflict', `${month.slice(0, 7)} ${why}.`, { param: 'month' })
}

/** Every call of a month, by id. */
async function* callsOf(db: Sql, month: DateText, columns: readonly Column[]): AsyncGenerator<Batch> {
  for (let after: unknown = null; ;) {
    const rows = await db.query<Record<string, Value>>(
      `select ${columns.map(asText).join(', ')} from ledger.usage u
       where u.id >= ledger.first_id($1::date::timestamp at time zone 'UTC')
         and u.id < ledger.first_id(($1::date + interval '1 month') at time zone 'UTC')
         and ($2::uuid is null or u.id > $2) order by u.id limit ${BATCH}`,
      [month, after],
    )
    if (rows.length === 0) return
    yield columns.map(({ name }) => rows.map((row) => row[name] ?? null))
    after = rows.at(-1)!['id'] ?? null
  }
}

/** In one commit: the month is told to lie in the file, and its parts are gone. Refuses when the file is not all of it. */
async function takeOut(sql: Sql, { month, file, sha256, ...sums }: Archived, now: Millis): Promise<void> {
  await sql.query(`set local lock_timeout = '5s'`)
  const parts = await sql.query<{ part: string }>('select part from ledger.month where month = $1', [month])
  for (const { part } of parts) {
    // Only who may change a table may keep others from it; it is gone at the end of this.
    await sql.query(`grant delete on ledger.${part} to current_user`)
    await sql.query(`lock table ledger.${part} in share row exclusive mode`)
  }
  const [have] = await sql.query<Sums>(
    `select count(*) as calls, coalesce(sum(charged), 0) as charged, coalesce(sum(absorbed), 0) as absorbed
     from ledger.usage u where u.id >= ledger.first_id($1::date::timestamp at time zone 'UTC')
       and u.id < ledger.first_id(($1::date + interval '1 month') at time zone 'UTC')`,
    [month],
  )
  if (have!.calls !== sums.calls || have!.charged !== sums.charged || have!.absorbed !== sums.absorbed)
    throw new Fault(
      'conflict',
      `${file} has ${sums.calls} calls, the database ${have!.calls}. Archive it again.`,
    )
  await refuseUnfinished(sql, month)
  await sql.query(
    `insert into ledger.archive (month, low, high, file, calls, charged, absorbed, sha256, archived_at)
     select $1::date, ledger.first_id($1::date::timestamp at time zone 'UTC'),
       ledger.first_id(($1::date + interval '1 month') at time zone 'UTC'), $2, $3, $4, $5, decode($6, 'hex'), $7`,
    [month, file, sums.calls, sums.charged, sums.absorbed, sha256, iso(now)],
  )
  await sql.query('delete from ledger.month where month = $1', [month])
  for (const { part } of parts) {
    await sql.query(`alter table ledger.usage detach partition ledger.${part}`)
    await sql.query(`drop table ledger.${part}`)
  }
}

async function durable(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
