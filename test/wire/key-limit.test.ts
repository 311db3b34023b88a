import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { testGateway, type Employee, type TestGateway } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n
const LIMIT = DOLLAR / 50n
const ask = {
  model: 'claude-haiku-4-5',
  max_tokens: 200,
  messages: [{ role: 'user' as const, content: 'Hello' }],
}

describe('a key with a limit of its own', () => {
  let at: TestGateway
  let who: Employee
  before(async () => {
    at = await testGateway()
    who = await at.employee(100n * DOLLAR)
    await at.spending.setLimit(who.keyId, { amount: LIMIT, period: 'month' })
  })
  after(() => at.close())

  test('forty calls at once spend no more than the limit, whatever the wallet has', async () => {
    const ended = await Promise.allSettled(
      Array.from({ length: 40 }, () => who.anthropic.messages.create(ask)),
    )
    const refused = ended.filter((one) => one.status === 'rejected')
    assert.ok(refused.length > 0 && refused.length < 40, `${refused.length} refused`)
    const spent = (await at.usage(who.wallet)).reduce((sum, { charged }) => sum + charged, 0n)
    const limit = (await at.spending.key(who.keyId))?.limit
    assert.deepEqual([limit?.used, limit?.left], [spent, LIMIT - spent])
    assert.ok(spent > 0n && spent <= LIMIT)
  })

  test('at its limit the client stops after one request, at every door, and reads what to do', async () => {
    await at.spending.setLimit(who.keyId, { amount: 1n, period: 'month' })
    const before = at.requests()
    const claude = await who.anthropic.messages.create(ask).then(
      () => null,
      (error: unknown) => error,
    )
    assert.ok(claude instanceof Anthropic.BadRequestError)
    assert.equal(claude.type, 'billing_error')
    assert.match(
      claude.message,
      /This key's budget is short: .* left until 2026-02-01 .* raise it on Keys & setup/,
    )
    const chat = await who.openai.chat.completions
      .create({ model: 'gpt-5-mini', messages: ask.messages })
      .then(
        () => null,
        (error: unknown) => error,
      )
    assert.ok(chat instanceof OpenAI.BadRequestError)
    assert.equal(chat.code, 'key_budget_exhausted')
    assert.equal(chat.headers.get('x-should-retry'), 'false')
    assert.equal(at.requests() - before, 2)
  })

  test('a higher limit lets the next call through at once', async () => {
    await at.spending.setLimit(who.keyId, { amount: DOLLAR, period: 'month' })
    assert.ok(await who.anthropic.messages.create(ask))
  })
})
