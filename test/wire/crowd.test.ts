import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import OpenAI from 'openai'
import { upperBound } from '#prices/cost.ts'
import { testGateway, type TestGateway } from '../support/gateway.ts'

const MODEL = 'gpt-5.2'
const CALLS = 1_000

describe('a thousand calls at once against one wallet', () => {
  let at: TestGateway
  before(async () => {
    at = await testGateway()
  })
  after(() => at.close())

  test('never spend more than vested, cut no reply, and cost a refused client one request', async () => {
    const body = {
      model: MODEL,
      max_completion_tokens: 60,
      messages: [{ role: 'user' as const, content: 'reply with 50 tokens' }],
    }
    const price = at.prices.resolve('openai', MODEL, at.world.now())!
    // The bound of one call, as near as a test should know it; 300 of them fit.
    const one = upperBound(price, { input: 128 + 256 + 16, output: 60 })
    const vested = one * 300n
    const who = await at.employee(vested)
    const before = [at.requests(), at.upstreamRequests()] as const

    let [ok, refused] = [0, 0]
    await Promise.all(
      Array.from({ length: CALLS }, async (_, n) => {
        try {
          if (n % 2 === 0) {
            const reply = await who.openai.chat.completions.create(body)
            assert.equal(reply.choices[0]!.finish_reason, 'stop')
            assert.equal(reply.usage!.completion_tokens, 50)
          } else {
            const stream = await who.openai.chat.completions.create({ ...body, stream: true })
            let finish: string | null = null
            for await (const part of stream) finish = part.choices[0]?.finish_reason ?? finish
            assert.equal(finish, 'stop')
          }
          ok += 1
        } catch (error) {
          assert.ok(error instanceof OpenAI.BadRequestError, String(error))
          assert.equal(error.code, 'budget_exhausted')
          refused += 1
        }
      }),
    )

    assert.equal(ok + refused, CALLS)
    assert.ok(ok >= 250 && refused > 0, `${ok} calls went through, ${refused} were refused`)
    assert.equal(at.requests() - before[0], CALLS, 'no client asked twice')
    assert.equal(at.upstreamRequests() - before[1], ok, 'only paid calls reached the provider')

    const balances = await at.ledger.balances(at.db, who.wallet)
    const rows = await at.usage(who.wallet)
    const charged = rows.reduce((sum, row) => sum + row.charged, 0n)
    assert.equal(rows.length, ok)
    assert.ok(charged <= vested)
    assert.equal(
      rows.reduce((sum, row) => sum + row.absorbed, 0n),
      0n,
    )
    assert.equal(balances.spent, charged)
    assert.equal(balances.held, 0n)
    assert.equal(balances.available, vested - charged)
    assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), [])
  })
})
