import { existsSync, lstatSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '#base/fault.ts'
import { giveTo, serverUser } from '../privileges.ts'
import { allFiles, copyFile, eachOf, syncFolder, type Part } from './files.ts'

/** Throws Fault `conflict` that names every file that is missing, too many, or not as long as it was. */
export function refuseOtherFiles(from: string, parts: readonly Part[], besides: readonly string[]): void {
  const expected = new Map(parts.map((part) => [part.path, part.bytes]))
  const found = allFiles(from)
  const wrong = [
    ...found
      .filter((path) => !expected.has(path) && !besides.includes(path))
      .map((path) => `${path} does not belong to it`),
    ...[...expected].flatMap(([path, bytes]) => {
      const file = lstatSync(`${from}/${path}`, { throwIfNoEntry: false })
      if (!file) return [`${path} is missing`]
      if (!file.isFile()) return [`${path} is no file`]
      return file.size === bytes ? [] : [`${path} has ${file.size} bytes, not ${bytes}`]
    }),
  ]
  if (wrong.length > 0) throw damaged(from, wrong)
}

/**
 * Puts the data of a backup into `dir`, which must not exist, and proves every byte on the way; what `dir` holds is whole
 * and on disk when this returns. Throws Fault `conflict` that names a damaged file; then `dir` is to be thrown away.
 */
export async function putData(
  from: string,
  parts: readonly Part[],
  folders: readonly string[],
  dir: string,
): Promise<void> {
  const user = serverUser(dir)
  for (const folder of ['', ...folders]) {
    const path = folder === '' ? dir : `${dir}/${folder}`
    mkdirSync(path, { recursive: true, mode: 0o700 })
    giveTo(user, path)
  }
  const wrong: string[] = []
  await eachOf(parts, async ({ path, sha256 }) => {
    const target = targetOf(dir, path)
    if (target === null) return
    const copied = await copyFile(`${from}/${path}`, target)
    if (copied?.sha256 !== sha256) wrong.push(`${path} is damaged: its sha256 is ${copied?.sha256 ?? 'none'}`)
    else giveTo(user, target)
  })
  if (wrong.length > 0) throw damaged(from, wrong)
  const touched = new Set(parts.flatMap(({ path }) => targetOf(dir, path) ?? []).map((path) => dirname(path)))
  await eachOf([...touched, dir].filter(existsSync), syncFolder)
}

function targetOf(dir: string, path: string): string | null {
  if (path.startsWith('data/')) return `${dir}/${path.slice('data/'.length)}`
  return path.startsWith('wal/') ? `${dir}/pg_wal/${path.slice('wal/'.length)}` : null
}

const MOST_NAMED = 5

const damaged = (from: string, wrong: readonly string[]): Fault =>
  new Fault(
    'conflict',
    `The backup ${from} is damaged: ${wrong.slice(0, MOST_NAMED).join('; ')}` +
      `${wrong.length > MOST_NAMED ? `; and ${wrong.length - MOST_NAMED} more` : ''}. Nothing was restored; take an older one.`,
  )
