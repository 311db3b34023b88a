import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#base/fault.ts'
import { iso, type Millis } from '#base/time.ts'
import { pruneArchive } from '#db/backup/archive.ts'
import { isAlive } from '#db/postmaster.ts'
import { MANIFEST, readManifest, type Manifest } from './manifest.ts'

/** A folder full of backups. Names sort by time; those that begin with a dot are being made or removed. */
const NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z$/
const UNFINISHED = /^\.(?:fresh|old)-.*-(\d+)$/

export const nameOf = (at: Millis): string => iso(at).replaceAll(/[:.]/g, '-')
export const freshName = (at: Millis): string => `.fresh-${nameOf(at)}-${process.pid}`

export type Kept = { readonly folder: string; readonly manifest: Manifest }

/** Whole backups, the oldest first. */
export function backupsIn(shelf: string): readonly Kept[] {
  if (!existsSync(shelf)) return []
  return readdirSync(shelf)
    .filter((name) => NAME.test(name) && existsSync(join(shelf, name, MANIFEST)))
    .toSorted()
    .map((name) => join(shelf, name))
    .map((folder) => ({ folder, manifest: readManifest(folder) }))
}

/** The backup that a folder is, or the newest of those in it that reaches `until`. */
export function choose(folder: string, until: Millis | null): Kept {
  if (!existsSync(folder)) throw new Fault('not_found', `there is no folder ${folder}`, { param: '--from' })
  const all = backupsIn(folder)
  if (all.length === 0 || existsSync(join(folder, MANIFEST)))
    return { folder, manifest: readManifest(folder) }
  const chosen = all.findLast(({ manifest }) => until === null || Date.parse(manifest.stoppedAt) <= until)
  if (chosen) return chosen
  throw new Fault(
    'not_found',
    `the oldest backup in ${folder} ended at ${all[0]!.manifest.stoppedAt}, after --to-time`,
    {
      param: '--to-time',
    },
  )
}

export type Pruned = { readonly backups: number; readonly segments: number }

/** Leaves the newest `keep` backups, and of the archives what these need. What was broken off goes too. */
export function prune(shelf: string, keep: number): Pruned {
  for (const name of readdirSync(shelf)) {
    const pid = UNFINISHED.exec(name)?.[1]
    if (pid && !isAlive(Number(pid))) rmSync(join(shelf, name), { recursive: true, force: true })
  }
  const all = backupsIn(shelf)
  const kept = all.slice(-keep)
  const gone = all.slice(0, -keep)
  for (const { folder } of gone) {
    // Out of the list first: half a backup must never be taken for one.
    const old = join(shelf, `.old-${folder.slice(shelf.length + 1)}-${process.pid}`)
    renameSync(folder, old)
    rmSync(old, { recursive: true })
  }
  let segments = 0
  for (const archive of new Set(gone.flatMap(({ manifest }) => manifest.archive ?? []))) {
    const first = kept
      .filter(({ manifest }) => manifest.archive === archive)
      .map(({ manifest }) => manifest.firstSegment)
    // No kept backup leads into it: nothing in there can be reached any more.
    segments += pruneArchive(archive, first.toSorted()[0] ?? 'G')
  }
  return { backups: gone.length, segments }
}
