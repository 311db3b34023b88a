import { spawnSync } from 'node:child_process'
import { chownSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '#base/fault.ts'

/** The user that PostgreSQL runs as; null means the user that runs Perq. */
export type ServerUser = { readonly uid: number; readonly gid: number } | null

/** How to start a program as that user, tied to the life of this process where the system can do that. */
export type Launch = {
  readonly user: ServerUser
  /** A command line in front of the program's own, or nothing. */
  readonly prefix: readonly string[]
  /** True when the system stops the server by itself if this process dies. */
  readonly tied: boolean
}

/**
 * PostgreSQL refuses to run as root. Then the owner of an existing data folder is taken, else the machine's user
 * `postgres`, else `nobody`: no user has to be made.
 */
export function serverUser(dir: string): ServerUser {
  if (process.getuid?.() !== 0) return null
  const folder = statSync(dir, { throwIfNoEntry: false })
  if (folder && folder.uid !== 0) return { uid: folder.uid, gid: folder.gid }
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = accounts.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  return { uid: 65_534, gid: 65_534 }
}

export function giveTo(user: ServerUser, path: string): void {
  if (user) chownSync(path, user.uid, user.gid)
}

/**
 * A checkout below a closed home (root's is 0700) cannot be entered by the server's user. Instead of opening the
 * home, the server gets the one capability that lets it pass folders and read files; it must be able to read its
 * own program, nothing else. `paths` are folders the server has to reach.
 */
export function planLaunch(user: ServerUser, paths: readonly string[]): Launch {
  const setpriv = process.platform === 'linux' ? findSetpriv() : null
  if (!user) {
    return { user, prefix: setpriv ? [setpriv, '--pdeathsig', 'INT', '--'] : [], tied: setpriv !== null }
  }
  const closed = paths.map((path) => closedFolder(user, path)).find((folder) => folder !== null)
  if (!setpriv) {
    if (closed) throw cannotEnter(closed)
    return { user, prefix: [], tied: false }
  }
  const { uid, gid } = user
  const become = [setpriv, '--reuid', String(uid), '--regid', String(gid), '--clear-groups']
  // Without no_setuid_fixup access(2) drops the capability again, and PostgreSQL asks that about its own program.
  const pass = ['--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search']
  const reach = closed ? [...pass, '--securebits', '+no_setuid_fixup'] : []
  return { user, prefix: [...become, ...reach, '--pdeathsig', 'INT', '--'], tied: true }
}

/** The remedy when PostgreSQL's user may not pass a folder. */
export function cannotEnter(folder: string): Fault {
  return new Fault(
    'unavailable',
    `PostgreSQL does not run as root, and the user it runs as cannot enter ${folder}. Open that folder ` +
      `(chmod o+x ${folder}), move the checkout, run Perq as an ordinary user, or set DATABASE_URL.`,
  )
}

/** util-linux before 2.33 has a setpriv that cannot tie a child to its parent. */
function findSetpriv(): string | null {
  for (const path of ['/usr/bin/setpriv', '/bin/setpriv', '/usr/local/bin/setpriv']) {
    const help = spawnSync(path, ['--help'], { encoding: 'utf8' })
    if (help.stdout?.includes('--pdeathsig')) return path
  }
  return null
}

/** The first folder on the way to `path` that the user may not pass, or null. */
function closedFolder(user: { uid: number; gid: number }, path: string): string | null {
  const way: string[] = []
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) way.unshift(folder)
  for (const folder of way) {
    const found = statSync(folder, { throwIfNoEntry: false })
    if (!found) return null
    const bit = found.uid === user.uid ? 0o100 : found.gid === user.gid ? 0o010 : 0o001
    if ((found.mode & bit) === 0) return folder
  }
  return null
}
