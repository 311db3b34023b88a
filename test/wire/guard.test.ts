import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { SECOND } from '#base/time.ts'
import { testGateway, type Employee, type TestGateway } from '../support/gateway.ts'

const USD = 1_000_000_000n

describe('the velocity guard at the door', () => {
  let at: TestGateway
  before(async () => {
    at = await testGateway()
    // A usual day is two cents, so that a few calls are a burst.
    const floor = { five_minutes: USD, hour: USD, day: USD / 50n }
    const everyone = ['small', 'standard', 'frontier', 'embedding']
    await at.spending.setPolicy({ everyone, levels: [], guard: { floor } }, 'test')
  })
  after(() => at.close())

  const ask = (who: Employee, model: string) =>
    who.openai.chat.completions.create(
      { model, max_completion_tokens: 60, messages: [{ role: 'user', content: 'reply with 50 tokens' }] },
      { maxRetries: 0 },
    )

  /** Calls until one is refused, so many seconds apart. */
  async function untilRefused(who: Employee, seconds: number): Promise<unknown> {
    for (let n = 0; n < 200; n += 1) {
      try {
        await ask(who, 'gpt-5.2')
      } catch (error) {
        return error
      }
      at.world.advance(seconds * SECOND)
    }
    throw new Error('two hundred calls and nothing was refused')
  }

  test('a slowed client gets a 429 that names at most thirty seconds, and passes after them', async () => {
    const who = await at.employee(100n * USD)
    const error = await untilRefused(who, 0)
    assert.ok(error instanceof OpenAI.RateLimitError, String(error))
    const wait = Number(error.headers.get('retry-after'))
    assert.ok(wait >= 1 && wait <= 30, `retry-after: ${wait}`)
    assert.equal(error.headers.get('x-perq-reason'), 'velocity_slow')
    assert.match(error.message, /faster than usual/)
    assert.notEqual((await ask(who, 'gpt-5-nano')).choices.length, 0, 'small models pass')
    at.world.advance(wait * SECOND)
    assert.notEqual((await ask(who, 'gpt-5.2')).choices.length, 0)
  })

  test('a paused client gets a 400 with what happened and where to confirm, and asks once', async () => {
    const who = await at.employee(100n * USD)
    const error = await untilRefused(who, 11)
    assert.ok(error instanceof OpenAI.BadRequestError, String(error))
    assert.equal(error.code, 'velocity_paused')
    assert.match(error.message, /\$0\.0\d+ in the last 24 hours/)
    assert.match(error.message, /Confirm in one click at the Alerts page of Perq/)

    const [requests, upstream] = [at.requests(), at.upstreamRequests()]
    const body = {
      model: 'claude-opus-4-8',
      max_tokens: 64,
      messages: [{ role: 'user' as const, content: 'hello' }],
    }
    // The SDK would repeat whatever it may.
    await assert.rejects(who.anthropic.messages.create(body), (refused) => {
      assert.ok(refused instanceof Anthropic.BadRequestError, String(refused))
      assert.equal(refused.headers.get('x-should-retry'), 'false')
      assert.match(refused.message, /your calls are paused/)
      return true
    })
    assert.deepEqual([at.requests() - requests, at.upstreamRequests() - upstream], [1, 0])

    await at.spending.resume(who.person)
    const reply = await who.anthropic.messages.create(body)
    assert.equal(reply.type, 'message')
    const kinds = (await at.spending.alerts.list(who.person, { limit: 10 })).alerts.map(
      ({ facts }) => facts.kind,
    )
    assert.deepEqual(kinds.slice(0, 2), ['velocity_resumed', 'velocity_paused'])
  })
})
