import { spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { tempFolder } from '../test/support/perq.ts'
import type { BenchOptions } from './run.ts'

/**
 * How long a newcomer waits: `npm start` with everything set up and the demo made, until the first call with the printed key
 * is answered and paid. Each time as its user would do it, from the shell's command to the last byte of the reply.
 */
export type Start = {
  readonly starts: number
  readonly first_call_ms: number
  readonly slowest_ms: number
  /** Until the server says that it serves. */
  readonly printed_ms: number
  readonly limit_ms: number
  readonly kept: boolean
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const STARTS = 5
const LIMIT_MS = 3_000
const DAYS = '30'
const GIVE_UP_MS = 10 * 60_000
const KEY = /x-api-key: (pq_\w+)/

type Measured = { readonly printed: number; readonly paid: number }

export async function run({ log }: BenchOptions): Promise<Start> {
  const folder = tempFolder()
  try {
    log(`set-up, and a demo company with ${DAYS} days of history, once`)
    await once(folder.path)
    const all: Measured[] = []
    for (let n = 1; n <= STARTS; n += 1) {
      all.push(await once(folder.path))
      log(`start ${n}: first call after ${Math.round(all.at(-1)!.paid)} ms`)
    }
    const of = (which: keyof Measured): number[] => all.map((one) => one[which]).toSorted((a, b) => a - b)
    const median = (times: number[]): number => Math.round(times[Math.floor(times.length / 2)]!)
    const paid = median(of('paid'))
    return {
      starts: STARTS,
      first_call_ms: paid,
      slowest_ms: Math.round(of('paid').at(-1)!),
      printed_ms: median(of('printed')),
      limit_ms: LIMIT_MS,
      kept: paid < LIMIT_MS,
    }
  } finally {
    folder.remove()
  }
}

async function once(data: string): Promise<Measured> {
  const port = await freePort()
  const { DATABASE_URL: _, ...env } = process.env
  const began = performance.now()
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { ...env, PERQ_DATA: data, PERQ_PORT: String(port), PERQ_DEMO_DAYS: DAYS },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  try {
    const key = await printedKey(child.stdout, child.stderr)
    const printed = performance.now() - began
    await firstCall(`http://127.0.0.1:${port}`, key)
    return { printed, paid: performance.now() - began }
  } finally {
    child.kill('SIGINT')
    await ended
  }
}

/** The key in the curl that the server prints for a newcomer. */
function printedKey(out: NodeJS.ReadableStream, err: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let [said, complained] = ['', '']
    const late = setTimeout(() => reject(new Error(`npm start printed no key:\n${complained}`)), GIVE_UP_MS)
    err.on('data', (bytes: Buffer) => (complained = (complained + bytes.toString()).slice(-4_096)))
    out.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      const key = KEY.exec(said)?.[1]
      if (key === undefined) return
      clearTimeout(late)
      resolve(key)
    })
    out.on('end', () => {
      clearTimeout(late)
      reject(new Error(`npm start ended before it printed a key:\n${complained}`))
    })
  })
}

async function firstCall(url: string, key: string): Promise<void> {
  const reply = await fetch(`${url}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key },
    body: JSON.stringify({
      model: 'claude-haiku-4-5',
      max_tokens: 200,
      messages: [{ role: 'user', content: 'What is a vested token?' }],
    }),
  })
  const text = await reply.text()
  if (!reply.ok || !reply.headers.get('x-perq-charged-nano-usd')) throw new Error(`the first call: ${text}`)
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
