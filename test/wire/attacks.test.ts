import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { connect as dial } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway, type UsageRow } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n
const ASK = { model: 'gpt-5.2', messages: [{ role: 'user', content: 'hi' }] }

describe('odd ends cost what they should', () => {
  let at: TestGateway
  let who: Employee
  let odd: Awaited<ReturnType<typeof serve>>
  let behave: (res: ServerResponse) => void

  before(async () => {
    odd = await serve((req, res) => {
      req.resume()
      req.on('end', () => behave(res))
    })
    at = await testGateway({ openaiBase: `${odd.url}/v1`, anthropicBase: odd.url, callWithin: 1_500 })
    who = await at.employee(100n * DOLLAR)
  })
  after(async () => {
    await at.close()
    await odd.close()
  })

  const headers = () => ({ authorization: `Bearer ${who.key}`, 'content-type': 'application/json' })
  const chat = (body: object, more: Record<string, string> = {}): Promise<Response> =>
    fetch(`${at.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { ...headers(), ...more },
      body: JSON.stringify(body),
    })
  const last = async (): Promise<UsageRow> => {
    await eventually(async () => assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), []))
    return (await at.usage(who.wallet)).at(-1)!
  }

  test('an id that the database cannot keep does not keep the call from being settled', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 2 }
    behave = (res) =>
      res
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ id: 'a\u0000b', usage }))
    assert.equal((await chat(ASK)).status, 200)
    const row = await last()
    assert.deepEqual([row.status, row.input, row.output, row.provider_id], ['ok', 10n, 2n, null])
  })

  test('a broken call with a large picture is estimated by its text, not by the bytes of the picture', async () => {
    const url = `data:image/png;base64,${'A'.repeat(4_000_000)}`
    behave = (res) => res.destroy()
    const content = [{ type: 'image_url', image_url: { url } }]
    assert.equal((await chat({ ...ASK, messages: [{ role: 'user', content }] })).status, 502)
    const row = await last()
    assert.ok(row.estimated && row.charged > 0n && row.charged < DOLLAR / 100n, String(row.charged))
    assert.ok(row.held < 3n * DOLLAR, String(row.held))
  })

  test('a client that stops reading cannot outlast its hold', async () => {
    const chunk = `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta: { content: 'y'.repeat(60_000) } }] })}\n\n`
    behave = (res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let n = 0; n < 400; n += 1) res.write(chunk)
    }
    const { port } = new URL(at.url)
    const socket = dial(Number(port), '127.0.0.1').on('error', () => {})
    socket.pause()
    const body = JSON.stringify({ ...ASK, stream: true })
    socket.write(
      `POST /openai/v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${who.key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    await eventually(async () => assert.equal((await at.ledger.openHolds(at.db, who.wallet)).length, 1))
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    const row = await last()
    socket.destroy()
    assert.ok(row.estimated && row.output > 1_000n, String(row.output))
  })

  test('a body in two encodings is refused', async () => {
    const before = at.upstreamRequests()
    const answer = await chat(ASK, { 'content-encoding': 'identity, gzip' })
    assert.equal(answer.status, 400)
    assert.equal(at.upstreamRequests(), before)
  })
})
