import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { connect as dial } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createMetrics } from '#api/metrics.ts'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway, type UsageRow } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n
const CALL_WITHIN = 500
const DRAIN = 150

const sse = (data: object, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`

/** One protocol as a hand-made provider speaks it; every reply used 50 tokens in and 7 out. */
type Door = {
  readonly name: string
  readonly path: string
  readonly body: object
  readonly head: string
  readonly text: string
  /** The event that tells the use. */
  readonly usage: string
  readonly end: string
  /** The provider gives up inside the stream. */
  readonly error: string
  /** A reply in one piece. */
  readonly whole: string
}

const chatUsage = { prompt_tokens: 50, completion_tokens: 7 }
const plainUsage = { input_tokens: 50, output_tokens: 7 }
const geminiUsage = { promptTokenCount: 50, candidatesTokenCount: 7 }
const words = 'some words of an answer '
const part = (more: object = {}) => ({
  candidates: [{ index: 0, content: { parts: [{ text: words }] }, ...more }],
})

const DOORS: readonly Door[] = [
  {
    name: 'chat completions',
    path: '/openai/v1/chat/completions',
    body: { model: 'gpt-5.2', stream: true, messages: [{ role: 'user', content: 'hi' }] },
    head: sse({ id: 'c', choices: [{ index: 0, delta: { role: 'assistant' } }] }),
    text: sse({ id: 'c', choices: [{ index: 0, delta: { content: words } }] }),
    usage: sse({ id: 'c', choices: [], usage: chatUsage }),
    end: 'data: [DONE]\n\n',
    error: sse({ error: { message: 'overloaded', type: 'server_error' } }),
    whole: JSON.stringify({ id: 'c', choices: [], usage: chatUsage }),
  },
  {
    name: 'responses',
    path: '/openai/v1/responses',
    body: { model: 'gpt-5.2', stream: true, input: 'hi' },
    head: sse({ type: 'response.created', response: { id: 'resp_1' } }, 'response.created'),
    text: sse({ type: 'response.output_text.delta', delta: words }, 'response.output_text.delta'),
    usage: sse(
      { type: 'response.completed', response: { id: 'resp_1', usage: plainUsage } },
      'response.completed',
    ),
    end: '',
    error: sse({ type: 'response.failed', response: { id: 'resp_1', usage: null } }, 'response.failed'),
    whole: JSON.stringify({ id: 'resp_1', status: 'completed', usage: plainUsage }),
  },
  {
    name: 'messages',
    path: '/anthropic/v1/messages',
    body: {
      model: 'claude-opus-4-8',
      stream: true,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hi' }],
    },
    head: sse(
      { type: 'message_start', message: { id: 'msg_1', usage: { input_tokens: 50, output_tokens: 1 } } },
      'message_start',
    ),
    text: sse({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: words } }),
    usage: sse({ type: 'message_delta', delta: {}, usage: { output_tokens: 7 } }, 'message_delta'),
    end: sse({ type: 'message_stop' }, 'message_stop'),
    error: sse({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'error'),
    whole: JSON.stringify({ id: 'msg_1', type: 'message', usage: plainUsage }),
  },
  {
    name: 'gemini',
    path: '/gemini/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse',
    body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
    head: sse({ ...part(), responseId: 'g1' }),
    text: sse(part()),
    usage: sse({ ...part({ finishReason: 'STOP' }), usageMetadata: geminiUsage }),
    end: '',
    error: sse({ error: { code: 503, message: 'overloaded', status: 'UNAVAILABLE' } }),
    whole: JSON.stringify({ ...part({ finishReason: 'STOP' }), usageMetadata: geminiUsage }),
  },
]

type Case = {
  readonly name: string
  serve(res: ServerResponse, door: Door): void
  /** The client leaves: at once, or after its first bytes. */
  readonly leaves?: 'before' | 'midway'
  /** What stands in the usage row; null for a call that nobody bills. */
  readonly row: { readonly status: string; readonly estimated: boolean } | null
  /** What the client sees: a status, and whether the reply looks complete. */
  readonly status?: number
  readonly whole?: boolean
}

const stream = (res: ServerResponse): ServerResponse =>
  res.writeHead(200, { 'content-type': 'text/event-stream' })
const half = (event: string): string => event.slice(0, event.length >> 1)

const CASES: readonly Case[] = [
  {
    name: 'a good stream',
    serve: (res, { head, text, usage, end }) => stream(res).end(head + text + usage + end),
    row: { status: 'ok', estimated: false },
    whole: true,
  },
  {
    name: 'no answer at all',
    serve: () => {},
    row: { status: 'failed', estimated: true },
    status: 502,
  },
  {
    name: 'a head and then nothing',
    serve: (res) => stream(res).flushHeaders(),
    row: { status: 'failed', estimated: true },
    whole: false,
  },
  {
    name: 'some text and then nothing',
    serve: (res, { head, text }) => void stream(res).write(head + text),
    row: { status: 'failed', estimated: true },
    whole: false,
  },
  {
    name: 'cut in the middle of an event',
    serve: (res, { head, text }) => {
      stream(res).write(head + text + half(text))
      setTimeout(() => res.destroy(), 20)
    },
    row: { status: 'failed', estimated: true },
    whole: false,
  },
  {
    name: 'ended cleanly in the middle of an event',
    serve: (res, { head, text }) => stream(res).end(head + text + half(text)),
    row: { status: 'failed', estimated: true },
  },
  {
    name: 'ended without the blank line behind the use',
    serve: (res, { head, text, usage }) => stream(res).end(head + text + usage.trimEnd()),
    row: { status: 'ok', estimated: false },
  },
  {
    name: 'cut behind the use',
    serve: (res, { head, text, usage, end }) => {
      stream(res).write(head + text + usage + half(end))
      setTimeout(() => res.destroy(), 20)
    },
    row: { status: '*', estimated: false },
  },
  {
    name: 'an end without any use',
    serve: (res, { head, text, end }) => stream(res).end(head + text + end),
    row: { status: '*', estimated: true },
  },
  {
    name: 'busy before the first byte',
    serve: (res) => res.writeHead(429, { 'content-type': 'application/json' }).end('{}'),
    row: null,
    status: 429,
  },
  {
    name: 'broken before the first byte',
    serve: (res) => res.writeHead(500, { 'content-type': 'application/json' }).end('{}'),
    row: null,
    status: 500,
  },
  {
    name: 'broken after the first byte',
    serve: (res, { head, text, error }) => stream(res).end(head + text + error),
    row: { status: 'failed', estimated: true },
  },
  {
    name: 'the client leaves before anything comes, and nothing ever does',
    serve: () => {},
    leaves: 'before',
    row: { status: 'cancelled', estimated: true },
  },
  {
    name: 'the client leaves before anything comes, and the provider turns out to be busy',
    serve: (res) => void setTimeout(() => res.writeHead(429).end('{}'), 60),
    leaves: 'before',
    row: null,
  },
  {
    name: 'the client leaves before a reply in one piece comes',
    serve: (res, { whole }) =>
      void setTimeout(() => res.writeHead(200, { 'content-type': 'application/json' }).end(whole), 60),
    leaves: 'before',
    row: { status: 'cancelled', estimated: false },
  },
  {
    name: 'the client leaves in the middle, and the stream gets stuck',
    serve: (res, { head, text }) => void stream(res).write(head + text),
    leaves: 'midway',
    row: { status: 'cancelled', estimated: true },
  },
  {
    name: 'the client leaves in the middle, and the use comes soon after',
    serve: (res, { head, text, usage, end }) => {
      stream(res).write(head + text)
      setTimeout(() => res.end(text + usage + end), 60)
    },
    leaves: 'midway',
    row: { status: 'cancelled', estimated: false },
  },
  {
    name: 'the client leaves in the middle, and the provider talks on and on',
    serve: (res, { head, text }) => {
      stream(res).write(head + text)
      const more = setInterval(() => res.write(text), 5)
      res.on('close', () => clearInterval(more))
    },
    leaves: 'midway',
    row: { status: 'cancelled', estimated: true },
  },
  {
    name: 'the client leaves in the middle, and the provider breaks off',
    serve: (res, { head, text }) => {
      stream(res).write(head + text)
      setTimeout(() => res.destroy(), 60)
    },
    leaves: 'midway',
    row: { status: 'cancelled', estimated: true },
  },
]

describe('a call that gets stuck is settled once for what may be billed, and only for that', () => {
  let at: TestGateway
  let odd: Awaited<ReturnType<typeof serve>>
  let asked = 0
  let open = 0
  let behave: (res: ServerResponse) => void
  const metrics = createMetrics()
  let estimates = 0

  before(async () => {
    odd = await serve((req, res) => {
      asked += 1
      open += 1
      res.on('close', () => (open -= 1))
      res.on('error', () => {})
      req.resume()
      req.on('end', () => behave(res))
    })
    const providers = { openaiBase: `${odd.url}/v1`, anthropicBase: odd.url, geminiBase: odd.url }
    at = await testGateway({ ...providers, drainFor: DRAIN, callWithin: CALL_WITHIN, metrics })
  })
  after(async () => {
    await at.close()
    await odd.close()
  })

  async function run(door: Door, one: Case, who: Employee): Promise<void> {
    behave = (res) => one.serve(res, door)
    const leave = new AbortController()
    const sent = fetch(`${at.url}${door.path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${who.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(door.body),
      signal: leave.signal,
    })
    if (one.leaves === 'before') {
      const before = asked
      sent.catch(() => {})
      await eventually(() => assert.ok(asked > before))
      leave.abort()
      return
    }
    const reply = await sent
    assert.equal(reply.status, one.status ?? 200)
    if (one.leaves === 'midway') {
      await reply.body!.getReader().read()
      leave.abort()
      return
    }
    const complete = await reply.text().then(
      () => true,
      () => false,
    )
    if (one.whole !== undefined) assert.equal(complete, one.whole, 'it looks as it is')
    // A client that is told nothing better would send it again and pay twice.
    if (one.row && reply.status >= 500) assert.equal(reply.headers.get('x-should-retry'), 'false')
  }

  for (const door of DOORS)
    for (const one of CASES)
      test(`${door.name}: ${one.name}`, async () => {
        const who = await at.employee(10n * DOLLAR)
        const before = asked
        await run(door, one, who)
        let rows: UsageRow[] = []
        await eventually(async () => {
          assert.equal(at.gateway.inFlight(), 0)
          assert.equal(open, 0)
          assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), [])
          rows = await at.usage(who.wallet)
        })
        assert.equal(asked, before + 1, 'it was sent once')
        assert.equal(rows.length, one.row ? 1 : 0)
        for (const row of rows) {
          if (one.row!.status !== '*') assert.equal(row.status, one.row!.status)
          assert.equal(row.estimated, one.row!.estimated)
          if (row.estimated) estimates += 1
          assert.ok(row.charged > 0n && row.charged <= row.held && row.absorbed === 0n)
          if (!row.estimated) assert.deepEqual([row.input, row.output], [50n, 7n])
          else if (one.leaves !== 'before' && !one.name.startsWith('no') && !one.name.startsWith('a head'))
            assert.ok(row.output >= 5n, `${row.output} for the words that went by`)
        }
      })

  test('a client that leaves while its key is looked up leaves nothing behind', async () => {
    const { hostname, port } = new URL(at.url)
    const [door] = DOORS
    const body = JSON.stringify(door!.body)
    for (const sent of [body, body.slice(0, 9)]) {
      for (let n = 0; n < 10; n += 1) {
        // A fresh key is not known in memory yet.
        const { key } = await at.employee(0n)
        const came = at.requests()
        const socket = dial(Number(port), hostname)
        const head = `POST ${door!.path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n`
        socket.write(`${head}content-length: ${body.length}\r\n\r\n${sent}`)
        while (at.requests() === came) await new Promise((resolve) => setImmediate(resolve))
        socket.resetAndDestroy()
      }
    }
    await eventually(() => assert.equal(at.gateway.inFlight(), 0))
  })

  test('the metrics tell how many were drained, with and without their use, and how many were estimated', async () => {
    const text = await metrics.render()
    const left = CASES.filter(({ leaves, row }) => leaves && row)
    const came = DOORS.length * left.filter(({ row }) => !row!.estimated).length
    const missing = DOORS.length * left.filter(({ row }) => row!.estimated).length
    assert.ok(text.includes(`perq_gateway_drained_total{usage="came"} ${came}\n`))
    assert.ok(text.includes(`perq_gateway_drained_total{usage="missing"} ${missing}\n`))
    assert.ok(text.includes(`perq_gateway_estimated_total ${estimates}\n`))
  })
})
