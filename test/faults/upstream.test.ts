import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { testGateway, type Employee, type TestGateway, type UsageRow } from '../support/gateway.ts'
import { proveAll } from '../support/proven.ts'
import { rawProvider, type RawProvider } from '../support/raw-provider.ts'

const DOLLAR = 1_000_000_000n
const MODEL = 'gpt-5.2'
const LONG = 60_000
const MIB = 1024 * 1024

const usage = { prompt_tokens: 9, completion_tokens: 3 }
const json = JSON.stringify({ id: 'x', choices: [], usage })
const whole = (body: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const GOOD = whole(json)
const STREAM = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`
const said = (text: string): string => event({ id: 'c', choices: [{ index: 0, delta: { content: text } }] })
const DONE = `${chunk('data: [DONE]\n\n')}0\r\n\r\n`
const USE = chunk(event({ id: 'c', choices: [], usage }))

/** Everything an upstream does wrong below the protocol of a model, and what it costs. */
type Case = {
  readonly name: string
  readonly stream?: true
  readonly does: (socket: Socket) => void
  /** Once the client has seen something: what a reset overtakes on its way may get lost. */
  readonly after?: (socket: Socket) => void
  /** Null: surely not billed, so nothing is charged. */
  readonly row: { readonly status: string; readonly estimated: boolean } | null
  /** What the client is told. */
  readonly status: number
  /** Whether the reply reached its end. */
  readonly complete: boolean
}

const failed = { status: 'failed', estimated: true }
const ok = { status: 'ok', estimated: false }

const CASES: readonly Case[] = [
  {
    name: 'resets the connection instead of an answer',
    does: (socket) => socket.resetAndDestroy(),
    row: failed,
    status: 502,
    complete: true,
  },
  {
    name: 'resets in the middle of its head',
    does: (socket) => void socket.write(GOOD.slice(0, 30), () => socket.resetAndDestroy()),
    row: failed,
    status: 502,
    complete: true,
  },
  {
    name: 'resets in the middle of a reply in one piece',
    does: (socket) => void socket.write(GOOD.slice(0, -9), () => socket.resetAndDestroy()),
    row: failed,
    status: 502,
    complete: true,
  },
  {
    name: 'ends a reply before its announced length',
    does: (socket) => void socket.end(GOOD.slice(0, -9)),
    row: failed,
    status: 502,
    complete: true,
  },
  {
    name: 'says more than its announced length',
    does: (socket) => void socket.write(`${GOOD}and more`),
    row: ok,
    status: 200,
    complete: true,
  },
  {
    name: 'announces two lengths',
    does: (socket) =>
      void socket.write(GOOD.replace('Content-Length', 'Content-Length: 3\r\nContent-Length')),
    row: failed,
    status: 502,
    complete: true,
  },
  {
    name: 'speaks no HTTP',
    does: (socket) => void socket.write('220 mail.example.com ESMTP\r\n\r\n'),
    row: failed,
    status: 502,
    complete: true,
  },
  {
    name: 'sends a head without an end',
    does: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const more = (): void => {
        if (!socket.destroyed) socket.write(`X-Filler: ${'x'.repeat(4_000)}\r\n`, () => setImmediate(more))
      }
      more()
    },
    row: failed,
    status: 502,
    complete: true,
  },
  {
    name: 'compresses although nobody asked for it',
    does: (socket) => {
      const body = gzipSync(json)
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`,
      )
      socket.write(body)
    },
    row: { status: 'ok', estimated: true },
    status: 200,
    complete: true,
  },
  {
    name: 'drips its reply byte by byte',
    does: (socket) => {
      const drip = (at: number): void => {
        if (at < GOOD.length && !socket.destroyed) socket.write(GOOD[at]!, () => setImmediate(drip, at + 1))
      }
      drip(0)
    },
    row: ok,
    status: 200,
    complete: true,
  },
  {
    name: 'resets in the middle of a stream',
    stream: true,
    does: (socket) => void socket.write(STREAM + chunk(said('one two three'))),
    after: (socket) => void socket.resetAndDestroy(),
    row: failed,
    status: 200,
    complete: false,
  },
  {
    name: 'ends a stream without its last chunk',
    stream: true,
    does: (socket) => void socket.end(STREAM + chunk(said('one two three'))),
    row: failed,
    status: 200,
    complete: false,
  },
  {
    name: 'lies about the size of a chunk',
    stream: true,
    does: (socket) => void socket.write(`${STREAM}${chunk(said('one two three'))}5\r\n${said('x')}\r\n`),
    row: failed,
    status: 200,
    complete: false,
  },
  {
    name: 'resets behind the use',
    stream: true,
    does: (socket) => void socket.write(STREAM + chunk(said('one')) + USE),
    after: (socket) => void socket.resetAndDestroy(),
    row: { status: '*', estimated: false },
    status: 200,
    complete: false,
  },
]

describe('an upstream that fails below its protocol', () => {
  let at: TestGateway
  let who: Employee
  let provider: RawProvider

  before(async () => {
    provider = await rawProvider()
    at = await testGateway({ openaiBase: `${provider.url}/v1` })
    who = await at.employee(100n * DOLLAR)
  })
  after(async () => {
    await at.close()
    await provider.close()
  })

  const call = (stream: boolean): Promise<Response> =>
    fetch(`${at.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${who.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, stream, messages: [{ role: 'user', content: 'hi' }] }),
    })

  /** The rows that this work added, once nothing is on its way and no hold is left. */
  async function added(work: () => Promise<void>): Promise<readonly UsageRow[]> {
    const before = new Set((await at.usage(who.wallet)).map(({ id }) => id))
    await work()
    await eventually(async () => {
      assert.equal(at.gateway.inFlight(), 0)
      assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), [])
    }, LONG)
    return (await at.usage(who.wallet)).filter(({ id }) => !before.has(id))
  }

  /** Reads to the end, and says when something has come. */
  async function readOn(reply: Response, came: () => void): Promise<void> {
    const reader = reply.body!.getReader()
    for (let part = await reader.read(); !part.done; part = await reader.read()) came()
  }

  /** The next call is served, whatever became of the one before. */
  async function servesOn(): Promise<void> {
    provider.behave((socket) => void socket.write(GOOD))
    const [row] = await added(async () => {
      const reply = await call(false)
      assert.equal(reply.status, 200)
      assert.equal(await reply.text(), json)
    })
    assert.deepEqual([row!.status, row!.input, row!.output], ['ok', 9n, 3n])
  }

  for (const one of CASES)
    test(`an upstream that ${one.name}: one usage row for what may be billed, told as it is, and the next call is served`, async () => {
      const asked = provider.asked()
      let line: Socket | null = null
      provider.behave((socket) => {
        line = socket
        one.does(socket)
      })
      const rows = await added(async () => {
        const reply = await call(one.stream ?? false)
        assert.equal(reply.status, one.status)
        const complete = await readOn(reply, () => one.after?.(line!)).then(
          () => true,
          () => false,
        )
        if (one.row?.status !== '*') assert.equal(complete, one.complete)
        // Sent again it would be paid twice.
        if (reply.status >= 500) assert.equal(reply.headers.get('x-should-retry'), 'false')
      })
      assert.equal(provider.asked(), asked + 1, 'it was sent once')
      assert.equal(rows.length, one.row ? 1 : 0)
      for (const row of rows) {
        if (one.row!.status !== '*') assert.equal(row.status, one.row!.status)
        assert.equal(row.estimated, one.row!.estimated)
        assert.ok(row.charged > 0n && row.charged <= row.held && row.absorbed === 0n)
        if (!row.estimated) assert.deepEqual([row.input, row.output], [9n, 3n])
        else if (one.stream) assert.ok(row.output >= 3n, `${row.output} for three words`)
      }
      await servesOn()
    })

  test('an upstream that closes the kept connection as the next request is sent: charged as what may be billed, or never sent', async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      await servesOn()
      // The request is on this connection, and this connection ends without a word.
      provider.behave((socket) => socket.destroy())
      const asked = provider.asked()
      const rows = await added(async () => {
        const reply = await call(false)
        await reply.text()
        assert.equal(reply.status, 502)
      })
      await eventually(
        () => assert.equal(rows.length, provider.asked() - asked, 'what came to it is charged'),
        LONG,
      )
      for (const row of rows)
        assert.ok(row.status === 'failed' && row.charged > 0n && row.charged <= row.held)
    }
  })

  test('an upstream that ends the connection between two calls: none is paid twice, and what is paid was sent', async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      // A regular end right behind the reply, in the same moment at which the next call may take the connection.
      provider.behave((socket) => void socket.end(GOOD))
      const asked = provider.asked()
      const rows = await added(async () => {
        for (let n = 0; n < 3; n += 1) {
          const reply = await call(false)
          await reply.text()
          assert.ok(reply.status === 200 || reply.status === 502, String(reply.status))
        }
      })
      await eventually(() => assert.equal(rows.length, provider.asked() - asked), LONG)
      assert.ok(rows.every(({ charged, held }) => charged > 0n && charged <= held))
    }
    await servesOn()
  })

  test('an event of ten megabytes goes through byte for byte and is counted', async () => {
    const text = 'w'.repeat(10 * MIB)
    const big = said(text)
    provider.behave((socket) => {
      socket.write(STREAM + chunk(big) + USE + DONE)
    })
    const [row] = await added(async () => {
      const body = await (await call(true)).text()
      const sum = (of: string): string => createHash('sha256').update(of).digest('hex')
      assert.equal(sum(body), sum(`${big}data: [DONE]\n\n`))
    })
    assert.deepEqual([row!.status, row!.estimated, row!.output], ['ok', false, 3n])
    await servesOn()
  })

  test('an event without an end, and a reply of a hundred megabytes, are broken off, settled, and kept by nobody', async () => {
    const piece = Buffer.alloc(MIB, 'z')
    const pour = (socket: Socket, head: string, framed: boolean): void => {
      socket.write(head)
      let sent = 0
      const more = (): void => {
        if (socket.destroyed || sent >= 100) return
        sent += 1
        if (framed) socket.write(`${piece.length.toString(16)}\r\n`)
        socket.write(piece, () => setImmediate(more))
        if (framed) socket.write('\r\n')
      }
      more()
    }
    for (const stream of [true, false]) {
      provider.behave((socket) =>
        stream
          ? pour(socket, `${STREAM}${chunk(said('one'))}${chunk('data: ')}`, true)
          : pour(
              socket,
              `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${100 * MIB}\r\n\r\n`,
              false,
            ),
      )
      const [row, ...more] = await added(async () => {
        const reply = await call(stream)
        if (stream) await assert.rejects(reply.text())
        else assert.equal(reply.status, 502)
      })
      assert.deepEqual([row!.status, row!.estimated, more.length], ['failed', true, 0])
      assert.ok(row!.charged > 0n && row!.charged <= row!.held && row!.absorbed === 0n)
    }
    await eventually(() => assert.equal(provider.open(), 0), LONG)
    await servesOn()
  })

  test('after all of this the ledger verifies', () => proveAll(at.ledger, at.db))
})
