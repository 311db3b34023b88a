import { createServer, type AddressInfo, type Socket } from 'node:net'

/** What a provider does with a request that has come whole: `n` counts those of all connections from 1. */
export type RawBehaviour = (socket: Socket, n: number) => void

export type RawProvider = Awaited<ReturnType<typeof rawProvider>>

/** A provider that says exactly the bytes that it is told, over plain TCP, once a request has come whole. */
export async function rawProvider() {
  const sockets = new Set<Socket>()
  let asked = 0
  let behave: RawBehaviour = (socket) => socket.destroy()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let came = ''
    socket.on('data', (chunk) => {
      came += chunk.toString('latin1')
      for (let rest = afterOne(came); rest !== null; rest = afterOne(came)) {
        came = rest
        asked += 1
        behave(socket, asked)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    /** Connections that stand. */
    open: () => sockets.size,
    behave: (then: RawBehaviour) => void (behave = then),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** What follows the first request, or null while that has not come whole. */
function afterOne(came: string): string | null {
  const head = came.indexOf('\r\n\r\n')
  if (head === -1) return null
  const [, length = '0'] = /\r\ncontent-length: (\d+)/i.exec(came.slice(0, head + 2)) ?? []
  const end = head + 4 + Number(length)
  return came.length < end ? null : came.slice(end)
}
