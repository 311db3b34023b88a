import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '#base/fault.ts'
import { sha256Hex } from '#base/json.ts'
import type { Binaries } from './binaries.ts'
import { giveTo, type Launch, type ServerUser } from './privileges.ts'
import { explain } from './trouble.ts'

/** The major version of the binaries that npm brings. */
export const MAJOR = '18'

/** PostgreSQL reads its settings from here, and nothing of the caller's environment. */
export const SERVER_ENV = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' }

/** Makes the parents of the data folder; below a folder of root's own the server's user must be able to pass. */
export function makeParent(dir: string): void {
  mkdirSync(dirname(dir), { recursive: true, mode: 0o711 })
}

/** True when the folder holds a data set this PostgreSQL can serve; throws when it holds anything else. */
export function isInitialized(dir: string): boolean {
  const folder = statSync(dir, { throwIfNoEntry: false })
  if (!folder) return false
  const mine = process.getuid?.()
  if (mine !== undefined && mine !== 0 && folder.uid !== mine)
    throw new Fault(
      'unavailable',
      `The data folder ${dir} belongs to another user (uid ${folder.uid}). Run Perq as that user, or set PERQ_DATA to another folder.`,
    )
  if (!existsSync(`${dir}/PG_VERSION`)) {
    if (readdirSync(dir).length === 0) return false
    throw new Fault(
      'unavailable',
      `The folder ${dir} holds files, but no PostgreSQL data. Move them away, or set PERQ_DATA to another folder.`,
    )
  }
  const major = readFileSync(`${dir}/PG_VERSION`, 'utf8').trim()
  if (major !== MAJOR)
    throw new Fault(
      'unavailable',
      `The data folder ${dir} was made by PostgreSQL ${major}; this Perq brings ${MAJOR}, which cannot read it. ` +
        `Start the Perq that made it, or serve the folder with a PostgreSQL ${major} of your own and set DATABASE_URL.`,
    )
  return true
}

/**
 * A new data set with the role `perq`, which is no superuser, and its database. It is made beside the folder and
 * put in place by one rename, so that a crash leaves none or a whole one, and of two that start together one wins.
 */
export async function initialize(
  dir: string,
  binaries: Binaries,
  launch: Launch,
  durable: boolean,
): Promise<void> {
  const made = mkdtempSync(`${dir}.new-`)
  try {
    giveTo(launch.user, made)
    const sync = durable ? [] : ['--no-sync']
    await run(
      launch,
      binaries.initdb,
      [
        '-D',
        made,
        '-U',
        'postgres',
        '-A',
        'trust',
        '--locale=C',
        '-E',
        'UTF8',
        '--data-checksums',
        '--no-instructions',
        ...sync,
      ],
      dir,
    )
    await run(
      launch,
      binaries.postgres,
      ['--single', '-j', '-D', made, 'postgres'],
      dir,
      'create role perq login;\n\ncreate database perq owner perq;\n\n',
    )
    if (existsSync(dir) && readdirSync(dir).length === 0) rmSync(dir, { recursive: true })
    renameSync(made, dir)
  } catch (error) {
    rmSync(made, { recursive: true, force: true })
    // Somebody else's rename came first; theirs is as good.
    if (existsSync(`${dir}/PG_VERSION`)) return
    throw error
  }
}

/**
 * The folder of the socket. Whoever can enter it is superuser of the database, so it is closed to all others, and
 * one that a stranger made before us is never used. Socket paths are limited to about 100 bytes: hence /tmp.
 */
export function makeSocketFolder(dir: string, user: ServerUser): string {
  const path = `/tmp/perq-${sha256Hex(realpathSync(dir)).slice(0, 16)}`
  const owner = user?.uid ?? process.getuid?.() ?? 0
  try {
    mkdirSync(path, { mode: 0o700 })
    giveTo(user, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw explain('The socket folder cannot be made', dir, String(error))
  }
  const found = lstatSync(path)
  if (found.isDirectory() && found.uid === process.getuid?.() && found.uid !== owner) giveTo(user, path)
  else if (!found.isDirectory() || found.uid !== owner)
    throw new Fault(
      'unavailable',
      `${path} belongs to another user (uid ${found.uid}); a database socket there could not be trusted. Remove it and start again.`,
    )
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o700)
  return path
}

function run(
  launch: Launch,
  program: string,
  args: readonly string[],
  dir: string,
  input = '',
): Promise<void> {
  return new Promise((resolve, reject) => {
    const [command, ...rest] = [...launch.prefix, program, ...args]
    const asUser = launch.user && launch.prefix.length === 0 ? launch.user : {}
    const child = spawn(command ?? program, rest, {
      ...asUser,
      env: SERVER_ENV,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let said = ''
    const keep = (chunk: Buffer): void => void (said = (said + chunk.toString()).slice(-16_384))
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', (error) => reject(explain('PostgreSQL cannot be started', dir, String(error))))
    child.on('close', (code) => {
      if (code === 0 && !/(FATAL|ERROR|PANIC): /.test(said)) resolve()
      else reject(explain('PostgreSQL cannot make its data', dir, said))
    })
  })
}
