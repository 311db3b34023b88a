import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { cost } from '#prices/cost.ts'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway, type UsageRow } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n
const MODEL = 'gpt-5.2'
const CLAUDE = 'claude-opus-4-8'

const chunk = (text: string): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-odd', choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })}\n\n`
const START = `event: message_start\ndata: ${JSON.stringify({
  type: 'message_start',
  message: { id: 'msg_odd', usage: { input_tokens: 40, output_tokens: 1, cache_read_input_tokens: 8 } },
})}\n\n`
const delta = (text: string): string =>
  `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })}\n\n`

/** What the odd provider does with its next call; told by the test. */
type Behaviour = (res: ServerResponse) => void

describe('however a call ends, it is settled once and for something', () => {
  let at: TestGateway
  let who: Employee
  let odd: Awaited<ReturnType<typeof serve>>
  let behave: Behaviour
  let release: (() => void) | null = null
  let gated = false

  before(async () => {
    odd = await serve((req, res) => {
      req.resume()
      req.on('end', () => behave(res))
    })
    at = await testGateway({
      openaiBase: `${odd.url}/v1`,
      anthropicBase: odd.url,
      drainFor: 300,
      settling: async (settle) => {
        if (gated) await new Promise<void>((resolve) => (release = resolve))
        return settle()
      },
    })
    who = await at.employee(100n * DOLLAR)
  })
  after(async () => {
    await at.close()
    await odd.close()
  })

  const post = (path: string, body: object, signal?: AbortSignal): Promise<Response> =>
    fetch(`${at.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${who.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    })
  const chat = (signal?: AbortSignal) =>
    post(
      '/openai/v1/chat/completions',
      { model: MODEL, stream: true, messages: [{ role: 'user', content: 'hi' }] },
      signal,
    )
  const messages = (signal?: AbortSignal) =>
    post(
      '/anthropic/v1/messages',
      {
        model: CLAUDE,
        stream: true,
        max_tokens: 100,
        messages: [{ role: 'user', content: 'hi' }],
      },
      signal,
    )

  const stream = (res: ServerResponse): ServerResponse =>
    res.writeHead(200, { 'content-type': 'text/event-stream' })

  /** The usage row that this work added. */
  async function settled(work: () => Promise<unknown>): Promise<UsageRow> {
    const before = (await at.usage(who.wallet)).length
    await work()
    let row: UsageRow | undefined
    await eventually(async () => {
      const rows = await at.usage(who.wallet)
      assert.equal(rows.length, before + 1)
      row = rows.at(-1)
      assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), [])
    })
    assert.ok(row && row.charged > 0n && row.absorbed === 0n)
    const price = at.prices.resolve(
      row.door === 'openai' ? 'openai' : 'anthropic',
      row.model,
      at.world.now(),
    )!
    const counts = {
      input: Number(row.input),
      cacheRead: Number(row.cache_read),
      cacheWrite5m: Number(row.cache_write_5m),
      cacheWrite1h: Number(row.cache_write_1h),
      output: Number(row.output),
    }
    assert.equal(row.cost, cost(price, counts).nano)
    return row
  }

  test('the end of a stream waits for the commit, everything before it does not', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 2 }
    const end = `data: ${JSON.stringify({ id: 'x', choices: [], usage })}\n\ndata: [DONE]\n\n`
    behave = (res) => stream(res).end(chunk('one') + chunk(' two') + end)
    gated = true
    const row = await settled(async () => {
      const reader = (await chat()).body!.getReader()
      let text = ''
      const decoder = new TextDecoder()
      while (!text.includes(' two')) text += decoder.decode((await reader.read()).value, { stream: true })
      const rest = (async () => {
        for (let part = await reader.read(); !part.done; part = await reader.read())
          text += decoder.decode(part.value)
      })()
      await eventually(() => assert.ok(release))
      await new Promise((resolve) => setTimeout(resolve, 50))
      assert.ok(!text.includes('[DONE]'), 'nothing of the end came before the commit')
      gated = false
      release!()
      await rest
      assert.equal(text, `${chunk('one')}${chunk(' two')}data: [DONE]\n\n`)
    })
    assert.deepEqual([row.status, row.input, row.output], ['ok', 10n, 2n])
  })

  test('a client that leaves in the middle pays what the provider reports afterwards', async () => {
    let go: () => void = () => {}
    behave = (res) => {
      stream(res).write(chunk('one'))
      go = () =>
        res.end(
          `${chunk(' two')}data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 30, completion_tokens: 700 } })}\n\ndata: [DONE]\n\n`,
        )
    }
    const row = await settled(async () => {
      const leave = new AbortController()
      const reader = (await chat(leave.signal)).body!.getReader()
      await reader.read()
      leave.abort()
      await new Promise((resolve) => setTimeout(resolve, 50))
      go()
    })
    assert.deepEqual([row.status, row.estimated, row.input, row.output], ['cancelled', false, 30n, 700n])
  })

  test('a client that leaves a stream without end pays what was seen until reading on was given up', async () => {
    let closed = false
    behave = (res) => {
      stream(res).write(START + delta('x'.repeat(200)))
      res.on('close', () => (closed = true))
    }
    const row = await settled(async () => {
      const leave = new AbortController()
      await (await messages(leave.signal)).body!.getReader().read()
      leave.abort()
    })
    assert.deepEqual([row.status, row.estimated, row.input, row.output], ['cancelled', true, 40n, 80n])
    await eventually(() => assert.ok(closed, 'the provider is let go'))
    await eventually(() => assert.equal(at.gateway.inFlight(), 0))
  })

  test('a client that leaves before the reply has begun pays for its input', async () => {
    let asked = false
    behave = () => void (asked = true)
    const row = await settled(async () => {
      const leave = new AbortController()
      const reply = chat(leave.signal)
      await eventually(() => assert.ok(asked, 'the provider has the request'))
      leave.abort()
      await assert.rejects(reply)
    })
    assert.deepEqual([row.status, row.estimated, row.output], ['cancelled', true, 0n])
  })

  test('a stream the provider cuts is settled on what was seen, and does not look complete', async () => {
    behave = (res) => {
      stream(res).write(START + delta('x'.repeat(400)))
      setTimeout(() => res.destroy(), 30)
    }
    const row = await settled(async () => {
      await assert.rejects(async () => (await messages()).text())
    })
    assert.deepEqual(
      [row.status, row.estimated, row.input, row.cache_read, row.output],
      ['failed', true, 40n, 8n, 100n],
    )
    assert.equal(row.provider_id, 'msg_odd')
  })

  test('an error inside a stream goes through, and what came before it is paid', async () => {
    const error = `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })}\n\n`
    behave = (res) => stream(res).end(START + delta('some text') + error)
    const row = await settled(async () => {
      assert.equal(await (await messages()).text(), START + delta('some text') + error)
    })
    assert.deepEqual([row.status, row.estimated, row.input], ['failed', true, 40n])
  })

  test('a stream that never says its usage is estimated by its bytes and marked', async () => {
    behave = (res) => stream(res).end(`${chunk('y'.repeat(80))}data: [DONE]\n\n`)
    const row = await settled(async () => void (await (await chat()).text()))
    assert.deepEqual([row.estimated, row.output], [true, 20n])
  })

  test('a stream cut at any byte is relayed byte for byte', async () => {
    const usage = `event: message_delta\ndata: ${JSON.stringify({ type: 'message_delta', delta: {}, usage: { output_tokens: 9 } })}\n\n`
    const whole = Buffer.from(
      `${START}: ping ä€😀\r\n\r\n${delta('ü')}${usage}event: message_stop\ndata: {"type":"message_stop"}\n\n`,
    )
    for (let size = 1; size < 40; size += 9) {
      behave = (res) => {
        stream(res)
        const next = (from: number): void => {
          if (from >= whole.length) return void res.end()
          res.write(whole.subarray(from, from + size))
          setImmediate(next, from + size)
        }
        next(0)
      }
      const row = await settled(async () => {
        assert.ok(Buffer.from(await (await messages()).arrayBuffer()).equals(whole))
      })
      assert.deepEqual([row.estimated, row.output], [false, 9n])
    }
  })

  test('a reply that breaks off before it can be read costs its input; one never sent costs nothing', async () => {
    behave = (res) => res.destroy()
    const row = await settled(async () => {
      const reply = await post('/openai/v1/chat/completions', {
        model: MODEL,
        messages: [{ role: 'user', content: 'hi' }],
      })
      assert.deepEqual([reply.status, reply.headers.get('x-should-retry')], [502, 'false'])
    })
    assert.deepEqual([row.status, row.estimated, row.output], ['failed', true, 0n])

    const openai = (await at.upstreams.list()).find(({ protocol }) => protocol === 'openai')!
    const calls = (await at.usage(who.wallet)).length
    await at.upstreams.change(openai.id, { baseUrl: 'http://127.0.0.1:1/v1' })
    const reply = await post('/openai/v1/chat/completions', {
      model: MODEL,
      messages: [{ role: 'user', content: 'hi' }],
    })
    assert.equal(reply.status, 502)
    assert.equal(reply.headers.get('x-should-retry'), null)
    assert.equal((await at.usage(who.wallet)).length, calls)
    assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), [])
    await at.upstreams.change(openai.id, { baseUrl: openai.baseUrl })
  })

  test('a slow client is not run over: the provider is read no faster than the client reads', async () => {
    const text = 'z'.repeat(16_000)
    let written = 0
    behave = (res) => {
      stream(res)
      const more = (): void => {
        while (written < 4_000) {
          written += 1
          if (!res.write(chunk(text))) return void res.once('drain', more)
        }
        res.end(
          `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 6 } })}\n\ndata: [DONE]\n\n`,
        )
      }
      more()
    }
    await settled(async () => {
      const reply = await chat()
      await new Promise((resolve) => setTimeout(resolve, 300))
      assert.ok(written < 2_500, `${written} of 4,000 chunks were taken while the client slept`)
      let bytes = 0
      for await (const part of reply.body!) bytes += part.length
      assert.equal(bytes, 4_000 * chunk(text).length + 'data: [DONE]\n\n'.length)
    })
  })

  test('credentials, cookies and Perq headers stay behind, everything else goes both ways', async () => {
    let seen: NodeJS.Dict<string | string[]> = {}
    const watch = await serve((req, res) => {
      seen = { ...req.headers, url: req.url }
      req.resume()
      res.writeHead(400, {
        'x-request-id': 'r1',
        'set-cookie': 'a=b',
        'x-ratelimit-left': '7',
        'content-type': 'application/json',
      })
      res.end('{"error":{}}')
    })
    const claude = (await at.upstreams.list()).find(({ protocol }) => protocol === 'anthropic')!
    await at.upstreams.change(claude.id, { baseUrl: `${watch.url}/prefix` })
    const reply = await fetch(`${at.url}/anthropic/v1/messages?beta=true`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${who.key}`,
        'x-api-key': 'sk-left-over',
        cookie: 'session=1',
        'x-perq-purpose': 'work',
        'anthropic-beta': 'a,b',
        'x-new-header': 'yes',
      },
      body: JSON.stringify({ model: CLAUDE, max_tokens: 5, messages: [] }),
    })
    assert.equal(await reply.text(), '{"error":{}}')
    assert.deepEqual([reply.headers.get('x-request-id'), reply.headers.get('x-ratelimit-left')], ['r1', '7'])
    assert.equal(reply.headers.get('set-cookie'), null)
    assert.equal(seen['url'], '/prefix/v1/messages?beta=true')
    assert.deepEqual(
      [seen['x-api-key'], seen['authorization'], seen['cookie'], seen['x-perq-purpose']],
      ['sk-company', undefined, undefined, undefined],
    )
    assert.deepEqual(
      [seen['anthropic-beta'], seen['x-new-header'], seen['anthropic-version']],
      ['a,b', 'yes', '2023-06-01'],
    )
    assert.equal(seen['accept-encoding'], 'identity')
    await at.upstreams.change(claude.id, { baseUrl: claude.baseUrl })
    await watch.close()
  })
})
