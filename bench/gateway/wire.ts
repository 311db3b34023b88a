import { connect, type Socket } from 'node:net'
import { replyReader, type ReplyReader } from './framing.ts'

/** A request as it goes out: one write for a short one, head and body apart for a long one. */
export type Request = { readonly head: Buffer; readonly body: Buffer | null }

const ONE_WRITE = 16_384
/** All connections of the process read into one buffer: what is read is done with before the next read. */
const SHARED = Buffer.allocUnsafeSlow(65_536)

/** The headers that the OpenAI SDK sends, and those that name the way and the key. */
export function requestOf(
  { host, path, headers }: { host: string; path: string; headers: Readonly<Record<string, string>> },
  body: Buffer,
): Request {
  const lines = Object.entries({
    Host: host,
    Connection: 'keep-alive',
    Accept: 'application/json',
    'User-Agent': 'OpenAI/JS 6.9.1',
    'X-Stainless-Retry-Count': '0',
    'X-Stainless-Lang': 'js',
    'X-Stainless-Package-Version': '6.9.1',
    'X-Stainless-OS': 'Linux',
    'X-Stainless-Arch': 'x64',
    'X-Stainless-Runtime': 'node',
    'Content-Type': 'application/json',
    ...headers,
    'Content-Length': String(body.length),
  })
  const head = Buffer.from(
    `POST ${path} HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n`,
  )
  return body.length <= ONE_WRITE ? { head: Buffer.concat([head, body]), body: null } : { head, body }
}

export type Connection = {
  readonly socket: Socket
  readonly reader: ReplyReader
  send(request: Request): void
}

/** A keep-alive connection. `done` when a reply is whole; `lost` when it ended, at most once and nothing after it. */
export function openConnection(
  port: number,
  {
    ready,
    payload = () => null,
    done,
    lost,
  }: {
    ready: () => void
    payload?: () => ((bytes: Buffer, from: number, to: number) => void) | null
    done: () => void
    lost: (why: string) => void
  },
): Connection {
  const reader = replyReader(payload)
  let over = false
  const end = (why: string): void => {
    if (over) return
    over = true
    socket.destroy()
    lost(why)
  }
  const socket: Socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: SHARED,
      callback: (count) => {
        try {
          if (reader.read(SHARED.subarray(0, count))) done()
        } catch (error) {
          end(String((error as Error).message))
        }
        return true
      },
    },
  })
  socket.once('connect', ready)
  socket.once('error', (error) => end(error.message))
  socket.once('close', () => end('closed'))
  return {
    socket,
    reader,
    send: ({ head, body }) => {
      if (body === null) return void socket.write(head)
      socket.cork()
      socket.write(head)
      socket.write(body)
      socket.uncork()
    },
  }
}
