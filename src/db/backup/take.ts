import { mkdirSync } from 'node:fs'
import pg from 'pg'
import { Fault } from '#base/fault.ts'
import { sha256Hex } from '#base/json.ts'
import type { Millis } from '#base/time.ts'
import { copyFile, eachOf, readSteady, syncFolder, treeOf, writeNew, type Part, type Tree } from './files.ts'
import { segmentsBetween } from './wal.ts'

export type Taken = {
  readonly postgres: string
  /** Where in the write-ahead log the copy begins and where it is whole, as PostgreSQL writes them. */
  readonly startLsn: string
  readonly stopLsn: string
  /** The first segment that this backup, and every later point in time that is reached from it, needs. */
  readonly firstSegment: string
  readonly lastSegment: string
  /** By the database's clock. */
  readonly startedAt: Millis
  readonly stoppedAt: Millis
  /** How the server archives its log; empty when it does not. */
  readonly archiveCommand: string
  /** The folders of the data, with those that are empty. */
  readonly folders: readonly string[]
  readonly parts: readonly Part[]
}

type Source = {
  /** As superuser. */
  readonly adminUrl: string
  /** The data folder of that server. */
  readonly dir: string
  /** A new, empty folder; `data/` and `wal/` are made in it. */
  readonly into: string
  /** Runs after everything is copied and before the backup ends: what it sees is in the backup. */
  readonly atEnd: () => Promise<void>
}

/** The control file says where recovery may begin and is copied when all else is. */
const CONTROL = 'global/pg_control'

/**
 * A copy of a running server's data, and of the write-ahead log that makes it whole: it can be restored by itself. The
 * server goes on as usual; a slot keeps the log from being recycled for as long as this runs.
 */
export async function takeBackup({ adminUrl, dir, into, atEnd }: Source): Promise<Taken> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'perq backup' })
  // The query that is running fails too, and tells.
  client.on('error', () => {})
  await client.connect()
  try {
    await refuseTablespaces(client)
    await client.query('select pg_create_physical_replication_slot($1, true, true)', [
      `perq_backup_${process.pid}`,
    ])
    const began = await client.query<Start>(START, [`perq ${process.pid}`])
    const start = began.rows[0]!
    const tree = treeOf(dir)
    const parts = await copyData(dir, into, tree)
    await atEnd()
    const ended = await client.query<Stop>(STOP)
    const stop = ended.rows[0]!
    parts.push(await put(into, 'data/backup_label', stop.labelfile))
    const last = await client.query<{ name: string; bytes: number }>(SEGMENT, [stop.lsn])
    const { name: lastSegment, bytes } = last.rows[0]!
    for (const segment of segmentsBetween(start.segment, lastSegment, bytes)) {
      const path = `wal/${segment}`
      const copied = await copyFile(`${dir}/pg_wal/${segment}`, `${into}/${path}`)
      if (!copied)
        throw new Fault(
          'unavailable',
          `PostgreSQL removed ${segment} while it was needed; take the backup again`,
        )
      parts.push({ path, ...copied })
    }
    await syncFolder(`${into}/wal`)
    return {
      postgres: start.postgres,
      startLsn: start.lsn,
      stopLsn: stop.lsn,
      firstSegment: start.segment,
      lastSegment,
      startedAt: Number(start.at),
      stoppedAt: Number(stop.at),
      archiveCommand: start.archive,
      folders: tree.folders,
      parts,
    }
  } finally {
    // Ends the backup and the slot too, should they still stand.
    await client.end().catch(() => {})
  }
}

const MILLIS = 'floor(extract(epoch from clock_timestamp()) * 1000)::text as at'
type Start = { postgres: string; lsn: string; segment: string; at: string; archive: string }
const START = `select current_setting('server_version') as postgres, lsn::text, pg_walfile_name(lsn) as segment, ${MILLIS},
  case current_setting('archive_mode') when 'on' then current_setting('archive_command') else '' end as archive
  from pg_backup_start($1, fast => true) as lsn`
type Stop = { lsn: string; labelfile: string; at: string }
// Whether the archive has it is looked at by whoever keeps one: this backup has its own.
const STOP = `select lsn::text, labelfile, ${MILLIS} from pg_backup_stop(wait_for_archive => false)`
const SEGMENT = `select pg_walfile_name($1::pg_lsn) as name, setting::int as bytes from pg_settings where name = 'wal_segment_size'`

async function refuseTablespaces(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ spcname: string }>(
    "select spcname from pg_tablespace where spcname not in ('pg_default', 'pg_global')",
  )
  if (rows.length > 0)
    throw new Fault(
      'conflict',
      `the tablespace ${rows[0]!.spcname} lies outside the data folder; move its tables into pg_default first`,
    )
}

async function copyData(dir: string, into: string, tree: Tree): Promise<Part[]> {
  for (const folder of ['data', 'wal', ...tree.folders.map((path) => `data/${path}`)])
    mkdirSync(`${into}/${folder}`, { recursive: true, mode: 0o700 })
  const parts: Part[] = []
  await eachOf(
    tree.files.filter((path) => path !== CONTROL),
    async (file) => {
      // One that is dropped meanwhile is not missed: the log tells of the dropping.
      const copied = await copyFile(`${dir}/${file}`, `${into}/data/${file}`)
      if (copied) parts.push({ path: `data/${file}`, ...copied })
    },
  )
  parts.push(await put(into, `data/${CONTROL}`, await readSteady(`${dir}/${CONTROL}`)))
  await eachOf(['', ...tree.folders], (folder) => syncFolder(`${into}/data/${folder}`))
  return parts
}

async function put(into: string, path: string, contents: string | Uint8Array): Promise<Part> {
  await writeNew(`${into}/${path}`, contents)
  return { path, bytes: Buffer.byteLength(contents), sha256: sha256Hex(contents) }
}
