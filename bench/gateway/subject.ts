import { connect, createServer } from 'node:net'
import { spawn, type ChildProcess } from 'node:child_process'
import type { Target } from './load.ts'

export const SUBJECTS = ['direct', 'nginx', 'perq-memory', 'perq', 'portkey'] as const
export type SubjectName = (typeof SUBJECTS)[number]

/** Something that stands between the load and the provider, or nothing. */
export type Subject = {
  readonly name: SubjectName
  readonly target: Target
  /** The gateway's processes now. */
  readonly pids: () => readonly number[]
  /** The reply's payload reaches the client as the provider sent it. */
  readonly verbatim: boolean
  /** With a core for itself, the load and the provider on the other; else all share all cores. */
  readonly pinned: boolean
  stop(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return address && typeof address === 'object' ? address.port : 0
}

const READY_WITHIN_MS = 20_000

/** A program that listens on `port` when this returns. Throws with what it said when it does not. */
export async function startProgram(
  command: string,
  args: readonly string[],
  { port, env = process.env, cwd }: { port: number; env?: NodeJS.ProcessEnv; cwd: string },
): Promise<{ pid: number; stop(): Promise<void> }> {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const output of [child.stdout, child.stderr])
    output.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)))
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', (error) => {
      said += String(error)
      resolve()
    })
  })
  const until = performance.now() + READY_WITHIN_MS
  while (!(await listens(port))) {
    if (hasEnded(child) || performance.now() > until) {
      child.kill('SIGKILL')
      throw new Error(`${command} did not start:\n${said}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    pid: child.pid!,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null || child.pid === undefined

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const answer = (yes: boolean): void => {
      socket.destroy()
      resolve(yes)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}
