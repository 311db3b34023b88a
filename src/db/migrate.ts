import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Fault } from '#base/fault.ts'
import { sha256Hex } from '#base/json.ts'
import type { Db, Sql } from './sql.ts'

export type Migration = {
  readonly number: number
  readonly name: string
  readonly hash: string
  readonly text: string
}

type Applied = { number: number; name: string; hash: string }

/** Lies beside the code, so that the working directory does not matter. */
const FOLDER = fileURLToPath(new URL('../../sql/', import.meta.url))

/** One lock for all replicas that start together. The number is Perq's own, chosen once. */
const LOCK = 7_377_104_113
const OLDEST_SERVER = 15

/**
 * Brings the database up to the code: each numbered file once, in order, each in a transaction of its own under one
 * lock, so that replicas may start together and a crash leaves whole steps. Returns what this call applied.
 * Throws Fault `conflict`, and changes nothing, when the database and the files do not fit together.
 */
export async function migrate(db: Db, folder: string = FOLDER): Promise<readonly Migration[]> {
  await refuseOldServer(db)
  const files = await readMigrations(folder)
  refuseGaps(files)
  return migrateWith(db, files)
}

/** As `migrate`, with files that the caller read: for tests of some of them. */
export async function migrateWith(db: Db, files: readonly Migration[]): Promise<readonly Migration[]> {
  const done: Migration[] = []
  for (const _ of [...files, null]) {
    const applied = await db.tx((sql) => applyNext(sql, files))
    if (!applied) return done
    done.push(applied)
  }
  return done
}

/** The files of a folder in order of their names. Other names than `NNNNNN_name.sql` are refused. */
export async function readMigrations(folder: string = FOLDER): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort()
  return Promise.all(
    names.map(async (file): Promise<Migration> => {
      const match = /^(\d{6})_([a-z0-9_]+)\.sql$/.exec(file)
      if (!match?.[1] || !match[2]) throw unfit(`${file} is not named like 000001_ledger.sql.`)
      const text = await readFile(`${folder}/${file}`, 'utf8')
      return { number: Number(match[1]), name: match[2], hash: sha256Hex(text), text }
    }),
  )
}

/** An installation that lost a file, or two files that took the same number. */
export function refuseGaps(files: readonly Migration[]): void {
  files.forEach((file, index) => {
    if (file.number !== index + 1)
      throw unfit(
        `The migrations reach ${title(file)} where number ${index + 1} belongs: a file is missing or doubled.`,
      )
  })
}

async function applyNext(sql: Sql, files: readonly Migration[]): Promise<Migration | null> {
  await sql.query('select pg_advisory_xact_lock($1)', [LOCK])
  await sql.query(
    `create table if not exists public.perq_migration (
       number int primary key, name text not null, hash text not null, applied_at timestamptz not null
     )`,
  )
  const applied = await sql.query<Applied>(
    'select number, name, hash from public.perq_migration order by number',
  )
  const next = nextOf(applied, files)
  if (!next) return null
  await sql.query(next.text).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error)
    throw new Error(`migration ${title(next)} failed and was rolled back: ${said}`, { cause: error })
  })
  // The one place where the database's clock is asked: nothing that is computed depends on this column.
  await sql.query('insert into public.perq_migration values ($1, $2, $3, now())', [
    next.number,
    next.name,
    next.hash,
  ])
  return next
}

/**
 * Hashes of a second text under which a migration was applied in places. 000031 stood for a few hours without a foreign key, which
 * 000043 takes away from whoever has it: both lead to the same tables.
 */
const TOLD_OTHERWISE: Readonly<Record<number, string>> = {
  31: '6dce86d0a593d40d49da73d76ba78d2ae6a02633ebd43cf286c18d9030577a4f',
}

/** The first file that is not applied yet, or null. Pure. */
export function nextOf(applied: readonly Applied[], files: readonly Migration[]): Migration | null {
  applied.forEach((row, index) => {
    const file = files[index]
    if (!file)
      throw unfit(
        `The database is newer than this Perq: it has migration ${title(row)}. Start the newer Perq.`,
      )
    if (row.number !== file.number)
      throw unfit(
        `The database has migration ${title(row)} where ${title(file)} belongs: it was made by other code. ` +
          'Start the Perq that made it, or start with an empty database.',
      )
    if (file.hash !== row.hash && TOLD_OTHERWISE[row.number] !== row.hash)
      throw unfit(
        `Migration ${title(file)} is not the text that was applied as ${title(row)}. A landed migration is never ` +
          'edited: restore the file, or start with an empty database.',
      )
  })
  return files[applied.length] ?? null
}

async function refuseOldServer(db: Db): Promise<void> {
  const [row] = await db.query<{ version: number; shown: string }>(
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('server_version') as shown`,
  )
  if (row && row.version < OLDEST_SERVER)
    throw new Fault('conflict', `PostgreSQL ${row.shown} is too old: Perq needs ${OLDEST_SERVER} or newer.`)
}

const title = (one: { number: number; name: string }): string =>
  `${String(one.number).padStart(6, '0')}_${one.name}`

const unfit = (message: string): Fault => new Fault('conflict', message)
