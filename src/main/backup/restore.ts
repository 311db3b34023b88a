import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Fault, messageOf } from '#base/fault.ts'
import { iso, type Millis } from '#base/time.ts'
import { recoverySettings } from '#db/backup/archive.ts'
import { copyFile, syncFolder, writeNew } from '#db/backup/files.ts'
import { putData, refuseOtherFiles } from '#db/backup/put.ts'
import { startEmbedded } from '#db/embedded.ts'
import { MAJOR, makeParent } from '#db/folder.ts'
import { giveTo, serverUser } from '#db/privileges.ts'
import { newestSeal, sealHash } from '#ledger/seals.ts'
import { verify, type Verdict } from '#ledger/verify.ts'
import { withRooms } from '../cli/context.ts'
import type { Environment } from '../config.ts'
import { MANIFEST, SECRET, sealOf, type Manifest, type Seal } from './manifest.ts'
import { choose, type Kept } from './shelf.ts'

export type RestoreOptions = {
  readonly env: Environment
  readonly from: string
  readonly data: string
  readonly toTime: Millis | null
  /** The archive, when it lies elsewhere than it did; `none`: to the backup's own end. */
  readonly wal: string | null
  readonly log: (line: string) => void
}

export type Restored = {
  readonly backup: string
  readonly data: string
  readonly verdict: Verdict
  /** The newest seal that the database has now, and the one that the backup was taken with. */
  readonly seal: Seal | null
  readonly backupSeal: Seal | null
  /** Whether the chain of now leads through the backup's seal. */
  readonly sealHolds: boolean
  /** Calls that were on their way: a server ends them at their floor. */
  readonly holds: bigint
  readonly secret: boolean
}

/**
 * Puts a backup into a new folder, recovers it to its end, to the end of the archive or to a time, and proves the ledger.
 * Throws a Fault and leaves nothing behind when the backup is damaged or the time cannot be reached.
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { env, toTime, log } = options
  const { folder, manifest } = choose(resolve(options.from), toTime)
  refuseUnfit(folder, manifest, toTime)
  const data = resolve(options.data)
  refuseFull(data)
  const archive = archiveFor(options, manifest)
  refuseOtherFiles(folder, manifest.parts, [MANIFEST, ...(manifest.secret ? [SECRET] : [])])
  const dir = join(data, 'postgres')
  try {
    log(`restoring ${folder}`)
    await place({ folder, manifest }, data, archive !== null)
    await recover(
      dir,
      archive === null ? {} : recoverySettings(archive, toTime === null ? null : iso(toTime)),
      archive,
      log,
    )
    log('proving the ledger')
    return await prove({ env, data, folder, manifest })
  } catch (error) {
    // Nobody has used it yet; what is there can be made again.
    rmSync(data, { recursive: true, force: true })
    throw error
  }
}

function refuseUnfit(folder: string, manifest: Manifest, toTime: Millis | null): void {
  if (Number.parseInt(manifest.postgres, 10) !== Number(MAJOR))
    throw new Fault(
      'conflict',
      `The backup ${folder} is of PostgreSQL ${manifest.postgres}; this Perq brings ${MAJOR}. Restore it with the Perq that made it (${manifest.perq}).`,
    )
  if (toTime !== null && toTime < Date.parse(manifest.stoppedAt))
    throw new Fault(
      'invalid',
      `the backup ${folder} ended at ${manifest.stoppedAt}, after --to-time; choose an older backup`,
      { param: '--to-time' },
    )
}

function refuseFull(data: string): void {
  if (!existsSync(data) || readdirSync(data).length === 0) return
  throw new Fault('conflict', `The folder ${data} is not empty; a backup is restored into a new one only.`, {
    param: '--data',
  })
}

function archiveFor({ toTime, wal }: RestoreOptions, manifest: Manifest): string | null {
  const archive = wal === 'none' ? null : wal === null ? manifest.archive : resolve(wal)
  if (archive !== null && existsSync(archive)) return archive
  // One that is missing is never passed over in silence: less would be restored than was meant.
  if (toTime === null && archive === null) return null
  throw new Fault(
    'not_found',
    archive === null
      ? 'without an archive of the log (PERQ_WAL_ARCHIVE when the backup was taken) it can be restored to its own end only, without --to-time'
      : `the archive of the log, ${archive}, is not there; name it with --wal, or restore to the backup's own end with --wal none`,
    { param: '--wal' },
  )
}

/** The data, in place by one rename, so that a crash on the way leaves no half of it where a server would look. */
async function place({ folder, manifest }: Kept, data: string, fromArchive: boolean): Promise<void> {
  const dir = join(data, 'postgres')
  makeParent(dir)
  const fresh = `${dir}.new-restore`
  const user = serverUser(fresh)
  await putData(folder, manifest.parts, manifest.folders, fresh)
  if (fromArchive) {
    await writeNew(join(fresh, 'recovery.signal'), '')
    giveTo(user, join(fresh, 'recovery.signal'))
  }
  await syncFolder(fresh)
  renameSync(fresh, dir)
  if (manifest.secret) await copyFile(join(folder, SECRET), join(data, SECRET))
  await syncFolder(data)
}

/** Runs the server until it is where it should be. Its settings for that are of this one run. */
async function recover(
  dir: string,
  settings: Readonly<Record<string, string>>,
  archive: string | null,
  log: (line: string) => void,
): Promise<void> {
  try {
    const server = await startEmbedded({
      dir,
      role: 'tool',
      log,
      more: { settings, reach: archive === null ? [] : [archive] },
    })
    await server.stop()
  } catch (error) {
    const said = messageOf(error)
    if (/recovery ended before configured recovery target/.test(said))
      throw new Fault(
        'not_found',
        `the log in ${archive} ends before --to-time; leave it out to restore all that there is`,
        {
          param: '--to-time',
          cause: error,
        },
      )
    throw error
  }
}

type Proved = { env: Environment; data: string; folder: string; manifest: Manifest }

/** Through the doors that every command takes, so that migrations of a newer Perq are applied too. */
const prove = ({ env, data, folder, manifest }: Proved): Promise<Restored> =>
  withRooms(env, { data }, async ({ ledger, db }) => {
    await ledger.seal()
    while (!(await ledger.rollUp()));
    const verdict = await verify(db, () => {}, {})
    return {
      backup: folder,
      data,
      verdict,
      seal: sealOf(await newestSeal(db)),
      backupSeal: manifest.seal,
      sealHolds:
        manifest.seal === null || (await sealHash(db, BigInt(manifest.seal.n))) === manifest.seal.hash,
      holds: verdict.openHolds,
      secret: manifest.secret,
    }
  })
