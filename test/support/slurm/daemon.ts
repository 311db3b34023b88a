import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'

export type Daemon = {
  readonly pid: number
  /** SIGTERM, then gone. Throws when it was not within a minute, and had to be killed. */
  stop(): Promise<void>
  /** kill -9, then gone. */
  kill(): Promise<void>
  readonly hasEnded: () => boolean
}

const STOPPED_WITHIN_MS = 60_000

/** In the foreground, so that its process is ours; ends with us even if we are killed. */
export function startDaemon(
  command: readonly string[],
  { env, log, cwd }: { env: NodeJS.ProcessEnv; log: string; cwd: string },
): Daemon {
  const output = openSync(log, 'a')
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
    cwd,
    env,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const endBy = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await ended
  }
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      const late = new Promise<'late'>((resolve) => setTimeout(resolve, STOPPED_WITHIN_MS, 'late').unref())
      if ((await Promise.race([endBy('SIGTERM'), late])) !== 'late') return
      await endBy('SIGKILL')
      throw new Error(`${command[0]} did not end when it was told to:\n${tailOf(log)}`)
    },
    kill: () => endBy('SIGKILL'),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
  }
}

const READY_WITHIN_MS = 90_000

/** Until `isReady` says so; a daemon that ends before is told with the end of its log. */
export async function untilReady(
  name: string,
  { daemon, log, isReady }: { daemon: Daemon; log: string; isReady: () => Promise<boolean> },
): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS
  while (!(await isReady())) {
    if (daemon.hasEnded() || performance.now() > end)
      throw new Error(`${name} ${daemon.hasEnded() ? 'ended' : 'is not ready'}:\n${tailOf(log)}`)
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

const tailOf = (log: string): string => readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')
