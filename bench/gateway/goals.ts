import type { Book, Counted, Row } from './book.ts'
import type { Proof } from './perq.ts'
import type { Streams } from './streams.ts'
import type { SubjectName } from './subject.ts'
import type { Told } from './memory/ledger.ts'

/** `kept` null: it was not measured. */
export type Goal = {
  readonly name: string
  readonly want: string
  readonly got: string | null
  readonly kept: boolean | null
}

const CONNECTIONS = 64
const MB = 1_024 * 1_024
const STREAMS_MB = 200

const goal = (name: string, want: string, got: string | null, kept: boolean): Goal => ({
  name,
  want,
  got,
  kept: got === null ? null : kept,
})

const text = (value: number, digits = 2): string => String(Math.round(value * 10 ** digits) / 10 ** digits)

/** How many times the requests a second of another. */
function times(book: Book, kind: string, subject: SubjectName, other: SubjectName, atLeast: number): Goal {
  const row = book.row(kind, CONNECTIONS, null, subject)
  const peer = book.row(kind, CONNECTIONS, null, other)
  const ratio = row && peer && peer.perSecond > 0 ? row.perSecond / peer.perSecond : null
  return goal(
    `${subject} to ${other}, ${kind}, ${CONNECTIONS} connections, requests/s`,
    `≥ ${atLeast}×`,
    ratio === null ? null : `${text(ratio)}×`,
    ratio !== null && ratio >= atLeast,
  )
}

/** The same by CPU: where the load is the limit, requests a second flatter the slower one. */
function timesByCpu(
  book: Book,
  kind: string,
  subject: SubjectName,
  other: SubjectName,
  atLeast: number,
): Goal {
  const of = (name: SubjectName): Row | null => book.row(kind, CONNECTIONS, null, name)
  const [own, its] = [of(subject)?.gatewayUs, of(other)?.gatewayUs]
  const ratio = own && its ? its / own : null
  return goal(
    `${subject} to ${other}, ${kind}, ${CONNECTIONS} connections, requests per second of the gateway's CPU`,
    `≥ ${atLeast}×`,
    ratio === null ? null : `${text(ratio)}×`,
    ratio !== null && ratio >= atLeast,
  )
}

function added(book: Book, rate: number, of: 'p50Ms' | 'p99Ms', atMost: number): Goal {
  const connections = book.rows().find((row) => row.rate === rate)?.connections ?? 0
  const [perq, direct] = (['perq', 'direct'] as const).map((name) => book.row('1k', connections, rate, name))
  const more = perq && direct ? perq[of] - direct[of] : null
  return goal(
    `perq over direct at ${rate} requests/s, ${of.slice(0, 3)}`,
    `≤ ${atMost} ms`,
    more === null ? null : `${text(more)} ms`,
    more !== null && more <= atMost,
  )
}

export function speedGoals(book: Book): Goal[] {
  return [
    times(book, '1k', 'perq', 'portkey', 5),
    times(book, '126k', 'perq', 'portkey', 5),
    times(book, 'sse', 'perq', 'portkey', 2),
    times(book, '1k', 'perq-memory', 'portkey', 20),
    times(book, '1k', 'perq-memory', 'nginx', 0.6),
    timesByCpu(book, '1k', 'perq-memory', 'nginx', 0.6),
    times(book, '126k', 'perq-memory', 'portkey', 15),
    times(book, '126k', 'perq-memory', 'nginx', 0.4),
    timesByCpu(book, '126k', 'perq-memory', 'nginx', 0.4),
    added(book, 1_000, 'p50Ms', 2),
    added(book, 1_000, 'p99Ms', 10),
  ]
}

export function streamGoals(name: SubjectName, streams: Streams | null, direct: Streams | null): Goal[] {
  const number = streams?.asked ?? 0
  const of = (what: string): string => `${name}, ${number} streams, ${what}`
  const memory = streams?.memoryBytes == null ? null : streams.memoryBytes / MB
  const first = streams && direct ? streams.first.p50 - direct.first.p50 : null
  const wrong = streams ? streams.wrong : null
  if (!streams) return []
  return [
    goal(
      of('memory'),
      `≤ ${STREAMS_MB} MB`,
      memory === null ? null : `${text(memory, 0)} MB`,
      memory! <= STREAMS_MB,
    ),
    goal(
      of('first token over direct, p50'),
      '≤ 0.5 ms',
      first === null ? null : `${text(first)} ms`,
      first! <= 0.5,
    ),
    goal(
      of('event after the provider sent it, p99'),
      '≤ 20 ms',
      `${text(streams.event.p99)} ms`,
      streams.event.p99 <= 20,
    ),
    goal(
      of('open at once, and all right'),
      `${number}`,
      `${streams.atOnce} at the provider, ${wrong} wrong`,
      streams.atOnce === number && wrong === 0,
    ),
  ]
}

/** Every request that reached the provider has its record, and none has two. */
export function countGoals(
  sent: (subject: SubjectName) => Counted,
  { memory, durable }: { memory: Told | null; durable: Proof },
): Goal[] {
  const [perq, stub] = [sent('perq'), sent('perq-memory')]
  return [
    goal('perq, usage rows', `${perq.reached}`, `${durable.usageRows}`, durable.usageRows === perq.reached),
    goal(
      'perq, requests sent and answered rightly',
      `${perq.sent}`,
      `${perq.right}`,
      perq.right === perq.sent,
    ),
    goal(
      'perq, the ledger proves itself',
      'no finding, 0 holds open',
      `${durable.findings.length} findings, ${durable.openHolds} holds open`,
      durable.verified && durable.openHolds === 0,
    ),
    goal(
      'perq-memory, usage records',
      `${stub.reached}, 0 holds open`,
      memory && `${memory.records}, ${memory.open} holds open`,
      memory?.records === stub.reached && memory.open === 0,
    ),
  ]
}
