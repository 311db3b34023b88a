import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { promisify } from 'node:util'
import { withLock } from './lock.mjs'
import { ROOT } from './paths.mjs'
import { Lacking, say, Trouble } from './say.mjs'
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
  return null
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
  mkdirSync(debs, { recursive: true })
  const download = async () => apt(['download', ...PACKAGES, ...(await missingLibraries())], debs)
  // An old list names packages that are gone from the archive.
  await download().catch(async () => {
    await apt(['update'], debs)
    await download()
  })
  for (const file of readdirSync(debs)) await run('dpkg-deb', ['-x', `${debs}/${file}`, folder])
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

async function apt(args, cwd = ROOT) {
  try {
    return await run('apt-get', ['-o', 'APT::Sandbox::User=root', ...args], {
      cwd,
      env: { ...process.env, LC_ALL: 'C' },
    })
  } catch (error) {
    throw new Lacking(`apt-get ${args[0]} failed: ${String(error.stderr ?? error.message).trim()}`)
  }
}
