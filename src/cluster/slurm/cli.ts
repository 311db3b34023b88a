import { execFile, spawn } from 'node:child_process'
import { Fault } from '#base/fault.ts'

export type Cli = {
  /** The whole standard output. Throws Fault `unavailable` when nobody answers, `invalid` when the answer is no. */
  run(program: string, args: readonly string[]): Promise<string>
  /** Standard output as it comes, never more of it in memory than is being read. Throws as `run` does, also at its end. */
  stream(program: string, args: readonly string[]): AsyncIterable<string>
  close(): void
}

export type CliSettings = {
  /** The folder of Slurm's programs; null: they are where the others are. */
  readonly bin: string | null
  /** What they are given beside our own few words, such as SLURM_CONF. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** A queue of a hundred thousand jobs. */
const MOST_OUTPUT = 512 * 1024 * 1024
const MOST_SAID = 4_000

/** Runs Slurm's own programs, without a shell: what is passed is what they get. */
export function openCli({ bin, env, timeoutMs }: CliSettings): Cli {
  const closing = new AbortController()
  const given = {
    ...env,
    LC_ALL: 'C',
    // Seconds since 1970, and lists of array tasks in full: both for every program of Slurm.
    SLURM_TIME_FORMAT: '%s',
    SLURM_BITSTR_LEN: '0',
  }
  const pathOf = (program: string): string => (bin === null ? program : `${bin}/${program}`)

  return {
    run: (program, args) =>
      new Promise((resolve, reject) => {
        execFile(
          pathOf(program),
          args,
          {
            env: given,
            maxBuffer: MOST_OUTPUT,
            timeout: timeoutMs,
            killSignal: 'SIGKILL',
            signal: closing.signal,
          },
          (error, out, said) => {
            if (!error) resolve(out)
            else if (error.killed === true)
              reject(new Fault('unavailable', `${program} did not answer within ${timeoutMs} ms.`))
            else if (typeof error.code === 'string') reject(notStarted(program, error.code))
            else reject(refusal(program, `${said}${out}`))
          },
        )
      }),

    async *stream(program, args) {
      const child = spawn(pathOf(program), args, {
        env: given,
        stdio: ['ignore', 'pipe', 'pipe'],
        signal: closing.signal,
        killSignal: 'SIGKILL',
      })
      let said = ''
      child.stderr
        .setEncoding('utf8')
        .on('data', (text: string) => (said = (said + text).slice(0, MOST_SAID)))
      const ended = new Promise<Error | null>((resolve) => {
        child.once('error', (error: NodeJS.ErrnoException) => resolve(notStarted(program, error.code ?? '')))
        child.once('close', (code) => resolve(code === 0 ? null : refusal(program, said)))
      })
      try {
        // Reading stops the child while nobody asks for more.
        for await (const piece of child.stdout.setEncoding('utf8')) yield piece as string
        const error = await ended
        if (error) throw error
      } finally {
        child.kill('SIGKILL')
      }
    },

    close: () => closing.abort(),
  }
}

const notStarted = (program: string, code: string): Fault =>
  code === 'ENOENT'
    ? new Fault('invalid', `${program} is not there; name the folder of Slurm's programs.`)
    : new Fault('unavailable', `${program} could not be run: ${code}.`)

/** What a program says when the other side is down, of 22.05 and of 24.11. */
const AWAY =
  /Unable to (?:contact|connect)|Connection refused|connect failure|Communication connection failure|Unexpected message received|Socket timed out|Zero Bytes were transmitted|temporarily unavailable|authentication|munge|talking to the database/i

function refusal(program: string, said: string): Fault {
  const text = said.trim().replaceAll(/\s+/g, ' ').slice(0, 500)
  return new Fault(
    AWAY.test(said) ? 'unavailable' : 'invalid',
    `${program}: ${text || 'it ended without a word.'}`,
  )
}
