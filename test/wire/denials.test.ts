import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createMetrics } from '#api/metrics.ts'
import { openReports } from '#reports/reports.ts'
import { serve, testGateway, type Employee, type TestGateway } from '../support/gateway.ts'
import { eventually } from '../support/eventually.ts'

const DOLLAR = 1_000_000_000n
const MINUTE = 60_000

describe('what is refused is told, counted and kept', () => {
  let at: TestGateway
  const metrics = createMetrics()
  before(async () => {
    at = await testGateway({ metrics, budgetStatus: 402 })
  })
  after(() => at.close())

  const post = (who: Employee, path: string, body: object | string, agent = 'test'): Promise<Response> =>
    fetch(`${at.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${who.key}`,
        'content-type': 'application/json',
        'user-agent': agent,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const chat = (model: string) => ({ model, messages: [{ role: 'user', content: 'hi' }] })
  const CHAT = '/openai/v1/chat/completions'
  const denials = async (who: Employee) => {
    await at.trail.flush()
    const view = await openReports(at).denials(who.person, {}, { limit: 50 })
    return view!.denials
  }
  const sample = async (name: string): Promise<string[]> =>
    (await metrics.render()).split('\n').filter((line) => line.startsWith(name))

  test('every refusal of a key that is known becomes a denial with the words that the client got', async () => {
    const rich = await at.employee(100n * DOLLAR, { level: 'IC1', models: ['gpt-5.2', 'gpt-5.2-pro'] })
    const poor = await at.employee(0n)
    const cases: [Employee, string, object | string, number, string, string, string | null][] = [
      [poor, CHAT, chat('gpt-5.2'), 402, 'budget_exhausted', 'chat/completions', 'gpt-5.2'],
      [rich, CHAT, chat('gpt-99'), 400, 'unknown_model', 'chat/completions', 'gpt-99'],
      [rich, CHAT, chat('gpt-5.2-pro'), 400, 'model_not_allowed', 'chat/completions', 'gpt-5.2-pro'],
      [rich, '/openai/v1/files', {}, 400, 'route_closed', 'POST /v1/files', null],
      [rich, CHAT, '{"model":', 400, 'invalid', 'chat/completions', null],
    ]
    for (const [who, path, body, status, code, route, model] of cases) {
      const reply = await post(who, path, body)
      assert.equal(reply.status, status, code)
      const { error } = (await reply.json()) as { error: { message: string } }
      at.world.advance(1)
      const [denial] = await denials(who)
      assert.deepEqual(
        [denial!.code, denial!.door, denial!.route, denial!.model, denial!.message, denial!.count],
        [code, 'openai', route, model, error.message, 1],
      )
      assert.equal(denial!.key.id, who.keyId)
      assert.equal(denial!.short !== null && denial!.short > 0n, code === 'budget_exhausted')
    }
    assert.equal((await post(poor, CHAT, chat('gpt-5.2'), 'codex_exec/0.169')).status, 400)
    assert.deepEqual(await at.usage(poor.wallet), [])
  })

  test('a client that asks on and on leaves one denial a minute, with its count', async () => {
    const who = await at.employee(0n)
    for (let n = 0; n < 5; n += 1) await (await post(who, CHAT, chat('gpt-5.2'))).text()
    at.world.advance(MINUTE)
    await (await post(who, CHAT, chat('gpt-5.2'))).text()
    assert.deepEqual(
      (await denials(who)).map(({ count }) => count),
      [1, 5],
    )
  })

  test('a key that nobody knows leaves nothing but a count', async () => {
    const who = await at.employee(0n)
    const reply = await post({ ...who, key: 'pq_live_nobody' }, CHAT, chat('gpt-5.2'))
    assert.equal(reply.status, 401)
    assert.deepEqual(await denials(who), [])
    assert.deepEqual(await sample('perq_gateway_refusals_total{code="invalid_api_key"}'), [
      'perq_gateway_refusals_total{code="invalid_api_key"} 1',
    ])
  })

  test('the metrics tell calls by how they ended, refusals, failovers, drains, estimates and what it took', async () => {
    const who = await at.employee(100n * DOLLAR)
    const busy = await serve((req, res) => void req.resume().on('end', () => res.writeHead(429).end()))
    const { id } = await at.upstreams.create({
      name: 'busy',
      protocol: 'openai',
      baseUrl: busy.url,
      key: null,
      priority: 1,
    })
    await (await post(who, CHAT, chat('gpt-5.2'))).text()
    await at.upstreams.change(id, { enabled: false })
    const stream = await fetch(`${at.url}${CHAT}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${who.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...chat('gpt-5.2'), stream: true }),
    })
    await stream.text()
    await eventually(() => assert.equal(at.gateway.inFlight(), 0))
    assert.deepEqual(await sample('perq_gateway_calls_total{'), [
      'perq_gateway_calls_total{door="openai",route="chat/completions",status="ok"} 2',
    ])
    assert.deepEqual(await sample('perq_gateway_failovers_total{'), [
      'perq_gateway_failovers_total{upstream="busy"} 1',
    ])
    assert.deepEqual(await sample('perq_gateway_in_flight'), ['perq_gateway_in_flight 0'])
    assert.deepEqual(await sample('perq_gateway_settle_seconds_count'), [
      'perq_gateway_settle_seconds_count 2',
    ])
    assert.deepEqual(await sample('perq_gateway_added_seconds_count'), ['perq_gateway_added_seconds_count 2'])
    assert.deepEqual(await sample('perq_gateway_absorbed_nano_usd_total'), [
      'perq_gateway_absorbed_nano_usd_total 0',
    ])
    const refusals = await sample('perq_gateway_refusals_total{code="budget_exhausted"}')
    assert.deepEqual(refusals, ['perq_gateway_refusals_total{code="budget_exhausted"} 8'])
    await busy.close()
  })
})
