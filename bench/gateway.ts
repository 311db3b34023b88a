import { availableParallelism, cpus, loadavg } from 'node:os'
import { bodyOf, escapesIn } from './gateway/bodies.ts'
import { openBook, type Book } from './gateway/book.ts'
import { cellsOf, PARTS, type Part } from './gateway/cells.ts'
import { startChild, type Child } from './gateway/child.ts'
import { countGoals, speedGoals, streamGoals, type Goal } from './gateway/goals.ts'
import { measure, type Bench } from './gateway/measure.ts'
import { startNginx } from './gateway/nginx.ts'
import { startPerqs, type Perqs } from './gateway/perq.ts'
import { PORTKEY_SHIM, startPortkey } from './gateway/portkey.ts'
import { measureStreams, type Streams } from './gateway/streams.ts'
import type { Subject } from './gateway/subject.ts'
import type { BenchOptions } from './run.ts'

const WARM_UP_MS = 2_000
const WARM_CONNECTIONS = 64

/**
 * Perq between a load and a provider, beside nothing at all, nginx as a plain proxy and Portkey: whole processes, whole HTTP, a
 * hold and a settlement committed for each call. All take turns in short rounds, so that what else the machine does meets all.
 */
export async function run({ seconds, rounds, only, log }: BenchOptions): Promise<object> {
  const started = performance.now()
  const parts = only === null ? PARTS : PARTS.filter((part) => only.includes(part))
  if (parts.length === 0) throw new Error(`--only takes some of ${PARTS.join(',')}`)
  const provider = startChild(new URL('gateway/upstream.ts', import.meta.url))
  const load = startChild(new URL('gateway/load.ts', import.meta.url))
  const children = [provider, load]
  const standing: Subject[] = []
  let perqs: Perqs | null = null
  try {
    const { port } = await provider.ask<{ port: number }>({})
    perqs = await startPerqs({ upstream: port, log })
    const at = { upstream: port, keys: perqs.keys }
    const [nginx, portkey] = [await startNginx(at, log), await startPortkey(at, log)]
    standing.push(...[nginx, portkey].filter((one) => one !== null))
    const direct: Subject = {
      name: 'direct',
      target: { port, path: '/v1/chat/completions', keys: perqs.keys, headers: {} },
      pids: () => [],
      verbatim: true,
      pinned: false,
      stop: async () => {},
    }
    const cores = availableParallelism()
    const bench: Bench = { load, provider, database: perqs.database, cores }
    const subjects = [direct, nginx, perqs.memory, perqs.durable, portkey].filter((one) => one !== null)
    const book = openBook()
    await warmUp(bench, subjects, parts, book, log)
    await inRounds({ bench, subjects, parts, seconds, rounds, book, log })
    const streams = parts.includes('streams')
      ? await allStreams({ load, provider, cores }, direct, perqs, book, log)
      : []
    const proof = await perqs.finish()
    const of = (name: Streams['subject']): Streams | null =>
      streams.find(({ subject }) => subject === name) ?? null
    const goals = [
      ...speedGoals(book),
      ...(['perq-memory', 'perq'] as const).flatMap((name) => streamGoals(name, of(name), of('direct'))),
      ...countGoals(book.counted, proof),
    ].filter(({ kept }) => kept !== null)
    return {
      conditions: {
        cores,
        cpu: cpus()[0]?.model ?? 'unknown',
        loadAtEnd: loadavg()[0],
        node: process.versions.node,
        medianOf: `${rounds} rounds of ${seconds} s`,
        people: perqs.people,
        placing:
          'direct, perq and portkey: all share all cores, PostgreSQL with them; nginx and perq-memory: the gateway alone on one core, load and provider on the other',
        nginx: nginx
          ? 'one worker, kept connections, nothing buffered'
          : 'LEFT OUT: there is no nginx and none could be fetched',
        portkey: portkey
          ? `${portkey.version}; ${PORTKEY_SHIM}`
          : 'LEFT OUT: it could not be installed or started',
        longBody: `126,000 bytes of a coding agent's turn, ${escapesIn(bodyOf('126k'))} escapes in 100 bytes`,
      },
      seconds: Math.round((performance.now() - started) / 1_000),
      goals,
      kept: goals.every(({ kept }: Goal) => kept !== false) && nginx !== null && portkey !== null,
      proof,
      wrong: Object.fromEntries(subjects.map(({ name }) => [name, book.counted(name).why])),
      cells: book.rows(),
      ...(streams.length > 0 ? { streams } : {}),
    }
  } finally {
    for (const one of standing) await one.stop()
    await perqs?.stop()
    for (const child of children) await child.stop()
  }
}

/** Compiled code, kept connections and keys in memory, as after a minute of work; nothing of it is measured. */
async function warmUp(
  bench: Bench,
  subjects: readonly Subject[],
  parts: readonly Part[],
  book: Book,
  log: (line: string) => void,
): Promise<void> {
  log('warming up')
  for (const kind of ['1k', '126k', 'sse'] as const) {
    if (!parts.includes(kind) && !(kind === '1k' && parts.includes('rates'))) continue
    for (const subject of subjects) {
      const cell = { kind, connections: WARM_CONNECTIONS, rate: null, subjects: [] }
      book.count(subject.name, await measure(bench, subject, cell, WARM_UP_MS))
    }
  }
}

async function inRounds({
  bench,
  subjects,
  parts,
  seconds,
  rounds,
  book,
  log,
}: {
  bench: Bench
  subjects: readonly Subject[]
  parts: readonly Part[]
  seconds: number
  rounds: number
  book: Book
  log: (line: string) => void
}): Promise<void> {
  const cells = parts.flatMap(cellsOf)
  for (let round = 0; round < rounds && cells.length > 0; round += 1) {
    log(`round ${round + 1} of ${rounds}, ${cells.length} cells`)
    for (const cell of cells) {
      const mine = subjects.filter(({ name }) => cell.subjects.includes(name))
      // Another one begins in each round, so that none always follows the same.
      const turn = round % mine.length
      for (const subject of [...mine.slice(turn), ...mine.slice(0, turn)]) {
        const measured = await measure(bench, subject, cell, seconds * 1_000)
        book.note(cell, subject.name, measured)
        book.count(subject.name, measured)
      }
    }
  }
}

async function allStreams(
  on: { load: Child; provider: Child; cores: number },
  direct: Subject,
  perqs: Perqs,
  book: Book,
  log: (line: string) => void,
): Promise<Streams[]> {
  const all: Streams[] = []
  for (const subject of [direct, perqs.memory, perqs.durable]) {
    log(`streams, ${subject.name}`)
    const streams = await measureStreams(on, subject)
    book.count(subject.name, streams)
    all.push(streams)
  }
  return all
}
