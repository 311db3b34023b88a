import { connect, type Socket } from 'node:net'
import { eventually } from './eventually.ts'

/** A client that says exactly the bytes that it is told, and hears everything. */
export type RawClient = {
  readonly socket: Socket
  say(text: string | Buffer): void
  heard(): string
  /** Waits until what was heard has this. */
  hears(what: string | RegExp): Promise<string>
  /** Waits until the other side has ended or broken the connection; what was heard by then. */
  ended(): Promise<string>
}

export async function rawClient(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const parts: Buffer[] = []
  let over = false
  socket.on('data', (chunk) => parts.push(chunk))
  socket.on('error', () => {})
  socket.on('end', () => (over = true))
  socket.on('close', () => (over = true))
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  const heard = (): string => Buffer.concat(parts).toString('latin1')
  return {
    socket,
    say: (text) => void socket.write(text),
    heard,
    hears: async (what) => {
      await eventually(() => {
        const text = heard()
        if (typeof what === 'string' ? !text.includes(what) : !what.test(text))
          throw new Error(`${String(what)} was not heard in ${JSON.stringify(text.slice(-400))}`)
      }, 30_000)
      return heard()
    },
    ended: async () => {
      await eventually(() => {
        if (!over) throw new Error(`the connection stands: ${JSON.stringify(heard().slice(-400))}`)
      }, 30_000)
      return heard()
    },
  }
}
