import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerFailure, refusedAs, type BudgetStatus } from './answer.ts'
import { DOORS } from './doors.ts'
import type { Failure, Protocol } from './door.ts'
import { headerOf, type HeaderList } from './relay/headers.ts'
import type { ClientReply } from './relay/transport.ts'

type Answer = {
  status: number
  headers: HeaderList
  body: { error: Record<string, unknown>; request_id?: string }
  text: string
}

/** What a client of a door reads. */
function answered(
  protocol: Protocol,
  failure: Failure,
  {
    agent = 'test',
    budget = 400,
    id = 'call-1',
  }: { agent?: string; budget?: BudgetStatus; id?: string } = {},
): Answer {
  let answer: Answer | null = null
  let status = 0
  let headers: HeaderList = []
  const reply: ClientReply = {
    gone: () => false,
    head: (code, list) => ([status, headers] = [code, list]),
    flush: () => {},
    write: () => true,
    pass: () => true,
    end: (bytes) => {
      const text = String(bytes)
      answer = { status, headers, body: JSON.parse(text) as Answer['body'], text }
    },
    cut: () => {},
    onDrain: () => {},
    onGone: () => {},
  }
  const door = DOORS.find((one) => one.protocol === protocol)!
  answerFailure(reply, door, failure, { id, userAgent: agent, budgetStatus: budget })
  return answer!
}

const slow = refusedAs({ code: 'velocity_slow', message: 'wait.', retryAfter: 12.2 })
const empty = refusedAs({ code: 'budget_exhausted', message: 'empty.' })

describe('what Perq answers in the place of a provider', () => {
  test('who is to wait is told for how long, in the header and in the hint of the protocol', () => {
    for (const { protocol } of DOORS) {
      const { status, headers } = answered(protocol, slow)
      assert.deepEqual(
        [status, headerOf(headers, 'retry-after'), headerOf(headers, 'x-should-retry')],
        [429, '13', 'true'],
      )
      assert.equal(headerOf(headers, 'x-perq-reason'), 'velocity_slow')
    }
    assert.equal(answered('openai', slow).body.error['code'], 'rate_limit_exceeded')
    assert.equal(answered('anthropic', slow).body.error['type'], 'rate_limit_error')
    const { error } = answered('gemini', slow).body
    assert.equal(error['status'], 'RESOURCE_EXHAUSTED')
    assert.match(JSON.stringify(error['details']), /RetryInfo","retryDelay":"13s"/)
  })

  test('nobody is told to wait for longer than half a minute, or for no time at all', () => {
    for (const [asked, told] of [
      [3_600, '30'],
      [0, '1'],
    ] as const) {
      const failure = refusedAs({ code: 'velocity_slow', message: 'wait.', retryAfter: asked })
      assert.equal(headerOf(answered('openai', failure).headers, 'retry-after'), told)
      assert.equal(failure.retryAfter, Number(told))
    }
  })

  test('an empty wallet stops a client: by 400, or by 402 where that is set, but never by 402 for Codex', () => {
    for (const code of ['budget_exhausted', 'key_budget_exhausted'])
      for (const { protocol } of DOORS) {
        const failure = { ...empty, code }
        assert.equal(answered(protocol, failure).status, 400)
        assert.equal(answered(protocol, failure, { budget: 402 }).status, 402)
        assert.equal(headerOf(answered(protocol, failure).headers, 'x-should-retry'), 'false')
        assert.equal(answered(protocol, failure, { budget: 402, agent: 'codex_cli_rs/0.169' }).status, 400)
      }
    const codex = answered('openai', empty, { budget: 402, agent: 'codex_exec/0.169' })
    assert.deepEqual([codex.status, codex.body.error['code']], [400, 'invalid_prompt'])
    assert.equal(answered('anthropic', empty, { budget: 402 }).body.error['type'], 'billing_error')
    const other = refusedAs({ code: 'unknown_model', message: 'no.' })
    assert.equal(answered('openai', other, { budget: 402 }).status, 400)
  })

  test('Claude Code and Codex stop after one request when nothing they could leave out would help', () => {
    const claude = { agent: 'claude-cli/2.1.329 (external, cli)' }
    const typeFor = (code: string, by = claude) =>
      answered('anthropic', refusedAs({ code, message: 'no.' }), by).body.error['type']
    for (const code of ['velocity_paused', 'model_not_allowed', 'unknown_model'])
      assert.equal(typeFor(code), 'billing_error')
    for (const code of ['route_closed', 'invalid']) assert.equal(typeFor(code), 'invalid_request_error')
    assert.equal(typeFor('velocity_paused', { agent: 'Anthropic/JS 1.12.0' }), 'invalid_request_error')

    const revoked = { status: 401, code: 'invalid_api_key', message: 'Perq: the key is revoked.' }
    assert.equal(answered('anthropic', revoked, claude).status, 403)
    const { status, body } = answered('openai', revoked, { agent: 'codex_exec/0.169.0' })
    assert.deepEqual([status, body.error['code']], [400, 'invalid_prompt'])
    assert.equal(answered('openai', revoked).status, 401)
  })

  test('what was charged is never to be sent again, what was not may be', () => {
    const failure = { status: 503, code: 'unavailable', message: 'no.' }
    assert.equal(headerOf(answered('openai', failure).headers, 'retry-after'), '2')
    const { headers } = answered('openai', { ...failure, charged: true })
    assert.deepEqual([headerOf(headers, 'x-should-retry'), headerOf(headers, 'retry-after')], ['false', null])
  })

  test('opencode, which repeats what looks like a busy provider by its digits, sees none in what is final', () => {
    const opencode = 'opencode/1.18.33 ai-sdk/provider-utils/4.0.46 runtime/bun/1.3'
    const looksBusy = /429|500|502|503|504|524/
    const message =
      'a call of claude-3-7-sonnet-20250219 needs $50,429.00, and $500.00 is there. See http://127.0.0.1:5003/.'
    const id = '01a50429-5240-7500-8502-425045035240'
    for (const { protocol } of DOORS)
      for (const failure of [
        refusedAs({ code: 'budget_exhausted', message }),
        { status: 401, code: 'x', message },
      ]) {
        const { headers, body, text } = answered(protocol, failure, { agent: opencode, id })
        const words = String(body.error['message'])
        assert.doesNotMatch(text, looksBusy)
        assert.doesNotMatch(words, looksBusy)
        assert.equal(
          words.replaceAll('\u2060', '').replace('the pages of Perq', 'http://127.0.0.1:5003/'),
          failure.message,
        )
        assert.equal(headerOf(headers, 'x-should-retry'), 'false')
        assert.equal(answered(protocol, failure, { id }).body.error['message'], failure.message)
      }
    assert.equal(answered('anthropic', empty, { agent: opencode, id }).body.request_id, `req_${id}`)
    const link = { ...empty, message: 'Perq: empty. See https://perq.example/.' }
    assert.equal(answered('openai', link, { agent: opencode }).body.error['message'], link.message)
    const { message: slowed } = answered('openai', { ...slow, message }, { agent: opencode }).body.error
    assert.equal(slowed, message)
  })
})
