import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { Fault } from '#base/fault.ts'
import { archiveSettings, makeArchive } from '#db/backup/archive.ts'
import { setting, type Environment } from '../config.ts'

/** Beside the data: where its log is archived, so that whoever starts the server later archives it there too. */
const MARK = 'wal-archive'

/** The folder into which the log of this data folder is archived now; null when it is not. */
export function archiveOf(data: string): string | null {
  const mark = join(data, MARK)
  return existsSync(mark) ? readFileSync(mark, 'utf8').trim() : null
}

/**
 * What the embedded PostgreSQL of a data folder is started with, as PERQ_WAL_ARCHIVE says. Each data folder has a folder of
 * its own in there: a restored one goes another way than the one it came from, and must not write over its past. Once it
 * is on it stays on, lest a command that is run without the setting should tear a hole; `off` ends it.
 */
export function archiving(
  env: Environment,
  data: string,
): { settings: Readonly<Record<string, string>>; reach: readonly string[] } {
  const wanted = setting(env, 'PERQ_WAL_ARCHIVE')
  if (wanted === 'off') rmSync(join(data, MARK), { force: true })
  let folder = wanted === 'off' ? null : archiveOf(data)
  if (wanted !== '' && wanted !== 'off') {
    if (!isAbsolute(wanted))
      throw new Fault('invalid', `PERQ_WAL_ARCHIVE is "${wanted}"; give a folder from the root on, or off`, {
        param: 'PERQ_WAL_ARCHIVE',
      })
    if (!folder || !folder.startsWith(`${join(wanted)}/`)) {
      folder = join(wanted, `wal-${randomBytes(6).toString('hex')}`)
      mark(data, folder)
    }
  }
  if (folder === null) return { settings: {}, reach: [] }
  makeArchive(folder, join(data, 'postgres'))
  return { settings: archiveSettings(folder), reach: [folder] }
}

function mark(data: string, folder: string): void {
  mkdirSync(data, { recursive: true, mode: 0o711 })
  const fresh = join(data, `${MARK}.${process.pid}`)
  writeFileSync(fresh, `${folder}\n`)
  renameSync(fresh, join(data, MARK))
}
