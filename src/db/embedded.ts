import { readdirSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { Fault } from '#base/fault.ts'
import { findBinaries } from './binaries.ts'
import { initialize, isInitialized, makeParent, makeSocketFolder } from './folder.ts'
import { closeDoor, join, ownerOf, writeOwner, type Guest, type Role } from './owner.ts'
import { clearStalePid, isAlive, readPostmaster, type Postmaster } from './postmaster.ts'
import { planLaunch, serverUser } from './privileges.ts'
import { startServer, type Running, type ServerOptions } from './server.ts'
import { explain } from './trouble.ts'

export type EmbeddedOptions = {
  /** The data folder; made when it is missing. */
  dir: string
  role: Role
  /** Progress and trouble, one line each; never part of a command's output. */
  log: (line: string) => void
  /** False gives up durability for speed: tests only. */
  durable?: boolean
  /** How long to wait for another process to leave the folder, in milliseconds. */
  patience?: number
  /** More settings of PostgreSQL, should this start it; and folders beside the data that it has to reach. */
  more?: { readonly settings: Readonly<Record<string, string>>; readonly reach: readonly string[] }
}

export type Embedded = {
  /** For the application: the role `perq`, no superuser, owner of the database `perq`. */
  readonly url: string
  /** For set-up and care: the superuser `postgres`, same database. */
  readonly adminUrl: string
  /** True when another process started the server. */
  readonly adopted: boolean
  /** Told each time the server goes away unwanted; it comes back by itself unless this is a guest. */
  onExit(told: (reason: string) => void): void
  /** Leaves the server, or stops it when this process started it. May be called twice. */
  stop(): Promise<void>
}

const SETTINGS = {
  listen_addresses: '',
  shared_buffers: '256MB',
  max_wal_size: '1GB',
  jit: 'off',
  log_checkpoints: 'off',
}
const FAST_AND_LOOSE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' }

const LOOK_EVERY = 50
const SPEAK_EVERY = 5_000
const PATIENCE = 60_000
/** An orphan that is not going down by itself by then never will: the system could not tie it to its parent. */
const ORPHAN_GRACE = 3_000
/** A server that was killed a moment ago may still be on its way out; only one that stays is another server. */
const DYING_GRACE = 2_000
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5_000
/** One that has served for so long does not die of how it starts: the next comes as soon as the first did. */
const CALM_AFTER = 1_000
const STOP_PATIENCE = 30_000

/**
 * A real PostgreSQL 18 for one data folder, on a unix socket only: started, or joined when one runs already. There is
 * never a second server on a folder. It survives this process's kill -9 without an orphan where the system can tie
 * them (Linux), and comes back by itself when it is killed under a living `server`. Throws Fault `unavailable` with
 * what stands in the way and the remedy.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const server = await prepare(options).catch((error: unknown) => {
    throw error instanceof Fault
      ? error
      : explain('The data folder cannot be used', options.dir, String(error))
  })
  const { role, log, patience = PATIENCE } = options
  const { dir } = server
  let waited = 0
  for (;;) {
    const found = readPostmaster(dir)
    const owner = found && ownerOf(dir, found)
    if (!found) {
      clearStalePid(dir)
      const running = await startServer(server)
      if (running) return own(running, server, role)
    } else if (owner && role === 'server' && owner.role === 'server' && waited >= DYING_GRACE) {
      throw new Fault(
        'unavailable',
        `Another Perq server (process ${owner.pid}) already serves the data in ${dir}. ` +
          'Stop it first, or give this one its own folder with PERQ_DATA.',
      )
    } else if (found.state === 'ready' && owner && role === 'tool') {
      const joined = await adopt(found)
      if (joined) return joined
    } else if (found.state === 'ready' && !owner && waited >= ORPHAN_GRACE) {
      log(`Taking over the PostgreSQL (process ${found.pid}) that an earlier Perq left behind.`)
      return own(orphan(found.pid), server, role)
    }
    if (waited >= patience)
      throw new Fault(
        'unavailable',
        `Process ${owner?.pid ?? found?.pid ?? 'unknown'} still uses the data in ${dir}. Wait until it has ended, or end it.`,
      )
    if (waited > 0 && waited % SPEAK_EVERY === 0)
      log(
        `Waiting for process ${owner?.pid ?? found?.pid ?? 'unknown'}, which still uses the data in ${dir}.`,
      )
    await pause(LOOK_EVERY)
    waited += LOOK_EVERY
  }
}

async function prepare({ dir: asked, log, durable = true, more }: EmbeddedOptions): Promise<ServerOptions> {
  const binaries = findBinaries()
  makeParent(asked)
  const user = serverUser(asked)
  const parent = realpathSync(dirname(asked))
  const dir = `${parent}/${basename(asked)}`
  const launch = planLaunch(user, [parent, `${binaries.root}/native/bin`, ...(more?.reach ?? [])])
  if (!isInitialized(dir)) {
    log(`Making a new PostgreSQL data folder in ${dir}.`)
    await initialize(dir, binaries, launch, durable)
  } else {
    for (const left of readdirSync(parent).filter((name) => name.startsWith(`${basename(dir)}.new-`)))
      rmSync(`${parent}/${left}`, { recursive: true, force: true })
  }
  const settings = { ...SETTINGS, ...(durable ? {} : FAST_AND_LOOSE), ...more?.settings }
  return { dir, socketDir: makeSocketFolder(dir, user), binaries, launch, settings, log }
}

/** This process answers for the server: keeps it up, and stops it. */
function own(first: Running, server: ServerOptions, role: Role): Embedded {
  const { dir, log, socketDir } = server
  const listeners: ((reason: string) => void)[] = []
  let running: Running | null = first
  let stopping: Promise<void> | null = null
  let wait = FIRST_PAUSE
  const claim = (one: Running): void => writeOwner(dir, { pid: process.pid, role, postmaster: one.pid })
  claim(first)

  async function comeBack(): Promise<Running | null> {
    while (!stopping) {
      await pause(wait, 'idle')
      wait = Math.min(wait * 2, LONGEST_PAUSE)
      if (stopping) return null
      try {
        if (!readPostmaster(dir)) clearStalePid(dir)
        // Something that tidies /tmp may have taken it.
        makeSocketFolder(dir, server.launch.user)
        const next = await startServer(server)
        if (next) return next
      } catch (error) {
        log(error instanceof Error ? error.message : String(error))
      }
    }
    return null
  }

  async function supervise(): Promise<void> {
    while (running) {
      const calm = setTimeout(() => (wait = FIRST_PAUSE), CALM_AFTER).unref()
      const reason = await running.exited
      clearTimeout(calm)
      running = null
      if (stopping) return
      log(`PostgreSQL went away (${reason}); starting it again.`)
      for (const told of listeners) told(reason)
      running = await comeBack()
      if (!running) return
      claim(running)
      // The stop came while it started.
      if (stopping) running.signal('SIGINT')
      log('PostgreSQL is back.')
    }
  }
  const supervised = supervise()

  async function shutDown(): Promise<void> {
    if (running && role === 'tool') await waitForGuests(urlOf(socketDir, 'postgres'), log)
    running?.hold(true)
    running?.signal('SIGINT')
    const hurry = setTimeout(() => running?.signal('SIGQUIT'), STOP_PATIENCE)
    await supervised
    clearTimeout(hurry)
  }

  return {
    url: urlOf(socketDir, 'perq'),
    adminUrl: urlOf(socketDir, 'postgres'),
    adopted: false,
    onExit: (told) => void listeners.push(told),
    stop: () => (stopping ??= shutDown()),
  }
}

/** Joins a server that another process answers for; null when it went away meanwhile. */
async function adopt(found: Postmaster): Promise<Embedded | null> {
  const adminUrl = urlOf(found.socketDir, 'postgres', found.port)
  const listeners: ((reason: string) => void)[] = []
  const guest: Guest | null = await join(adminUrl, () => {
    for (const told of listeners) told('the process that ran it stopped it')
  })
  if (!guest) return null
  return {
    url: urlOf(found.socketDir, 'perq', found.port),
    adminUrl,
    adopted: true,
    onExit: (told) => void listeners.push(told),
    stop: () => guest.leave(),
  }
}

/** A server that is no child of this process: nobody tells when it ends, so it is looked at. */
function orphan(pid: number): Running {
  const exited = (async () => {
    while (isAlive(pid)) await pause(LOOK_EVERY * 5, 'idle')
    return 'ended'
  })()
  return { pid, exited, signal: (name) => void process.kill(pid, name), hold: () => {} }
}

/** Commands that joined this one's server finish first; ten minutes at most. */
async function waitForGuests(adminUrl: string, log: (line: string) => void): Promise<void> {
  const every = 100
  await closeDoor(adminUrl, {
    attempts: (10 * 60_000) / every,
    every,
    onWait: (attempt) => {
      if (attempt % 50 === 10) log('Waiting for another Perq command that uses the same PostgreSQL.')
    },
  })
}

const urlOf = (socketDir: string, user: 'perq' | 'postgres', port = 5432): string =>
  `postgresql://${user}@/perq?host=${encodeURIComponent(socketDir)}&port=${port}`

const pause = (time: number, idle?: 'idle'): Promise<void> =>
  new Promise((done) => {
    const timer = setTimeout(done, time)
    if (idle) timer.unref()
  })
