import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const DEBIAN = fileURLToPath(new URL('../../../.cache/cluster/debian', import.meta.url))
const CLIENTS = ['sbatch', 'scancel', 'squeue', 'scontrol', 'sinfo', 'sacct', 'sacctmgr', 'sreport']
const DAEMONS = ['slurmctld', 'slurmd', 'slurmstepd', 'slurmdbd']

/** Below the ports that the system gives to outgoing connections, which come and go. */
const FIRST_PORT = 20_000
const PLACES = 700
const PORTS_EACH = 16

/**
 * A short folder that everybody may pass through, with the ports that its number stands for. Making it is the claim:
 * two runs side by side have two.
 */
export type Place = {
  readonly folder: string
  /** The first of 16 ports on 127.0.0.1. */
  readonly port: number
  /** Slurm's programs for people. */
  readonly clients: readonly string[]
  /** The unpacked packages: MariaDB runs from there. */
  readonly debian: string
  /** What every program of the cluster needs to find its own libraries. */
  readonly libraries: string
  /** Ends what still runs out of this folder, and removes it. */
  remove(): void
}

export async function claimPlace(): Promise<Place> {
  if (!existsSync(`${DEBIAN}/.perq-stamp`))
    throw new Error('Slurm is not unpacked in this checkout; run: npm run test:cluster')
  removeAbandoned()
  const start = process.pid % PLACES
  for (let step = 0; step < PLACES; step += 1) {
    const number = (start + step) % PLACES
    const folder = folderOf(number)
    const port = FIRST_PORT + number * PORTS_EACH
    if (!tryMake(folder)) continue
    if (await areFree(port)) return fill(folder, port)
    rmSync(folder, { recursive: true, force: true })
  }
  throw new Error('every place for a Slurm of the tests is taken')
}

const folderOf = (number: number): string => `/tmp/perq-slurm-${number}`

function tryMake(folder: string): boolean {
  try {
    mkdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  writeFileSync(`${folder}/owner`, String(process.pid))
  return true
}

async function areFree(first: number): Promise<boolean> {
  for (let port = first; port < first + PORTS_EACH; port += 1) {
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (!free) return false
  }
  return true
}

/** Copies what people run: the checkout may lie where only its owner may go. */
function fill(folder: string, port: number): Place {
  // Whatever the mask of whoever runs the tests.
  chmodSync(folder, 0o755)
  mkdirSync(`${folder}/bin`)
  mkdirSync(`${folder}/lib`)
  for (const name of CLIENTS) cpSync(`${DEBIAN}/usr/bin/${name}`, `${folder}/bin/${name}`)
  for (const name of DAEMONS) {
    const plain = `${DEBIAN}/usr/sbin/${name}`
    cpSync(existsSync(plain) ? plain : `${plain}-wlm`, `${folder}/bin/${name}`)
  }
  // One folder, named after the processor.
  const libraries = readdirSync(`${DEBIAN}/usr/lib`).find((name) => name.endsWith('-linux-gnu'))
  for (const name of readdirSync(`${DEBIAN}/usr/lib/${libraries}`))
    if (name.includes('.so') || name === 'slurm-wlm')
      cpSync(`${DEBIAN}/usr/lib/${libraries}/${name}`, `${folder}/lib/${name}`, {
        recursive: true,
        verbatimSymlinks: true,
      })
  return {
    folder,
    port,
    clients: CLIENTS,
    debian: DEBIAN,
    libraries: `${folder}/lib:${folder}/lib/slurm-wlm`,
    remove: () => remove(folder),
  }
}

/** What a run that was killed has left. */
function removeAbandoned(): void {
  for (let number = 0; number < PLACES; number += 1) {
    const folder = folderOf(number)
    const owner = readOr(`${folder}/owner`, '')
    if (owner !== '' && !existsSync(`/proc/${owner}`)) remove(folder)
  }
}

const KILL_ROUNDS = 50

function remove(folder: string): void {
  for (let round = 0; round < KILL_ROUNDS; round += 1) {
    const left = processesOf(folder)
    if (left.length === 0) break
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself.
      }
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
  rmSync(folder, { recursive: true, force: true })
}

/** Daemons run programs of the folder, jobs run in it, and the database keeps its data there. */
export const processesOf = (folder: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      [linkOr(`/proc/${pid}/exe`), linkOr(`/proc/${pid}/cwd`)].some(
        (path) => path === folder || path.startsWith(`${folder}/`),
      ),
    )
    .map(Number)

const linkOr = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

const readOr = (path: string, otherwise: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
