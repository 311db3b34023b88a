import assert from 'node:assert/strict'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { selfSigned } from '../../../test/support/certificate.ts'
import { eventually } from '../../../test/support/eventually.ts'
import type { HeaderList } from '../relay/headers.ts'
import type { Exchange, Transport, UpstreamFailure, UpstreamRequest } from '../relay/transport.ts'
import { http1Transport, type TransportOptions } from './transport.ts'

/** A provider of raw bytes: it hears a whole request, and says what it is told to. */
type Provider = { url: string; requests: string[]; sockets: Socket[]; server: Server }

async function provider(
  t: TestContext,
  answer: (socket: Socket, request: string, n: number) => void,
  server: Server = createServer(),
): Promise<Provider> {
  const requests: string[] = []
  const sockets: Socket[] = []
  const secure = 'setSecureContext' in server
  server.on(secure ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.push(socket)
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (;;) {
        const head = text.indexOf('\r\n\r\n') + 4
        const length = Number(/\r\ncontent-length: (\d+)\r\n/.exec(text)?.[1] ?? 0)
        if (head < 4 || text.length < head + length) return
        requests.push(text.slice(0, head + length))
        text = text.slice(head + length)
        answer(socket, requests.at(-1)!, requests.length)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const { port } = server.address() as AddressInfo
  return { url: `${secure ? 'https://localhost' : 'http://127.0.0.1'}:${port}`, requests, sockets, server }
}

function transportFor(t: TestContext, options: TransportOptions = {}): Transport {
  const transport = http1Transport(options)
  t.after(() => transport.close())
  return transport
}

type Asked = {
  exchange: Exchange
  status: number
  headers: HeaderList
  body: string
  chunks: number
  over: Promise<'end' | UpstreamFailure>
}

function ask(transport: Transport, origin: string, more: Partial<UpstreamRequest> = {}): Asked {
  const asked = { status: 0, headers: [] as HeaderList, body: '', chunks: 0 }
  let exchange: Exchange | null = null
  const over = new Promise<'end' | UpstreamFailure>((resolve) => {
    let ended = false
    const end = (how: 'end' | UpstreamFailure): void => {
      assert.ok(exchange, 'heard before send returned')
      assert.ok(!ended, 'ended twice')
      ended = true
      resolve(how)
    }
    exchange = transport.send(
      { origin, path: '/x', method: 'POST', headers: [], body: Buffer.from('{}'), ...more },
      {
        head(status, headers) {
          assert.ok(exchange && !ended && asked.status === 0)
          ;[asked.status, asked.headers] = [status, headers]
        },
        data(chunk) {
          assert.ok(asked.status > 0 && !ended)
          asked.body += chunk.toString('latin1')
          asked.chunks += 1
        },
        end: () => end('end'),
        failed: end,
      },
    )
  })
  return Object.assign(asked, { exchange: exchange!, over })
}

const kindOf = async ({ over }: Asked): Promise<string> => {
  const how = await over
  return how === 'end' ? 'end' : how.kind
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

test('a request is made anew: its own host and length, and nothing that could be read as another line', async (t) => {
  const { url, requests } = await provider(t, (socket) => socket.write(OK))
  const transport = transportFor(t)
  const asked = ask(transport, url, {
    path: '/v1/x?a=b',
    headers: ['x-api-key', 'k', 'X-\u00e9'.slice(0, 2) + 'b', '\u00e9'],
  })
  assert.equal(await kindOf(asked), 'end')
  assert.deepEqual([asked.status, asked.headers, asked.body], [200, ['Content-Length', '2'], 'ok'])
  const host = url.slice('http://'.length)
  assert.equal(
    requests[0],
    `POST /v1/x?a=b HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\nx-api-key: k\r\nX-b: \u00e9\r\ncontent-length: 2\r\n\r\n{}`,
  )
  const bad: Partial<UpstreamRequest>[] = [
    { headers: ['x', 'a\r\nb: c'] },
    { headers: ['x', 'a\nb'] },
    { headers: ['x', 'a\0b'] },
    { headers: ['x', '\u0100'] },
    { headers: ['x y', 'a'] },
    { headers: ['', 'a'] },
    { headers: ['Host', 'elsewhere'] },
    { headers: ['content-length', '3'] },
    { headers: ['Transfer-Encoding', 'chunked'] },
    { path: '/a b' },
    { path: '/a\r\nb' },
    { path: 'x' },
    { origin: 'no url' },
    { origin: 'ftp://127.0.0.1' },
  ]
  for (const each of bad)
    assert.equal(await kindOf(ask(transport, url, each)), 'unsent', JSON.stringify(each))
  assert.equal(requests.length, 1)
})

/** What providers may say, and what comes of it: the body or 'broken', and whether the connection is used again. */
const REPLIES: readonly (readonly [string, string, string, 'again' | 'ended'])[] = [
  ['of known length', OK, 'ok', 'again'],
  ['empty', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', '', 'again'],
  ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', '', 'again'],
  [
    'in chunks',
    'HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0A\r\n0123456789\r\n0\r\n\r\n',
    'ok0123456789',
    'again',
  ],
  [
    'in chunks with extensions and trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b;c="d;\\"e"\r\nok\r\n0;z\r\nX-a: b\r\nx-c: \r\n\r\n',
    'ok',
    'again',
  ],
  [
    'after interim ones',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}`,
    'ok',
    'again',
  ],
  [
    'that ends its connection',
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
    'ok',
    'ended',
  ],
  ['of an older version', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 'ok', 'ended'],
  ['with more than was asked for', `${OK}HTTP/1.1 200 OK\r\n`, 'ok', 'ended'],
  [
    'with two lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok',
    'broken',
    'ended',
  ],
  [
    'with length and encoding',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'broken',
    'ended',
  ],
  [
    'in an unknown encoding',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'broken',
    'ended',
  ],
  ['with a huge length', `HTTP/1.1 200 OK\r\nContent-Length: ${'9'.repeat(20)}\r\n\r\nok`, 'broken', 'ended'],
  [
    'with a huge chunk',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n',
    'broken',
    'ended',
  ],
  [
    'with a chunk without a size',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nok\r\n',
    'broken',
    'ended',
  ],
  [
    'with a chunk longer than its size',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n',
    'broken',
    'ended',
  ],
  [
    'with an extension without an end',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(300)}`,
    'broken',
    'ended',
  ],
  [
    'with a length in its trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n',
    'broken',
    'ended',
  ],
  ['with a folded line', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok', 'broken', 'ended'],
  ['with bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', 'broken', 'ended'],
  ['with a NUL', 'HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 2\r\n\r\nok', 'broken', 'ended'],
  ['with a head without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}`, 'broken', 'ended'],
  ['that changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n', 'broken', 'ended'],
  ['in another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'broken', 'ended'],
]

test('every form of reply is read to its end, whole or byte by byte, and what is none is broken', async (t) => {
  for (const [name, reply, want, then] of REPLIES) {
    for (const piece of reply.length < 400 ? [reply.length, 1] : [reply.length]) {
      const { url, sockets, server } = await provider(t, (socket, _, n) => {
        if (n > 1) return void socket.write(OK)
        const say = (at: number): void => {
          if (at >= reply.length || socket.destroyed) return
          socket.write(reply.slice(at, at + piece), 'latin1', () => setImmediate(say, at + piece))
        }
        say(0)
      })
      const transport = http1Transport()
      const asked = ask(transport, url)
      const how = await kindOf(asked)
      assert.equal(how === 'end' ? asked.body : how, want, name)
      // Bytes that come later than the end break the call that comes next, if it is soon enough to meet them.
      if (piece > 1 || then === 'again') assert.equal(await kindOf(ask(transport, url)), 'end', name)
      if (piece > 1) assert.equal(sockets.length, then === 'again' ? 1 : 2, name)
      await transport.close()
      server.close()
    }
  }
})

test('a reply without a length ends with its connection, and only with a regular end', async (t) => {
  const { url } = await provider(t, (socket, _, n) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\nall of it')
    if (n === 1) socket.end()
    else setImmediate(() => socket.resetAndDestroy())
  })
  const transport = transportFor(t)
  const first = ask(transport, url)
  assert.deepEqual([await kindOf(first), first.body], ['end', 'all of it'])
  assert.equal(await kindOf(ask(transport, url)), 'broken')
})

test('what is cut in the middle is broken, and what was never sent is unsent', async (t) => {
  const transport = transportFor(t)
  for (const said of [
    '',
    'HTTP/1.1 200 OK\r\nContent-Le',
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
  ]) {
    const { url } = await provider(t, (socket) => void socket.end(said))
    assert.equal(await kindOf(ask(transport, url)), 'broken', said)
  }
  const { url, server } = await provider(t, () => {})
  await new Promise((resolve) => server.close(resolve))
  const nobody = ask(transport, url)
  const how = await nobody.over
  assert.ok(how !== 'end' && how.kind === 'unsent' && /ECONNREFUSED/.test(how.message))
})

test('a connection that ended while nobody used it is not used again', async (t) => {
  const { url, sockets, requests } = await provider(t, (socket) => socket.write(OK))
  const transport = transportFor(t)
  for (const how of ['end', 'resetAndDestroy', 'unsolicited'] as const) {
    const before = sockets.length
    assert.equal(await kindOf(ask(transport, url)), 'end')
    const socket = sockets.at(-1)!
    assert.equal(sockets.length, before + 1)
    if (how === 'unsolicited') socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n')
    else socket[how]()
    await eventually(() => assert.ok(socket.destroyed), 20_000)
  }
  assert.equal(await kindOf(ask(transport, url)), 'end')
  assert.deepEqual([requests.length, sockets.length], [4, 4])
})

test('a connection is kept for less than its provider keeps it', async (t) => {
  const { url, sockets } = await provider(t, (socket, _, n) => {
    socket.write(n === 2 ? 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok' : OK)
  })
  const transport = transportFor(t, { second: 100 })
  assert.equal(await kindOf(ask(transport, url)), 'end')
  await eventually(() => assert.ok(sockets[0]!.destroyed), 20_000)
  assert.equal(await kindOf(ask(transport, url)), 'end')
  assert.equal(await kindOf(ask(transport, url)), 'end')
  assert.equal(sockets.length, 3)
})

test('a call is given up in every state: the sink hears of it once, and the connection is not used again', async (t) => {
  const { url, requests, sockets } = await provider(t, (socket, request) => {
    if (request.includes('/head')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n')
    if (request.includes('/body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
    if (request.includes('/ok')) socket.write(OK)
  })
  const transport = transportFor(t, { connections: 1 })
  const early = ask(transport, url)
  early.exchange.abort()
  early.exchange.abort()
  assert.equal(await kindOf(early), 'unsent')

  const sent = ask(transport, url)
  await eventually(() => assert.equal(requests.length, 1))
  const waits = ask(transport, url)
  waits.exchange.abort()
  assert.equal(await kindOf(waits), 'unsent')
  const next = ask(transport, url, { path: '/head' })
  sent.exchange.abort()
  assert.equal(await kindOf(sent), 'broken')
  await eventually(() => assert.equal(next.status, 200))
  next.exchange.abort()
  assert.equal(await kindOf(next), 'broken')
  const body = ask(transport, url, { path: '/body' })
  await eventually(() => assert.equal(body.body, 'half'))
  body.exchange.pause()
  body.exchange.abort()
  body.exchange.resume()
  assert.equal(await kindOf(body), 'broken')
  const fine = ask(transport, url, { path: '/ok' })
  assert.equal(await kindOf(fine), 'end')
  fine.exchange.abort()
  fine.exchange.pause()
  assert.equal(await kindOf(ask(transport, url, { path: '/ok' })), 'end')
  await eventually(() => assert.equal(sockets.filter((socket) => !socket.destroyed).length, 1))
})

test('calls beyond the connections wait their turn, and too many are refused unsent', async (t) => {
  const { url, sockets } = await provider(t, (socket) => void setImmediate(() => socket.write(OK)))
  const transport = transportFor(t, { connections: 3 })
  const asked = Array.from({ length: 2_100 }, () => ask(transport, url))
  const kinds = await Promise.all(asked.map(kindOf))
  assert.deepEqual(
    [kinds.filter((kind) => kind === 'end').length, kinds.filter((kind) => kind === 'unsent').length],
    [2_051, 49],
  )
  assert.equal(sockets.length, 3)
})

test('ten thousand calls over a few connections: every answer is that of its own call', async (t) => {
  const { url, sockets } = await provider(t, (socket, request) => {
    const id = /\r\nx-id: (\d+)\r\n/.exec(request)?.[1] ?? ''
    const body = `${id}:${request.length}`
    if (Number(id) % 3 > 0)
      return void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    socket.write(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    )
  })
  const transport = transportFor(t)
  let n = 0
  const caller = async (): Promise<void> => {
    while (n < 10_000) {
      n += 1
      const id = String(n)
      const body = Buffer.alloc(n % 1_000)
      const asked = ask(transport, url, { headers: ['x-id', id], body })
      assert.equal(await kindOf(asked), 'end')
      const head = `POST /x HTTP/1.1\r\nhost: ${url.slice(7)}\r\nconnection: keep-alive\r\nx-id: ${id}\r\ncontent-length: ${body.length}\r\n\r\n`
      assert.equal(asked.body, `${id}:${head.length + body.length}`)
    }
  }
  await Promise.all(Array.from({ length: 8 }, caller))
  assert.equal(sockets.length, 8)
})

test('a reader that pauses stops the provider, and gets every byte in the end', async (t) => {
  const size = 48 * 1024 * 1024
  const { url, sockets } = await provider(t, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
    const piece = Buffer.alloc(64 * 1024, 'x')
    let left = size
    const go = (): void => {
      while (left > 0) {
        left -= piece.length
        if (!socket.write(piece)) return
      }
    }
    socket.on('drain', go)
    go()
  })
  const transport = transportFor(t)
  let got = 0
  let late = 0
  let paused = false
  await new Promise<void>((resolve, reject) => {
    const exchange = transport.send(
      { origin: url, path: '/', method: 'GET', headers: [], body: null },
      {
        head() {},
        data(chunk) {
          got += chunk.length
          if (paused) late += chunk.length
          if (paused || got < 1024 * 1024 || got > 2 * 1024 * 1024) return
          paused = true
          exchange.pause()
          // All that the kernel takes has been written when the provider waits.
          void eventually(() => assert.ok(sockets[0]!.writableNeedDrain), 20_000).then(() => {
            paused = false
            exchange.resume()
          }, reject)
        },
        end: resolve,
        failed: ({ message }) => reject(new Error(message)),
      },
    )
  })
  assert.equal(got, size)
  assert.ok(late <= 64 * 1024, `${late} bytes came after the pause`)
})

test('a reply that stalls fails in its time: before its head, in its middle, but not while its reader pauses', async (t) => {
  const { url } = await provider(t, (socket, request) => {
    if (request.includes('/body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
  })
  const transport = transportFor(t, { second: 1 })
  const silent = ask(transport, url)
  const stuck = ask(transport, url, { path: '/body' })
  const paused = ask(transport, url, { path: '/body' })
  await eventually(() => assert.equal(paused.body, 'half'))
  paused.exchange.pause()
  assert.deepEqual([await kindOf(silent), await kindOf(stuck)], ['timeout', 'timeout'])
  paused.exchange.abort()
  assert.equal(await kindOf(paused), 'broken')
})

test('a large body goes out whole, and a reply that comes before its end leaves no connection behind', async (t) => {
  const { url, requests, server } = await provider(t, (socket) => socket.write(OK))
  const transport = transportFor(t)
  const body = Buffer.alloc(5 * 1024 * 1024, 'y')
  assert.equal(await kindOf(ask(transport, url, { body })), 'end')
  assert.ok(requests[0]!.endsWith(body.toString('latin1')))
  for (const size of [100, 60_000]) {
    const pieces = [Buffer.alloc(size, 'a'), Buffer.alloc(0), Buffer.alloc(size, 'b')]
    assert.equal(await kindOf(ask(transport, url, { body: pieces })), 'end')
    assert.ok(
      requests.at(-1)!.endsWith(`content-length: ${2 * size}\r\n\r\n${Buffer.concat(pieces).toString()}`),
    )
  }
  server.removeAllListeners('connection')
  const rude: Socket[] = []
  server.on('connection', (socket: Socket) => {
    rude.push(socket)
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.pause()
      socket.write('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n')
    })
  })
  const other = transportFor(t)
  const refused = ask(other, url, { body: Buffer.alloc(64 * 1024 * 1024) })
  assert.deepEqual([await kindOf(refused), refused.status], ['end', 413])
  rude[0]!.resume()
  await eventually(() => assert.ok(rude[0]!.destroyed), 20_000)
})

test('over TLS the certificate is verified, and a call goes through as over plain TCP', async (t) => {
  const { key, cert } = selfSigned('localhost')
  const { url, requests, sockets } = await provider(
    t,
    (socket) => socket.write(OK),
    createTlsServer({ key, cert, ALPNProtocols: ['http/1.1'] }),
  )
  const trusting = transportFor(t, { ca: cert })
  for (let n = 0; n < 3; n += 1) assert.equal(await kindOf(ask(trusting, url)), 'end')
  assert.deepEqual([requests.length, sockets.length], [3, 1])
  const distrusting = transportFor(t)
  const how = await ask(distrusting, url).over
  assert.ok(how !== 'end' && how.kind === 'unsent' && /certificate/.test(how.message), JSON.stringify(how))
  const elsewhere = await ask(trusting, url.replace('localhost', '127.0.0.1')).over
  assert.ok(elsewhere !== 'end' && elsewhere.kind === 'unsent')
  assert.equal(requests.length, 3)
})

test('a transport that is closed ends what is on its way, and takes nothing more', async (t) => {
  const { url, requests, sockets } = await provider(t, () => {})
  const transport = http1Transport({ connections: 1 })
  const running = ask(transport, url)
  await eventually(() => assert.equal(requests.length, 1))
  const waiting = ask(transport, url)
  await transport.close()
  assert.deepEqual([await kindOf(running), await kindOf(waiting)], ['broken', 'unsent'])
  assert.equal(await kindOf(ask(transport, url)), 'unsent')
  await eventually(() => assert.ok(sockets.every((socket) => socket.destroyed)), 20_000)
})
