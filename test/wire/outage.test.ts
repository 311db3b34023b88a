import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { connect } from '#db/connect.ts'
import { breakable } from '../support/breakable.ts'
import { testDb } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n

describe('while the database is away', () => {
  let at: TestGateway
  let who: Employee
  let wire: ReturnType<typeof breakable>
  let odd: Awaited<ReturnType<typeof serve>>
  let finish: () => void = () => {}

  before(async () => {
    const real = await testDb()
    wire = breakable(real.url)
    await wire.mend()
    const db = await connect(wire.url, { mayExit: true })
    odd = await serve((req, res) => {
      req.resume()
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write('data: {"choices":[{"index":0,"delta":{"content":"one"}}]}\n\n')
      finish = () =>
        res.end('data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}\n\ndata: [DONE]\n\n')
    })
    const drop = async (): Promise<void> => {
      await db.close()
      await real.drop()
    }
    at = await testGateway({
      openaiBase: odd.url,
      retryFor: 100,
      db: { ...db, url: wire.url, adminUrl: real.adminUrl, drop },
    })
    who = await at.employee(DOLLAR)
  })
  after(async () => {
    await at.close()
    await odd.close()
    await wire.cut()
    wire.remove()
  })

  const call = (): Promise<Response> =>
    fetch(`${at.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${who.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-5.2', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
    })

  test('a new call is told to come back soon, and a running one keeps its end until it is recorded', async () => {
    const reader = (await call()).body!.getReader()
    const decoder = new TextDecoder()
    let text = decoder.decode((await reader.read()).value)
    assert.match(text, /one/)

    await wire.cut()
    const refused = await call()
    assert.equal(refused.status, 503)
    assert.ok(Number(refused.headers.get('retry-after')) <= 5)
    assert.match(((await refused.json()) as { error: { message: string } }).error.message, /nothing was done/)

    finish()
    const rest = (async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read())
        text += decoder.decode(part.value)
    })()
    await new Promise((resolve) => setTimeout(resolve, 400))
    assert.ok(!text.includes('[DONE]'))

    await wire.mend()
    await rest
    assert.match(text, /\[DONE\]/)
    const rows = await at.usage(who.wallet)
    assert.deepEqual(
      rows.map((row) => [row.status, row.input, row.output]),
      [['ok', 9n, 3n]],
    )
    await eventually(async () => assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), []))
  })
})
