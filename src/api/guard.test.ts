import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import * as webhookViews from './webhook-views.ts'
import * as views from './guard-views.ts'

const USD = 1_000_000_000n
let api: TestApi
before(async () => {
  api = await openTestApi()
})
after(() => api.close())

const json = async (response: Promise<Response>, status = 200): Promise<unknown> => {
  const answer = await response
  const body: unknown = await answer.json()
  assert.equal(answer.status, status, JSON.stringify(body))
  return body
}
const post = (body: unknown = {}): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })

/** The person holds and settles so much in one call; the refusal's code when there is one. */
async function spend(person: string, nano: bigint): Promise<string | null> {
  const ask = { name: 'test', purpose: 'work', models: null, expiresAt: null } as const
  const { secret } = await api.spending.createKey(person, ask)
  const who = await api.spending.authenticate(secret)
  assert.ok(who)
  const id = api.world.id()
  const facts = {
    person,
    key: who.key.id,
    door: 'openai',
    route: 'chat/completions',
    model: 'gpt-5.2',
    class: 'frontier',
    provider: 'openai',
    upstream: 'demo',
    purpose: 'work',
    priceVersion: 1,
  } as const
  const held = await api.spending.hold(who, { id, min: nano, max: nano, floor: 0n, scopes: null, facts })
  if (held.kind === 'refused') return held.code
  const tokens = { input: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, reasoning: 0 }
  const settled = { id, cost: nano, tokens, status: 'ok', estimated: false, providerId: null } as const
  await api.spending.settle({ ...settled, startedAt: api.world.now() })
  return null
}

test('a paused person sees why, confirms in one click, and others can look but not confirm', async () => {
  const { employee, finance, people, admin } = api.staff
  await api.company.grant(employee, 10_000n * USD)
  api.world.advance(31 * 86_400_000)
  await api.company.tick()
  assert.equal(await spend(employee.id, 150n * USD), null)
  assert.equal(await spend(employee.id, 60n * USD), 'velocity_paused')

  const mine = '/api/v1/people/me'
  const paused = views.guard.parse(await json(api.as(employee, `${mine}/guard`)))
  assert.equal(paused.state, 'paused')
  assert.ok(paused.since)
  for (const other of [finance, people, admin]) {
    const theirs = `/api/v1/people/${employee.id}`
    views.guard.parse(await json(api.as(other, `${theirs}/guard`)))
    await json(api.as(other, `${theirs}/guard/resume`, post()), 403)
  }
  const { alerts, unseen } = views.alerts.parse(await json(api.as(employee, `${mine}/alerts`)))
  const told = alerts.find(({ kind }) => kind === 'velocity_paused')
  assert.equal(told?.link, '/alerts')
  assert.match(told?.message ?? '', /^\$150\.00 in the last/)
  assert.equal(unseen, alerts.length)

  const open = views.guard.parse(await json(api.as(employee, `${mine}/guard/resume`, post())))
  assert.equal(open.state, 'open')
  assert.ok(open.raised)
  assert.equal(await spend(employee.id, 60n * USD), null)
})

test('alerts are seen once, one by one or all, and come in pages', async () => {
  const { employee, finance } = api.staff
  const mine = '/api/v1/people/me/alerts'
  const whole = async () => views.alerts.parse(await json(api.as(employee, `${mine}?limit=100`)))
  // What the calls before caused is written behind them.
  await api.spending.close()
  const all = await whole()
  assert.ok(all.alerts.length >= 2)
  const paged: string[] = []
  let next: string | null = null
  do {
    const cursor: string = next === null ? '' : `&cursor=${encodeURIComponent(next)}`
    const page = views.alerts.parse(await json(api.as(employee, `${mine}?limit=1${cursor}`)))
    paged.push(...page.alerts.map(({ id }) => id))
    next = page.next
  } while (next !== null)
  assert.deepEqual(
    paged,
    all.alerts.map(({ id }) => id),
  )

  const first = all.alerts[0]!.id
  // Somebody else's word changes nothing.
  await json(api.as(finance, `/api/v1/people/me/alerts/seen`, post({ ids: [first] })))
  const left = views.alertsSeen.parse(await json(api.as(employee, `${mine}/seen`, post({ ids: [first] }))))
  assert.equal(left.unseen, all.unseen - 1)
  assert.deepEqual(await json(api.as(employee, `${mine}/seen`, post())), { unseen: 0 })

  const company = views.companyAlerts.parse(await json(api.as(finance, '/api/v1/alerts')))
  const one = company.alerts.find(({ id }) => id === first)!
  assert.equal(one.person?.id, employee.id)
  assert.ok(one.link.startsWith(`/people/${employee.id}`))
  await json(api.as(employee, '/api/v1/alerts'), 403)
  await json(api.as(employee, `${mine}?cursor=nonsense`), 400)
})

test('a policy is read with what holds, recorded by who may, and a sandbox follows from it', async () => {
  const { admin, finance, employee } = api.staff
  const standing = views.recordedPolicy.parse(await json(api.as(finance, '/api/v1/policy')))
  assert.equal(standing.policy.guard?.floor.day, '100000000000')
  assert.equal(standing.policy.sandbox, null)
  const none = views.sandbox.parse(await json(api.as(employee, '/api/v1/people/me/sandbox')))
  assert.equal(none.state, 'none')

  const sandbox = {
    quantity: '20000000000',
    period: 'month',
    classes: ['small', 'standard'],
    purposes: ['learning'],
  } as const
  const open = { track: '*', from: 0, classes: ['frontier'], weights: 'open' } as const
  const policy = { ...standing.policy, levels: [...standing.policy.levels, open], sandbox }
  const put = (body: unknown): RequestInit => ({ method: 'PUT', body: JSON.stringify(body) })
  const recorded = views.recordedPolicy.parse(await json(api.as(admin, '/api/v1/policy', put(policy))))
  assert.deepEqual(recorded.policy, policy)
  assert.equal(recorded.recorded_by, admin.email)
  assert.deepEqual(views.recordedPolicy.parse(await json(api.as(finance, '/api/v1/policy'))), recorded)
  await json(api.as(finance, '/api/v1/policy', put(policy)), 403)
  const tiny = { ...policy, guard: { floor: { five_minutes: '0', hour: '0', day: '0' } } }
  await json(api.as(admin, '/api/v1/policy', put(tiny)), 400)

  const mine = '/api/v1/people/me/sandbox'
  assert.equal(views.sandbox.parse(await json(api.as(employee, mine))).state, 'closed')
  const opened = views.sandbox.parse(await json(api.as(employee, mine, post()), 201))
  assert.equal(opened.state, 'open')
  assert.equal(opened.quantity, '20000000000')
  assert.deepEqual(views.sandbox.parse(await json(api.as(employee, mine, post()), 201)), opened)
  await json(api.as(admin, `/api/v1/people/${employee.id}/sandbox`, post()), 403)
})

test('a person’s endpoint is theirs alone, the company’s is the administrator’s, and a secret comes once', async () => {
  const { admin, finance, employee, people } = api.staff
  const mine = '/api/v1/people/me/webhooks'
  const ask = { url: 'https://example.com/perq', types: ['alert.velocity_paused'] }
  const headers = { 'idempotency-key': 'one-endpoint' }
  const make = (): Promise<Response> => api.as(employee, mine, { ...post(ask), headers })
  const made = webhookViews.newWebhook.parse(await json(make(), 201))
  assert.match(made.secret ?? '', /^whsec_/)
  assert.equal(webhookViews.newWebhook.parse(await json(make(), 201)).secret, null)
  const list = webhookViews.webhooks.parse(await json(api.as(employee, mine)))
  assert.deepEqual(list.webhooks, [made.webhook])
  const item = `/api/v1/webhooks/${made.webhook.id}`
  await json(api.as(admin, `${item}/deliveries`), 404)
  await json(api.as(admin, `/api/v1/company/webhooks/${made.webhook.id}/deliveries`), 404)
  webhookViews.deliveries.parse(await json(api.as(employee, `${item}/deliveries`)))
  webhookViews.webhookTest.parse(await json(api.as(employee, `${item}/test`, post())))
  const off = await json(api.as(employee, item, { method: 'PATCH', body: '{"enabled":false}' }))
  assert.ok(webhookViews.webhook.parse(off).disabled_at)
  await json(api.as(employee, `${item}/test`, post()), 409)

  const company = '/api/v1/company/webhooks'
  await json(api.as(people, company, post(ask)), 403)
  const theirs = webhookViews.newWebhook.parse(await json(api.as(admin, company, post(ask)), 201))
  webhookViews.webhooks.parse(await json(api.as(finance, company)))
  await json(api.as(admin, `/api/v1/webhooks/${theirs.webhook.id}/deliveries`), 404)
  const renewed = await json(api.as(admin, `${company}/${theirs.webhook.id}/secret`, post()))
  assert.notEqual(webhookViews.newWebhook.parse(renewed).secret, theirs.secret)
  await json(api.as(admin, `${company}/${theirs.webhook.id}`, { method: 'DELETE' }))
  await json(api.as(admin, company, post({ url: 'https://10.0.0.1/', types: null })), 400)
})
