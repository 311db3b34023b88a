import { spawn } from 'node:child_process'

export type Turn = {
  /** Its exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null
  readonly out: string
  readonly err: string
  /** It was still running when its time was over, and was killed. */
  readonly late: boolean
  readonly ms: number
}

export type Command = {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly input?: string
}

const GRACE = 5_000

/**
 * Runs a client to its end, in a process group of its own, so that nothing it started stays behind. `until` resolves
 * when somebody presses Ctrl-C.
 */
export async function runClient(
  { program, args, env, cwd, input }: Command,
  { within, until }: { within: number; until?: Promise<void> },
): Promise<Turn> {
  const began = performance.now()
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  let [out, err, late] = ['', '', false]
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
  const group = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // Gone already.
    }
  }
  let hard: NodeJS.Timeout | undefined
  const timer = setTimeout(() => {
    late = true
    group('SIGKILL')
  }, within)
  void until?.then(() => {
    // A terminal tells everybody in it.
    group('SIGINT')
    hard = setTimeout(group, GRACE, 'SIGKILL')
  })
  const code = await new Promise<Turn['code']>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exit, signal) => resolve(exit ?? signal))
  })
  clearTimeout(timer)
  clearTimeout(hard)
  group('SIGKILL')
  return { code, out, err, late, ms: Math.round(performance.now() - began) }
}
