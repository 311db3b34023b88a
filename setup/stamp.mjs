import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { writeTrouble } from './say.mjs'

/** One hash of the contents (never of the dates) of files and folders, names included. Missing ones count as such. */
export function hashOf(paths, ...more) {
  const hash = createHash('sha256').update(JSON.stringify(more))
  const add = (path) => {
    hash.update(`\0${path}\0`)
    if (existsSync(path)) hash.update(readFileSync(path))
  }
  for (const path of paths) {
    if (path.endsWith('/')) for (const file of filesBelow(path)) add(file)
    else add(path)
  }
  return hash.digest('hex')
}

const BUILT = new Set(['node_modules', 'dist', 'dist.next', 'dist.old'])

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !BUILT.has(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}${entry.name}`
      return entry.isDirectory() ? filesBelow(`${path}/`) : entry.isFile() ? [path] : []
    })
}

/** The first line of a stamp is the hash of what it was made from; a note may follow, and is brought up to date. */
export function isFresh(stamp, hash, note) {
  if (!existsSync(stamp)) return false
  const [made, noted] = readFileSync(stamp, 'utf8').split('\n')
  if (made !== hash) return false
  try {
    if (note !== undefined && note !== noted) writeStamp(stamp, hash, note)
    // ./perq compares dates, which a git checkout changes; the contents are the same, so it may be quick again.
    const now = new Date()
    utimesSync(stamp, now, now)
  } catch {
    // Somebody else's checkout: correct all the same, only not as quick.
  }
  return true
}

/** Written last, in one step: a set-up that was cut short leaves no stamp and is simply done again. */
export function writeStamp(stamp, hash, ...notes) {
  try {
    writeFileSync(`${stamp}.${process.pid}`, `${[hash, ...notes].join('\n')}\n`)
    renameSync(`${stamp}.${process.pid}`, stamp)
  } catch (error) {
    throw writeTrouble(error, stamp)
  }
}
