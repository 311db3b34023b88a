import { Pool, type Dispatcher } from 'undici'
import { MINUTE, SECOND } from '#base/time.ts'
import type { Exchange, ReplySink, Transport, UpstreamFailure, UpstreamRequest } from './transport.ts'

/** A non-stream reply sends its head only when all of it is made; clients themselves give up after ten minutes. */
const HEAD_TIMEOUT = 15 * MINUTE
const BETWEEN_CHUNKS = 5 * MINUTE
const CONNECT_TIMEOUT = 10 * SECOND
const CONNECTIONS = 2_048
const MAX_ORIGINS = 64

const flat = (raw: unknown): string[] =>
  Array.isArray(raw)
    ? raw.map((part: unknown) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)))
    : []

function failureOf(error: Error & { code?: string }, started: boolean): UpstreamFailure {
  const message = error.message === '' ? (error.code ?? error.name) : error.message
  if (!started) return { kind: 'unsent', message }
  const timedOut = error.code === 'UND_ERR_HEADERS_TIMEOUT' || error.code === 'UND_ERR_BODY_TIMEOUT'
  return { kind: timedOut ? 'timeout' : 'broken', message }
}

/** Keep-alive pools, one for each origin. HTTP/1.1 only: undici's HTTP/2 stalls streams under load. */
export function undiciTransport(): Transport {
  const pools = new Map<string, Pool>()

  const poolOf = (origin: string): Pool => {
    const standing = pools.get(origin)
    if (standing) return standing
    if (pools.size >= MAX_ORIGINS) {
      const [oldest, pool] = pools.entries().next().value!
      pools.delete(oldest)
      void pool.close()
    }
    const pool = new Pool(origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      allowH2: false,
      headersTimeout: HEAD_TIMEOUT,
      bodyTimeout: BETWEEN_CHUNKS,
      connect: { timeout: CONNECT_TIMEOUT },
    })
    pools.set(origin, pool)
    return pool
  }

  const send = (request: UpstreamRequest, sink: ReplySink): Exchange => {
    let controller: Dispatcher.DispatchController | null = null
    let aborted = false
    // A connection that has done its work may already carry another call: it is not to be touched any more.
    let over = false
    let returned = false
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(own) {
        if (aborted) return own.abort(new Error('the call was given up before it was sent'))
        controller = own
      },
      onResponseStart(own, status) {
        // Informational heads (100, 103) are not the reply.
        if (status >= 200) sink.head(status, flat(own.rawHeaders))
      },
      onResponseData: (_, chunk) => sink.data(chunk),
      onResponseEnd: () => {
        over = true
        sink.end()
      },
      onResponseError: (_, error) => {
        if (over) return
        over = true
        const failure = failureOf(error, controller !== null)
        // What cannot be begun fails at once; whoever sends must have its exchange before it hears of that.
        if (returned) sink.failed(failure)
        else queueMicrotask(() => sink.failed(failure))
      },
    }
    const { origin, path, method, headers, body } = request
    const whole = body && (Buffer.isBuffer(body) ? body : Buffer.concat(body))
    poolOf(origin).dispatch({ origin, path, method, headers: [...headers], body: whole }, handler)
    returned = true
    return {
      pause: () => void (over || controller?.pause()),
      resume: () => void (over || controller?.resume()),
      abort: () => {
        aborted = true
        if (!over) controller?.abort(new Error('the call was given up'))
      },
    }
  }

  return {
    send,
    close: async () => void (await Promise.all([...pools.values()].map((pool) => pool.destroy()))),
  }
}
