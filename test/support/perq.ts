import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url))
const READY_WITHIN_MS = 180_000
/** As the script `perq` starts it. */
const AS_SERVED = ['--max-semi-space-size=8', '--expose-gc']

/** The line that `perq serve --json` prints when it is ready. */
export type Ready = {
  readonly url: string
  readonly database: string
  readonly people: readonly {
    name: string
    email: string
    role: string
    key: string | null
    signin_url: string
  }[]
  /** Of the demo's candidate; null without the demo. */
  readonly offer_url: string | null
  readonly openai_base_url: string
  readonly anthropic_base_url: string
  readonly gemini_base_url: string
  readonly clock: string
}

export type Served = Ready & {
  readonly pid: number
  /** Everything the server said on standard error. */
  readonly said: () => string
  /** SIGTERM, as an operator stops it; the exit code. */
  stop(): Promise<number | null>
  /** kill -9 */
  kill(): Promise<void>
  /** True once the process is gone. */
  readonly gone: () => boolean
}

type Options = { data?: string; args?: readonly string[]; env?: Readonly<Record<string, string>> }

const childEnv = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  const { DATABASE_URL: _, ...rest } = process.env
  return { ...rest, ...more }
}

/** The real server as a process of its own, ready when this returns. Without `data` the environment names the database. */
export async function servePerq({ data, args = ['--demo'], env = {} }: Options): Promise<Served> {
  const folder = data === undefined ? [] : ['--data', data]
  const command = [...AS_SERVED, CLI, 'serve', '--json', '--port', '0', ...folder, ...args]
  const child = spawn(process.execPath, command, {
    env: childEnv(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const ready = await firstLine(child, ended, () => said)
  return {
    ...ready,
    pid: child.pid!,
    said: () => said,
    stop: () => (child.kill('SIGTERM'), ended),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
    gone: () => child.exitCode !== null || child.signalCode !== null,
  }
}

async function firstLine(child: ChildProcess, ended: Promise<unknown>, said: () => string): Promise<Ready> {
  const line = new Promise<Ready>((resolve) => {
    createInterface({ input: child.stdout! }).once('line', (text) => resolve(JSON.parse(text) as Ready))
  })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, READY_WITHIN_MS, 'was not ready in time')
  })
  const first = await Promise.race([line, late, ended.then(() => 'ended before it was ready')])
  clearTimeout(timer)
  if (typeof first === 'object') return first
  child.kill('SIGKILL')
  throw new Error(`perq serve ${first}:\n${said()}`)
}

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string }

/** One command of the CLI, to its end. */
export async function perq(
  args: readonly string[],
  { env = {}, input = '' }: { env?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: childEnv(env),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out, err }
}

/** A folder of one's own, gone with `remove`. */
export function tempFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'perq-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export type ServedInTemp = Served & {
  /** `perq …args` on the same data; the answer is its JSON document. */
  perq(args: readonly string[]): Promise<unknown>
}

/** The real server with its own embedded database in a folder of its own, gone when it stops. */
export async function serveInTemp({ demo }: { demo: boolean }): Promise<ServedInTemp> {
  const folder = tempFolder()
  const served = await servePerq({ data: folder.path, args: demo ? ['--demo'] : [] })
  return {
    ...served,
    perq: async (args) => {
      const { code, out, err } = await perq([...args, '--json', '--data', folder.path])
      if (code !== 0) throw new Error(`perq ${args.join(' ')} ended with ${code}:\n${err}`)
      return JSON.parse(out) as unknown
    },
    stop: async () => {
      const code = await served.stop()
      folder.remove()
      return code
    },
  }
}
