import { connect, isIP, type Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { tls } from '#base/http.ts'
import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { HeaderList } from '../relay/headers.ts'
import {
  piecesOf,
  sizeOf,
  type Exchange,
  type Payload,
  type ReplySink,
  type UpstreamFailure,
} from '../relay/transport.ts'
import { departLater, type Departing } from './departures.ts'
import { replyReader, type ReplyEvents, type ReplyReader } from './reply.ts'
import { NEVER, type Sweep, type Timed } from './sweep.ts'

/** A non-stream reply sends its head only when all of it is made; clients themselves give up after ten minutes. */
const HEAD_WITHIN = 15 * MINUTE
const BETWEEN_CHUNKS = 5 * MINUTE
const CONNECT_WITHIN = 10 * SECOND
/** Where the other side does not say for how long it keeps a connection; the shortest that servers commonly do is five seconds. */
const IDLE_FOR = 4 * SECOND
const LONGEST_IDLE = 5 * MINUTE
/** A request up to this goes out as one buffer; a larger body is not copied. */
const COPIED = 32 * 1024

/**
 * Every connection reads into this one buffer: what is read is followed, and its payload copied, before anybody else
 * can read. It spares a buffer for each connection and a piece of memory for each read.
 */
const READ = Buffer.allocUnsafeSlow(64 * 1024)

/** One request on its way, with its head as it is written. What is sent is let go: a stream may last for an hour. */
export type Call = Exchange & {
  head: string
  body: Payload | null
  readonly sink: ReplySink
  line: Line | null
  /** The sink has heard the end. */
  over: boolean
}

/** Where a line goes. */
export type Target = {
  readonly host: string
  readonly port: number
  /** Null for plain HTTP. */
  readonly secure: SecureContext | null
  /** The newest TLS session of the origin, to be resumed. */
  session: Buffer | null
}

/**
 * One connection to an upstream, with at most one call at a time; the first call is there before it is connected. What is
 * sent leaves at the end of the turn.
 */
export type Line = Timed & {
  /** False when the connection is found closed; it will be told of as such. */
  send(call: Call): boolean
  pause(): void
  resume(): void
  /** Ends the connection, and with it a call that is on it. */
  drop(kind: UpstreamFailure['kind'], message: string): void
}

export type LineEvents = {
  /** The connection was found closed when the call was about to leave: surely no byte of it did. */
  unsent(call: Call): void
  /** A reply is over, and the line may carry another call. */
  free(line: Line): void
  closed(line: Line): void
}

const wordsOf = (error: Error & { code?: string }): string =>
  error.message === '' ? (error.code ?? error.name) : error.message

/** Thousands stand at once, each for as long as a stream: so their functions are the same for all of them. */
type Own = Line &
  Departing &
  ReplyEvents & {
    readonly target: Target
    readonly sweep: Sweep<Line>
    readonly told: LineEvents
    readonly socket: Socket
    readonly reader: ReplyReader
    call: Call | null
    /** A call went over it before: the other side may have closed it since. */
    used: boolean
    /** Some of the call may have left. */
    sent: boolean
    headed: boolean
    paused: boolean
    trouble: string
  }

export function openLine(
  target: Target,
  { first, sweep, told }: { first: Call; sweep: Sweep<Line>; told: LineEvents },
): Line {
  const socket = dial(
    target,
    (size) => onBytes(own, size),
    () => onConnected(own),
  )
  const own: Own = {
    deadline: sweep.after(CONNECT_WITHIN),
    target,
    sweep,
    told,
    socket,
    reader: replyReader(),
    call: first,
    used: false,
    sent: false,
    headed: false,
    paused: false,
    trouble: 'the connection was closed',
    late,
    send,
    pause,
    resume,
    drop,
    depart,
    head,
    data,
  }
  first.line = own
  sweep.add(own)
  socket
    .on('error', (error) => void (own.trouble = wordsOf(error)))
    .on('end', () => onEnd(own))
    .on('close', () => onClose(own))
  return own
}

function head(this: Own, status: number, headers: HeaderList): void {
  this.headed = true
  this.call?.sink.head(status, headers)
}

function data(this: Own, chunk: Buffer): void {
  this.call?.sink.data(chunk)
}

function drop(this: Own, kind: UpstreamFailure['kind'], message: string): void {
  const { call } = this
  this.call = null
  this.socket.destroy()
  if (!call) return
  call.line = null
  call.over = true
  call.sink.failed({ kind: this.sent ? kind : 'unsent', message })
}

function finish(own: Own, call: Call): void {
  const { reader, socket } = own
  own.call = null
  own.used = true
  call.line = null
  call.over = true
  const span = idleFor(reader.keepsFor())
  // A reply to a request that is still being sent is a refusal of the rest.
  if (reader.reusable() && span > 0 && socket.writableLength === 0 && socket.writable) {
    if (own.paused) socket.resume()
    socket.unref()
    own.deadline = own.sweep.within(span)
    own.told.free(own)
  } else socket.destroy()
  call.sink.end()
}

function onBytes(own: Own, size: number): boolean {
  const { call } = own
  // Nobody asked for anything.
  if (!call || !own.sent) {
    own.drop('broken', 'the provider answered before it was asked')
    return true
  }
  const step = own.reader.push(READ.subarray(0, size), own)
  if (!own.call) return true
  if (step === 'broken') own.drop('broken', `this is no HTTP/1.1: ${own.reader.fault()}`)
  else if (step === 'done') finish(own, call)
  else if (own.headed && !own.paused) own.deadline = own.sweep.after(BETWEEN_CHUNKS)
  return true
}

function write(socket: Socket, { head, body }: Call): void {
  if (!body) return void socket.write(head, 'latin1')
  const size = head.length + sizeOf(body)
  const pieces = piecesOf(body)
  if (size <= COPIED) {
    const bytes = Buffer.allocUnsafe(size)
    let at = bytes.write(head, 0, 'latin1')
    for (const piece of pieces) at += piece.copy(bytes, at)
    socket.write(bytes)
  } else {
    socket.cork()
    socket.write(head, 'latin1')
    for (const piece of pieces) socket.write(piece)
    socket.uncork()
  }
}

function send(this: Own, call: Call): boolean {
  if (!this.socket.writable) {
    this.socket.destroy()
    return false
  }
  this.sent = false
  this.headed = false
  this.paused = false
  this.reader.reset()
  this.call = call
  call.line = this
  this.deadline = this.sweep.after(HEAD_WITHIN)
  departLater(this)
  return true
}

function depart(this: Own): void {
  const { call, socket } = this
  if (!call || this.sent) return
  write(socket, call)
  // The kernel takes some of the first write, or refuses it as a whole; behind TLS nobody can tell.
  if (socket.errored && !this.target.secure) return found(this)
  call.head = ''
  call.body = null
  this.sent = true
  socket.ref()
}

/** The connection is found closed: a call that has not left is another's, unless nobody could do more for it. */
function found(own: Own): void {
  const { call } = own
  if (!call || own.sent || !own.used) return own.drop('broken', own.trouble)
  own.call = null
  call.line = null
  own.socket.destroy()
  own.told.unsent(call)
}

function late(this: Own): void {
  if (!this.sent) this.drop('unsent', `no connection within ${CONNECT_WITHIN / SECOND} seconds`)
  else
    this.drop(
      'timeout',
      this.headed ? 'nothing came for too long in the middle of the reply' : 'no reply came in time',
    )
}

function pause(this: Own): void {
  this.paused = true
  this.deadline = NEVER
  this.socket.pause()
}

function resume(this: Own): void {
  if (!this.paused) return
  this.paused = false
  this.deadline = this.sweep.after(BETWEEN_CHUNKS)
  this.socket.resume()
}

function onConnected(own: Own): void {
  const { call } = own
  if (!call) return
  if (!own.send(call)) own.drop('unsent', own.trouble)
}

function onEnd(own: Own): void {
  const { call } = own
  own.trouble = 'the provider closed the connection'
  if (call && own.sent && own.reader.eof() === 'done') finish(own, call)
  else found(own)
}

function onClose(own: Own): void {
  own.sweep.remove(own)
  found(own)
  own.told.closed(own)
}

function dial(target: Target, onBytes: (size: number) => boolean, onConnected: () => void): Socket {
  const { host, port, secure } = target
  const common = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: MINUTE,
    onread: { buffer: READ, callback: onBytes },
  }
  if (!secure) return connect(common, onConnected)
  const socket = tls().connect(
    {
      ...common,
      secureContext: secure,
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: ['http/1.1'],
      ...(target.session ? { session: target.session } : {}),
    },
    onConnected,
  )
  socket.on('session', (session) => {
    target.session = session
  })
  return socket
}

/** For how long an idle line is kept: less than the other side keeps it, or a call would meet it closed. */
const idleFor = (keepsFor: number | null): Millis =>
  keepsFor === null ? IDLE_FOR : Math.min(LONGEST_IDLE, (keepsFor - 1) * SECOND)
