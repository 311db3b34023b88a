import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Fault } from '#base/fault.ts'
import { iso } from '#base/time.ts'
import type { World } from '#base/world.ts'
import { archivedName, archiveSettings } from '#db/backup/archive.ts'
import { copyFile, syncFolder, writeNew } from '#db/backup/files.ts'
import { takeBackup, type Taken } from '#db/backup/take.ts'
import { connect } from '#db/connect.ts'
import { startEmbedded } from '#db/embedded.ts'
import { newestSeal } from '#ledger/seals.ts'
import { dataFolder, setting, version, type Environment } from '../config.ts'
import { archiveOf, archiving } from './archive.ts'
import { MANIFEST, SECRET, sealOf, type Manifest, type Seal } from './manifest.ts'
import { freshName, nameOf, prune, type Pruned } from './shelf.ts'

export type BackupOptions = {
  readonly env: Environment
  readonly world: World
  readonly data?: string
  readonly to: string
  readonly withSecret: boolean
  readonly keep: number | null
  readonly log: (line: string) => void
}

export type BackedUp = {
  readonly folder: string
  readonly manifest: Manifest
  readonly bytes: number
  /** Where the secret is that this backup does not hold. */
  readonly secretAt: string | null
  /** False: the archive lags behind, so that no later time can be reached yet. Null: there is none. */
  readonly archived: boolean | null
  readonly pruned: Pruned | null
}

/** A whole backup of the embedded database in a new folder under `to`, while a server runs or while none does. */
export async function backUp(options: BackupOptions): Promise<BackedUp> {
  const { env, world, withSecret, keep, log } = options
  const data = dataFolder(env, options.data)
  refuseOwnDatabase(env, options.data)
  const dir = join(data, 'postgres')
  if (!existsSync(join(dir, 'PG_VERSION')))
    throw new Fault('not_found', `there is no database in ${data}; name its folder with --data`, {
      param: '--data',
    })
  const shelf = resolve(options.to)
  mkdirSync(shelf, { recursive: true, mode: 0o700 })
  const at = world.now()
  const fresh = join(shelf, freshName(at))
  mkdirSync(fresh, { mode: 0o700 })
  try {
    const { taken, seal } = await take({ env, data, dir, into: fresh, log })
    const secretAt = await keepSecret(env, data, withSecret ? fresh : null)
    const manifest = manifestOf(taken, { seal, archive: archiveIn(taken, data), secret: secretAt === null })
    await writeNew(join(fresh, MANIFEST), `${JSON.stringify(manifest)}\n`)
    await syncFolder(fresh)
    const folder = join(shelf, nameOf(at))
    renameSync(fresh, folder)
    await syncFolder(shelf)
    return {
      folder,
      manifest,
      bytes: manifest.parts.reduce((sum, { bytes }) => sum + bytes, 0),
      secretAt,
      archived: manifest.archive === null ? null : await arrives(manifest.archive, manifest.lastSegment),
      pruned: keep === null ? null : prune(shelf, keep),
    }
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    throw error
  }
}

export function refuseOwnDatabase(env: Environment, data: string | undefined): void {
  if (setting(env, 'DATABASE_URL') === '' || data !== undefined) return
  throw new Fault(
    'conflict',
    'DATABASE_URL names a PostgreSQL of your own: back it up and restore it with its own tools (pg_basebackup with an archive of its log, ' +
      'or what your provider offers for points in time). After a restore run "perq ledger verify". Perq copies its embedded database only.',
  )
}

type Where = { env: Environment; data: string; dir: string; into: string; log: (line: string) => void }

/** Through the running server, or through one that is started for it. Nothing is migrated: a backup comes before that. */
async function take({ env, data, dir, into, log }: Where): Promise<{ taken: Taken; seal: Seal | null }> {
  const server = await startEmbedded({ dir, role: 'tool', log, more: archiving(env, data) })
  try {
    const db = await connect(server.adminUrl, { max: 1 })
    try {
      let seal: Seal | null = null
      const taken = await takeBackup({
        adminUrl: server.adminUrl,
        dir,
        into,
        atEnd: async () => void (seal = sealOf(await newestSeal(db))),
      })
      return { taken, seal }
    } finally {
      await db.close()
    }
  } finally {
    await server.stop()
  }
}

/** Where the log really goes: the server may run since before the setting was made. */
function archiveIn({ archiveCommand }: Taken, data: string): string | null {
  const archive = archiveOf(data)
  return archive !== null && archiveSettings(archive)['archive_command'] === archiveCommand ? archive : null
}

/** Copies the secret into the backup, or tells where it is. */
async function keepSecret(env: Environment, data: string, into: string | null): Promise<string | null> {
  if (setting(env, 'PERQ_SECRET')) return 'PERQ_SECRET'
  const file = join(data, SECRET)
  if (!existsSync(file)) return file
  if (into === null) return file
  await copyFile(file, join(into, SECRET))
  return null
}

function manifestOf(
  taken: Taken,
  rest: { seal: Seal | null; archive: string | null; secret: boolean },
): Manifest {
  const { postgres, startLsn, stopLsn, firstSegment, lastSegment, folders, parts } = taken
  return {
    format: 1,
    perq: version(),
    postgres,
    startedAt: iso(taken.startedAt),
    stoppedAt: iso(taken.stoppedAt),
    startLsn,
    stopLsn,
    firstSegment,
    lastSegment,
    ...rest,
    folders: [...folders],
    parts: parts.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  }
}

const ARRIVES_WITHIN = 60_000
const LOOK_EVERY = 100

/** The server hands the last segment over by itself; a command that stopped its server already sees at once. */
async function arrives(archive: string, segment: string): Promise<boolean> {
  for (let waited = 0; waited < ARRIVES_WITHIN; waited += LOOK_EVERY) {
    if (existsSync(join(archive, archivedName(segment)))) return true
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))
  }
  return false
}
