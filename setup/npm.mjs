import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { Trouble } from './say.mjs'

/** What npm says when it fails, and the remedy. The first match counts. */
const REMEDIES = [
  [/ENOSPC|no space left/i, 'The disk is full. Free about 1 GB and start again.'],
  [
    /EROFS|EACCES|EPERM/,
    'npm may not write here. Run this as the user that owns the checkout, or copy it to a folder of your own.',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network|socket hang up/i,
    'npm cannot reach its registry. The first start needs the network (later ones do not); behind a proxy, set npm config `proxy` or `registry`.',
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_|CERT_/,
    "npm does not trust the registry's certificate. Set npm config `cafile`.",
  ],
  [/E401|E403|ENEEDAUTH/, 'The registry wants other credentials. Check npm config `registry` and its token.'],
  [/E404|ETARGET|ENOVERSIONS/, 'The registry lacks a package that Perq needs. Check npm config `registry`.'],
  [
    /EINTEGRITY/,
    'A package does not have the contents that the lockfile names. Run `npm cache verify` and start again.',
  ],
  [
    /EUSAGE|can only install packages when/,
    'package.json and package-lock.json do not fit together. Restore both from git.',
  ],
]

const LEAST_FREE = 32 * 1024 * 1024

/** `npm ci` in `folder` under the Node in `nodeBin`. Its output goes to standard error. */
export async function npmCi(folder, nodeBin) {
  const args = [
    'ci',
    '--prefix',
    folder,
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
  ]
  // npm's own patience with a network that is not there is over a minute.
  args.push(
    '--loglevel=error',
    '--fetch-retries=2',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
  )
  const { code, said } = await runNpm(args, folder, nodeBin)
  if (code !== 0) {
    const remedy = REMEDIES.find(([pattern]) => pattern.test(said))?.[1]
    throw new Trouble(remedy ?? `npm ended with ${code}; what it said is above.`)
  }
  // npm may end well although files were cut short.
  const disk = statfsSync(folder)
  if (disk.bavail * disk.bsize < LEAST_FREE)
    throw new Trouble('The disk is full. Free about 1 GB and start again.')
  const missing = leftOut(folder)
  if (missing.length > 0)
    throw new Trouble(
      `npm left out ${missing.join(', ')}, which this machine needs: the download failed. Check the network (the first ` +
        'start needs it) or the disk, and start again.',
    )
}

function runNpm(args, folder, nodeBin) {
  const [command, ...first] = npmCommand(nodeBin)
  const env = { ...process.env, PATH: `${nodeBin}:${process.env.PATH ?? ''}` }
  // Inside `npm start` these point npm at the outer project.
  for (const name of Object.keys(env))
    if (/^npm_(config_local_prefix|package_|lifecycle_)/.test(name)) delete env[name]
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    const pass = (chunk) => {
      said = (said + chunk).slice(-65_536)
      process.stderr.write(chunk)
    }
    child.stdout.on('data', pass)
    child.stderr.on('data', pass)
    child.on('error', (error) =>
      reject(
        error.code === 'ENOENT'
          ? new Trouble('npm was not found. It comes with Node: install Node 20 or newer with npm.')
          : error,
      ),
    )
    child.on('close', (code, signal) => resolve({ code: code ?? signal, said }))
  })
}

/** The npm that runs us, else the one beside this Node, else whatever the path has. */
function npmCommand(nodeBin) {
  const running = process.env.npm_execpath ?? ''
  const beside = `${dirname(dirname(process.execPath))}/lib/node_modules/npm/bin/npm-cli.js`
  const script = [running, beside].find((path) => path.endsWith('/npm-cli.js') && existsSync(path))
  return script ? [`${nodeBin}/node`, script] : ['npm']
}

/**
 * npm takes a failed download of an optional package for "not needed here" and says nothing. Those made for exactly
 * this system are needed: PostgreSQL, the compilers, Node itself.
 */
function leftOut(folder) {
  const { packages } = JSON.parse(readFileSync(`${folder}/package-lock.json`, 'utf8'))
  const fits = (list, value) => list === undefined || [list].flat().includes(value)
  return Object.entries(packages)
    .filter(([, entry]) => entry.optional && (entry.os || entry.cpu))
    .filter(
      ([, entry]) =>
        fits(entry.os, process.platform) && fits(entry.cpu, process.arch) && fits(entry.libc, libc()),
    )
    .filter(([path]) => !existsSync(`${folder}/${path}/package.json`))
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
}

let known
/** `glibc` or `musl`; nothing outside Linux. */
export function libc() {
  if (process.platform !== 'linux') return undefined
  if (known) return known
  // Without this the report asks the network for the names of all its interfaces.
  process.report.excludeNetwork = true
  known = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
  return known
}
