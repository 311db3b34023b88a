import { spawn } from 'node:child_process'
import type { Binaries } from './binaries.ts'
import { SERVER_ENV } from './folder.ts'
import type { Launch } from './privileges.ts'
import { explain, isBusyFolder } from './trouble.ts'

/** A PostgreSQL that this process started and that accepts connections. */
export type Running = {
  readonly pid: number
  /** Resolves with the reason when it is gone, wanted or not. */
  readonly exited: Promise<string>
  signal(name: NodeJS.Signals): void
  /** Whether it keeps this process alive; at first it does not. */
  hold(on: boolean): void
}

export type ServerOptions = {
  readonly dir: string
  readonly socketDir: string
  readonly binaries: Binaries
  readonly launch: Launch
  readonly settings: Readonly<Record<string, string>>
  readonly log: (line: string) => void
}

const READY = /database system is ready to accept connections/
/** About one client, who is told anyway; the rest is about the server. */
const NOISE =
  /terminating connection|system is (starting up|shutting down|in recovery)|not yet accepting connections|does not exist|too many clients/
const SLOW = 5_000

/** Starts the server; null when another one holds the folder, or workers of a killed one still do. */
export function startServer(options: ServerOptions): Promise<Running | null> {
  const { dir, socketDir, binaries, launch, settings, log } = options
  const args = ['-D', dir, '-k', socketDir, '-p', '5432']
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`)
  const [command, ...rest] = [...launch.prefix, binaries.postgres, ...args]
  const asUser = launch.user && launch.prefix.length === 0 ? launch.user : {}
  // Detached: Ctrl-C goes to the whole terminal group and would stop the database before its users are done.
  const child = spawn(command ?? '', rest, {
    ...asUser,
    env: SERVER_ENV,
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })

  return new Promise((resolve, reject) => {
    let said = ''
    let partial = ''
    let ready = false
    const slow = setInterval(() => log('PostgreSQL is still starting: it replays what a crash left.'), SLOW)
    // A child that never started has no pid, and no exit comes for it: only the error.
    const exited = new Promise<string>((gone) => {
      child.on('error', (error) => {
        said += String(error)
        gone(String(error))
      })
      child.on('exit', (code, signal) =>
        gone(signal ? `killed by ${signal}` : `ended with code ${code ?? 0}`),
      )
    })
    const hold = (on: boolean): void => {
      const pipe = child.stderr as unknown as { ref(): void; unref(): void }
      for (const part of [child, pipe]) {
        if (on) part.ref()
        else part.unref()
      }
    }
    child.stderr.on('data', (chunk: Buffer) => {
      const lines = (partial + chunk.toString()).split('\n')
      partial = (lines.pop() ?? '').slice(-4_096)
      for (const line of lines) {
        if (!ready) said = `${said}${line}\n`.slice(-16_384)
        if (/ (FATAL|PANIC): |terminated by signal/.test(line) && !NOISE.test(line)) log(`postgres: ${line}`)
        if (!ready && READY.test(line)) {
          ready = true
          clearInterval(slow)
          hold(false)
          resolve({ pid: child.pid ?? 0, exited, signal: (name) => void child.kill(name), hold })
        }
      }
    })
    void exited.then(async (reason) => {
      clearInterval(slow)
      if (ready) return
      // The last words may still be in the pipe.
      await new Promise((done) =>
        child.stderr.readableEnded ? done(null) : child.stderr.once('close', done),
      )
      if (isBusyFolder(said + partial)) resolve(null)
      else reject(explain(`PostgreSQL did not start, it ${reason}`, dir, said + partial))
    })
  })
}
