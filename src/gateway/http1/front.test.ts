import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { eventually } from '../../../test/support/eventually.ts'
import { rawClient } from '../../../test/support/raw.ts'
import type { ClientReply, ClientRequest } from '../relay/transport.ts'
import { takeConnections, type FrontOptions } from './front.ts'

type Serve = (request: ClientRequest, reply: ClientReply) => unknown

/** A front that serves `/hot…`; the library behind it says who it is and what it read. */
async function front(t: TestContext, serve: Serve, more: Partial<FrontOptions> = {}) {
  const library: string[] = []
  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    let body = ''
    req.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
    req.on('end', () => {
      library.push(`${req.method} ${req.url} ${body}`)
      res.end(`library: ${body}`)
    })
  })
  const sockets = new Set<Socket>()
  takeConnections(server, {
    isHot: (path) => path.startsWith('/hot'),
    serve: (request, reply) => void serve(request, reply),
    now: Date.now,
    closing: () => false,
    ...more,
  })
  server.on('connection', (socket: Socket) => void sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, library, sockets }
}

const echo: Serve = async (request, reply) => {
  const body = await request.body(1024 * 1024)
  if (body === null) {
    reply.head(413, ['content-type', 'text/plain'])
    return reply.end(Buffer.from('too large'))
  }
  reply.head(200, ['content-length', String(body.length)])
  reply.end(body)
}

const ask = (body: string, more = '', path = '/hot'): string =>
  `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`

const count = (text: string, what: string): number => text.split(what).length - 1

test('requests of one connection are answered in their order, however their bytes come', async (t) => {
  const { url } = await front(t, echo)
  const whole = ['one', '', 'three', 'four'.repeat(100)].map((body) => ask(body)).join('')
  const pieces = [whole.length, 1, 7, 64]
  for (const size of pieces) {
    const client = await rawClient(url)
    for (let at = 0; at < whole.length; at += size) {
      client.say(whole.slice(at, at + size))
      if (size > 1) await new Promise(setImmediate)
    }
    const text = await client.hears(/(four){100}$/)
    assert.match(
      text,
      /^HTTP\/1\.1 200 OK[^]*\r\n\r\noneHTTP\/1\.1 200 OK[^]*\r\n\r\nHTTP\/1\.1 200 OK[^]*\r\n\r\nthreeHTTP/,
    )
    client.socket.destroy()
  }
})

test('a request that is not plain and hot goes to the library with all its bytes, in the middle of a connection too', async (t) => {
  const { url, library } = await front(t, echo)
  const strange = [
    'GET /hot HTTP/1.1\r\nHost: h\r\n\r\n',
    ask('cold', '', '/cold'),
    'POST /hot HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
    ask('x', 'Expect: 100-continue\r\n'),
    ask('x', 'Connection: keep-alive, x\r\n'),
    ask('x', 'Proxy-Connection: keep-alive\r\n'),
  ]
  for (const each of strange) {
    const client = await rawClient(url)
    client.say(ask('first') + each + ask('after'))
    const text = await client.hears(/library: after/)
    assert.equal(count(text, 'HTTP/1.1 200 OK'), 3)
    client.socket.destroy()
  }
  assert.deepEqual(
    library.filter((line) => !line.endsWith('after')),
    ['GET /hot ', 'POST /cold cold', 'POST /hot body', 'POST /hot x', 'POST /hot x', 'POST /hot x'],
  )
})

/** RFC 9112 §11 and what has been tried on others since. None is served here; the library refuses it, or reads one meaning. */
const SMUGGLED: readonly (readonly [string, string])[] = [
  ['two lengths', 'POST /hot HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx'],
  [
    'two differing lengths',
    'POST /hot HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 30\r\n\r\nx',
  ],
  ['a list of lengths', 'POST /hot HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\nx'],
  ['a signed length', 'POST /hot HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\nx'],
  ['a length beyond numbers', `POST /hot HTTP/1.1\r\nHost: h\r\nContent-Length: ${'9'.repeat(25)}\r\n\r\nx`],
  [
    'length and encoding',
    'POST /hot HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'encoding and length',
    'POST /hot HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  ],
  [
    'an unknown encoding',
    'POST /hot HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
  ],
  [
    'two encodings',
    'POST /hot HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n',
  ],
  ['a folded line', 'POST /hot HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nX: a\r\n b\r\n\r\nx'],
  ['a bare line feed', 'POST /hot HTTP/1.1\r\nHost: h\nContent-Length: 1\r\n\r\nx'],
  ['bare line feeds alone', 'POST /hot HTTP/1.1\nHost: h\nContent-Length: 1\n\nx'],
  ['a bare carriage return', 'POST /hot HTTP/1.1\r\nHost: h\r\nX: a\rb\r\nContent-Length: 1\r\n\r\nx'],
  ['a NUL', 'POST /hot HTTP/1.1\r\nHost: h\r\nX: a\0b\r\nContent-Length: 1\r\n\r\nx'],
  ['space before the colon', 'POST /hot HTTP/1.1\r\nHost: h\r\nContent-Length : 1\r\n\r\nx'],
  ['a name that is none', 'POST /hot HTTP/1.1\r\nHost: h\r\nX(: a\r\nContent-Length: 1\r\n\r\nx'],
  ['no host', 'POST /hot HTTP/1.1\r\nContent-Length: 1\r\n\r\nx'],
  ['an unknown version', 'POST /hot HTTP/1.2\r\nHost: h\r\nContent-Length: 1\r\n\r\nx'],
  ['a head without end', `POST /hot HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(20_000)}`],
]

test('nothing that could be read in two ways is served here', async (t) => {
  let served = 0
  const { url, library } = await front(t, (request, reply) => {
    served += 1
    return echo(request, reply)
  })
  const others = [
    [
      'absolute form',
      'POST http://h/hot HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx',
    ],
    ['asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx'],
    ['two spaces', 'POST  /hot HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx'],
    ['an old version', 'POST /hot HTTP/1.0\r\nHost: h\r\nContent-Length: 1\r\n\r\nx'],
    [
      'two hosts',
      'POST /hot HTTP/1.1\r\nHost: h\r\nHost: i\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx',
    ],
    ['129 headers', ask('x', `${'X: y\r\n'.repeat(129)}Connection: close\r\n`)],
  ] as const
  for (const [name, bytes] of [...SMUGGLED, ...others]) {
    const client = await rawClient(url)
    client.say(bytes)
    const text = await client.ended()
    const refused = /^HTTP\/1\.1 4\d\d [^]*Connection: close\r\n/.test(text) && count(text, 'HTTP/1.1 ') === 1
    const given = count(text, 'HTTP/1.1 ') === 1 && text.includes('library: ')
    assert.ok(SMUGGLED.some(([each]) => each === name) ? refused : given, `${name}: ${JSON.stringify(text)}`)
  }
  assert.equal(served, 0)
  assert.equal(library.length, others.length)
})

test('an answer that comes before the body is read reaches its client, and the connection goes on', async (t) => {
  const { url } = await front(t, echo)
  const client = await rawClient(url)
  const large = 'x'.repeat(3 * 1024 * 1024)
  client.say(ask(large) + ask('next'))
  const text = await client.hears(/next$/)
  assert.match(text, /^HTTP\/1\.1 413 Payload Too Large\r\n[^]*too largeHTTP\/1\.1 200 OK/)
  client.socket.destroy()
})

test('a client that leaves is noticed in every state of its call, and nothing is written to it any more', async (t) => {
  const states: string[] = []
  const { url, sockets } = await front(t, async (request, reply) => {
    reply.onGone(() => states.push(request.path))
    if (request.path === '/hot-body') {
      assert.equal(await request.body(100), null)
      return
    }
    await request.body(100)
    if (request.path === '/hot-wait') return
    reply.head(200, [])
    reply.flush()
    if (request.path === '/hot-stream') reply.write(Buffer.from('event'))
  })
  const leave = async (
    path: string,
    said: string,
    until: RegExp | null,
    how: 'end' | 'destroy',
  ): Promise<void> => {
    const client = await rawClient(url)
    client.say(said)
    if (until) await client.hears(until)
    else
      await eventually(() =>
        assert.ok([...sockets].some((socket) => socket.bytesRead >= said.length && !socket.destroyed)),
      )
    client.socket[how]()
    await eventually(() => assert.equal(states.at(-1), path), 20_000)
    client.socket.destroy()
  }
  for (const how of ['end', 'destroy'] as const) {
    await leave('/hot-body', ask('12345', '', '/hot-body').slice(0, -2), null, how)
    await leave('/hot-wait', ask('x', '', '/hot-wait'), null, how)
    await leave('/hot-head', ask('x', '', '/hot-head'), /chunked\r\n\r\n$/, how)
    await leave('/hot-stream', ask('x', '', '/hot-stream'), /event\r\n$/, how)
  }
  assert.equal(states.length, 8)
  await eventually(() => assert.ok([...sockets].every((socket) => socket.destroyed)), 20_000)
})

test('a slow reader stops whoever writes to it, and gets every byte in the end', async (t) => {
  const piece = Buffer.alloc(32 * 1024, 'abcdefgh')
  const pieces = 1_500
  let most = 0
  const { url, sockets } = await front(t, async (request, reply) => {
    await request.body(100)
    reply.head(200, [])
    let n = 0
    const go = (): void => {
      while (n < pieces) {
        n += 1
        const flows = reply.write(piece)
        for (const socket of sockets) most = Math.max(most, socket.writableLength)
        if (!flows) return
      }
      reply.end()
    }
    reply.onDrain(go)
    go()
  })
  const client = await rawClient(url)
  client.socket.pause()
  client.say(ask('x'))
  await eventually(() => assert.ok(most > 0))
  let size = 0
  client.socket.removeAllListeners('data').on('data', (chunk: Buffer) => (size += chunk.length))
  client.socket.resume()
  const framing = piece.length.toString(16).length + 4
  await eventually(() => assert.ok(size >= pieces * (piece.length + framing)), 20_000)
  assert.ok(most < 256 * 1024, `${most} bytes waited`)
  client.socket.destroy()
})

test('replies that nobody takes do not pile up, and the last one may be taken slowly', async (t) => {
  const body = Buffer.alloc(6 * 1024 * 1024, 'z')
  let served = 0
  const { url, sockets } = await front(
    t,
    async (request, reply) => {
      await request.body(100)
      served += 1
      reply.head(200, [])
      reply.end(body)
    },
    { second: 20 },
  )
  const taken = async (said: string): Promise<number> => {
    const client = await rawClient(url)
    client.socket.pause()
    client.say(said)
    const before = served
    await eventually(() => assert.ok(served > before), 20_000)
    // Longer than a client may take to end its side, and not so long as it may take to read a reply.
    await new Promise((resolve) => setTimeout(resolve, 250))
    const waiting = [...sockets].reduce((sum, socket) => sum + socket.writableLength, 0)
    assert.ok(served < before + 3 && waiting <= 2 * body.length, `${served} replies, ${waiting} bytes`)
    let size = 0
    client.socket.removeAllListeners('data').on('data', (chunk: Buffer) => (size += chunk.length))
    client.socket.resume()
    await client.ended()
    return size
  }
  const last = ask('x', 'Connection: close\r\n')
  assert.ok((await taken(last)) > body.length)
  assert.ok((await taken(ask('x').repeat(8) + last)) > 9 * body.length)
  assert.equal(served, 10)
})

test('what a client sends ahead is read only so far', async (t) => {
  const replies: ClientReply[] = []
  const { url, sockets } = await front(t, (_, reply) => replies.push(reply))
  const client = await rawClient(url)
  client.say(ask('x') + ask('y'.repeat(10 * 1024 * 1024)))
  await eventually(() => assert.ok([...sockets].some((socket) => socket.isPaused())), 20_000)
  const [socket] = sockets
  assert.ok(socket!.bytesRead < 1024 * 1024, `${socket!.bytesRead} bytes were read`)
  replies[0]!.head(200, [])
  replies[0]!.end()
  await eventually(() => assert.equal(replies.length, 2))
  client.socket.destroy()
})

test('a reply that is cut, or is not as long as it said, is never taken for complete', async (t) => {
  const { url } = await front(t, async (request, reply) => {
    await request.body(100)
    if (request.path === '/hot-cut') {
      reply.head(200, [])
      reply.write(Buffer.from('half'))
      setImmediate(() => reply.cut())
    } else {
      reply.head(200, ['Content-Length', '10'])
      reply.end(Buffer.from(request.path === '/hot-short' ? 'short' : 'much too long'))
    }
  })
  for (const path of ['/hot-cut', '/hot-short', '/hot-long']) {
    await assert.rejects(async () => {
      const response = await fetch(`${url}${path}`, { method: 'POST', body: 'x' })
      await response.text()
    }, path)
  }
})

test('whoever is slow is hung up: before a head, in the middle of one, in the middle of a body, between two calls', async (t) => {
  const { url } = await front(t, echo, { second: 2 })
  const slow = async (said: string): Promise<string> => {
    const client = await rawClient(url)
    if (said !== '') client.say(said)
    const text = await client.ended()
    client.socket.destroy()
    return text
  }
  assert.equal(await slow(''), '')
  assert.match(await slow('POST /hot HTT'), /^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n\r\n$/)
  assert.equal(await slow(ask('12345').slice(0, -3)), '')
  assert.match(await slow(ask('done')), /^HTTP\/1\.1 200 OK\r\n[^]*done$/)
})

test('a door that closes says so with the answer, and ends the connection behind it', async (t) => {
  let closing = false
  const { url } = await front(t, echo, { closing: () => closing })
  const client = await rawClient(url)
  client.say(ask('one'))
  assert.match(await client.hears(/one$/), /Connection: keep-alive\r\nKeep-Alive: timeout=75\r\n/)
  closing = true
  client.say(ask('two'))
  assert.match(await client.ended(), /Connection: close\r\n\r\ntwo$/)
})

test('a client that asks for the end of its connection gets it', async (t) => {
  const { url } = await front(t, echo)
  const client = await rawClient(url)
  client.say(ask('one', 'Connection: close\r\n') + ask('never'))
  assert.match(await client.ended(), /Connection: close\r\n\r\none$/)
})

test('events that come together leave together, and the reply is the same bytes', async (t) => {
  const { url } = await front(t, async (request, reply) => {
    await request.body(100)
    reply.head(200, ['content-type', 'text/event-stream'])
    reply.flush()
    for (const event of ['a', 'b', 'c']) reply.write(Buffer.from(`data: ${event}\n\n`))
    setImmediate(() => reply.end())
  })
  const client = await rawClient(url)
  client.say(ask('x'))
  const text = await client.hears(/0\r\n\r\n$/)
  assert.match(text, /^HTTP\/1\.1 200 OK\r\ncontent-type: text\/event-stream\r\nDate: [^\r]* GMT\r\n/)
  assert.match(
    text,
    /Transfer-Encoding: chunked\r\n\r\n1b\r\ndata: a\n\ndata: b\n\ndata: c\n\n\r\n0\r\n\r\n$/,
  )
  client.socket.destroy()
})
