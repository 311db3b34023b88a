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
  readonly over: () => boolean
  /** Once over: the connection ends with it. */
  readonly last: () => boolean
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

/**
 * Writes one reply to a client. Head and body go out in one write when they are known together; so do the events of a
 * stream that came in one read, as one chunk.
 */
export function openReply(socket: Socket, settings: ReplySettings): OutgoingReply {
  /** The head while it waits for what goes out with it. */
  let head = ''
  let framing: Framing = 'unknown'
  let headed = false
  /** Everything is said; it is over when it has left. */
  let ended = false
  let over = false
  let gone = false
  let last = false
  /** Bytes to come by the length that was announced. */
  let left = 0
  let waiting: Buffer[] = NONE
  let size = 0
  let scheduled = false
  let onGone: (() => void) | null = null
  let onDrain: (() => void) | null = null

  const isGone = (): boolean => ended || gone || socket.destroyed

  const send = (prefix: string, suffix: string): void => {
    const payload = { pieces: waiting, size }
    waiting = NONE
    size = 0
    sendAll(socket, prefix, payload, suffix)
  }

  /** What stands before the payload that goes out next: the head, if it has not left. */
  const beginning = (ends: boolean): string => {
    let start = head
    head = ''
    if (start === '') return ''
    if (framing === 'unknown') {
      framing = ends ? 'length' : 'chunked'
      start += ends ? `Content-Length: ${size}\r\n` : 'Transfer-Encoding: chunked\r\n'
    }
    return `${start}\r\n`
  }

  const flush = (ends: boolean): void => {
    if (gone || socket.destroyed) return
    const start = beginning(ends)
    if (framing === 'chunked') {
      if (size > 0) send(`${start}${size.toString(16)}\r\n`, ends ? `\r\n${LAST_CHUNK}` : '\r\n')
      else if (start !== '' || ends) send(start, ends ? LAST_CHUNK : '')
    } else if (size > 0 || start !== '') send(start, '')
  }

  const departing: Departing = {
    depart() {
      scheduled = false
      flush(ended)
      if (ended) finish()
    },
  }

  const flushLater = (): void => {
    if (scheduled) return
    scheduled = true
    departLater(departing)
  }

  const finish = (): void => {
    if (gone) return
    over = true
    settings.ended()
  }

  /** False when these bytes do not go out. */
  const counts = ({ length }: Buffer): boolean => {
    if (framing === 'none' || length === 0) return false
    if (framing !== 'length') return true
    left -= length
    // More than was announced would be read as the next reply.
    if (left < 0) socket.destroy()
    return left >= 0
  }

  const put = (bytes: Buffer): void => {
    if (!counts(bytes)) return
    if (size === 0) waiting = [bytes]
    else waiting.push(bytes)
    size += bytes.length
  }

  return {
    gone: isGone,
    over: () => over,
    last: () => last,
    head(status, headers) {
      if (isGone()) return
      if (headed) {
        // A second head comes only from a failure after the first: the client must not take the rest for a reply.
        socket.destroy()
        return
      }
      const { lines, length, dated } = linesOf(headers)
      headed = true
      settings.begun()
      if (status < 200 || status === 204 || status === 304) framing = 'none'
      else if (length !== null) [framing, left] = ['length', length]
      last = settings.last()
      head = `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\n${lines}`
      if (length !== null && status !== 204) head += `Content-Length: ${length}\r\n`
      if (!dated) head += `Date: ${settings.date()}\r\n`
      head += last ? CLOSE : KEEP
    },
    flush() {
      if (!isGone()) flushLater()
    },
    write(bytes) {
      if (isGone()) return true
      put(bytes)
      if (size >= GATHERED) flush(false)
      else flushLater()
      return !socket.writableNeedDrain
    },
    pass(bytes) {
      if (isGone()) return true
      if (size > 0) flush(false)
      if (!counts(bytes)) return true
      const start = beginning(false)
      if (framing === 'chunked') sendLent(socket, `${start}${bytes.length.toString(16)}\r\n`, bytes, '\r\n')
      else sendLent(socket, start, bytes, '')
      return !socket.writableNeedDrain
    },
    end(bytes) {
      if (isGone()) return
      invariant(headed, 'a reply has a head before it ends')
      if (bytes) put(bytes)
      ended = true
      onGone = null
      onDrain = null
      // Less than was announced must not look like the whole.
      if (framing === 'length' && left > 0) {
        socket.destroy()
        finish()
      } else flushLater()
    },
    cut: () => void socket.destroy(),
    onDrain: (then) => void (onDrain = both(onDrain, then)),
    onGone(then) {
      if (gone || socket.destroyed) then()
      else if (!over) onGone = both(onGone, then)
    },
    drained: () => onDrain?.(),
    left() {
      if (gone || over) return
      gone = true
      const tell = onGone
      onGone = null
      onDrain = null
      tell?.()
    },
  }
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
