import { connect, isIP, type Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { tls } from '#base/http.ts'
import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import { piecesOf, sizeOf, type Payload, type ReplySink, type UpstreamFailure } from '../relay/transport.ts'
import { departLater, type Departing } from './departures.ts'
import { replyReader } from './reply.ts'
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
export type Call = {
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

export function openLine(
  target: Target,
  { first, sweep, told }: { first: Call; sweep: Sweep<Line>; told: LineEvents },
): Line {
  let call: Call | null = first
  /** A call went over it before: the other side may have closed it since. */
  let used = false
  /** Some of the call may have left. */
  let sent = false
  let headed = false
  let paused = false
  let trouble = 'the connection was closed'

  const reader = replyReader({
    head(status, headers) {
      headed = true
      call?.sink.head(status, headers)
    },
    data: (chunk) => call?.sink.data(chunk),
  })

  const drop = (kind: UpstreamFailure['kind'], message: string): void => {
    const own = call
    call = null
    socket.destroy()
    if (!own) return
    own.line = null
    own.over = true
    own.sink.failed({ kind: sent ? kind : 'unsent', message })
  }

  const finish = (): void => {
    const own = call!
    call = null
    used = true
    own.line = null
    own.over = true
    const span = idleFor(reader.keepsFor())
    // A reply to a request that is still being sent is a refusal of the rest.
    if (reader.reusable() && span > 0 && socket.writableLength === 0 && socket.writable) {
      if (paused) socket.resume()
      socket.unref()
      line.deadline = sweep.within(span)
      told.free(line)
    } else socket.destroy()
    own.sink.end()
  }

  const onBytes = (size: number): boolean => {
    // Nobody asked for anything.
    if (!call || !sent) {
      drop('broken', 'the provider answered before it was asked')
      return true
    }
    const step = reader.push(READ.subarray(0, size))
    if (!call) return true
    if (step === 'broken') drop('broken', `this is no HTTP/1.1: ${reader.fault()}`)
    else if (step === 'done') finish()
    else if (headed && !paused) line.deadline = sweep.after(BETWEEN_CHUNKS)
    return true
  }

  const write = ({ head, body }: Call): void => {
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

  const send = (own: Call): boolean => {
    if (!socket.writable) {
      socket.destroy()
      return false
    }
    sent = false
    headed = false
    paused = false
    reader.reset()
    call = own
    own.line = line
    line.deadline = sweep.after(HEAD_WITHIN)
    departLater(departing)
    return true
  }

  const departing: Departing = {
    depart() {
      if (!call || sent) return
      write(call)
      // The kernel takes some of the first write, or refuses it as a whole; behind TLS nobody can tell.
      if (socket.errored && !target.secure) return found()
      call.head = ''
      call.body = null
      sent = true
      socket.ref()
    },
  }

  /** The connection is found closed: a call that has not left is another's, unless nobody could do more for it. */
  const found = (): void => {
    const own = call
    if (!own || sent || !used) return drop('broken', trouble)
    call = null
    own.line = null
    socket.destroy()
    told.unsent(own)
  }

  const line: Line = {
    deadline: sweep.after(CONNECT_WITHIN),
    late() {
      if (!sent) drop('unsent', `no connection within ${CONNECT_WITHIN / SECOND} seconds`)
      else
        drop(
          'timeout',
          headed ? 'nothing came for too long in the middle of the reply' : 'no reply came in time',
        )
    },
    send,
    pause() {
      paused = true
      line.deadline = NEVER
      socket.pause()
    },
    resume() {
      if (!paused) return
      paused = false
      line.deadline = sweep.after(BETWEEN_CHUNKS)
      socket.resume()
    },
    drop,
  }

  const socket = dial(target, onBytes, () => {
    const own = call
    if (!own) return
    if (!send(own)) drop('unsent', trouble)
  })
  first.line = line
  sweep.add(line)
  socket.on('error', (error) => {
    trouble = wordsOf(error)
  })
  socket.on('end', () => {
    trouble = 'the provider closed the connection'
    if (call && sent && reader.eof() === 'done') finish()
    else found()
  })
  socket.on('close', () => {
    sweep.remove(line)
    found()
    told.closed(line)
  })
  return line
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
