import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { ClientReply, ClientRequest } from '../relay/transport.ts'
import { openBody, SPENT, type IncomingBody } from './incoming.ts'
import { readAsUsual, readLent, type LentReader } from './lent-reads.ts'
import { openReply, type OutgoingReply, type ReplySettings } from './outgoing.ts'
import { nextRequest, openRequests, type PlainRequest, type Requests } from './request.ts'
import { NEVER, openSweep, type Sweep, type Timed } from './sweep.ts'

const HEAD_WITHIN = 30 * SECOND
/** A client that sends more slowly than this is cut off: it would hold memory for nothing. */
const BODY_WITHIN = 2 * MINUTE
/** What the client is told in `Keep-Alive`, and a second more. */
const IDLE_FOR = 76 * SECOND
/** For the client to end its side. */
const CLOSE_WITHIN = 5 * SECOND
/** For the client to take what is left of a reply. */
const TAKE_WITHIN = 10 * MINUTE
/** What is read ahead of a request that is being answered; then the client is read no further. */
const MAX_AHEAD = 64 * 1024
const LATE = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'
const NOTHING = Buffer.alloc(0)

export type FrontOptions = {
  /** Which POST requests are served here; the others are the library's. */
  readonly isHot: (path: string) => boolean
  readonly serve: (request: ClientRequest, reply: ClientReply) => void
  /** For the Date of replies. */
  readonly now: () => Millis
  /** From now on every reply ends its connection. */
  readonly closing: () => boolean
  /** A request has come, and later: its reply is over, or nobody waits for it any more. */
  readonly begun?: (socket: Socket) => void
  readonly ended?: (socket: Socket) => void
  /** How long a second of the deadlines lasts. */
  readonly second?: Millis
}

/** `given`: another's, or none any more. */
type State = 'idle' | 'reading' | 'serving' | 'closing' | 'given'

/** What the connections of one server share. */
type Front = FrontOptions & {
  readonly server: Server
  /** Who would have had the connections. */
  readonly library: readonly Function[]
  readonly sweep: Sweep<Timed>
  /** The Date of replies, written anew once a turn. */
  date: string
  dated: number
}

/** Thousands stand at once: so their functions are the same for all of them. */
type Connection = Timed &
  ReplySettings &
  LentReader & {
    readonly front: Front
    readonly socket: Socket
    readonly requests: Requests
    state: State
    /** What has come and belongs to no request yet. */
    ahead: Buffer
    body: IncomingBody | null
    reply: OutgoingReply | null
    /** The request that is being served asked for the end of the connection. */
    close: boolean
  }

/**
 * Takes the connections of a library server, serves the plain hot requests on them, and gives a connection back, with
 * all its bytes, at the first request that is anything else. Listeners that are added later hear of every connection.
 */
export function takeConnections(server: Server, options: FrontOptions): void {
  const library = server.listeners('connection')
  const sweep = openSweep<Timed>(options.second)
  const front: Front = { ...options, server, library, sweep, date: '', dated: -1 }
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => attend(front, socket)).once('close', sweep.stop)
}

function attend(front: Front, socket: Socket): void {
  const own: Connection = {
    front,
    socket,
    requests: openRequests(),
    deadline: front.sweep.after(HEAD_WITHIN),
    state: 'idle',
    ahead: NOTHING,
    body: null,
    reply: null,
    close: false,
    late,
    taken,
    last,
    date,
    begun,
    ended,
  }
  front.sweep.add(own)
  readLent(socket, own)
  socket
    .on('end', () => onEnd(own))
    .on('drain', () => onDrain(own))
    .on('close', () => onClose(own))
    // A client that leaves in the middle of a write is no event of ours; 'close' tells it.
    .on('error', nothing)
}

const nothing = (): void => {}

function late(this: Connection): void {
  if (this.state === 'reading') {
    this.socket.write(LATE)
    end(this)
  } else if (this.state === 'idle') end(this)
  else this.socket.destroy()
}

function end(own: Connection): void {
  const { socket } = own
  own.state = 'closing'
  own.deadline = own.front.sweep.after(socket.writableLength > 0 ? TAKE_WITHIN : CLOSE_WITHIN)
  socket.end()
  // To hear the other side end, too.
  socket.resume()
}

/** Bytes are lent: what is kept of them is copied. */
function taken(this: Connection, chunk: Buffer): void {
  follow(this, chunk)
  if (this.ahead.length > 0 && this.ahead.buffer === chunk.buffer) this.ahead = Buffer.from(this.ahead)
  this.body?.keep()
}

function follow(own: Connection, chunk: Buffer): void {
  if (own.state === 'closing') return
  const { body } = own
  let bytes = chunk
  if (body !== null && body.left() > 0) {
    const part = Math.min(body.left(), bytes.length)
    if (body.left() === part) own.deadline = NEVER
    body.push(bytes.subarray(0, part))
    bytes = bytes.subarray(part)
    next(own)
  }
  if (bytes.length === 0) return
  own.ahead = own.ahead.length === 0 ? bytes : Buffer.concat([own.ahead, bytes])
  if (own.state === 'idle') {
    own.state = 'reading'
    own.deadline = own.front.sweep.after(HEAD_WITHIN)
  }
  if (own.state === 'reading') read(own)
  else if (own.ahead.length > MAX_AHEAD) own.socket.pause()
}

/** Looks for a request in what is ahead. */
function read(own: Connection): void {
  const read = nextRequest(own.requests, own.ahead)
  if (read.kind === 'more') return
  if (read.kind === 'plain' && own.front.isHot(read.head.path)) begin(own, read)
  else giveBack(own)
}

function begin(own: Connection, { head, length, size }: PlainRequest): void {
  const { front, socket, ahead } = own
  const { path, query, headers, close, keep } = head
  const end = size + length
  const body = openBody(socket, length, ahead.subarray(size, end))
  own.ahead = ahead.length > end ? ahead.subarray(end) : NOTHING
  own.deadline = body.left() > 0 ? front.sweep.after(BODY_WITHIN) : NEVER
  own.state = 'serving'
  own.body = body
  own.close = close
  const reply = openReply(socket, own)
  own.reply = reply
  front.begun?.(socket)
  front.serve({ method: 'POST', path, query, headers, keep, body: (limit) => body.read(limit) }, reply)
}

function last(this: Connection): boolean {
  return this.close || this.front.closing()
}

function date(this: Connection): string {
  const { front } = this
  const turn = front.sweep.turn()
  if (front.dated !== turn) {
    front.dated = turn
    front.date = new Date(front.now()).toUTCString()
  }
  return front.date
}

function begun(this: Connection): void {
  this.body?.discard()
  if (this.body?.left() === 0) this.body = SPENT
}

function ended(this: Connection): void {
  next(this)
}

function over(own: Connection): void {
  if (own.reply) own.front.ended?.(own.socket)
  own.body = null
  own.reply = null
}

/** After the reply and all of the body: the next request, or the end. */
function next(own: Connection): void {
  const { reply, body, socket, front } = own
  if (!reply?.over() || !body || body.left() > 0 || own.state !== 'serving') return
  // One reply after the other, or those that nobody takes would pile up.
  if (socket.writableNeedDrain) {
    own.deadline = front.sweep.after(TAKE_WITHIN)
    return
  }
  const last = reply.last()
  over(own)
  if (last) return end(own)
  own.state = 'idle'
  own.deadline = front.sweep.after(IDLE_FOR)
  if (own.ahead.length > 0) process.nextTick(again, own)
  socket.resume()
}

/** A request that came while the one before was being answered. */
function again(own: Connection): void {
  if (own.state !== 'idle' || own.ahead.length === 0) return
  own.state = 'reading'
  own.deadline = own.front.sweep.after(HEAD_WITHIN)
  read(own)
}

function giveBack(own: Connection): void {
  const { front, socket } = own
  own.state = 'given'
  front.sweep.remove(own)
  readAsUsual(socket)
  socket.off('error', nothing)
  socket.pause()
  for (const each of front.library) each.call(front.server, socket)
  socket.unshift(Buffer.from(own.ahead))
  own.ahead = NOTHING
  socket.resume()
}

function onDrain(own: Connection): void {
  if (own.state === 'given') return
  own.reply?.drained()
  next(own)
}

/** A client that ends its side has left: nobody who does that reads on. */
function onEnd(own: Connection): void {
  if (own.state === 'given') return
  leave(own)
  end(own)
}

function onClose(own: Connection): void {
  own.front.sweep.remove(own)
  leave(own)
  own.state = 'given'
}

function leave(own: Connection): void {
  own.body?.gone()
  own.reply?.left()
  over(own)
}
