import type { RequestListener, ServerResponse } from 'node:http'
import { Server as NetServer, type AddressInfo } from 'node:net'
import { Fault } from '#base/fault.ts'
import { http } from '#base/http.ts'
import type { Millis } from '#base/time.ts'
import { takeConnections } from '#gateway/http1/front.ts'
import type { ClientReply, ClientRequest } from '#gateway/relay/transport.ts'
import { isInteropPath } from '#interop/interop.ts'
import { isTelemetryPath } from '#telemetry/telemetry.ts'
import { openConnections } from './connections.ts'

/** Longer than usual proxies keep theirs, so that they never reuse a connection that is being closed. */
const KEEP_ALIVE_MS = 75_000
const HEADERS_WITHIN_MS = 30_000
const BACKLOG = 1_024

/** Calls as they come to the gateway without node:http. */
export type Take = (request: ClientRequest, reply: ClientReply) => void

/** LLM clients go to the gateway, everybody else to the people's door. */
export const isGatewayPath = (url: string): boolean => /^\/(openai|anthropic|gemini)(\/|\?|$)/.test(url)

export type Doors = {
  readonly gateway: RequestListener
  readonly telemetry: RequestListener
  readonly interop: RequestListener
  readonly api: RequestListener
}

export function split(doors: Doors): RequestListener {
  return (req, res) => {
    // Some clients ask whether there is anybody before they have anything to say.
    if (req.method === 'HEAD' && req.url === '/') return void res.writeHead(200).end()
    if (isInteropPath(req.url ?? '/')) doors.interop(req, res)
    else if (isGatewayPath(req.url ?? '/')) doors.gateway(req, res)
    else if (isTelemetryPath(req.url ?? '/')) doors.telemetry(req, res)
    else doors.api(req, res)
  }
}

export type Listening = {
  readonly port: number
  /**
   * No new connections. Every answer from now on ends its connection; those that stay silent for `grace` are hung up.
   * Resolves when the last one has ended.
   */
  close(grace: Millis): Promise<void>
  /** Hangs up on everybody. */
  cut(): void
}

/** With `take`, plain calls are read and answered by our own HTTP/1.1, and everything else by node:http. */
export async function listen(
  handler: RequestListener,
  { host, port, backlog = BACKLOG, take }: { host: string; port: number; backlog?: number; take?: Take },
): Promise<Listening> {
  const connections = openConnections()
  const answering = new Set<ServerResponse>()
  const server = http.createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_WITHIN_MS, requestTimeout: 0 },
    (req, res) => {
      connections.begin(req.socket)
      answering.add(res)
      res.once('close', () => {
        answering.delete(res)
        connections.end(req.socket)
      })
      if (connections.closing()) res.shouldKeepAlive = false
      handler(req, res)
    },
  )
  if (take) {
    takeConnections(server, {
      isHot: (path) => isGatewayPath(path) && !isInteropPath(path),
      serve: take,
      now: Date.now,
      closing: connections.closing,
      begun: connections.begin,
      ended: connections.end,
    })
  }
  server.on('connection', connections.add)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)))
    server.listen({ host, port, backlog }, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: async (grace) => {
      // Not the close of node:http, which hangs up on idle connections at once.
      const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve))
      for (const res of answering) if (!res.headersSent) res.shouldKeepAlive = false
      await connections.drain(grace)
      await closed
    },
    cut: connections.cut,
  }
}

/** Takes the port for a moment. Throws Fault `unavailable` with the remedy when it cannot be had. */
export async function probe(at: { host: string; port: number }): Promise<void> {
  const { close } = await listen(() => {}, at)
  await close(0)
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  if (error.code === 'EADDRINUSE') {
    const message = `port ${port} is taken on ${host}; stop what listens there, or take another: --port 0 finds a free one`
    return new Fault('unavailable', message, { param: 'port' })
  }
  if (error.code === 'EACCES')
    return new Fault('unavailable', `port ${port} may not be used by this user; take one above 1023`)
  if (error.code === 'EADDRNOTAVAIL')
    return new Fault('unavailable', `this machine has no address ${host}; set PERQ_HOST to one it has`)
  return error
}
