import { bodyOf } from './bodies.ts'
import type { Target } from './load.ts'
import { micros } from './monotonic.ts'
import { TIME_DIGITS, TIME_MARK } from './replies.ts'
import { samples, type Spread } from './samples.ts'
import { openConnection, requestOf } from './wire.ts'

/** Many streams at once, each slow: how long each event takes from the provider to the client. */
export type StreamsAsk = {
  readonly do: 'streams'
  readonly target: Target
  readonly streams: number
  /** How long it takes to open all of them. */
  readonly rampMs: number
  readonly events: number
  readonly everyMs: number
}

export type StreamsAnswer = {
  readonly sent: number
  readonly right: number
  readonly wrong: number
  readonly why: Readonly<Record<string, number>>
  /** Most that were open at once. */
  readonly open: number
  /** Milliseconds from the provider's write to the client's read: of each first event, and of all others. */
  readonly first: Spread
  readonly event: Spread
  readonly events: number
  /** Events that came in two pieces, whose time was not read. */
  readonly unread: number
}

const MARK = Buffer.from(TIME_MARK)
const ZERO = 0x30
const TURN_MS = 20
const LATE_MS = 60_000

export async function holdStreams(ask: StreamsAsk, tell: (word: string) => void): Promise<StreamsAnswer> {
  const { target, streams, rampMs, events, everyMs } = ask
  const body = bodyOf('paced', { events, every: everyMs })
  const requests = target.keys.map((key) =>
    requestOf(
      {
        host: `127.0.0.1:${target.port}`,
        path: target.path,
        headers: { Authorization: `Bearer ${key}`, ...target.headers },
      },
      body,
    ),
  )
  const [first, event] = [samples(), samples()]
  const why: Record<string, number> = {}
  let [sent, right, ended, open, most, unread] = [0, 0, 0, 0, 0, 0]

  function start(n: number): void {
    let seen = 0
    let wrong: string | null = null
    const read = (bytes: Buffer, from: number, to: number): void => {
      const now = micros()
      for (let at = bytes.indexOf(MARK, from); at >= 0 && at < to; at = bytes.indexOf(MARK, at + 1)) {
        const digits = at + MARK.length
        if (digits + TIME_DIGITS > to) {
          unread += 1
          seen += 1
          break
        }
        const left = numberAt(bytes, digits)
        // The last events, which end the reply, wait for the settlement on purpose.
        if (left === 0) continue
        const took = (now - left) / 1_000
        if (seen === 0) first.add(took)
        else event.add(took)
        seen += 1
      }
    }
    const end = (): void => {
      ended += 1
      open -= 1
      if (wrong === null) right += 1
      else why[wrong] = (why[wrong] ?? 0) + 1
    }
    let over = false
    const connection = openConnection(target.port, {
      ready: () => {
        sent += 1
        connection.send(requests[n % requests.length]!)
      },
      payload: () => read,
      done: () => {
        over = true
        const status = connection.reader.status()
        if (status !== 200) wrong = `status ${status}`
        else if (seen !== events) wrong = `${seen} events in the place of ${events}`
        end()
        connection.socket.destroy()
      },
      lost: (reason) => {
        if (over) return
        wrong = `lost: ${reason}`
        end()
      },
    })
    open += 1
    most = Math.max(most, open)
  }

  const begun = performance.now()
  for (let started = 0; started < streams;) {
    const due = Math.min(streams, Math.ceil(((performance.now() - begun) / rampMs) * streams))
    for (; started < due; started += 1) start(started)
    await new Promise((resolve) => setTimeout(resolve, TURN_MS))
  }
  tell('begin')
  const until = performance.now() + events * everyMs + LATE_MS
  let told = false
  while (ended < streams && performance.now() < until) {
    if (!told && ended > 0) {
      told = true
      tell('end')
    }
    await new Promise((resolve) => setTimeout(resolve, TURN_MS))
  }
  if (ended < streams) why['never ended'] = streams - ended
  return {
    sent,
    right,
    wrong: streams - right,
    why,
    open: most,
    first: first.spread(),
    event: event.spread(),
    events: first.count() + event.count(),
    unread,
  }
}

function numberAt(bytes: Buffer, from: number): number {
  let value = 0
  for (let at = from; at < from + TIME_DIGITS; at += 1) value = value * 10 + (bytes[at]! - ZERO)
  return value
}
