import type { IncomingMessage, ServerResponse } from 'node:http'
import { MINUTE } from '#base/time.ts'
import type { ClientReply, ClientRequest } from './transport.ts'

/** A client that sends more slowly than this is cut off: it would hold memory for nothing. */
const BODY_WITHIN = 2 * MINUTE
const MAX_DISCARD = 64 * 1024 * 1024

/** A body of declared length goes into one buffer of exactly that size; growth by concatenation would copy it often. */
function readBody(req: IncomingMessage, limit: number): Promise<Buffer | null> {
  const declared = req.headers['content-length']
  const exact = declared === undefined ? null : Number(declared)
  return new Promise((resolve) => {
    // A client that left before anybody listened will not be heard to leave.
    if (req.destroyed || (exact !== null && exact > limit)) {
      resolve(null)
      return
    }
    const whole = exact === null ? null : Buffer.allocUnsafe(exact)
    const parts: Buffer[] = []
    let size = 0
    const onData = (chunk: Buffer): void => {
      if (size + chunk.length > (exact ?? limit)) {
        req.off('data', onData)
        req.pause()
        resolve(null)
        return
      }
      if (whole) chunk.copy(whole, size)
      else parts.push(chunk)
      size += chunk.length
    }
    req.on('data', onData)
    const slow = setTimeout(() => req.destroy(), BODY_WITHIN)
    req.on('end', () => {
      clearTimeout(slow)
      resolve(whole ? (size === exact ? whole : null) : Buffer.concat(parts))
    })
    req.on('close', () => {
      clearTimeout(slow)
      resolve(null)
    })
  })
}

/**
 * Reads the rest of a body to nowhere: a connection that is closed over unread bytes is reset, and the client would
 * lose the answer. One that goes on for too long is cut all the same.
 */
function discard(req: IncomingMessage): void {
  let size = 0
  req.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MAX_DISCARD) req.destroy()
  })
  req.resume()
}

export function clientRequest(req: IncomingMessage): ClientRequest {
  const url = req.url ?? '/'
  const mark = url.indexOf('?')
  return {
    method: req.method ?? 'GET',
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? '' : url.slice(mark),
    headers: req.rawHeaders,
    body: (limit) => readBody(req, limit),
  }
}

export function clientReply(req: IncomingMessage, res: ServerResponse): ClientReply {
  const gone = (): boolean => res.destroyed || res.writableEnded || req.socket.destroyed
  // A client that leaves in the middle of a write is no event of ours; 'close' tells it.
  res.on('error', () => {})
  return {
    gone,
    head(status, headers) {
      if (gone()) return
      if (res.headersSent) {
        // A second head comes only from a failure after the first: the client must not take the rest for a reply.
        res.destroy()
        return
      }
      if (!req.complete) discard(req)
      for (let at = 0; at + 1 < headers.length; at += 2) res.appendHeader(headers[at]!, headers[at + 1]!)
      res.writeHead(status)
    },
    flush() {
      if (!gone()) res.flushHeaders()
    },
    write: (bytes) => gone() || res.write(bytes),
    pass: (bytes) => gone() || res.write(Buffer.from(bytes)),
    end(bytes) {
      if (!gone()) res.end(bytes)
    },
    cut: () => void res.destroy(),
    onDrain: (then) => void res.on('drain', then),
    onGone(then) {
      if (res.destroyed || req.socket.destroyed) then()
      else res.on('close', () => void (res.writableFinished || then()))
    },
  }
}
