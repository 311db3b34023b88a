import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cgroupConf, gresConf, slurmConf, slurmdbdConf, type FakeNode, type SlurmSettings } from './config.ts'
import { startDaemon, untilReady, type Daemon } from './daemon.ts'
import { claimPlace, type Place } from './place.ts'
import { makePeople } from './people.ts'

const LUA = fileURLToPath(new URL('../../../src/cluster/slurm/job_submit.lua', import.meta.url))

export const NODES: readonly FakeNode[] = [
  { name: 'n1', accelerator: 'h100', gpus: 8 },
  { name: 'n2', accelerator: 'h100', gpus: 8 },
  { name: 'n3', accelerator: 'a100', gpus: 8 },
  { name: 'n4', accelerator: 'h100', gpus: 8 },
]

export type Answer = { readonly code: number; readonly out: string; readonly err: string }
/** munged, mariadbd, slurmdbd, slurmctld, or a node: the slurmd that plays it. */
type DaemonName = string

export type RealSlurm = {
  readonly folder: string
  /** Where sbatch and the others are; they need `env`. */
  readonly bin: string
  /** The same programs for somebody who knows nothing of this cluster. */
  readonly tools: string
  /** What a program of Slurm needs to find this cluster. */
  readonly env: Readonly<Record<string, string>>
  /** `root`, or one of the people; with arguments as they are, never through a shell. */
  run(login: string, command: readonly string[], options?: { input?: string }): Promise<Answer>
  /** The same; anything but exit code 0 is thrown. Its standard output, trimmed. */
  must(login: string, command: readonly string[], options?: { input?: string }): Promise<string>
  pid(name: DaemonName): number
  start(name: DaemonName): Promise<void>
  stop(name: DaemonName): Promise<void>
  /** kill -9 */
  kill(name: DaemonName): Promise<void>
  /** New settings are in the file; the daemons that are started next read them. */
  configure(change: Partial<Pick<SlurmSettings, 'enforce' | 'isPrivate' | 'isHeld'>>): void
  /** Stops everything and removes the folder. */
  remove(): Promise<void>
}

type Options = {
  readonly people: readonly string[]
  readonly nodes?: readonly FakeNode[]
  readonly enforce?: string
  readonly isPrivate?: boolean
  readonly isHeld?: boolean
}

/** munge, MariaDB, slurmdbd, slurmctld and a slurmd for each node, ready for jobs. */
export async function startSlurm(options: Options): Promise<RealSlurm> {
  const place = await claimPlace()
  try {
    return await startIn(place, options)
  } catch (error) {
    place.remove()
    throw error
  }
}

async function startIn(
  place: Place,
  {
    people: logins,
    nodes = NODES,
    enforce = 'associations,limits,qos,safe',
    isPrivate = true,
    isHeld = true,
  }: Options,
): Promise<RealSlurm> {
  const { folder, port } = place
  for (const name of ['etc', 'run', 'log', 'state', 'spool', 'dev', 'db', 'tmp'])
    mkdirSync(`${folder}/${name}`)
  for (const { name } of nodes) mkdirSync(`${folder}/spool/${name}`)
  makeDevices(folder, nodes)
  const people = makePeople(place, logins)
  writeFileSync(`${folder}/etc/munge.key`, randomBytes(1024), { mode: 0o400 })
  let settings: SlurmSettings = { folder, port, nodes, enforce, isPrivate, isHeld }
  const configure: RealSlurm['configure'] = (change) => {
    settings = { ...settings, ...change }
    writeFileSync(`${folder}/etc/slurm.conf`, slurmConf(settings))
    writeFileSync(`${folder}/etc/slurmdbd.conf`, slurmdbdConf(settings), { mode: 0o600 })
    writeFileSync(`${folder}/etc/gres.conf`, gresConf(settings))
    if (existsSync(`${folder}/lib/slurm-wlm/auth_slurm.so`))
      writeFileSync(`${folder}/etc/cgroup.conf`, cgroupConf)
    if (settings.isHeld) copyFileSync(LUA, `${folder}/etc/job_submit.lua`)
  }
  configure({})
  // Their readers are other people.
  for (const name of ['', '/etc', '/run', '/bin', '/lib', '/home']) chmodSync(`${folder}${name}`, 0o755)

  const env = {
    PATH: `${folder}/bin:/usr/bin:/bin`,
    SLURM_CONF: `${folder}/etc/slurm.conf`,
    LD_LIBRARY_PATH: place.libraries,
    LD_PRELOAD: `${folder}/lib/libnss_wrapper.so`,
    NSS_WRAPPER_PASSWD: `${folder}/etc/passwd`,
    NSS_WRAPPER_GROUP: `${folder}/etc/group`,
  }
  makeTools(place, env)
  const run: RealSlurm['run'] = (login, [program = '', ...args], { input = '' } = {}) => {
    const person = people.find((one) => one.login === login) ?? { uid: 0, home: folder }
    return new Promise((resolve) => {
      const child = execFile(
        program,
        args,
        {
          uid: person.uid,
          gid: person.uid,
          cwd: person.home,
          env: { ...env, HOME: person.home, USER: login },
          maxBuffer: 64 << 20,
          timeout: 120_000,
        },
        (error, out, err) =>
          resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, out, err }),
      )
      // A program that does not read its input may be gone before it is written.
      child.stdin?.on('error', () => {})
      child.stdin?.end(input)
    })
  }
  const must: RealSlurm['must'] = async (login, command, more) => {
    const { code, out, err } = await run(login, command, more)
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${err}${out}`)
    return out.trim()
  }

  const daemons = new Map<DaemonName, Daemon>()
  const plans = plansOf(place, { env, nodes, run })
  const start = async (name: DaemonName): Promise<void> => {
    const plan = plans(name)
    const log = `${folder}/log/${name}.out`
    const daemon = startDaemon(plan.command, { env: plan.env, log, cwd: folder })
    daemons.set(name, daemon)
    await untilReady(name, { daemon, log, isReady: plan.isReady })
  }
  const running = (name: DaemonName): Daemon => {
    const daemon = daemons.get(name)
    if (!daemon) throw new Error(`${name} was never started`)
    return daemon
  }
  const slurm: RealSlurm = {
    folder,
    bin: `${folder}/bin`,
    tools: `${folder}/tools`,
    env,
    run,
    must,
    configure,
    pid: (name) => running(name).pid,
    start,
    stop: (name) => running(name).stop(),
    kill: (name) => running(name).kill(),
    async remove() {
      for (const daemon of daemons.values()) await daemon.kill()
      place.remove()
    },
  }
  installDatabase(place)
  await Promise.all([start('munged'), start('mariadbd')])
  await slurm.start('slurmdbd')
  await must('root', ['sacctmgr', '-i', 'add', 'cluster', 'perq'])
  await start('slurmctld')
  await Promise.all(nodes.map(({ name }) => start(name)))
  return slurm
}

/** For programs that are not Slurm's. MariaDB removes, when it starts, what other servers are writing in a shared TMPDIR. */
const plainEnv = ({ folder, libraries }: Place) => ({
  PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
  LD_LIBRARY_PATH: libraries,
  TMPDIR: `${folder}/tmp`,
})

type Plan = {
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly isReady: () => Promise<boolean>
}

function plansOf(
  place: Place,
  {
    env,
    nodes,
    run,
  }: {
    env: Readonly<Record<string, string>>
    nodes: readonly FakeNode[]
    run: RealSlurm['run']
  },
): (name: DaemonName) => Plan {
  const succeeds = async (command: readonly string[]): Promise<boolean> =>
    (await run('root', command)).code === 0
  const { folder, debian } = place
  const plain = plainEnv(place)
  const socket = `${folder}/run/mysql.sock`
  const database = [`--defaults-file=/dev/null`, '-uroot', `--socket=${socket}`, '-e']
  const plans: Readonly<Record<string, Plan>> = {
    munged: {
      command: [
        `${debian}/usr/sbin/munged`,
        '--force',
        '--foreground',
        `--key-file=${folder}/etc/munge.key`,
        `--socket=${folder}/run/munge.socket`,
        `--pid-file=${folder}/run/munged.pid`,
        `--log-file=${folder}/log/munged.log`,
        `--seed-file=${folder}/run/munged.seed`,
      ],
      env: plain,
      isReady: () => succeeds([`${debian}/usr/bin/munge`, '-n', '-S', `${folder}/run/munge.socket`]),
    },
    mariadbd: {
      command: [
        `${debian}/usr/sbin/mariadbd`,
        '--no-defaults',
        '--user=root',
        `--basedir=${debian}/usr`,
        `--datadir=${folder}/db`,
        `--socket=${socket}`,
        `--pid-file=${folder}/run/mariadbd.pid`,
        '--skip-networking',
        '--skip-name-resolve',
        '--innodb-buffer-pool-size=64M',
        '--innodb-lock-wait-timeout=900',
        // Safe against a kill of the process, which is what is tested.
        '--innodb-flush-log-at-trx-commit=2',
      ],
      env: plain,
      isReady: () =>
        succeeds([
          `${debian}/usr/bin/mariadb`,
          ...database,
          "create user if not exists slurm@localhost identified by 'slurm'; grant all on slurm_acct.* to slurm@localhost",
        ]),
    },
    slurmdbd: {
      command: [`${folder}/bin/slurmdbd`, '-D'],
      env: { ...env, MYSQL_UNIX_PORT: socket },
      isReady: () => succeeds(['sacctmgr', '-n', 'list', 'cluster']),
    },
    slurmctld: {
      command: [`${folder}/bin/slurmctld`, '-D'],
      env,
      isReady: async () => (await run('root', ['scontrol', 'ping'])).out.includes('is UP'),
    },
  }
  return (name) => {
    const known = plans[name]
    if (known) return known
    if (!nodes.some((node) => node.name === name)) throw new Error(`no daemon is called ${name}`)
    return {
      command: [`${folder}/bin/slurmd`, '-D', '-N', name, '-d', `${folder}/bin/slurmstepd`],
      env,
      isReady: async () =>
        /^(idle|mixed|allocated)$/m.test((await run('root', ['sinfo', '-h', '-n', name, '-o', '%T'])).out),
    }
  }
}

function makeTools({ folder, clients }: Place, env: Readonly<Record<string, string>>): void {
  mkdirSync(`${folder}/tools`)
  const sets = Object.entries(env).map(([name, value]) => `${name}='${value}'\n`)
  for (const name of clients) {
    const text = `#!/bin/sh\nset -a\n${sets.join('')}exec ${folder}/bin/${name} "$@"\n`
    writeFileSync(`${folder}/tools/${name}`, text, { mode: 0o755 })
  }
}

function makeDevices(folder: string, nodes: readonly FakeNode[]): void {
  const devices = nodes.flatMap(({ accelerator, gpus }) =>
    Array.from({ length: gpus }, (_, index) => `${folder}/dev/${accelerator}-${index}`),
  )
  // Of the kind of /dev/null: Slurm wants devices, and nothing reads them.
  for (const path of new Set(devices)) execFileSync('mknod', ['-m', '666', path, 'c', '1', '3'])
}

function installDatabase(place: Place): void {
  const { folder, debian } = place
  execFileSync(
    'sh',
    [
      `${debian}/usr/bin/mariadb-install-db`,
      '--no-defaults',
      `--basedir=${debian}/usr`,
      '--user=root',
      `--datadir=${folder}/db`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--force',
      '--skip-name-resolve',
    ],
    {
      env: plainEnv(place),
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 120_000,
    },
  )
}
