import { createHash } from 'node:crypto'
import { constants, lstatSync, readdirSync } from 'node:fs'
import { open, readFile, type FileHandle } from 'node:fs/promises'

/** What a file of a backup must be, byte for byte. `path` is from the backup's own folder, with forward slashes. */
export type Part = { readonly path: string; readonly bytes: number; readonly sha256: string }

const CHUNK = 1024 * 1024
/** Files that are copied at once. */
const AT_ONCE = 4

/** PostgreSQL makes these anew when it starts, so their contents are left out; the folders stay. */
const EMPTIED = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
])
/** They speak of the server that runs, not of its data. */
const OF_THE_RUN =
  /^(postmaster\.(pid|opts)|(postgresql\.auto\.conf|current_logfiles)\.tmp|(recovery|standby)\.signal)$/
const LEFT_BEHIND = /^(pgsql_tmp|pg_internal\.init)/

export type Tree = { readonly folders: readonly string[]; readonly files: readonly string[] }

/** The folders and files of a data folder that belong into a backup, by their paths from it. */
export function treeOf(root: string): Tree {
  const folders: string[] = []
  const files: string[] = []
  const walk = (folder: string): void => {
    for (const entry of readdirSync(`${root}/${folder}`, { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (LEFT_BEHIND.test(entry.name) || (folder === '' && OF_THE_RUN.test(entry.name))) continue
      if (entry.isDirectory()) {
        folders.push(path)
        if (!EMPTIED.has(path)) walk(path)
      } else if (entry.isFile()) files.push(path)
    }
  }
  walk('')
  // Expected by PostgreSQL, and inside a folder whose contents are left out.
  folders.push('pg_wal/archive_status', 'pg_wal/summaries')
  return { folders, files: files.toSorted() }
}

/** Every file below a folder, by its path from it. Links count as files: they have no business there. */
export function allFiles(root: string, folder = ''): string[] {
  return readdirSync(`${root}/${folder}`).flatMap((name) => {
    const path = folder === '' ? name : `${folder}/${name}`
    return lstatSync(`${root}/${path}`).isDirectory() ? allFiles(root, path) : [path]
  })
}

/** Copies a file to a new one, on disk when this returns; null when it went away before it could be opened. */
export async function copyFile(
  from: string,
  to: string,
): Promise<{ readonly bytes: number; readonly sha256: string } | null> {
  let source: FileHandle
  try {
    source = await open(from, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    const target = await open(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
    try {
      // Most files are small, and they are many.
      const { size } = await source.stat()
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size + 1))
      const hash = createHash('sha256')
      let bytes = 0
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length, bytes)
        if (bytesRead === 0) break
        const piece = buffer.subarray(0, bytesRead)
        hash.update(piece)
        await target.writeFile(piece)
        bytes += bytesRead
      }
      await target.datasync()
      return { bytes, sha256: hash.digest('hex') }
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** A new file with these contents, on disk when this returns. */
export async function writeNew(path: string, contents: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(contents)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the names in a folder durable, as `fsync` of a file makes its contents. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Reads a small file that is written in place until two looks agree: none of them was half old and half new. */
export async function readSteady(path: string): Promise<Buffer> {
  let last = await readFile(path)
  for (let looks = 0; looks < 100; looks += 1) {
    const next = await readFile(path)
    if (next.equals(last)) return next
    last = next
  }
  throw new Error(`${path} never stands still`)
}

/** Runs `work` for each, a few at once; the first failure ends it. */
export async function eachOf<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = all.values()
  const lane = async (): Promise<void> => {
    for (const one of waiting) await work(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}
