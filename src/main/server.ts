import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Fault } from '#base/fault.ts'
import { isInteropPath } from '#interop/interop.ts'
import { isTelemetryPath } from '#telemetry/telemetry.ts'

/** Longer than usual proxies keep theirs, so that they never reuse a connection that is being closed. */
const KEEP_ALIVE_MS = 75_000
const HEADERS_WITHIN_MS = 30_000

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

export async function listen(
  handler: RequestListener,
  { host, port }: { host: string; port: number },
): Promise<{ server: Server; port: number }> {
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_WITHIN_MS, requestTimeout: 0 },
    handler,
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)))
    server.listen(port, host, resolve)
  })
  return { server, port: (server.address() as AddressInfo).port }
}

/** Takes the port for a moment. Throws Fault `unavailable` with the remedy when it cannot be had. */
export async function probe(at: { host: string; port: number }): Promise<void> {
  const { server } = await listen(() => {}, at)
  await closeDoor(server)
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

/** No new connections; idle ones end now, busy ones when their answer is out. */
export const closeDoor = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
