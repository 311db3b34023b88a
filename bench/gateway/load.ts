import { Worker } from 'node:worker_threads'
import { answerParent } from './child.ts'
import { bodyOf, type Kind } from './bodies.ts'
import { openCheck, type Expected } from './check.ts'
import type { Pace } from './pacer.ts'
import { samples, type Spread } from './samples.ts'
import { holdStreams, type StreamsAsk } from './hold-streams.ts'
import { openConnection, requestOf, type Connection, type Request } from './wire.ts'

/** Where the load goes, and as whom: each connection is one client's, with a key of its own. */
export type Target = {
  readonly port: number
  readonly path: string
  readonly keys: readonly string[]
  readonly headers: Readonly<Record<string, string>>
}

export type CellAsk = {
  readonly do: 'cell'
  readonly target: Target
  readonly kind: Kind
  /** Null: whatever comes with status 200. */
  readonly expected: Expected | null
  readonly connections: number
  /** Requests a second whatever is answered; null: each connection asks again when it has its answer. */
  readonly rate: number | null
  readonly warmMs: number
  readonly windowMs: number
}

export type CellAnswer = {
  /** Answered rightly within the window. */
  readonly done: number
  readonly windowMs: number
  /**
   * Milliseconds, of what was answered within the window. At a rate: of what was due within it, from the time at which it was
   * due, so that waiting for a free connection counts, for as long as it waited.
   */
  readonly latency: Spread
  /** Were due at their rate, and never found a free connection. */
  readonly unsent: number
  /** Of the whole cell, with warm-up and what was still on its way: what the other side has to have counted. */
  readonly sent: number
  readonly right: number
  readonly wrong: number
  readonly why: Readonly<Record<string, number>>
}

/** How long what is on its way at the end may take. */
const DRAIN_MS = 15_000
const CONNECT_MS = 15_000
const MOST_WORDS = 10
/** Longer than the cell, so that the last requests are due in time. */
const PACE_ON_MS = 1_000

type Line = {
  readonly connection: Connection
  readonly request: Request
  busy: boolean
  since: number
  counts: boolean
}

async function runCell(ask: CellAsk, tell: (word: string) => void): Promise<CellAnswer> {
  const { target, kind, expected, rate, warmMs, windowMs } = ask
  const requests = requestsOf(target, kind)
  let clients = Math.floor(Math.random() * requests.length)
  const latency = samples()
  const why: Record<string, number> = {}
  const lines: Line[] = []
  const free: Line[] = []
  /** Times at which requests were due that no connection was free for. */
  const waiting: number[] = []
  let [sent, right, wrong, done, onTheWay] = [0, 0, 0, 0, 0]
  let phase: 'warm' | 'window' | 'over' = 'warm'
  let begun = Number.POSITIVE_INFINITY

  const note = (reason: string): void => {
    wrong += 1
    if (reason in why || Object.keys(why).length < MOST_WORDS) why[reason] = (why[reason] ?? 0) + 1
  }
  const send = (line: Line, since: number): void => {
    line.busy = true
    line.since = since
    line.counts = rate === null || (since >= begun && phase === 'window')
    sent += 1
    onTheWay += 1
    line.connection.send(line.request)
  }
  const idle = (line: Line): void => {
    if (rate === null) {
      if (phase !== 'over') send(line, performance.now())
      return
    }
    const due = waiting.shift()
    if (due === undefined) free.push(line)
    else send(line, due)
  }

  const open = (ready: (line: Line) => void, failed: (why: string) => void): void => {
    const check = openCheck(expected)
    let isReady = false
    clients += 1
    const line: Line = {
      request: requests[clients % requests.length]!,
      busy: false,
      since: 0,
      counts: false,
      connection: openConnection(target.port, {
        ready: () => {
          isReady = true
          ready(line)
        },
        payload: check.payload,
        done: () => {
          const { reader } = line.connection
          const problem = line.busy ? check.wrong(reader) : 'a reply to nothing'
          onTheWay -= 1
          line.busy = false
          if (problem === null) {
            right += 1
            if (phase === 'window') done += 1
            if (rate === null ? phase === 'window' : line.counts) latency.add(performance.now() - line.since)
          } else note(problem)
          if (reader.closes()) line.connection.socket.destroy()
          else idle(line)
        },
        lost: (reason) => {
          if (!isReady) return failed(reason)
          if (line.busy) {
            onTheWay -= 1
            note(`lost: ${reason}`)
          }
          const at = free.indexOf(line)
          if (at >= 0) free.splice(at, 1)
          if (phase !== 'over') open(idle, note)
        },
      }),
    }
    lines.push(line)
  }

  await within(
    CONNECT_MS,
    'its connections',
    Promise.all(
      Array.from(
        { length: ask.connections },
        () => new Promise<Line>((resolve, reject) => open(resolve, (reason) => reject(new Error(reason)))),
      ),
    ).then((ready) => ready.forEach(idle)),
  )
  const pacer = rate === null ? null : pace(rate, warmMs + windowMs, () => phase !== 'over', due)
  function due(at: number): void {
    const line = free.pop()
    if (line) send(line, at)
    else waiting.push(at)
  }

  await pause(warmMs)
  tell('begin')
  phase = 'window'
  begun = performance.now()
  await pause(windowMs)
  const lasted = performance.now() - begun
  tell('end')
  phase = 'over'
  await pacer?.stop()
  // What is still due is not sent any more: it has waited at least so long.
  const unsent = waiting.splice(0)
  for (const due of unsent) if (due >= begun) latency.add(performance.now() - due)
  const until = performance.now() + DRAIN_MS
  while (onTheWay > 0 && performance.now() < until) await pause(5)
  if (onTheWay > 0) why['never answered'] = onTheWay
  wrong += onTheWay
  for (const { connection } of lines) connection.socket.destroy()
  return { done, windowMs: lasted, latency: latency.spread(), unsent: unsent.length, sent, right, wrong, why }
}

/** Calls `due` for each request that is due, with the time at which it was. */
function pace(rate: number, lasts: number, goesOn: () => boolean, due: (at: number) => void) {
  const every = 1_000 / rate
  const from = performance.now() + every
  const turn = new Int32Array(new SharedArrayBuffer(4))
  const begins = performance.timeOrigin + from
  const workerData: Pace = { turn, every, from: begins, until: begins + lasts + PACE_ON_MS }
  const worker = new Worker(new URL('pacer.ts', import.meta.url), { workerData })
  const run = async (): Promise<void> => {
    let at = from
    while (goesOn()) {
      const seen = Atomics.load(turn, 0)
      for (const now = performance.now(); at <= now && goesOn(); at += every) due(at)
      await Atomics.waitAsync(turn, 0, seen, PACE_ON_MS).value
    }
  }
  const running = run()
  return {
    stop: async () => {
      await running
      await worker.terminate()
    },
  }
}

const pause = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time))

async function within<T>(time: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the load waited too long for ${what}`)), time)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

function requestsOf({ port, path, keys, headers }: Target, kind: Kind): readonly Request[] {
  const body = bodyOf(kind)
  return keys.map((key) =>
    requestOf(
      { host: `127.0.0.1:${port}`, path, headers: { Authorization: `Bearer ${key}`, ...headers } },
      body,
    ),
  )
}

answerParent((ask: CellAsk | StreamsAsk, tell) =>
  ask.do === 'cell' ? runCell(ask, tell) : holdStreams(ask, tell),
)
