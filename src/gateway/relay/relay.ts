import { SECOND, type Millis } from '#base/time.ts'
import type { CallStatus } from '#ledger/types.ts'
import { headerOf, replyHeaders, type HeaderList } from './headers.ts'
import { streamMeter, type EventReader, type Framing } from './stream.ts'
import type {
  ClientReply,
  Exchange,
  ReplySink,
  Transport,
  UpstreamFailure,
  UpstreamRequest,
} from './transport.ts'
import { NO_READING, type Reading } from './usage.ts'

/** What the client is told of the money: headers of a reply whose cost is known before its head is sent. */
export type Settled = { readonly headers: HeaderList }

/** One sending to one upstream, and who wants to know of it. */
export type Try = {
  begin(): UpstreamRequest
  head(status: number, headers: HeaderList): void
  /** The first byte of the body. */
  byte(): void
  over(end: TryEnd): void
}

export type TryEnd = {
  /** The next upstream is tried. */
  readonly passedOn: boolean
  readonly failure: UpstreamFailure | null
  /** The client had left before. */
  readonly gone: boolean
}

/** One call on its way: everything a relay needs to know of it, and nothing of how it is priced. */
export type RelayJob = {
  readonly transport: Transport
  /** The upstreams to try, at least one; another than the first only while nothing can have been billed. */
  readonly tries: readonly Try[]
  readonly reply: ClientReply
  readonly headers: HeaderList
  /** How long a reply is read on after its client has left, to settle it on its real use. */
  readonly drainFor: Millis
  /** After this the exchange is broken off, whoever is slow: a client that stopped reading, or the provider. */
  readonly deadlines: { begin(late: () => void): { readonly over: () => void } }
  /** The reply goes through: the request is sent to nobody any more. */
  answered(): void
  /** May the next upstream still be tried? Asked only when nothing was billed and the client has seen nothing. */
  mayPassOn(): boolean
  /** Somebody ends the call: the client is cut off, and what was used by then is settled. */
  onEnd(then: () => void): void
  events(): EventReader
  /** How a JSON reply that is a stream comes; null when it comes in one piece. */
  readonly framing: Framing | null
  whole(body: Buffer): Reading
  /** Commits the use; null when that could not be done in the time a client is made to wait. */
  settle(reading: Reading, status: CallStatus): Promise<Settled | null>
  /** Ends the hold without a charge. Never throws. */
  release(reason: string): Promise<void>
  /** Perq's own answer when the upstream gave none. */
  fail(failure: UpstreamFailure): void
  /** The settlement could not be committed: the reply must not look like a success. */
  unsettled(): void
}

/** How much of a reply is read on after its client has left. */
const DRAIN_BYTES = 32 * 1024 * 1024
/** An upstream that said its last event may keep its connection open; the client need not wait for it. */
const LINGER = 2 * SECOND
/** JSON replies are read whole: their cost stands in the head. The largest are embeddings of a full batch. */
const MAX_WHOLE = 96 * 1024 * 1024

type Mode = Pick<ReplySink, 'data' | 'end' | 'failed'> & { readonly drains: boolean }
type Line = { readonly exchange: () => Exchange; finish(): void }

/** A provider that is busy or broken has done nothing and bills nothing; another may do better. */
const isTheirs = (status: number): boolean => status === 429 || (status >= 500 && status <= 599)

/** Relays one call to its end. Resolves when the money is settled and the reply is over; never rejects. */
export function relay(job: RelayJob): Promise<void> {
  return new Promise((resolve) => {
    const { reply } = job
    let mode: Mode | null = null
    let drain: NodeJS.Timeout | undefined
    let drained = 0
    let gone = false
    let finished = false
    let failure: UpstreamFailure | null = null
    let n = 0
    const line: Line = {
      exchange: () => exchange,
      finish: () => {
        if (finished) return
        finished = true
        clearTimeout(drain)
        deadline.over()
        job.tries[n]!.over({ passedOn: false, failure, gone })
        resolve()
      },
    }

    const send = (own: Try): Exchange => {
      let passedOn = false
      let begun = false
      const passOn = (why: UpstreamFailure | null): boolean => {
        const next = job.tries[n + 1]
        if (!next || gone || !job.mayPassOn()) return false
        passedOn = true
        own.over({ passedOn: true, failure: why, gone: false })
        if (why === null) exchange.abort()
        n += 1
        exchange = send(next)
        return true
      }
      return job.transport.send(own.begin(), {
        head(status, headers) {
          own.head(status, headers)
          if (isTheirs(status) && passOn(null)) return
          job.answered()
          if (status < 200 || status > 299) mode = refusedMode(job, line, status, headers)
          else if (isEventStream(headers)) mode = streamMode(job, line, status, headers, 'events')
          else if (job.framing !== null) mode = streamMode(job, line, status, headers, job.framing)
          else mode = wholeMode(job, line, status, headers)
          if (gone && !mode.drains) exchange.abort()
        },
        data(chunk) {
          if (passedOn) return
          if (!begun) own.byte()
          begun = true
          mode?.data(chunk)
          if (gone) drained += chunk.length
          if (drained > DRAIN_BYTES) exchange.abort()
        },
        end: () => void (passedOn || mode?.end()),
        failed(why) {
          if (passedOn || (why.kind === 'unsent' && passOn(why))) return
          failure = why
          if (mode) mode.failed(why)
          else void unanswered(job, why, gone).then(line.finish)
        },
      })
    }

    let exchange = send(job.tries[0]!)
    const deadline = job.deadlines.begin(() => exchange.abort())
    job.onEnd(() => {
      if (finished) return
      gone = true
      reply.cut()
      exchange.abort()
    })
    reply.onDrain(() => exchange.resume())
    reply.onGone(() => {
      if (finished) return
      gone = true
      exchange.resume()
      if (mode && !mode.drains) exchange.abort()
      else drain = setTimeout(() => exchange.abort(), job.drainFor)
    })
  })
}

const isEventStream = (headers: HeaderList): boolean => {
  const type = headerOf(headers, 'content-type') ?? ''
  return type !== 'application/json' && /^text\/event-stream\b/i.test(type)
}

/** Perq's own headers behind those of the provider. */
function withOwn(list: string[], own: HeaderList): string[] {
  for (const part of own) list.push(part)
  return list
}

/** No head came. Only a request of which no byte was sent is certainly not billed. */
async function unanswered(job: RelayJob, failure: UpstreamFailure, gone: boolean): Promise<void> {
  if (failure.kind === 'unsent') await job.release(`not sent: ${failure.message}`)
  else await job.settle(NO_READING, gone ? 'cancelled' : 'failed')
  job.fail(failure)
}

/** The provider refused: providers do not bill errors. Its answer goes through as it is. */
function refusedMode(job: RelayJob, line: Line, status: number, headers: HeaderList): Mode {
  const { reply } = job
  const released = job.release(`the provider answered ${status}`)
  reply.head(status, withOwn(replyHeaders(headers, { length: true }), job.headers))
  return {
    drains: false,
    data(chunk) {
      if (!reply.pass(chunk)) line.exchange().pause()
    },
    end: () =>
      void released.then(() => {
        reply.end()
        line.finish()
      }),
    failed: () =>
      void released.then(() => {
        reply.cut()
        line.finish()
      }),
  }
}

/** A reply in one piece: read, settle, then send it with its cost in the head. */
function wholeMode(job: RelayJob, line: Line, status: number, headers: HeaderList): Mode {
  const { reply } = job
  const parts: Buffer[] = []
  let size = 0
  return {
    drains: true,
    data(chunk) {
      size += chunk.length
      if (size > MAX_WHOLE) line.exchange().abort()
      else parts.push(Buffer.from(chunk))
    },
    end() {
      const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
      const reading = job.whole(body)
      const state = reply.gone() ? 'cancelled' : reading.failed ? 'failed' : 'ok'
      void job.settle(reading, state).then((settled) => {
        if (settled) {
          const list = withOwn(replyHeaders(headers, { length: false }), job.headers)
          withOwn(list, settled.headers).push('content-length', String(body.length))
          reply.head(status, list)
          reply.end(body)
        } else job.unsettled()
        line.finish()
      })
    },
    failed(failure) {
      const reading = { ...NO_READING, outputBytes: size }
      void job.settle(reading, reply.gone() ? 'cancelled' : 'failed').then(() => {
        job.fail(failure)
        line.finish()
      })
    },
  }
}

/** A stream: events go on as they come, and its end waits until its use is committed. */
function streamMode(job: RelayJob, line: Line, status: number, headers: HeaderList, framing: Framing): Mode {
  const { reply } = job
  const meter = streamMeter(job.events(), framing)
  let state: 'running' | 'settling' | 'open' | 'over' = 'running'
  let upstreamEnded = false
  let linger: NodeJS.Timeout | undefined

  const over = (): void => {
    if (state === 'over') return
    state = 'over'
    clearTimeout(linger)
    line.finish()
  }

  const settle = async (how: CallStatus, whole: boolean): Promise<void> => {
    state = 'settling'
    const settled = await job.settle(meter.reading(), how)
    if (!settled || !whole) {
      reply.cut()
      over()
      if (!upstreamEnded) line.exchange().abort()
      return
    }
    reply.write(meter.withheld())
    state = 'open'
    if (upstreamEnded) {
      reply.end()
      over()
    } else {
      linger = setTimeout(() => {
        reply.end()
        over()
        line.exchange().abort()
      }, LINGER)
    }
  }

  const statusOf = (complete: boolean): CallStatus => {
    const { tokens, failed } = meter.reading()
    if (reply.gone()) return 'cancelled'
    return failed || (!complete && tokens === null) ? 'failed' : 'ok'
  }

  reply.head(status, withOwn(replyHeaders(headers, { length: false }), job.headers))
  reply.flush()
  return {
    drains: true,
    data(chunk) {
      if (state === 'over') return
      if (state === 'open') {
        if (!reply.pass(chunk)) line.exchange().pause()
        return
      }
      const { pass, complete, overflow } = meter.push(chunk)
      let flows = true
      for (const bytes of pass) flows = reply.pass(bytes)
      if (!flows && !reply.gone()) line.exchange().pause()
      if (state !== 'running') return
      if (complete) void settle(statusOf(true), true)
      else if (overflow) void settle('failed', false)
    },
    end() {
      upstreamEnded = true
      if (state === 'running') void settle(statusOf(meter.finish()), true)
      else if (state === 'open') {
        reply.end()
        over()
      }
    },
    failed() {
      upstreamEnded = true
      if (state === 'running') {
        meter.finish()
        void settle(reply.gone() ? 'cancelled' : 'failed', false)
      } else if (state === 'open') {
        // Everything that counts had come before the connection broke.
        reply.end()
        over()
      }
    },
  }
}
