import type { SecureContext } from 'node:tls'
import { tls } from '#base/http.ts'
import type { Millis } from '#base/time.ts'
import { byName } from '../relay/headers.ts'
import { sizeOf, type Transport, type UpstreamRequest } from '../relay/transport.ts'
import { isText, isToken } from './fields.ts'
import type { Call, Line } from './line.ts'
import { openPool, type Pool } from './pool.ts'
import { openSweep } from './sweep.ts'

/** As many as calls that one process takes at once: every stream has one of its own. */
const CONNECTIONS = 10_000
const MAX_ORIGINS = 64

export type TransportOptions = {
  /** Certificates to trust instead of the usual ones. */
  readonly ca?: string
  /** Connections to one origin at most. */
  readonly connections?: number
  /** How long a second of the deadlines lasts. */
  readonly second?: Millis
}

type Origin = { readonly pool: Pool; readonly authority: string }

/**
 * Our own HTTP/1.1 to upstreams: keep-alive connections, one call on each. After
 * `pause` what has been read already, at most 64 KB, may still come. Certificates are verified.
 */
export function http1Transport({ ca, connections = CONNECTIONS, second }: TransportOptions = {}): Transport {
  const origins = new Map<string, Origin>()
  const sweep = openSweep<Line>(second)
  let context: SecureContext | null = null
  let closed = false

  const originOf = (text: string): Origin | null => {
    const standing = origins.get(text)
    if (standing) return standing
    if (!URL.canParse(text)) return null
    const { protocol, hostname, port, host } = new URL(text)
    const secure = protocol === 'https:'
    if (!secure && protocol !== 'http:') return null
    // One for all: the certificates in it are large.
    if (secure) context ??= tls().createSecureContext(ca === undefined ? {} : { ca })
    const target = {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      secure: secure ? context : null,
      session: null,
    }
    if (origins.size >= MAX_ORIGINS) {
      const [oldest, { pool }] = origins.entries().next().value!
      origins.delete(oldest)
      pool.retire()
    }
    const origin = { pool: openPool(target, { most: connections, sweep }), authority: host }
    origins.set(text, origin)
    return origin
  }

  return {
    send(request, sink) {
      const origin = closed ? null : originOf(request.origin)
      const head = origin && headOf(request, origin.authority)
      const call: Sending = {
        head: head ?? '',
        body: request.body,
        sink,
        line: null,
        over: false,
        pool: origin?.pool ?? null,
        pause,
        resume,
        abort,
      }
      if (origin && head !== null) origin.pool.send(call)
      else {
        // Whoever sends must have its exchange before it hears of that.
        queueMicrotask(() => {
          if (call.over) return
          call.over = true
          sink.failed({
            kind: 'unsent',
            message: closed ? 'the gateway is closing' : 'the request cannot be written',
          })
        })
      }
      return call
    },
    close: async () => {
      closed = true
      sweep.stop()
      for (const { pool } of origins.values()) pool.close()
    },
  }
}

/** A call is its own exchange; whether it waits or is on its way, its pool knows it. */
type Sending = Call & { readonly pool: Pool | null }

function pause(this: Sending): void {
  this.line?.pause()
}

function resume(this: Sending): void {
  this.line?.resume()
}

function abort(this: Sending): void {
  if (this.over) return
  if (this.line) this.line.drop('broken', 'the call was given up')
  else this.pool?.forget(this)
}

/** Those that speak of the connection or of the body's end are written here, and by nobody else. */
const OURS =
  /^(?:host|connection|keep-alive|proxy-connection|content-length|transfer-encoding|te|trailer|upgrade|expect)$/i
const mayStand = byName((name) => isToken(name) && !OURS.test(name))
const METHODS = new Set<UpstreamRequest['method']>(['GET', 'POST', 'DELETE'])

/** The head of a request, made anew; null when something in it would not be one line of it. */
export function headOf(request: UpstreamRequest, authority: string): string | null {
  const { method, body } = request
  const start = startOf(request, authority)
  if (start === null) return null
  return body || method === 'POST'
    ? `${start}content-length: ${body ? sizeOf(body) : 0}\r\n\r\n`
    : `${start}\r\n`
}

/** Its lines but the length; null: it cannot be written. */
function startOf(request: UpstreamRequest, authority: string): string | null {
  const { keep } = request
  if (!keep) return linesOf(request, authority)
  return (keep.value ??= linesOf(request, authority)) as string | null
}

function linesOf(
  { method, path, headers }: Pick<UpstreamRequest, 'method' | 'path' | 'headers'>,
  authority: string,
): string | null {
  if (!METHODS.has(method) || !/^\/[\x21-\x7e]*$/.test(path)) return null
  // Put together at once: a text that grew piece by piece would keep all of its pieces.
  const head = [`${method} ${path} HTTP/1.1\r\nhost: ${authority}\r\nconnection: keep-alive\r\n`]
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at]!
    const value = headers[at + 1]!
    if (!mayStand(name) || !isText(value)) return null
    head.push(name, ': ', value, '\r\n')
  }
  return head.join('')
}
