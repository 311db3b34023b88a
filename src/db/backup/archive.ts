import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { giveTo, serverUser } from '../privileges.ts'
import { isSegment } from './wal.ts'

/**
 * The archive of a data folder: every segment of its write-ahead log, compressed, because most of those that a quiet
 * server hands over are nearly empty. A segment is handed over at the latest after so many seconds.
 */
const HAND_OVER_AFTER = 60
const ENDING = '.gz'

export const archivedName = (segment: string): string => `${segment}${ENDING}`

/** Makes the archive's folder, for the user that PostgreSQL runs as. */
export function makeArchive(folder: string, dir: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  giveTo(serverUser(dir), folder)
}

/**
 * The server hands a segment over only when this says that it is safe: written beside, on disk, then put in place by its
 * name. One that is there already is taken for done when it is the same, as after a crash, and never written over.
 */
export const archiveSettings = (folder: string): Readonly<Record<string, string>> => {
  const at = quoted(folder)
  const [file, fresh] = [`${at}/%f${ENDING}`, `${at}/%f.fresh`]
  return {
    archive_mode: 'on',
    archive_timeout: String(HAND_OVER_AFTER),
    archive_command:
      `if test -f ${file}; then gzip -dc ${file} | cmp -s - %p; ` +
      `else gzip -1 -c %p > ${fresh} && sync ${fresh} && mv ${fresh} ${file} && sync ${at}; fi`,
  }
}

/** What a server that recovers from the archive needs; `target` in ISO (this setting alone knows no Z), or the end of what is there. */
export const recoverySettings = (folder: string, target: string | null): Readonly<Record<string, string>> => {
  const file = `${quoted(folder)}/%f${ENDING}`
  return {
    restore_command: `test -f ${file} && gzip -dc ${file} > %p`,
    ...(target === null
      ? {}
      : { recovery_target_time: target.replace('Z', '+00'), recovery_target_action: 'promote' }),
  }
}

/** In single quotes for the shell; a % of the path means itself and nothing to PostgreSQL. */
const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`).replaceAll('%', '%%')}'`

/** Removes the segments before `first`, which nothing that is kept needs. Returns how many. */
export function pruneArchive(folder: string, first: string): number {
  if (!existsSync(folder)) return 0
  const before = readdirSync(folder).filter((name) => {
    const segment = name.slice(0, 24)
    // Timelines do not share an archive; the rest of the name is the place in the log.
    return isSegment(segment) && segment < first
  })
  for (const name of before) rmSync(`${folder}/${name}`)
  return before.length
}
