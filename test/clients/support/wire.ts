import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** One request that a client sent, and how it was answered. */
export type Seen = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The body as text. */
  readonly body: string
  /** 0 while there is no answer. */
  readonly status: number
  readonly answer: string
}

/** An agent's own call brings tools; those for titles and routes beside it, which come in any order, do not. */
export const bringsTools = (body: string): boolean => /"tools":\s*\[\s*\{/.test(body)

type Listening = { readonly url: string; close(): Promise<void> }

async function listen(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type Wire = Listening & {
  /** What came since the last `clear`, in order. */
  readonly seen: () => readonly Seen[]
  clear(): void
  /** Resolves when the answer to a call with tools has brought so many bytes to the client. */
  streaming(bytes: number): Promise<void>
}

/** A reverse proxy that changes nothing and writes down everything: what a client really sends to Perq. */
export async function recordingProxy(target: string): Promise<Wire> {
  let seen: Seen[] = []
  let waiting: { bytes: number; resolve: () => void }[] = []
  const server = createServer((req, res) => {
    const entry = {
      method: req.method ?? '',
      path: req.url ?? '',
      headers: req.headers,
      body: '',
      status: 0,
      answer: '',
    }
    seen.push(entry)
    const onward = request(`${target}${req.url}`, { method: req.method, headers: req.rawHeaders })
    req.on('data', (chunk: Buffer) => (entry.body += chunk.toString('latin1')))
    req.pipe(onward)
    onward.on('response', (reply) => {
      entry.status = reply.statusCode ?? 0
      res.writeHead(entry.status, reply.rawHeaders)
      // Events go on as they come, and the client's end of the line is felt at once.
      res.flushHeaders()
      let bytes = 0
      reply.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        entry.answer += chunk.toString('latin1')
        if (!bringsTools(entry.body)) return
        waiting = waiting.filter((one) => one.bytes > bytes || (one.resolve(), false))
      })
      reply.on('error', () => res.destroy())
      reply.pipe(res)
    })
    onward.on('error', () => res.destroy())
    res.on('close', () => onward.destroy())
  })
  return {
    ...(await listen(server)),
    seen: () => seen.map((one) => ({ ...one, body: utf8(one.body), answer: utf8(one.answer) })),
    clear: () => void (seen = []),
    streaming: (bytes) => new Promise((resolve) => void waiting.push({ bytes, resolve })),
  }
}

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8')

export type Refuser = Listening & { readonly asked: () => readonly string[] }

/** The proxy of a client's environment: it lets nothing out and remembers who was asked for. */
export async function refusingProxy(): Promise<Refuser> {
  const asked: string[] = []
  const server = createServer((req, res) => {
    asked.push(req.url ?? '')
    res.writeHead(403).end()
  })
  server.on('connect', (req, socket: Socket) => {
    asked.push(req.url ?? '')
    socket.on('error', () => {})
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  return { ...(await listen(server)), asked: () => asked }
}
