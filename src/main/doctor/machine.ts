import { existsSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { dirname } from 'node:path'
import { DAY, HOUR, type Millis } from '#base/time.ts'
import { backupsIn } from '../backup/shelf.ts'
import { finding, type Finding } from './finding.ts'

const MIB = 1024 * 1024
const LEAST_FREE = 512 * MIB
const LEAST_MEMORY = 512 * MIB
const LEAST_FILES = 4_096
const LEAST_NODE = 24
const BACKUP_AFTER = 2 * DAY

export const nodeVersion = (version: string): Finding =>
  finding(
    'node',
    Number.parseInt(version.slice(1), 10) >= LEAST_NODE,
    version,
    `Use Node ${LEAST_NODE} or newer; npm start brings one.`,
  )

/** Of the nearest folder that is there. */
export async function disk(name: string, folder: string): Promise<Finding> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at)
      const free = bavail * bsize
      return finding(
        name,
        free >= LEAST_FREE,
        `${Math.floor(free / MIB)} MiB free for ${folder}`,
        'Free some space: on a full disk no call is held, and nothing is lost.',
      )
    } catch (error) {
      if (at === dirname(at)) return finding(name, false, String(error), 'Name a folder that can be reached.')
    }
  }
}

export function memory(): Finding {
  const most = Math.min(process.constrainedMemory() || Infinity, totalmem())
  return finding(
    'memory',
    most >= LEAST_MEMORY,
    `${Math.floor(most / MIB)} MiB`,
    'Give it more, or set PERQ_MEMORY and fewer PERQ_WORKERS.',
  )
}

/** Linux tells; elsewhere it is not looked at. */
export function openFiles(path = '/proc/self/limits'): readonly Finding[] {
  if (!existsSync(path)) return []
  const text = /^Max open files\s+(\S+)/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 'unlimited'
  const most = text === 'unlimited' ? Infinity : Number(text)
  return [
    finding(
      'open files',
      most >= LEAST_FILES,
      `${text} at most`,
      'Raise it (ulimit -n, LimitNOFILE): every connection of a client and to a provider is one.',
    ),
  ]
}

/** `shelf` null: nobody said where the backups are. */
export function lastBackup(shelf: string | null, now: Millis): Finding {
  const name = 'backup'
  if (shelf === null) return finding(name, true, 'PERQ_BACKUPS does not say where they are', '')
  const newest = backupsIn(shelf).at(-1)
  if (!newest) return finding(name, false, `none in ${shelf}`, 'Run perq backup.')
  const age = now - Date.parse(newest.manifest.stoppedAt)
  return finding(
    name,
    age <= BACKUP_AFTER,
    `the newest in ${shelf} is ${Math.round(age / HOUR)} hours old`,
    'Run perq backup, and look at why its timer does not.',
  )
}
