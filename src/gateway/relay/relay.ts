import { SECOND, type Millis } from '#base/time.ts'
import type { CallStatus } from '#ledger/types.ts'
import { headerOf, replyHeaders, type HeaderList } from './headers.ts'
import { streamMeter, type EventReader, type Framing, type StreamMeter } from './stream.ts'
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

/** A call that is being relayed. Thousands stand at once, each for as long as a stream: so their functions are shared. */
type Relaying = {
  readonly job: RelayJob
  readonly resolve: () => void
  /** The try that is under way. */
  n: number
  exchange: Exchange
  mode: Mode | null
  deadline: { readonly over: () => void } | null
  drain: NodeJS.Timeout | undefined
  /** Bytes that came after the client had left. */
  drained: number
  gone: boolean
  finished: boolean
  failure: UpstreamFailure | null
}

/** What one try hears of its reply. */
type Sending = ReplySink & {
  readonly call: Relaying
  readonly own: Try
  passedOn: boolean
  begun: boolean
}

/** A provider that is busy or broken has done nothing and bills nothing; another may do better. */
const isTheirs = (status: number): boolean => status === 429 || (status >= 500 && status <= 599)

/** Relays one call to its end. Resolves when the money is settled and the reply is over; never rejects. */
export function relay(job: RelayJob): Promise<void> {
  return new Promise((resolve) => begin(job, resolve))
}

function begin(job: RelayJob, resolve: () => void): void {
  const { reply } = job
  const call: Relaying = {
    job,
    resolve,
    n: 0,
    exchange: NOT_SENT,
    mode: null,
    deadline: null,
    drain: undefined,
    drained: 0,
    gone: false,
    finished: false,
    failure: null,
  }
  call.exchange = send(call, job.tries[0]!)
  call.deadline = job.deadlines.begin(() => call.exchange.abort())
  job.onEnd(() => endedByOthers(call))
  reply.onDrain(() => call.exchange.resume())
  reply.onGone(() => clientGone(call))
}

/** Nothing is told of a request before `send` has returned. */
const NOT_SENT: Exchange = { pause() {}, resume() {}, abort() {} }

function endedByOthers(call: Relaying): void {
  if (call.finished) return
  call.gone = true
  call.job.reply.cut()
  call.exchange.abort()
}

function clientGone(call: Relaying): void {
  if (call.finished) return
  call.gone = true
  call.exchange.resume()
  if (call.mode && !call.mode.drains) call.exchange.abort()
  else call.drain = setTimeout(() => call.exchange.abort(), call.job.drainFor)
}

function finish(call: Relaying): void {
  if (call.finished) return
  call.finished = true
  clearTimeout(call.drain)
  call.deadline?.over()
  call.job.tries[call.n]!.over({ passedOn: false, failure: call.failure, gone: call.gone })
  call.resolve()
}

function send(call: Relaying, own: Try): Exchange {
  const sending: Sending = { call, own, passedOn: false, begun: false, head, data, end, failed }
  return call.job.transport.send(own.begin(), sending)
}

/** True when the next upstream is tried. */
function passOn(sending: Sending, failure: UpstreamFailure | null): boolean {
  const { call, own } = sending
  const next = call.job.tries[call.n + 1]
  if (!next || call.gone || !call.job.mayPassOn()) return false
  sending.passedOn = true
  own.over({ passedOn: true, failure, gone: false })
  if (failure === null) call.exchange.abort()
  call.n += 1
  call.exchange = send(call, next)
  return true
}

function head(this: Sending, status: number, headers: HeaderList): void {
  const { call, own } = this
  const { job } = call
  own.head(status, headers)
  if (isTheirs(status) && passOn(this, null)) return
  job.answered()
  if (status < 200 || status > 299) call.mode = refusedMode(call, status, headers)
  else if (isEventStream(headers)) call.mode = streamMode(call, status, headers, 'events')
  else if (job.framing !== null) call.mode = streamMode(call, status, headers, job.framing)
  else call.mode = wholeMode(call, status, headers)
  if (call.gone && !call.mode.drains) call.exchange.abort()
}

function data(this: Sending, chunk: Buffer): void {
  const { call } = this
  if (this.passedOn) return
  if (!this.begun) this.own.byte()
  this.begun = true
  call.mode?.data(chunk)
  if (!call.gone) return
  call.drained += chunk.length
  if (call.drained > DRAIN_BYTES) call.exchange.abort()
}

function end(this: Sending): void {
  if (!this.passedOn) this.call.mode?.end()
}

function failed(this: Sending, failure: UpstreamFailure): void {
  const { call } = this
  if (this.passedOn || (failure.kind === 'unsent' && passOn(this, failure))) return
  call.failure = failure
  if (call.mode) call.mode.failed(failure)
  else void unanswered(call.job, failure, call.gone).then(() => finish(call))
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
function refusedMode(call: Relaying, status: number, headers: HeaderList): Mode {
  const { job } = call
  const { reply } = job
  const released = job.release(`the provider answered ${status}`)
  reply.head(status, withOwn(replyHeaders(headers, { length: true }), job.headers))
  return {
    drains: false,
    data(chunk) {
      if (!reply.pass(chunk)) call.exchange.pause()
    },
    end: () =>
      void released.then(() => {
        reply.end()
        finish(call)
      }),
    failed: () =>
      void released.then(() => {
        reply.cut()
        finish(call)
      }),
  }
}

/** A reply in one piece: read, settle, then send it with its cost in the head. */
function wholeMode(call: Relaying, status: number, headers: HeaderList): Mode {
  const { job } = call
  const { reply } = job
  const parts: Buffer[] = []
  let size = 0
  return {
    drains: true,
    data(chunk) {
      size += chunk.length
      if (size > MAX_WHOLE) call.exchange.abort()
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
        finish(call)
      })
    },
    failed(failure) {
      const reading = { ...NO_READING, outputBytes: size }
      void job.settle(reading, reply.gone() ? 'cancelled' : 'failed').then(() => {
        job.fail(failure)
        finish(call)
      })
    },
  }
}

type Streaming = Mode & {
  readonly call: Relaying
  readonly meter: StreamMeter
  state: 'running' | 'settling' | 'open' | 'over'
  upstreamEnded: boolean
  linger: NodeJS.Timeout | undefined
}

/** A stream: events go on as they come, and its end waits until its use is committed. */
function streamMode(call: Relaying, status: number, headers: HeaderList, framing: Framing): Mode {
  const { job } = call
  const { reply } = job
  const own: Streaming = {
    call,
    meter: streamMeter(job.events(), framing),
    state: 'running',
    upstreamEnded: false,
    linger: undefined,
    drains: true,
    data: streamed,
    end: streamEnded,
    failed: streamFailed,
  }
  reply.head(status, withOwn(replyHeaders(headers, { length: false }), job.headers))
  reply.flush()
  return own
}

function streamed(this: Streaming, chunk: Buffer): void {
  const { call, meter } = this
  const { reply } = call.job
  if (this.state === 'over') return
  if (this.state === 'open') {
    if (!reply.pass(chunk)) call.exchange.pause()
    return
  }
  const { pass, complete, overflow } = meter.push(chunk)
  let flows = true
  for (const bytes of pass) flows = reply.pass(bytes)
  if (!flows && !reply.gone()) call.exchange.pause()
  if (this.state !== 'running') return
  if (complete) void settleStream(this, streamStatus(this, true), true)
  else if (overflow) void settleStream(this, 'failed', false)
}

function streamEnded(this: Streaming): void {
  this.upstreamEnded = true
  if (this.state === 'running') void settleStream(this, streamStatus(this, this.meter.finish()), true)
  // Everything that counts has come.
  else if (this.state === 'open') endStream(this)
}

function streamFailed(this: Streaming): void {
  this.upstreamEnded = true
  if (this.state === 'running') {
    this.meter.finish()
    void settleStream(this, this.call.job.reply.gone() ? 'cancelled' : 'failed', false)
  }
  // Everything that counts had come before the connection broke.
  else if (this.state === 'open') endStream(this)
}

function endStream(own: Streaming): void {
  own.call.job.reply.end()
  streamOver(own)
}

function streamOver(own: Streaming): void {
  if (own.state === 'over') return
  own.state = 'over'
  clearTimeout(own.linger)
  finish(own.call)
}

async function settleStream(own: Streaming, how: CallStatus, whole: boolean): Promise<void> {
  const { call, meter } = own
  const { job } = call
  own.state = 'settling'
  const settled = await job.settle(meter.reading(), how)
  if (!settled || !whole) {
    job.reply.cut()
    streamOver(own)
    if (!own.upstreamEnded) call.exchange.abort()
    return
  }
  job.reply.write(meter.withheld())
  own.state = 'open'
  if (own.upstreamEnded) endStream(own)
  else {
    own.linger = setTimeout(() => {
      endStream(own)
      call.exchange.abort()
    }, LINGER)
  }
}

function streamStatus({ call, meter }: Streaming, complete: boolean): CallStatus {
  const { tokens, failed } = meter.reading()
  if (call.job.reply.gone()) return 'cancelled'
  return failed || (!complete && tokens === null) ? 'failed' : 'ok'
}
