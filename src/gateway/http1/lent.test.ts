import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { test } from 'node:test'
import { takeConnections } from './front.ts'

const PIECES = 220
const CLIENTS = 6

/** Of every size that goes another way: copied on its own, put together with others, too large for either. */
const sizeOf = (client: number, n: number): number =>
  client % 2 === 0 ? 33_000 : [1, 300, 4_096, 33_000, 65_536, 140_000][n % 6]!
const byteOf = (client: number, n: number): number => 0x21 + ((client * 31 + n) % 90)

test('bytes that are written over as soon as they were passed on reach slow clients as they were', async (t) => {
  const sockets: Socket[] = []
  const lent = Buffer.alloc(140_000)
  const server = createServer()
  takeConnections(server, {
    isHot: () => true,
    serve: (asked, reply) => {
      const client = Number(asked.path.slice(1))
      reply.head(200, ['content-type', 'text/plain'])
      for (let n = 0; n < PIECES; n += 1) {
        reply.pass(lent.fill(byteOf(client, n)).subarray(0, sizeOf(client, n)))
        lent.fill('x')
      }
      reply.write(Buffer.from('end'))
      reply.end()
    },
    now: Date.now,
    closing: () => false,
  })
  server.on('connection', (socket: Socket) => void sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const { port } = server.address() as AddressInfo

  const replies: IncomingMessage[] = []
  for (let client = 0; client < CLIENTS; client += 1) {
    const call = request({ port, host: '127.0.0.1', method: 'POST', path: `/${client}` }).end('{}')
    const [reply] = (await once(call, 'response')) as [IncomingMessage]
    replies.push(reply)
  }
  // Nobody has read anything of them yet, and more was written than a kernel takes.
  assert.ok(sockets.some((socket) => socket.writableLength > 0))
  for (const [client, reply] of replies.entries()) {
    const parts: Buffer[] = []
    for await (const part of reply) parts.push(part as Buffer)
    const said = Array.from({ length: PIECES }, (_, n) => Buffer.alloc(sizeOf(client, n), byteOf(client, n)))
    assert.ok(Buffer.concat(parts).equals(Buffer.concat([...said, Buffer.from('end')])), `client ${client}`)
  }
})
