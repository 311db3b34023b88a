import type { Socket } from 'node:net'
import { http } from '#base/http.ts'
import { invariant } from '#base/invariant.ts'
import type { HeaderList } from '../relay/headers.ts'
import type { ClientReply } from '../relay/transport.ts'
import { departLater, type Departing } from './departures.ts'
import { isText, isToken, lengthOf } from './fields.ts'

/** Payload up to this is copied into one buffer with its framing; more goes out as it is. */
const COPIED = 64 * 1024
/** Writes of one turn of the event loop go out together at its end, up to this. */
const GATHERED = 16 * 1024

/** A reply, and what its connection must know and tell. */
export type OutgoingReply = ClientReply & {
  over(): boolean
  /** Once over: the connection ends with it. */
  last(): boolean
  drained(): void
  /** The client has left. */
  left(): void
}

export type ReplySettings = {
  /** The connection ends after this reply. */
  last(): boolean
  date(): string
  /** The head is known: nobody will ask for more of the request. */
  begun(): void
  /** All of it is on its way. */
  ended(): void
}

/** `none`: a status without a body. */
type Framing = 'unknown' | 'length' | 'chunked' | 'none'

const LAST_CHUNK = '0\r\n\r\n'
const KEEP = 'Connection: keep-alive\r\nKeep-Alive: timeout=75\r\n'
const CLOSE = 'Connection: close\r\n'

/** It stands for as long as a stream, thousands of times at once: so its functions are the same for all of them. */
type Reply = OutgoingReply &
  Departing & {
    readonly socket: Socket
    readonly settings: ReplySettings
    /** The head while it waits for what goes out with it. */
    start: string
    framing: Framing
    headed: boolean
    /** Everything is said; it is over when it has left. */
    ended: boolean
    isOver: boolean
    isLeft: boolean
    isLast: boolean
    /** Bytes to come by the length that was announced. */
    owed: number
    waiting: Buffer[]
    size: number
    scheduled: boolean
    tellGone: (() => void) | null
    tellDrain: (() => void) | null
  }

/**
 * Writes one reply to a client. Head and body go out in one write when they are known together; so do the events of a
 * stream that came in one read, as one chunk.
 */
export function openReply(socket: Socket, settings: ReplySettings): OutgoingReply {
  const own: Reply = {
    socket,
    settings,
    start: '',
    framing: 'unknown',
    headed: false,
    ended: false,
    isOver: false,
    isLeft: false,
    isLast: false,
    owed: 0,
    waiting: NONE,
    size: 0,
    scheduled: false,
    tellGone: null,
    tellDrain: null,
    gone,
    over,
    last,
    head,
    flush,
    write,
    pass,
    end,
    cut,
    onDrain,
    onGone,
    drained,
    left,
    depart,
  }
  return own
}

function send(own: Reply, prefix: string, suffix: string): void {
  const payload = { pieces: own.waiting, size: own.size }
  own.waiting = NONE
  own.size = 0
  sendAll(own.socket, prefix, payload, suffix)
}

/** What stands before the payload that goes out next: the head, if it has not left. */
function beginning(own: Reply, ends: boolean): string {
  let { start } = own
  own.start = ''
  if (start === '') return ''
  if (own.framing === 'unknown') {
    own.framing = ends ? 'length' : 'chunked'
    start += ends ? `Content-Length: ${own.size}\r\n` : 'Transfer-Encoding: chunked\r\n'
  }
  return `${start}\r\n`
}

function flushNow(own: Reply, ends: boolean): void {
  if (own.isLeft || own.socket.destroyed) return
  const start = beginning(own, ends)
  const { size } = own
  if (own.framing === 'chunked') {
    if (size > 0) send(own, `${start}${size.toString(16)}\r\n`, ends ? `\r\n${LAST_CHUNK}` : '\r\n')
    else if (start !== '' || ends) send(own, start, ends ? LAST_CHUNK : '')
  } else if (size > 0 || start !== '') send(own, start, '')
}

function depart(this: Reply): void {
  this.scheduled = false
  flushNow(this, this.ended)
  if (this.ended) finish(this)
}

function flushLater(own: Reply): void {
  if (own.scheduled) return
  own.scheduled = true
  departLater(own)
}

function finish(own: Reply): void {
  if (own.isLeft) return
  own.isOver = true
  own.settings.ended()
}

/** False when these bytes do not go out. */
function counts(own: Reply, { length }: Buffer): boolean {
  if (own.framing === 'none' || length === 0) return false
  if (own.framing !== 'length') return true
  own.owed -= length
  // More than was announced would be read as the next reply.
  if (own.owed < 0) own.socket.destroy()
  return own.owed >= 0
}

function put(own: Reply, bytes: Buffer): void {
  if (!counts(own, bytes)) return
  if (own.size === 0) own.waiting = [bytes]
  else own.waiting.push(bytes)
  own.size += bytes.length
}

function gone(this: Reply): boolean {
  return this.ended || this.isLeft || this.socket.destroyed
}

function over(this: Reply): boolean {
  return this.isOver
}

function last(this: Reply): boolean {
  return this.isLast
}

function head(this: Reply, status: number, headers: HeaderList): void {
  if (this.gone()) return
  const { settings } = this
  if (this.headed) {
    // A second head comes only from a failure after the first: the client must not take the rest for a reply.
    this.socket.destroy()
    return
  }
  const { lines, length, dated } = linesOf(headers)
  this.headed = true
  settings.begun()
  if (status < 200 || status === 204 || status === 304) this.framing = 'none'
  else if (length !== null) {
    this.framing = 'length'
    this.owed = length
  }
  this.isLast = settings.last()
  let start = `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\n${lines}`
  if (length !== null && status !== 204) start += `Content-Length: ${length}\r\n`
  if (!dated) start += `Date: ${settings.date()}\r\n`
  this.start = start + (this.isLast ? CLOSE : KEEP)
}

function flush(this: Reply): void {
  if (!this.gone()) flushLater(this)
}

function write(this: Reply, bytes: Buffer): boolean {
  if (this.gone()) return true
  put(this, bytes)
  if (this.size >= GATHERED) flushNow(this, false)
  else flushLater(this)
  return !this.socket.writableNeedDrain
}

function pass(this: Reply, bytes: Buffer): boolean {
  if (this.gone()) return true
  if (this.size > 0) flushNow(this, false)
  if (!counts(this, bytes)) return true
  const { socket } = this
  const start = beginning(this, false)
  if (this.framing === 'chunked') sendLent(socket, `${start}${bytes.length.toString(16)}\r\n`, bytes, '\r\n')
  else sendLent(socket, start, bytes, '')
  return !socket.writableNeedDrain
}

function end(this: Reply, bytes?: Buffer): void {
  if (this.gone()) return
  invariant(this.headed, 'a reply has a head before it ends')
  if (bytes) put(this, bytes)
  this.ended = true
  this.tellGone = null
  this.tellDrain = null
  // Less than was announced must not look like the whole.
  if (this.framing === 'length' && this.owed > 0) {
    this.socket.destroy()
    finish(this)
  } else flushLater(this)
}

function cut(this: Reply): void {
  this.socket.destroy()
}

function onDrain(this: Reply, then: () => void): void {
  this.tellDrain = both(this.tellDrain, then)
}

function onGone(this: Reply, then: () => void): void {
  if (this.isLeft || this.socket.destroyed) then()
  else if (!this.isOver) this.tellGone = both(this.tellGone, then)
}

function drained(this: Reply): void {
  this.tellDrain?.()
}

function left(this: Reply): void {
  if (this.isLeft || this.isOver) return
  this.isLeft = true
  const tell = this.tellGone
  this.tellGone = null
  this.tellDrain = null
  tell?.()
}

/** Nothing is put into it. */
const NONE: Buffer[] = []

/** Nearly always there is one who listens, and a stream keeps it for long: a list for it would be mostly empty. */
const both = (first: (() => void) | null, then: () => void): (() => void) =>
  first === null
    ? then
    : () => {
        first()
        then()
      }

function sendAll(
  socket: Socket,
  prefix: string,
  { pieces, size }: { pieces: readonly Buffer[]; size: number },
  suffix: string,
): void {
  if (size > COPIED) {
    socket.cork()
    if (prefix !== '') socket.write(prefix, 'latin1')
    for (const bytes of pieces) socket.write(bytes)
    if (suffix !== '') socket.write(suffix, 'latin1')
    socket.uncork()
    return
  }
  if (size === 0) return void socket.write(prefix + suffix, 'latin1')
  const bytes = Buffer.allocUnsafe(prefix.length + size + suffix.length)
  let at = bytes.write(prefix, 0, 'latin1')
  for (const each of pieces) at += each.copy(bytes, at)
  if (suffix !== '') bytes.write(suffix, at, 'latin1')
  socket.write(bytes)
}

/** Up to this it is cheaper to have a piece of memory of one's own than to keep all of LENT from others. */
const SMALL = 4 * 1024
/** Where lent bytes are put together with what stands around them: as much as is read at once, and a head. */
let LENT = Buffer.allocUnsafeSlow(128 * 1024)

/** Nearly always the kernel takes all of it at once; what it does not take stays in that memory, and others get another. */
function sendLent(socket: Socket, prefix: string, payload: Buffer, suffix: string): void {
  const size = prefix.length + payload.length + suffix.length
  const own = size <= SMALL || size > LENT.length || socket.writableLength > 0
  const bytes = own ? Buffer.allocUnsafe(size) : LENT.subarray(0, size)
  let at = prefix === '' ? 0 : bytes.write(prefix, 0, 'latin1')
  at += payload.copy(bytes, at)
  if (suffix !== '') bytes.write(suffix, at, 'latin1')
  socket.write(bytes)
  if (!own && socket.writableLength > 0) LENT = Buffer.allocUnsafeSlow(LENT.length)
}

/** All but the length, which is written as the number that it is. Throws when one of them would be more than its line. */
function linesOf(headers: HeaderList): { lines: string; length: number | null; dated: boolean } {
  let lines = ''
  let length: number | null = null
  let dated = false
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at]!
    const value = headers[at + 1]!
    if (!isToken(name) || !isText(value))
      invariant(false, `the header ${JSON.stringify(name)} can be written`)
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      length = lengthOf(value)
      continue
    }
    dated ||= name.length === 4 && name.toLowerCase() === 'date'
    lines += `${name}: ${value}\r\n`
  }
  return { lines, length, dated }
}
