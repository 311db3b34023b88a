import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { z } from '@hono/zod-openapi'
import { FAULTS } from '#base/fault.ts'
import { DAY } from '#base/time.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import { RULES } from './access.ts'
import * as schemas from './schemas.ts'
import * as views from './views.ts'

const DOLLAR = 1_000_000_000n
let api: TestApi
let call = ''

before(async () => {
  api = await openTestApi({ seed: 21 })
  const { employee } = api.staff
  await api.company.grant(employee, 10n * DOLLAR, { months: 12, daysAgo: 100 })
  await api.company.tick()
  for (let n = 0; n < 12; n += 1) {
    api.world.advance(DAY / 4)
    const held = await api.company.hold(employee)
    assert.ok(held)
    await api.company.settle(held, { over: n === 3 })
    call = held.id
  }
  assert.ok(await api.company.hold(employee))
})
after(() => api.close())

const json = async (response: Response): Promise<unknown> => response.json()
const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
})

/** The refusal in the one envelope. */
async function refused(
  response: Response,
  status: number,
  code: string,
): Promise<{ message: string; param: string | null }> {
  const body = await json(response)
  assert.equal(response.status, status, JSON.stringify(body))
  const { error } = schemas.fault.parse(body)
  assert.equal(error.code, code)
  assert.equal(error.doc, `/docs/errors#${code}`)
  assert.equal(error.request_id, response.headers.get('x-request-id'))
  return error
}

async function reads<S extends z.ZodType>(
  path: string,
  schema: S,
  who = api.staff.people,
): Promise<z.output<S>> {
  const response = await api.as(who, path)
  const body = await json(response)
  assert.equal(response.status, 200, `${path} ${JSON.stringify(body)}`)
  return schema.parse(body)
}

test('every GET answers what its own schema describes', async () => {
  const { employee } = api.staff
  const person = `/api/v1/people/${employee.id}`
  const session = await reads('/api/v1/session', views.session, employee)
  assert.deepEqual([session.person.id, session.company.name], [employee.id, 'Perq Test'])
  assert.ok(session.permissions.includes('wallet:read:own'))
  assert.equal((await reads('/api/v1/people?limit=2', views.people)).people.length, 2)
  assert.equal((await reads(person, views.person)).id, employee.id)
  const wallet = await reads(`${person}/wallet`, views.wallet)
  assert.equal(wallet.holds.length, 1)
  assert.ok(BigInt(wallet.spent) > 0n)
  const spend = await reads(`${person}/spend?from=2026-01-01&to=2026-01-31`, views.spend)
  assert.equal(spend.days.length, 31)
  assert.equal((await reads(`${person}/spend`, views.spend)).days.length, 30)
  assert.equal((await reads(`${person}/calls`, views.calls)).calls.length, 10)
  const one = await reads(`/api/v1/calls/${call}`, views.callWithEntries)
  assert.ok(one.entries.length >= 2 && one.lines.length > 0)
  const entries = await reads(`${person}/entries?account=spent&limit=5`, views.entries)
  assert.equal(entries.sum, wallet.spent)
  const grants = await reads(`${person}/grants`, views.grants)
  assert.equal(grants.grants[0]?.tranches.length, 12)
  assert.equal((await reads('/api/v1/templates', views.templates)).templates.length, 1)
  const setup = await reads('/api/v1/setup', views.setup, employee)
  assert.match(setup.openai_base_url, /\/openai\/v1$/)
  for (const name of Object.values(setup.suggested)) assert.notEqual(name, '')
  const prices = await reads('/api/v1/prices?provider=anthropic', views.prices)
  assert.ok(prices.prices.length > 0 && prices.prices.every(({ provider }) => provider === 'anthropic'))
  assert.deepEqual((await reads('/api/v1/people/me/keys', views.keys, employee)).keys, [])
})

test('the pages of calls and entries are walked with their cursors', async () => {
  const path = `/api/v1/people/${api.staff.employee.id}`
  const seen: string[] = []
  let next: string | null = ''
  while (next !== null) {
    const page: z.output<typeof views.calls> = await reads(
      `${path}/calls?limit=5${next && `&cursor=${next}`}`,
      views.calls,
    )
    seen.push(...page.calls.map(({ id }) => id))
    next = page.next
  }
  assert.equal(new Set(seen).size, 12)
  await refused(await api.as(api.staff.people, `${path}/entries?cursor=zzz`), 400, 'invalid')
})

test('usage is one sum with the calls and the entries that the same filters give', async () => {
  const { employee, finance } = api.staff
  const person = `/api/v1/people/${employee.id}`
  const wallet = await reads(`${person}/wallet`, views.wallet)
  const whole = await reads('/api/v1/people/me/usage?by=purpose', views.usage, employee)
  assert.deepEqual([whole.steps.length, whole.total.calls, whole.total.spent], [30, 12, wallet.spent])
  for (const { value, spent, calls } of whole.groups) {
    const filter = `purpose=${value}&from=${whole.from}&to=${whole.to}`
    assert.equal((await reads(`${person}/entries?account=spent&${filter}`, views.entries)).sum, spent)
    assert.equal((await reads(`${person}/calls?limit=100&${filter}`, views.calls)).calls.length, calls)
  }
  const day = whole.steps.find((step) => step.calls > 0)!.at
  const hours = await reads(`${person}/usage?from=${day}&to=${day}&step=hour`, views.usage, finance)
  assert.equal(hours.steps.length, 24)
  for (const ask of ['by=colour', 'step=week', 'status=maybe', 'key=mine', 'from=2026-02-30'])
    await refused(await api.as(employee, `/api/v1/people/me/usage?${ask}`), 400, 'invalid')
  await refused(await api.as(employee, '/api/v1/people/me/calls?hour=2026-01-01T24'), 400, 'invalid')
  await refused(await api.as(employee, `/api/v1/people/${finance.id}/usage`), 403, 'forbidden')
})

test('the OpenAPI 3.1 document describes every path of the API, each with its answer and its refusal', async () => {
  const response = await api.app.request('/api/openapi.json')
  const document = (await response.json()) as ReturnType<OpenAPIHono['getOpenAPI31Document']>
  assert.equal(document.openapi, '3.1.0')
  const ids = new Set<string>()
  const described = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { responses: Record<string, unknown>; summary: string }>).map(
      ([method, operation]) => {
        assert.ok(operation.summary.length > 5, `${method} ${path} says what it does`)
        assert.ok(Object.keys(operation.responses).length > 0)
        ids.add(operation.summary)
        return `${method.toUpperCase()} ${path}`
      },
    ),
  )
  const api1 = Object.keys(RULES).filter((key) => key.includes(' /api/v1/'))
  assert.deepEqual(described.toSorted(), api1.toSorted())
  assert.equal(ids.size, described.length, 'no two operations have one summary')
  for (const { post } of Object.values(document.paths ?? {}))
    if (post) assert.ok(JSON.stringify(post.parameters).includes('"idempotency-key"'))
  // Every reference leads somewhere.
  const text = JSON.stringify(document)
  const components = JSON.stringify(Object.keys(document.components?.schemas ?? {}))
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
    assert.ok(components.includes(`"${name}"`))
  assert.ok(['session', 'key'].every((name) => name in (document.components?.securitySchemes ?? {})))
})

test('a wallet that did not change is not sent again', async () => {
  const { employee } = api.staff
  const path = '/api/v1/people/me/wallet'
  const first = await api.as(employee, path)
  const etag = first.headers.get('etag')
  assert.ok(etag)
  const headers = { 'if-none-match': etag }
  assert.equal((await api.as(employee, path, { headers })).status, 304)
  // Another who looks at the same wallet in the same browser gets an answer of their own.
  const other = await api.as(api.staff.people, `/api/v1/people/${employee.id}/wallet`, { headers })
  assert.equal(other.status, 200)
  assert.ok(await api.company.hold(employee))
  assert.equal((await api.as(employee, path, { headers })).status, 200)
})

test('who may hire cannot hire somebody with more power', async () => {
  const { people, employee } = api.staff
  for (const role of ['admin', 'finance']) {
    const ask = {
      email: `${role}2@perq.test`,
      name: 'X',
      level: 'IC4',
      entity: employee.entity,
      hired_on: '2026-01-10',
      role,
    }
    const { param } = await refused(await api.as(people, '/api/v1/people', post(ask)), 403, 'forbidden')
    assert.equal(param, 'role')
  }
})

test('hiring, templates and grants: from an empty wallet to a planned grant, each once for its key', async () => {
  const { people, employee } = api.staff
  const ask = {
    email: 'new@perq.test',
    name: 'New Person',
    level: 'IC4',
    entity: employee.entity,
    hired_on: '2026-01-10',
  }
  const hire = (key: string, body: object = ask): Promise<Response> =>
    api.as(people, '/api/v1/people', post(body, { 'idempotency-key': key }))
  const first = await hire('hire-1')
  assert.equal(first.status, 201)
  const person = views.person.parse(await json(first))
  assert.deepEqual([person.country, person.role, person.granted], ['DE', 'employee', '0'])
  const again = await hire('hire-1')
  assert.equal(again.headers.get('idempotent-replayed'), 'true')
  assert.deepEqual(views.person.parse(await json(again)), person)
  await refused(await hire('hire-1', { ...ask, name: 'Other' }), 409, 'idempotency_conflict')
  await refused(await hire('hire-2'), 409, 'conflict')
  await refused(await hire('hire-2'), 409, 'conflict')

  const terms = {
    name: 'Monthly',
    statements: [
      { order: 1, percentage: '1', schedule: { occurrences: 4, period: 1, period_type: 'MONTHS' } },
    ],
    basis: { kind: 'per_installment', installments: 4 },
    expiry: { kind: 'end_of_month_after_vest', months: 3 },
  }
  const made = await api.as(people, '/api/v1/templates', post(terms))
  assert.equal(made.status, 201)
  const template = views.template.parse(await json(made))
  assert.deepEqual([template.name, template.version], ['Monthly', 1])

  const body = {
    person_id: person.id,
    template_id: template.id,
    quantity: '2500000000',
    start_date: '2026-01-01',
  }
  const issue = (): Promise<Response> =>
    api.as(people, '/api/v1/grants', post(body, { 'idempotency-key': 'grant-1' }))
  const grant = views.grant.parse(await json(await issue()))
  assert.deepEqual([grant.quantity, grant.tranches.length, grant.name], ['10000000000', 4, 'Monthly'])
  assert.deepEqual(views.grant.parse(await json(await issue())), grant)
  const wallet = await reads(`/api/v1/people/${person.id}/wallet`, views.wallet)
  assert.equal(wallet.granted, '10000000000')
})

test('a process that died after its command had run does not promise twice', async () => {
  const { people, employee } = api.staff
  const [template] = (await reads('/api/v1/templates', views.templates)).templates
  const body = {
    person_id: employee.id,
    template_id: template!.id,
    quantity: '1000000000',
    start_date: '2026-03-01',
  }
  const before = (await reads(`/api/v1/people/${employee.id}/grants`, views.grants)).grants.length
  const issue = (): Promise<Response> =>
    api.as(people, '/api/v1/grants', post(body, { 'idempotency-key': 'grant-lost' }))
  const first = views.grant.parse(await json(await issue()))
  // As if the answer had never been stored.
  await api.db.query(
    `update api.idempotency set status = null, response = null, claimed_until = '2000-01-01' where key = 'grant-lost'`,
  )
  const again = views.grant.parse(await json(await issue()))
  assert.deepEqual(again, first)
  const after = (await reads(`/api/v1/people/${employee.id}/grants`, views.grants)).grants.length
  assert.equal(after, before + 1)
})

test('a key’s secret is answered once, works, and stands nowhere in the database', async () => {
  const { employee } = api.staff
  const ask = { name: 'laptop', purpose: 'work', models: ['gpt-*'], expires_at: '2027-01-01T00:00:00Z' }
  const create = (): Promise<Response> =>
    api.as(employee, '/api/v1/people/me/keys', post(ask, { 'idempotency-key': 'key-1' }))
  const first = await create()
  assert.equal(first.status, 201)
  const { key, secret } = views.newKey.parse(await json(first))
  assert.ok(secret !== null && secret.startsWith(key.prefix))
  const repeated = views.newKey.parse(await json(await create()))
  assert.deepEqual(repeated, { key, secret: null })
  assert.equal((await reads('/api/v1/people/me/keys', views.keys, employee)).keys.length, 1)
  const rows = await api.db.query<{ text: string }>('select response as text from api.idempotency')
  assert.ok(rows.every(({ text }) => !text?.includes(secret)))

  const gone = await api.as(employee, `/api/v1/keys/${key.id}`, { method: 'DELETE' })
  assert.notEqual(views.key.parse(await json(gone)).revoked_at, null)
  assert.notEqual((await reads(`/api/v1/keys/${key.id}`, views.key, employee)).revoked_at, null)
})

test('a key has a limit of its own: given with it, told in every view of it, changed and ended', async () => {
  const { employee } = api.staff
  const limit = { amount: '5000000000', period: 'day' }
  const ask = { name: 'ci', purpose: 'work', limit }
  const { key } = views.newKey.parse(
    await json(await api.as(employee, '/api/v1/people/me/keys', post(ask, { 'idempotency-key': 'key-2' }))),
  )
  assert.ok(key.limit)
  const { resets_at: resetsAt, ...told } = key.limit
  assert.deepEqual(told, { ...limit, used: '0', left: '5000000000' })
  assert.ok(resetsAt !== null && Date.parse(resetsAt) - api.world.now() <= 86_400_000)
  const path = `/api/v1/keys/${key.id}`
  const patch = (body: unknown): Promise<Response> =>
    api.as(employee, path, { ...post(body), method: 'PATCH' })
  const changed = views.key.parse(
    await json(await patch({ name: 'build', limit: { ...limit, period: null } })),
  )
  assert.deepEqual([changed.name, changed.limit?.period, changed.limit?.resets_at], ['build', null, null])
  assert.deepEqual(views.key.parse(await json(await patch({ limit: { ...limit, period: null } }))), changed)
  assert.deepEqual((await reads(path, views.key, employee)).limit, changed.limit)
  const wrong = await refused(await patch({ limit: { amount: '0', period: 'day' } }), 400, 'invalid')
  assert.equal(wrong.param, 'limit.amount')
  assert.equal((await refused(await patch({ purpose: 'learning' }), 400, 'invalid')).param, 'purpose')
  assert.equal(views.key.parse(await json(await patch({ limit: null }))).limit, null)
  await api.as(employee, path, { method: 'DELETE' })
  await refused(await patch({ name: 'again' }), 409, 'conflict')
})

test('a wrong field is named with its value and what would be right', async () => {
  const { people, employee } = api.staff
  const send = async (path: string, body: unknown): Promise<{ message: string; param: string | null }> =>
    refused(await api.as(people, path, post(body)), 400, 'invalid')
  const grant = { person_id: employee.id, template_id: employee.id, quantity: '1', start_date: '2026-01-01' }
  const amount = await send('/api/v1/grants', { ...grant, quantity: '1.5' })
  assert.equal(amount.param, 'quantity')
  assert.match(amount.message, /"1\.5".*nano-dollars/)
  assert.equal((await send('/api/v1/grants', { ...grant, start_date: '2026-02-30' })).param, 'start_date')
  assert.equal((await send('/api/v1/grants', { ...grant, surprise: 1 })).param, 'surprise')
  assert.match((await send('/api/v1/grants', {})).message, /person_id is missing/)
  assert.equal((await send('/api/v1/grants', 7)).param, 'body')
  const looks = await refused(await api.as(people, '/api/v1/people?limit=0'), 400, 'invalid')
  assert.equal(looks.param, 'limit')
  const wallet = await refused(await api.as(people, '/api/v1/people/nobody/wallet'), 400, 'invalid')
  assert.match(wallet.message, /"nobody"/)
  const path = `/api/v1/people/${employee.id}/entries`
  assert.equal((await refused(await api.as(people, `${path}?account=cash`), 400, 'invalid')).param, 'account')
  assert.equal((await refused(await api.as(people, `${path}?acount=spent`), 400, 'invalid')).param, 'acount')
})

test('every refusal has the one envelope: unknown paths, methods, bodies, people', async () => {
  const { people } = api.staff
  await refused(await api.as(people, '/api/v1/nothing'), 404, 'not_found')
  const other = await api.as(people, '/api/v1/people', { method: 'PUT' })
  await refused(other, 405, 'method_not_allowed')
  assert.deepEqual(other.headers.get('allow')?.split(', ').toSorted(), ['GET', 'POST'])
  await refused(await api.as(people, '/wallet', { method: 'POST' }), 405, 'method_not_allowed')
  const text = { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }
  await refused(await api.as(people, '/api/v1/people', text), 415, 'unsupported_media_type')
  await refused(await api.as(people, '/api/v1/people', { method: 'POST', body: '{' }), 400, 'invalid')
  const large = post({ name: 'x'.repeat(1_100_000) })
  await refused(await api.as(people, '/api/v1/people', large), 413, 'too_large')
  await refused(await api.as(people, `/api/v1/people/${api.world.id()}/wallet`), 404, 'not_found')
  await refused(await api.as(people, `/api/v1/people/${api.world.id()}`), 404, 'not_found')
  await refused(await api.app.request('/assets/none.js'), 404, 'not_found')
})

test('a bug is told with a request id and nothing of its inside; the log has the rest', async () => {
  const broken = await api.reopen({})
  const cookie = await api.cookie(api.staff.employee)
  await api.db.query('alter table api.session rename to moved')
  const response = await broken.request('/api/v1/session', { headers: { cookie } })
  await api.db.query('alter table api.moved rename to session')
  const error = await refused(response, 500, 'internal')
  assert.doesNotMatch(error.message, /session|relation|select/)
  assert.match(api.logged.at(-1) ?? '', /relation "api\.session" does not exist/)
})

test('the page about errors lists every code that a refusal can have', async () => {
  const page = await (await api.app.request('/docs/errors')).text()
  for (const code of Object.keys(FAULTS)) assert.ok(page.includes(`id="${code}"`), code)
})
