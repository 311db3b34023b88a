import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'

/** What `postmaster.pid` of a data folder says, once its process is known to live and to serve this folder. */
export type Postmaster = {
  readonly pid: number
  readonly socketDir: string
  readonly port: number
  /** `starting`, `ready` or `stopping`, as PostgreSQL keeps it up to date. */
  readonly state: string
}

const isLinux = process.platform === 'linux'

/** The live server of a folder, or null. A pid file that a crash left behind counts as nothing. */
export function readPostmaster(dir: string): Postmaster | null {
  const lines = read(`${dir}/postmaster.pid`)?.split('\n')
  const pid = Number(lines?.[0])
  if (!lines || !Number.isSafeInteger(pid) || pid <= 0 || !servesFolder(pid, dir)) return null
  return {
    pid,
    socketDir: lines[4]?.trim() ?? '',
    port: Number(lines[3]) || 5432,
    state: lines[7]?.trim() ?? 'starting',
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' && !isZombie(pid)
  }
}

/**
 * Removes a pid file whose number now belongs to some other process of the same user (common in containers, where
 * numbers repeat): PostgreSQL itself would refuse to start. Only when surely nothing works in the folder any more.
 */
export function clearStalePid(dir: string): boolean {
  const pid = Number(read(`${dir}/postmaster.pid`)?.split('\n')[0])
  if (!isLinux || !pid || !isAlive(pid) || workersIn(dir).length > 0) return false
  rmSync(`${dir}/postmaster.pid`, { force: true })
  return true
}

/** PostgreSQL's processes work inside their data folder. Linux only; elsewhere the answer is empty. */
export function workersIn(dir: string): number[] {
  if (!isLinux) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && workingFolder(Number(name)) === dir)
    .map(Number)
}

function servesFolder(pid: number, dir: string): boolean {
  if (!isAlive(pid)) return false
  if (!isLinux) return /postgres/.test(commandOf(pid))
  const folder = workingFolder(pid)
  // Another user's process does not show where it works; its name then decides.
  if (folder === null) return read(`/proc/${pid}/comm`)?.trim() === 'postgres'
  return folder === dir
}

function workingFolder(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return null
  }
}

const isZombie = (pid: number): boolean => isLinux && stat(pid)?.[0] === 'Z'

/** Fields of /proc/PID/stat after the name, which may itself hold spaces and brackets: state, parent, … */
function stat(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
