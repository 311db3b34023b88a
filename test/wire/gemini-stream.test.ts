import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { cost } from '#prices/cost.ts'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway, type UsageRow } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n
const MODEL = 'gemini-3.5-flash'
const STREAM = `/v1beta/models/${MODEL}:streamGenerateContent`
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }]

const piece = (text: string, more: object = {}): string =>
  JSON.stringify(
    { candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }], ...more },
    null,
    2,
  )
const LAST = JSON.stringify({
  candidates: [{ content: { parts: [{ text: '"]}' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: {
    promptTokenCount: 40,
    cachedContentTokenCount: 8,
    candidatesTokenCount: 5,
    thoughtsTokenCount: 7,
  },
  responseId: 'odd-1',
})
const partial = { usageMetadata: { promptTokenCount: 40, candidatesTokenCount: 1, totalTokenCount: 41 } }
const array = (...elements: string[]): string => `[${elements.join('\n,\r\n')}\n]\r\n`

type Seen = { readonly url: string; readonly headers: IncomingMessage['headers']; readonly body: string }

describe('a Gemini stream is metered in either form, byte for byte', () => {
  let at: TestGateway
  let who: Employee
  let odd: Awaited<ReturnType<typeof serve>>
  let behave: (res: ServerResponse) => unknown
  let seen: Seen
  let gated = false
  let release: (() => void) | null = null

  before(async () => {
    odd = await serve((req, res) => {
      let body = ''
      req.setEncoding('utf8').on('data', (text: string) => (body += text))
      req.on('end', () => {
        seen = { url: req.url ?? '', headers: req.headers, body }
        behave(res)
      })
    })
    at = await testGateway({
      geminiBase: `${odd.url}/base`,
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

  const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${at.url}/gemini${path}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': who.key, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const json = (res: ServerResponse): ServerResponse =>
    res.writeHead(200, { 'content-type': 'application/json; charset=UTF-8' })

  /** The usage row that this work added, after checking that it is settled and priced by the book. */
  async function settled(work: () => Promise<unknown>): Promise<UsageRow> {
    const before = (await at.usage(who.wallet)).length
    await work()
    await eventually(async () => {
      assert.equal((await at.usage(who.wallet)).length, before + 1)
      assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), [])
    })
    const row = (await at.usage(who.wallet)).at(-1)!
    assert.ok(row.charged > 0n && row.absorbed === 0n)
    const price = at.prices.resolve('google', row.model, at.world.now())!
    const counts = {
      input: Number(row.input),
      cacheRead: Number(row.cache_read),
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      output: Number(row.output),
    }
    assert.equal(row.cost, cost(price, counts).nano)
    return row
  }
  const tokensOf = (row: UsageRow) => [row.input, row.cache_read, row.output, row.reasoning]

  test('an array arrives as it was sent, whatever the pieces of the network', async () => {
    const text = array(piece('one [ " \\', partial), piece('zwei ä€😀'), LAST)
    const bytes = Buffer.from(text)
    for (const size of [1, 7, 100, bytes.length]) {
      behave = async (res) => {
        json(res)
        for (let from = 0; from < bytes.length; from += size) {
          res.write(bytes.subarray(from, from + size))
          await setImmediate()
        }
        res.end()
      }
      const row = await settled(async () => {
        const reply = await post(STREAM, { contents })
        assert.ok(Buffer.from(await reply.arrayBuffer()).equals(bytes), `pieces of ${size}`)
      })
      assert.deepEqual([row.status, row.estimated, row.provider_id], ['ok', false, 'odd-1'])
      assert.deepEqual(tokensOf(row), [32n, 8n, 12n, 7n])
    }
  })

  for (const form of ['array', 'events'] as const) {
    test(`the last of the ${form} waits for the commit, everything before it does not`, async () => {
      const early =
        form === 'array'
          ? `[${piece('one', partial)}\n,${piece('two')}`
          : `data: ${JSON.stringify({ candidates: [] })}\r\n\r\ndata: {"candidates":[{"content":{"parts":[{"text":"two"}]}}]}\r\n\r\n`
      const late = form === 'array' ? `\n,${LAST}\n]` : `data: ${LAST}\r\n\r\n`
      behave = (res) => {
        if (form === 'array') json(res).end(early + late)
        else res.writeHead(200, { 'content-type': 'text/event-stream' }).end(early + late)
      }
      gated = true
      const row = await settled(async () => {
        const reader = (
          await post(`${STREAM}${form === 'array' ? '' : '?alt=sse'}`, { contents })
        ).body!.getReader()
        const decoder = new TextDecoder()
        let text = ''
        while (text.length < early.length)
          text += decoder.decode((await reader.read()).value, { stream: true })
        const rest = (async () => {
          for (let part = await reader.read(); !part.done; part = await reader.read())
            text += decoder.decode(part.value)
        })()
        await eventually(() => assert.ok(release))
        await new Promise((resolve) => setTimeout(resolve, 50))
        assert.equal(text, early, 'nothing of the end came before the commit')
        gated = false
        release!()
        release = null
        await rest
        assert.equal(text, early + late)
      })
      assert.deepEqual(tokensOf(row), [32n, 8n, 12n, 7n])
    })
  }

  test('an element of ten megabytes loses neither a byte nor its usage', async () => {
    const text = array(piece(`${'\\"]}'.repeat(10 * 1024 * 256)}`), LAST)
    behave = (res) => json(res).end(text)
    const row = await settled(async () => {
      assert.equal(await (await post(STREAM, { contents })).text(), text)
    })
    assert.deepEqual(tokensOf(row), [32n, 8n, 12n, 7n])
  })

  test('bytes that are no UTF-8 pass through, and the usage behind them is read', async () => {
    const bytes = Buffer.concat([
      Buffer.from('[{"candidates":[{"content":{"parts":[{"text":"'),
      Buffer.from([0xff, 0xc3, 0x28]),
      Buffer.from(`"}]}}]},${LAST}]`),
    ])
    behave = (res) => json(res).end(bytes)
    const row = await settled(async () => {
      const reply = await post(STREAM, { contents })
      assert.ok(Buffer.from(await reply.arrayBuffer()).equals(bytes))
    })
    assert.deepEqual(tokensOf(row), [32n, 8n, 12n, 7n])
  })

  test('a connection that breaks inside the array is a cut reply, paid for what was seen, and marked', async () => {
    behave = (res) => {
      json(res).write(`[${piece('x'.repeat(400), partial)},{"candidates":`)
      setTimeout(() => res.destroy(), 20)
    }
    const row = await settled(async () => {
      const reply = await post(STREAM, { contents })
      await assert.rejects(reply.text())
    })
    assert.deepEqual([row.status, row.estimated, row.input], ['failed', true, 40n])
    assert.ok(row.output >= 100n)
  })

  test('an array that its provider leaves open is settled as an estimate and arrives as it was', async () => {
    const text = `[${piece('some words', partial)}`
    behave = (res) => json(res).end(text)
    const row = await settled(async () => {
      assert.equal(await (await post(STREAM, { contents })).text(), text)
    })
    assert.deepEqual([row.status, row.estimated], ['failed', true])
  })

  test('an error inside an array ends it as failed, and the client sees it', async () => {
    const text = array(
      piece('one', partial),
      '{"error":{"code":503,"status":"UNAVAILABLE","message":"busy"}}',
    )
    behave = (res) => json(res).end(text)
    const row = await settled(async () => {
      assert.equal(await (await post(STREAM, { contents })).text(), text)
    })
    assert.deepEqual([row.status, row.estimated], ['failed', true])
  })

  test('a refusal of the provider goes through as it is and costs nothing', async () => {
    const text = '[{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT"}}]'
    behave = (res) => res.writeHead(400, { 'content-type': 'application/json' }).end(text)
    const before = (await at.usage(who.wallet)).length
    const reply = await post(STREAM, { contents })
    assert.deepEqual([reply.status, await reply.text()], [400, text])
    assert.equal((await at.usage(who.wallet)).length, before)
    await eventually(async () => assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), []))
  })

  test('the key goes in whichever way the client names it, and only the company’s goes on', async () => {
    behave = (res) => json(res).end(array(LAST))
    const none = { 'x-goog-api-key': '' }
    const ways: [string, Record<string, string>, string][] = [
      [STREAM, {}, ''],
      [`${STREAM}?key=${who.key}`, none, ''],
      [`${STREAM}?prettyPrint=false&k%65y=${who.key}&alt=json`, none, '?prettyPrint=false&alt=json'],
      [STREAM, { ...none, authorization: `Bearer ${who.key}` }, ''],
      // Clients that keep a key of Google's send it, too.
      [`${STREAM}?key=AIza-not-ours`, {}, ''],
    ]
    for (const [path, headers, query] of ways) {
      await settled(async () => {
        const more = {
          'x-goog-fieldmask': 'candidates',
          'x-http-method-override': 'GET',
          'x-goog-api-client': 'genai',
        }
        const reply = await post(path, { contents }, { ...headers, ...more })
        assert.equal(reply.status, 200, await reply.text())
      })
      assert.equal(seen.url, `/base${STREAM}${query}`)
      assert.equal(seen.headers['x-goog-api-key'], 'sk-company')
      assert.equal(seen.headers['x-goog-api-client'], 'genai')
      for (const name of ['authorization', 'x-goog-fieldmask', 'x-http-method-override'])
        assert.equal(seen.headers[name], undefined)
      assert.ok(!JSON.stringify(seen).includes(who.key))
    }
    const hidden = await post(`${STREAM}?fields=candidates`, { contents })
    assert.deepEqual([hidden.status, hidden.headers.get('x-perq-reason')], [400, 'route_closed'])
  })

  test('a limit is written into what the client sent, in its own spelling, and nothing else is touched', async () => {
    behave = (res) => json(res).end(array(LAST))
    const send = async (body: string): Promise<string> => {
      await settled(async () => {
        const reply = await fetch(`${at.url}/gemini${STREAM}`, {
          method: 'POST',
          headers: { 'x-goog-api-key': who.key },
          body,
        })
        assert.equal(reply.status, 200, await reply.text())
      })
      return seen.body
    }
    const rest = '"contents" :[ {"parts":[{"text":"h\\u0069"}]} ]'
    assert.equal(await send(`{ ${rest} }`), `{"generationConfig":{"maxOutputTokens":65536}, ${rest} }`)
    assert.equal(
      await send(`{${rest}, "generation_config":{ "top_p":1.0, "max_output_tokens": 90000 }}`),
      `{${rest}, "generation_config":{ "top_p":1.0, "max_output_tokens": 65536 }}`,
    )
    const own = `{${rest}, "generationConfig":{"maxOutputTokens":500}}`
    assert.equal(await send(own), own)
  })
})
