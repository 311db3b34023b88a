import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { withLock } from './lock.mjs'
import { ROOT } from './paths.mjs'
import { Lacking, say, Trouble, writeTrouble } from './say.mjs'
import { hashOf, isFresh, writeStamp } from './stamp.mjs'

const run = promisify(execFile)

/** Where Debian's packages lie unpacked. Nothing is installed: no service starts, no user appears, no file outside. */
export const SLURM_HOME = `${ROOT}/.cache/cluster/debian`
const STAMP = `${SLURM_HOME}/.perq-stamp`

const PACKAGES = [
  'slurmctld',
  'slurmd',
  'slurmdbd',
  'slurm-client',
  'slurm-wlm-basic-plugins',
  'slurm-wlm-mysql-plugin',
  'munge',
  'mariadb-server-core',
  'mariadb-client-core',
  // Lets the daemons know people that this machine does not.
  'libnss-wrapper',
]
/** What comes with them and is run by none of them. */
const NEEDLESS = /perl|^libdbi|^libconfig/

/** Nobody of this machine. */
const SOMEBODY = { uid: 64_100, gid: 64_100 }

/** A mirror that does not answer must not keep anybody waiting for long. */
const WITHIN_MS = 5 * 60_000
const PATIENCE = ['Acquire::http::Timeout=20', 'Acquire::https::Timeout=20', 'Acquire::Retries=1']

const release = () => {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}

/** Why a real cluster cannot stand here; null when it can. */
function lacking() {
  if (!/^ID=debian$/m.test(release())) return 'this machine is not Debian, whose packages of Slurm are used'
  if (process.getuid?.() !== 0)
    return 'Slurm runs the jobs of several people, and only root may; this is not root'
  if (!mayActForOthers()) return 'root may not make a device or run as somebody else here'
  return null
}

/** Root of a container may have been left without what Slurm needs of root. */
function mayActForOthers() {
  const folder = mkdtempSync(`${tmpdir()}/perq-root-`)
  const succeeds = (program, args, who = {}) =>
    spawnSync(program, args, { stdio: 'ignore', timeout: 10_000, ...who }).status === 0
  try {
    return (
      succeeds('mknod', [`${folder}/device`, 'c', '1', '3']) &&
      succeeds('setpriv', ['--pdeathsig', 'KILL', '--', 'true'], SOMEBODY)
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Slurm, MariaDB and munge of this Debian, unpacked once into a folder of the checkout. */
export async function ensureSlurm() {
  const why = lacking()
  if (why)
    throw new Lacking(`A real Slurm cannot be set up: ${why}. Only this command needs it; npm test does not.`)
  const hash = hashOf([], PACKAGES, release(), process.arch)
  if (isFresh(STAMP, hash)) return
  await withLock(async () => {
    if (isFresh(STAMP, hash)) return
    say("unpacking Slurm, MariaDB and munge out of Debian's packages (once, about 12 MB, 75 MB unpacked)")
    const building = `${SLURM_HOME}.${process.pid}`
    try {
      await unpack(building)
      rmSync(SLURM_HOME, { recursive: true, force: true })
      renameSync(building, SLURM_HOME)
    } finally {
      rmSync(building, { recursive: true, force: true })
    }
    writeStamp(STAMP, hash)
  })
}

async function unpack(folder) {
  const debs = `${folder}/.debs`
  try {
    mkdirSync(debs, { recursive: true })
  } catch (error) {
    throw writeTrouble(error, debs)
  }
  const download = async () => apt(['download', ...PACKAGES, ...(await missingLibraries())], debs)
  // An old list names packages that are gone from the archive.
  await download().catch(async () => {
    await apt(['update'], debs)
    await download()
  })
  for (const file of readdirSync(debs)) await asked('dpkg-deb', ['-x', `${debs}/${file}`, folder], debs)
  rmSync(debs, { recursive: true })
  if (!existsSync(`${folder}/usr/sbin/slurmdbd`))
    throw new Trouble(`Debian's slurmdbd has no /usr/sbin/slurmdbd.`)
}

/** The libraries that these programs need and the machine lacks: what an installation would add. */
async function missingLibraries() {
  const { stdout } = await apt(['install', '-s', '--no-install-recommends', ...PACKAGES])
  // With a version in brackets it would only be brought up to date; the one that is here does.
  return [...stdout.matchAll(/^Inst (\S+) \((?!.*\[all\])/gm)]
    .map(([, name]) => name)
    .filter((name) => !PACKAGES.includes(name) && name.startsWith('lib') && !NEEDLESS.test(name))
}

const apt = (args, cwd = ROOT) => {
  const options = ['APT::Sandbox::User=root', ...PATIENCE].flatMap((option) => ['-o', option])
  return asked('apt-get', [...options, ...args], cwd)
}

/** What a program of Debian's says; what it cannot give, this machine lacks. */
async function asked(program, args, cwd) {
  try {
    const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
    return await run(program, args, {
      cwd,
      env,
      timeout: WITHIN_MS,
      killSignal: 'SIGKILL',
      maxBuffer: 16 << 20,
    })
  } catch (error) {
    const said = String(error.stderr || error.message).trim()
    const why = error.killed ? `did not end within ${WITHIN_MS / 60_000} minutes` : 'failed'
    throw new Lacking(`Debian's packages cannot be had: ${program} ${why}. ${said}`)
  }
}
