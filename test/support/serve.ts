import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CLI = join(ROOT, 'src/main/cli.ts')

export type Guest = {
  readonly name: string
  readonly email: string
  readonly role: string
  readonly key: string | null
  readonly signin_url: string
}
export type Served = {
  readonly url: string
  readonly people: readonly Guest[]
  /** Runs `perq …args` on the same data folder; the answer is its JSON document. */
  perq(args: readonly string[]): Promise<unknown>
  stop(): Promise<void>
}

/** The real server in its own process with its own embedded database in a folder of its own. */
export async function startServer({ demo }: { demo: boolean }): Promise<Served> {
  const data = await mkdtemp(join(tmpdir(), 'perq-e2e-'))
  const flags = demo ? ['--demo'] : []
  const child = run(['serve', ...flags, '--json', '--port', '0', '--data', data])
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    await rm(data, { recursive: true, force: true })
  }
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const first = await Promise.race([
    new Promise<string>((done) => createInterface({ input: child.stdout }).once('line', done)),
    ended.then(() => null),
  ])
  if (first === null) {
    await stop()
    throw new Error(`perq serve ended before it was ready:\n${said.slice(-20).join('\n')}`)
  }
  const { url, people } = JSON.parse(first) as { url: string; people: Guest[] }
  return { url, people, perq: (args) => answer([...args, '--json', '--data', data]), stop }
}

const run = (args: readonly string[]) => {
  // A database of the developer's own must not be met by a test.
  const { DATABASE_URL: _, ...env } = process.env
  return spawn(process.execPath, [CLI, ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function answer(args: readonly string[]): Promise<unknown> {
  const child = run(args)
  const [out, err] = ['', ''].map(() => [] as string[])
  child.stdout.on('data', (chunk) => out?.push(String(chunk)))
  child.stderr.on('data', (chunk) => err?.push(String(chunk)))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  if (code !== 0) throw new Error(`perq ${args.join(' ')} ended with ${code}:\n${err?.join('')}`)
  return JSON.parse(out?.join('') ?? '')
}
