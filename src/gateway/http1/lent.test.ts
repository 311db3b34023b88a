import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { eventually } from '../../../test/support/eventually.ts'
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

test('a request that waits to be worked off stays what it was while others are read', async (t) => {
  const bodies = new Map<string, Promise<Buffer | null> | Buffer | null>()
  let came = 0
  const server = createServer()
  const late: (() => void)[] = []
  takeConnections(server, {
    isHot: () => true,
    serve: (asked, reply) => {
      came += 1
      const take = (): void => {
        const body = asked.body(1024 * 1024)
        bodies.set(asked.path, body)
        void Promise.resolve(body).then(() => {
          reply.head(200, [])
          reply.end()
        })
      }
      // Half of them are asked for at once, half when all others have come.
      if (came % 2 === 0) take()
      else late.push(take)
    },
    now: Date.now,
    closing: () => false,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clients: Socket[] = []
  t.after(() => {
    server.close()
    for (const client of clients) client.destroy()
  })
  const sizes = [2, 500, 5_000, 60_000, 100_000]
  const bodyOf = (n: number): Buffer => Buffer.alloc(sizes[n % sizes.length]!, byteOf(n, 0))
  const headOf = (n: number): string =>
    `POST /${n} HTTP/1.1\r\nHost: h\r\nContent-Length: ${bodyOf(n).length}\r\n\r\n`
  for (let n = 0; n < 40; n += 2) {
    const client = connect(port, '127.0.0.1')
    clients.push(client)
    client.resume()
    // The head of a second request, and half of it, comes with the first.
    const [first, second] = [bodyOf(n), bodyOf(n + 1)]
    const half = second.length / 2
    client.write(
      Buffer.concat([Buffer.from(headOf(n)), first, Buffer.from(headOf(n + 1)), second.subarray(0, half)]),
    )
    setImmediate(() => void client.write(second.subarray(half)))
  }
  const all = async (): Promise<void> => {
    for (const take of late.splice(0)) take()
    assert.equal(bodies.size, 40)
  }
  await eventually(all, 20_000)
  for (let n = 0; n < 40; n += 1)
    assert.ok((await bodies.get(`/${n}`))?.equals(bodyOf(n)), `the body of request ${n}`)
})
