import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { testGateway, type TestGateway } from '../support/gateway.ts'
import { eventually } from '../support/eventually.ts'

const DOLLAR = 1_000_000_000n
const MODEL = 'gpt-5.2'
const CLAUDE = 'claude-opus-4-8'
const hello = [{ role: 'user' as const, content: 'Hello' }]

describe('what the gateway refuses', () => {
  let at: TestGateway
  before(async () => {
    at = await testGateway()
  })
  after(() => at.close())

  const post = (path: string, body: unknown, headers: Record<string, string>): Promise<Response> =>
    fetch(`${at.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  /** Runs `work` and tells how many requests came in and went on meanwhile. */
  async function counted(
    work: () => Promise<unknown>,
  ): Promise<{ came: number; went: number; error: unknown }> {
    const [came, went] = [at.requests(), at.upstreamRequests()]
    const error: unknown = await work().then(
      () => null,
      (thrown: unknown) => thrown,
    )
    return { came: at.requests() - came, went: at.upstreamRequests() - went, error }
  }

  test('an empty wallet costs a client exactly one request, and nothing reaches the provider', async () => {
    const who = await at.employee(0n)
    const chat = await counted(() => who.openai.chat.completions.create({ model: MODEL, messages: hello }))
    assert.deepEqual([chat.came, chat.went], [1, 0])
    assert.ok(chat.error instanceof OpenAI.BadRequestError)
    assert.equal(chat.error.code, 'budget_exhausted')
    assert.equal(chat.error.headers.get('x-should-retry'), 'false')
    assert.equal(chat.error.headers.get('x-perq-reason'), 'budget_exhausted')

    const messages = await counted(() =>
      who.anthropic.messages.create({ model: CLAUDE, max_tokens: 100, messages: hello, stream: true }),
    )
    assert.deepEqual([messages.came, messages.went], [1, 0])
    assert.ok(messages.error instanceof Anthropic.BadRequestError)
    assert.equal(messages.error.type, 'billing_error')
    assert.match(messages.error.message, /Perq: This call needs at least/)
  })

  test('Codex is answered under the code whose text it prints', async () => {
    const who = await at.employee(0n)
    const headers = { authorization: `Bearer ${who.key}`, 'user-agent': 'codex_exec/0.169.0 (linux)' }
    const reply = await post('/openai/v1/responses', { model: MODEL, input: 'hi' }, headers)
    assert.equal(reply.status, 400)
    const body = (await reply.json()) as { error: { code: string; type: string } }
    assert.deepEqual([body.error.code, body.error.type], ['invalid_prompt', 'invalid_request_error'])
  })

  test('a limit is cut to what the wallet affords, and the reply stays within the hold', async () => {
    // 5,000 tokens of output at 14 dollars a million are 0.07 dollars; the input is small.
    const who = await at.employee(DOLLAR / 20n)
    const reply = await who.openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: 'reply with 20000 tokens' }],
    })
    assert.equal(reply.choices[0]!.finish_reason, 'length')
    const [row] = await at.usage(who.wallet)
    assert.ok(row && row.output >= 1_024n && row.output < 4_000n)
    assert.equal(row.absorbed, 0n)
    assert.ok(row.charged <= row.held && row.held <= DOLLAR / 20n)
  })

  test('an ask of at most 1,024 tokens is never cut: it is paid in full or refused', async () => {
    const body = {
      model: MODEL,
      max_completion_tokens: 1_000,
      messages: [{ role: 'user' as const, content: 'reply with 1000 tokens' }],
    }
    const enough = await at.employee((DOLLAR * 16n) / 1_000n)
    const reply = await enough.openai.chat.completions.create(body)
    assert.deepEqual([reply.choices[0]!.finish_reason, reply.usage?.completion_tokens], ['stop', 1_000])
    const short = await at.employee((DOLLAR * 13n) / 1_000n)
    const refused = await counted(() => short.openai.chat.completions.create(body))
    assert.deepEqual([refused.came, refused.went], [1, 0])
    assert.deepEqual(await at.usage(short.wallet), [])
  })

  test('every route that is not metered is closed, in the shape of its provider', async () => {
    const who = await at.employee(DOLLAR)
    const bearer = { authorization: `Bearer ${who.key}` }
    const { went } = await counted(async () => {
      for (const path of [
        '/openai/v1/images/generations',
        '/openai/v1/files',
        '/openai/v1/realtime/sessions',
        '/openai/v1/batches',
        '/openai/v2/chat/completions',
        '/openai/v1/chat/completions/',
        '/openai/v1/%63hat/completions',
      ]) {
        const reply = await post(path, {}, bearer)
        assert.equal(reply.status, 400, path)
        assert.equal(reply.headers.get('x-perq-reason'), 'route_closed')
        assert.match(
          ((await reply.json()) as { error: { message: string } }).error.message,
          /could not be metered/,
        )
      }
      for (const path of [
        '/anthropic/v1/messages/batches',
        '/anthropic/v1/files',
        '/anthropic/v1/complete',
      ]) {
        const reply = await post(path, {}, { 'x-api-key': who.key })
        assert.equal(reply.status, 400, path)
        const body = (await reply.json()) as { type: string; error: { type: string } }
        assert.deepEqual([body.type, body.error.type], ['error', 'invalid_request_error'])
      }
      const stored = await fetch(`${at.url}/openai/v1/responses/resp_1`, { headers: bearer })
      assert.equal(stored.status, 400)
    })
    assert.equal(went, 0)
  })

  test('an unknown model is refused, and so is one the key or the level may not use', async () => {
    const who = await at.employee(DOLLAR, { level: 'IC1', models: ['gpt-5.2', 'gpt-5.2-pro'] })
    const reasonOf = async (model: string): Promise<string | null> =>
      (
        await post(
          '/openai/v1/chat/completions',
          { model, messages: hello },
          { authorization: `Bearer ${who.key}` },
        )
      ).headers.get('x-perq-reason')
    assert.equal(await reasonOf('gpt-99-imaginary'), 'unknown_model')
    assert.equal(await reasonOf('gpt-5.2-pro'), 'model_not_allowed')
    assert.equal(await reasonOf('gpt-5-mini'), 'model_not_allowed')
    assert.equal(await reasonOf('gpt-5.2'), null)
  })

  test('a revoked or unknown key is refused before anything is read; Claude Code is told 403', async () => {
    const who = await at.employee(DOLLAR)
    await who.openai.models.list()
    await at.spending.revokeKey(who.keyId)
    const refused = await counted(() => who.openai.chat.completions.create({ model: MODEL, messages: hello }))
    assert.ok(refused.error instanceof OpenAI.AuthenticationError)
    assert.deepEqual([refused.came, refused.went], [1, 0])
    const body = { model: CLAUDE, max_tokens: 5, messages: hello }
    const sdk = await post('/anthropic/v1/messages', body, { 'x-api-key': who.key })
    assert.equal(sdk.status, 401)
    const cli = await post('/anthropic/v1/messages', body, {
      'x-api-key': who.key,
      'user-agent': 'claude-cli/2.1.329 (external, sdk-cli)',
    })
    assert.equal(cli.status, 403)
    assert.equal(((await cli.json()) as { error: { type: string } }).error.type, 'permission_error')
    assert.equal((await post('/openai/v1/embeddings', {}, {})).status, 401)
  })

  test('a body that could be read in two ways is refused', async () => {
    const who = await at.employee(DOLLAR)
    const bearer = { authorization: `Bearer ${who.key}` }
    for (const body of [
      `{"model":"gpt-5-nano","messages":[],"model":"${MODEL}"}`,
      `{"model":"gpt-5-nano","messages":[],"mod\\u0065l":"${MODEL}"}`,
      '{"model":',
      '[]',
      '',
    ]) {
      const reply = await post('/openai/v1/chat/completions', body, bearer)
      assert.deepEqual([reply.status, reply.headers.get('x-perq-reason')], [400, 'invalid'], body)
    }
    const packed = await post('/openai/v1/chat/completions', '{}', { ...bearer, 'content-encoding': 'gzip' })
    assert.equal(packed.status, 400)
    assert.deepEqual(await at.usage(who.wallet), [])
  })

  test('a body above the limit is refused in full view, and one without a length is read all the same', async () => {
    const who = await at.employee(DOLLAR)
    const bearer = { authorization: `Bearer ${who.key}` }
    const large = await post('/openai/v1/chat/completions', 'x'.repeat(33 * 1024 * 1024), bearer)
    assert.equal(large.status, 413)
    const stray = await post('/openai/v1/files', 'x'.repeat(5 * 1024 * 1024), bearer)
    assert.equal(stray.status, 400)
    const text = new TextEncoder().encode(JSON.stringify({ model: MODEL, messages: hello }))
    const parts = new ReadableStream({
      start(stream) {
        for (let at = 0; at < text.length; at += 7) stream.enqueue(text.subarray(at, at + 7))
        stream.close()
      },
    })
    const init = { method: 'POST', headers: bearer, body: parts, duplex: 'half' as const }
    assert.equal((await fetch(`${at.url}/openai/v1/chat/completions`, init)).status, 200)
  })

  test('the purpose of a call comes from its header, and the header stays here', async () => {
    const who = await at.employee(DOLLAR)
    const headers = { authorization: `Bearer ${who.key}`, 'x-perq-purpose': 'learning' }
    assert.equal(
      (await post('/openai/v1/chat/completions', { model: MODEL, messages: hello }, headers)).status,
      200,
    )
    assert.equal((await at.usage(who.wallet)).at(-1)?.purpose, 'learning')
    const wrong = await post(
      '/openai/v1/chat/completions',
      { model: MODEL, messages: hello },
      { ...headers, 'x-perq-purpose': 'fun' },
    )
    assert.equal(wrong.status, 400)
  })

  test('a probe without a key finds somebody at home', async () => {
    for (const path of ['/anthropic', '/anthropic/', '/openai'])
      assert.equal((await fetch(`${at.url}${path}`, { method: 'HEAD' })).status, 200)
  })

  test('an error of the provider goes through as it is and costs nothing', async () => {
    const who = await at.employee(DOLLAR)
    const reply = await post(
      '/openai/v1/chat/completions',
      { model: MODEL },
      { authorization: `Bearer ${who.key}` },
    )
    assert.equal(reply.status, 400)
    assert.equal(((await reply.json()) as { error: { param: string } }).error.param, 'messages')
    await eventually(async () =>
      assert.equal((await at.ledger.balances(at.db, who.wallet)).available, DOLLAR),
    )
    assert.deepEqual(await at.usage(who.wallet), [])
  })

  test('an upstream that is switched off or changed is so for the next call', async () => {
    const who = await at.employee(DOLLAR)
    const claude = (await at.upstreams.list()).find(({ protocol }) => protocol === 'anthropic')!
    const ask = () => who.anthropic.messages.create({ model: CLAUDE, max_tokens: 50, messages: hello })
    await at.upstreams.change(claude.id, { enabled: false })
    const refused = await counted(ask)
    assert.deepEqual([refused.came, refused.went], [1, 0])
    await at.db.query('update gateway.upstream set enabled = true where id = $1', [claude.id])
    await eventually(async () => assert.equal((await ask()).type, 'message'))
  })
})
