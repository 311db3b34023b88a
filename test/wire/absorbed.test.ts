import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n
const MODEL = 'gpt-5.2'
const CLAUDE = 'claude-haiku-4-5'

describe('a provider that bills more than it was allowed to', () => {
  let at: TestGateway
  let who: Employee
  let odd: { url: string; close(): Promise<void> }
  let behave: RequestListener
  before(async () => {
    odd = await serve((req, res) => void req.resume().on('end', () => behave(req, res)))
    at = await testGateway({ openaiBase: `${odd.url}/v1`, anthropicBase: odd.url })
    who = await at.employee(10n * DOLLAR)
  })
  after(async () => {
    await at.close()
    await odd.close()
  })

  const answers = (body: object): void => {
    behave = (_, res) => {
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify(body))
    }
  }

  /** The wallet pays what was held; the rest is the company's, and both are told. */
  async function absorbed(searches = 0n): Promise<void> {
    const row = (await at.usage(who.wallet)).at(-1)
    assert.ok(row && row.absorbed > 0n && row.searches === searches)
    assert.equal(row.charged, row.held)
    assert.equal(row.charged + row.absorbed, row.cost)
    await eventually(async () => {
      const { alerts } = await at.spending.alerts.list(who.person, { limit: 50 })
      assert.ok(alerts.some(({ facts }) => facts.kind === 'absorbed' && facts.call === row.id))
    })
    assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), [])
  }

  test('more output than the limit that was sent is the company’s', async () => {
    answers({
      id: 'chatcmpl-1',
      choices: [],
      usage: { prompt_tokens: 10, completion_tokens: 900_000 },
    })
    const ask = { model: MODEL, max_tokens: 100, messages: [{ role: 'user' as const, content: 'hi' }] }
    await who.openai.chat.completions.create(ask)
    await absorbed()
  })

  test('more searches, and more reading, than the limit of uses allows are the company’s', async () => {
    answers({
      id: 'msg_1',
      type: 'message',
      content: [],
      usage: { input_tokens: 4_000_000, output_tokens: 1, server_tool_use: { web_search_requests: 50 } },
    })
    await who.anthropic.messages.create({
      model: CLAUDE,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hi' }],
      tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 1 }],
    })
    await absorbed(50n)
  })
})
