import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { HOUR, SECOND } from '#base/time.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import { provider, providers, providerTest, denials } from './provider-views.ts'

let api: TestApi
let authorizations: (string | undefined)[] = []
const server = createServer((req, res) => {
  authorizations.push(req.headers.authorization)
  res.writeHead(req.headers.authorization === 'Bearer sk-good' ? 200 : 401).end('{}')
})

before(async () => {
  api = await openTestApi({ seed: 31 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
after(async () => {
  server.close()
  await api.close()
})

const baseUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  api.as(api.staff.admin, path, { method: 'POST', body: JSON.stringify(body), headers })
const patch = (id: string, body: unknown) =>
  api.as(api.staff.admin, `/api/v1/providers/${id}`, { method: 'PATCH', body: JSON.stringify(body) })

const attempt = (upstreamId: string, more: object) => ({
  call: api.world.id(),
  n: 1,
  upstreamId,
  upstream: 'main',
  model: 'gpt-5.2',
  at: api.world.now(),
  status: 200,
  outcome: 'ok' as const,
  passedOn: false,
  error: null,
  firstByteMs: 100,
  totalMs: 200,
  failures: 0,
  coolingUntil: null,
  ...more,
})

test('a key goes in and never comes out, a repeated command makes one provider, and a change keeps the rest', async () => {
  const ask = { name: 'main', protocol: 'openai', base_url: baseUrl(), key: 'sk-wrong', models: ['gpt-*'] }
  const headers = { 'idempotency-key': 'make' }
  const [one, again] = [
    await post('/api/v1/providers', ask, headers),
    await post('/api/v1/providers', ask, headers),
  ]
  assert.deepEqual([one.status, again.status], [201, 201])
  const text = await one.text()
  assert.ok(!text.includes('sk-wrong'))
  const made = provider.parse(JSON.parse(text))
  assert.deepEqual(made, provider.parse(await again.json()))
  assert.deepEqual(
    [made.has_key, made.models, made.priority, made.state, made.enabled],
    [true, ['gpt-*'], 50, 'healthy', true],
  )

  assert.deepEqual(providerTest.parse(await (await post(`/api/v1/providers/${made.id}/test`, {})).json()), {
    ok: false,
    status: 401,
    latency_ms: 0,
    error: 'it answered 401',
  })
  const changed = provider.parse(await (await patch(made.id, { key: 'sk-good', priority: 7 })).json())
  assert.deepEqual([changed.priority, changed.models, changed.base_url], [7, ['gpt-*'], ask.base_url])
  const tested = providerTest.parse(await (await post(`/api/v1/providers/${made.id}/test`, {})).json())
  assert.deepEqual([tested.ok, tested.status, tested.error], [true, 200, null])
  assert.deepEqual(authorizations, ['Bearer sk-wrong', 'Bearer sk-good'])

  for (const [body, param] of [
    [{ priority: 101 }, 'priority'],
    [{ models: [] }, 'models'],
    [{ base_url: 'http://10.0.0.1/v1' }, 'base_url'],
    [{ name: 'other' }, 'name'],
  ] as const) {
    const refused = await patch(made.id, body)
    assert.equal(refused.status, 400, JSON.stringify(body))
    assert.match(JSON.stringify(await refused.json()), new RegExp(param))
  }
  assert.equal((await post('/api/v1/providers', { ...ask, name: 'main' })).status, 409)
  assert.equal((await patch(api.world.id(), { priority: 1 })).status, 404)
})

test('a provider tells its state, its failures, its latency and its last error', async () => {
  const list = async () =>
    providers.parse(await (await api.as(api.staff.finance, '/api/v1/providers')).json()).providers
  const { id } = (await list())[0]!
  api.world.advance(HOUR * 3)
  for (const firstByteMs of [10, 20, 30, 400])
    api.trail.attempt(attempt(id, { firstByteMs, at: api.world.now() - 2 * HOUR }))
  for (const firstByteMs of [50, 70]) api.trail.attempt(attempt(id, { firstByteMs }))
  const coolingUntil = api.world.now() + 20 * SECOND
  const busy = { status: 429, outcome: 'busy', error: 'answered 429', passedOn: true, firstByteMs: null }
  api.world.advance(1)
  api.trail.attempt(attempt(id, { ...busy, failures: 1, coolingUntil }))
  await api.trail.flush()
  const [cooling] = await list()
  assert.deepEqual(
    [cooling!.state, cooling!.last_error?.status, cooling!.last_error?.message],
    ['cooling', 429, 'answered 429'],
  )
  const last = { first_byte_p50_ms: 50, first_byte_p95_ms: 70 }
  assert.deepEqual(cooling!.hour, { calls: 3, failures: 1, failovers: 1, ...last })
  assert.deepEqual(cooling!.day, {
    calls: 7,
    failures: 1,
    failovers: 1,
    first_byte_p50_ms: 30,
    first_byte_p95_ms: 400,
  })
  api.world.advance(21 * SECOND)
  assert.equal((await list())[0]!.state, 'healthy')
  api.trail.attempt(attempt(id, { status: 500, outcome: 'error', error: 'answered 500', failures: 3 }))
  await api.trail.flush()
  assert.equal((await list())[0]!.state, 'down')
})

test('a person reads what was refused to their keys, page by page and by its code', async () => {
  const { employee } = api.staff
  const { key } = await api.spending.createKey(employee.id, {
    name: 'laptop',
    purpose: 'work',
    models: null,
    expiresAt: null,
  })
  const denied = { person: employee.id, key: key.id, door: 'openai', route: 'responses', model: 'gpt-5.2' }
  for (let n = 0; n < 5; n += 1) {
    api.world.advance(61 * SECOND)
    const code = n % 2 === 0 ? 'budget_exhausted' : 'model_not_allowed'
    api.trail.denied({ ...denied, code, message: `Perq: no ${n}`, short: n === 0 ? 5n : null })
    api.trail.denied({ ...denied, code, message: 'again', short: null })
  }
  await api.trail.flush()
  const path = '/api/v1/people/me/denials'
  const seen: string[] = []
  for (let next: string | null = ''; next !== null;) {
    const page: ReturnType<typeof denials.parse> = denials.parse(
      await (await api.as(employee, `${path}?limit=2${next && `&cursor=${next}`}`)).json(),
    )
    seen.push(...page.denials.map(({ message, count }) => `${message} ${count}`))
    next = page.next
  }
  assert.deepEqual(
    seen,
    [4, 3, 2, 1, 0].map((n) => `Perq: no ${n} 2`),
  )
  const budget = denials.parse(await (await api.as(employee, `${path}?code=budget_exhausted`)).json())
  assert.equal(budget.denials.length, 3)
  assert.deepEqual(budget.denials.at(-1)!.key, { id: key.id, name: 'laptop' })
  assert.equal(budget.denials.at(-1)!.short, '5')
  const other = denials.parse(await (await api.as(api.staff.people, path)).json())
  assert.deepEqual(other.denials, [])
})
