import { availableParallelism, cpus, loadavg } from 'node:os'
import { bodyOf, escapesIn } from './gateway/bodies.ts'
import { openBook, type Book } from './gateway/book.ts'
import { cellsOf, type Cell, kindsOf, wantedOf, type Wanted } from './gateway/cells.ts'
import { startChild } from './gateway/child.ts'
import { countGoals, speedGoals, streamGoals, type Goal } from './gateway/goals.ts'
import { askProvider, measure, type Bench } from './gateway/measure.ts'
import { startNginx } from './gateway/nginx.ts'
import { startPerqs } from './gateway/perq.ts'
import { mostFiles } from './gateway/processes.ts'
import { PORTKEY_SHIM, startPortkey } from './gateway/portkey.ts'
import { measureStreams, type Streams } from './gateway/streams.ts'
import type { Subject, SubjectName } from './gateway/subject.ts'
import type { BenchOptions } from './run.ts'

/** What is compiled changes for some ten thousand calls, and a process that serves has them behind it. */
const WARM_UP_MS = 5_000
const WARM_CONNECTIONS = 64
/** nginx and Portkey have nothing to keep here: what is promised is about Perq alone. */
const STREAMED: readonly SubjectName[] = ['direct', 'perq-memory', 'perq']

/**
 * Perq between a load and a provider, beside nothing at all, nginx as a plain proxy and Portkey: whole processes, whole HTTP, a
 * hold and a settlement committed for each call. All take turns in short rounds, so that what else the machine does meets all.
 */
export async function run({ seconds, rounds, only, log }: BenchOptions): Promise<object> {
  const started = performance.now()
  const wanted = wantedOf(only)
  const wants = (name: SubjectName): boolean => wanted.subjects.includes(name)
  const provider = startChild(new URL('gateway/upstream.ts', import.meta.url))
  const load = startChild(new URL('gateway/load.ts', import.meta.url))
  const closers = [provider.stop, load.stop]
  try {
    const { port } = await askProvider(provider)
    const perqs = await startPerqs({ upstream: port, log })
    closers.push(perqs.stop)
    const at = { upstream: port, keys: perqs.keys }
    const nginx = wants('nginx') ? await startNginx(at, log) : null
    const portkey = wants('portkey') ? await startPortkey(at, log) : null
    const direct: Subject = {
      name: 'direct',
      target: { port, path: '/v1/chat/completions', keys: perqs.keys, headers: {} },
      pids: () => [],
      verbatim: true,
      pinned: false,
      stop: async () => {},
    }
    for (const peer of [nginx, portkey]) if (peer) closers.push(peer.stop)
    const subjects = [direct, nginx, perqs.memory, perqs.durable, portkey].filter(
      (one) => one !== null && wants(one.name),
    ) as Subject[]
    const bench: Bench = { load, provider, database: perqs.database, cores: availableParallelism() }
    const book = openBook()
    await warmUp(bench, subjects, wanted, book, log)
    const lost = new Map<SubjectName, string>()
    await inRounds({ bench, subjects, wanted, seconds, rounds, book, lost, log })
    const streams = wanted.parts.includes('streams') ? await allStreams(bench, subjects, book, log) : []
    const proof = await perqs.finish()
    const of = (name: SubjectName): Streams | null => streams.find(({ subject }) => subject === name) ?? null
    const goals = [
      ...speedGoals(book),
      ...(['perq-memory', 'perq'] as const).flatMap((name) => streamGoals(name, of(name), of('direct'))),
      ...countGoals(book.counted, proof),
    ].filter(({ kept }) => kept !== null)
    const missing = subjects.length < wanted.subjects.length || lost.size > 0
    return {
      conditions: {
        ...machine(),
        medianOf: `${rounds} rounds of ${seconds} s`,
        people: perqs.people,
        workers: process.env['PERQ_WORKERS'] ?? '1',
        placing: PLACING,
        nginx: nginx
          ? NGINX
          : wants('nginx')
            ? 'LEFT OUT: there is none and none could be fetched'
            : 'not wanted',
        portkey: portkey
          ? `${portkey.version}; ${PORTKEY_SHIM}`
          : wants('portkey')
            ? 'LEFT OUT: it could not be installed or started'
            : 'not wanted',
        longBody: `126,000 bytes of a coding agent's turn, ${escapesIn(bodyOf('126k'))} escapes in 100 bytes`,
      },
      seconds: Math.round((performance.now() - started) / 1_000),
      goals,
      kept: goals.every(({ kept }: Goal) => kept !== false) && !missing,
      proof,
      ...(lost.size > 0 ? { leftOut: Object.fromEntries(lost) } : {}),
      wrong: Object.fromEntries(subjects.map(({ name }) => [name, book.counted(name).why])),
      cells: book.rows(),
      ...(streams.length > 0 ? { streams } : {}),
    }
  } finally {
    for (const close of closers.toReversed()) await close()
  }
}

const PLACING =
  'direct, perq and portkey: all share all cores, PostgreSQL with them; nginx and perq-memory: the gateway alone on one core, ' +
  'load and provider on the other'
const NGINX = 'one worker, kept connections, nothing buffered'

const machine = (): object => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  loadAtEnd: loadavg()[0],
  node: process.versions.node,
  openFiles: mostFiles(),
})

/** Compiled code, kept connections and keys in memory, as after a minute of work; nothing of it is measured. */
async function warmUp(
  bench: Bench,
  subjects: readonly Subject[],
  wanted: Wanted,
  book: Book,
  log: (line: string) => void,
): Promise<void> {
  log('warming up')
  for (const kind of kindsOf(wanted)) {
    for (const subject of subjects) {
      const cell: Cell = { kind, connections: WARM_CONNECTIONS, rate: null, without: [] }
      book.count(subject.name, await measure(bench, subject, cell, WARM_UP_MS))
    }
  }
}

async function inRounds({
  bench,
  subjects,
  wanted,
  seconds,
  rounds,
  book,
  lost,
  log,
}: {
  bench: Bench
  subjects: readonly Subject[]
  wanted: Wanted
  seconds: number
  rounds: number
  book: Book
  lost: Map<SubjectName, string>
  log: (line: string) => void
}): Promise<void> {
  const cells = cellsOf(wanted)
  for (let round = 0; round < rounds && cells.length > 0; round += 1) {
    log(`round ${round + 1} of ${rounds}, ${cells.length} cells`)
    for (const cell of cells) {
      const mine = subjects.filter(({ name }) => !cell.without.includes(name))
      // Another one begins in each round, so that none always follows the same.
      const turn = round % mine.length
      for (const subject of [...mine.slice(turn), ...mine.slice(0, turn)]) {
        if (lost.has(subject.name)) continue
        try {
          const measured = await measure(bench, subject, cell, seconds * 1_000)
          book.note(cell, subject.name, measured)
          book.count(subject.name, measured)
        } catch (error) {
          // One that broke must not take the others' figures with it.
          lost.set(subject.name, String((error as Error).message))
          log(`${subject.name} is left out from here on: ${lost.get(subject.name)}`)
        }
      }
    }
  }
}

async function allStreams(
  bench: Bench,
  subjects: readonly Subject[],
  book: Book,
  log: (line: string) => void,
): Promise<Streams[]> {
  const all: Streams[] = []
  for (const subject of subjects.filter(({ name }) => STREAMED.includes(name))) {
    log(`streams, ${subject.name}`)
    const streams = await measureStreams(bench, subject)
    book.count(subject.name, streams)
    all.push(streams)
  }
  return all
}
