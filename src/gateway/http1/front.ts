import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { ClientReply, ClientRequest } from '../relay/transport.ts'
import { openBody, type IncomingBody } from './incoming.ts'
import { readLent } from './lent-reads.ts'
import { openReply, type OutgoingReply } from './outgoing.ts'
import { openRequests, type PlainRequest } from './request.ts'
import { NEVER, openSweep, type Timed } from './sweep.ts'

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

/**
 * Takes the connections of a library server, serves the plain hot requests on them, and gives a connection back, with
 * all its bytes, at the first request that is anything else. Listeners that are added later hear of every connection.
 */
export function takeConnections(
  server: Server,
  { isHot, serve, now, closing, begun, ended, second }: FrontOptions,
): void {
  const library = server.listeners('connection')
  const sweep = openSweep<Timed>(second)
  let date = ''
  let dated = -1
  const dateText = (): string => {
    if (dated !== sweep.turn()) {
      dated = sweep.turn()
      date = new Date(now()).toUTCString()
    }
    return date
  }

  const attend = (socket: Socket): void => {
    let state: State = 'idle'
    /** What has come and belongs to no request yet. */
    let ahead: Buffer = NOTHING
    let body: IncomingBody | null = null
    let reply: OutgoingReply | null = null
    const readRequest = openRequests()

    const end = (): void => {
      state = 'closing'
      connection.deadline = sweep.after(socket.writableLength > 0 ? TAKE_WITHIN : CLOSE_WITHIN)
      socket.end()
      // To hear the other side end, too.
      socket.resume()
    }

    const connection: Timed = {
      deadline: sweep.after(HEAD_WITHIN),
      late() {
        if (state === 'reading') {
          socket.write(LATE)
          end()
        } else if (state === 'idle') end()
        else socket.destroy()
      },
    }

    /** Bytes are lent: what is kept of them is copied. */
    const onData = (chunk: Buffer): void => {
      follow(chunk)
      if (ahead.length > 0 && ahead.buffer === chunk.buffer) ahead = Buffer.from(ahead)
      body?.keep()
    }

    const follow = (chunk: Buffer): void => {
      if (state === 'closing') return
      let bytes = chunk
      if (body !== null && body.left() > 0) {
        const part = Math.min(body.left(), bytes.length)
        if (body.left() === part) connection.deadline = NEVER
        body.push(bytes.subarray(0, part))
        bytes = bytes.subarray(part)
        next()
      }
      if (bytes.length === 0) return
      ahead = ahead.length === 0 ? bytes : Buffer.concat([ahead, bytes])
      if (state === 'idle') {
        state = 'reading'
        connection.deadline = sweep.after(HEAD_WITHIN)
      }
      if (state === 'reading') read()
      else if (ahead.length > MAX_AHEAD) socket.pause()
    }

    /** Looks for a request in what is ahead. */
    const read = (): void => {
      const read = readRequest(ahead)
      if (read.kind === 'more') return
      if (read.kind === 'plain' && isHot(read.head.path)) begin(read)
      else giveBack()
    }

    const begin = ({ head, length, size }: PlainRequest): void => {
      const { path, query, headers, close, keep } = head
      const end = size + length
      const incoming = openBody(socket, length, ahead.subarray(size, end))
      ahead = ahead.length > end ? ahead.subarray(end) : NOTHING
      connection.deadline = incoming.left() > 0 ? sweep.after(BODY_WITHIN) : NEVER
      state = 'serving'
      body = incoming
      reply = openReply(socket, {
        last: () => close || closing(),
        date: dateText,
        begun: incoming.discard,
        ended: next,
      })
      begun?.(socket)
      serve({ method: 'POST', path, query, headers, keep, body: incoming.read }, reply)
    }

    const over = (): void => {
      if (reply) ended?.(socket)
      body = null
      reply = null
    }

    /** After the reply and all of the body: the next request, or the end. */
    const next = (): void => {
      if (!reply?.over() || !body || body.left() > 0 || state !== 'serving') return
      // One reply after the other, or those that nobody takes would pile up.
      if (socket.writableNeedDrain) {
        connection.deadline = sweep.after(TAKE_WITHIN)
        return
      }
      const last = reply.last()
      over()
      if (last) return end()
      state = 'idle'
      connection.deadline = sweep.after(IDLE_FOR)
      if (ahead.length > 0) process.nextTick(again)
      socket.resume()
    }

    /** A request that came while the one before was being answered. */
    const again = (): void => {
      if (state !== 'idle' || ahead.length === 0) return
      state = 'reading'
      connection.deadline = sweep.after(HEAD_WITHIN)
      read()
    }

    const giveBack = (): void => {
      state = 'given'
      sweep.remove(connection)
      readAsUsual()
      socket.off('end', onEnd).off('drain', onDrain).off('close', onClose).off('error', onError)
      socket.pause()
      for (const each of library) each.call(server, socket)
      socket.unshift(Buffer.from(ahead))
      ahead = NOTHING
      socket.resume()
    }

    const onDrain = (): void => {
      reply?.drained()
      next()
    }
    /** A client that ends its side has left: nobody who does that reads on. */
    const onEnd = (): void => {
      leave()
      end()
    }
    const onClose = (): void => {
      sweep.remove(connection)
      leave()
      state = 'given'
    }
    const leave = (): void => {
      body?.gone()
      reply?.left()
      over()
    }
    /** A client that leaves in the middle of a write is no event of ours; 'close' tells it. */
    const onError = (): void => {}

    sweep.add(connection)
    const readAsUsual = readLent(socket, onData)
    socket.on('end', onEnd).on('drain', onDrain).on('close', onClose).on('error', onError)
  }

  server.removeAllListeners('connection')
  server.on('connection', attend).once('close', sweep.stop)
}
