import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ROLES, type Role } from '#people/access.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import { allows, checkDeclared, ruleFor, RULES } from './access.ts'

/** e(mployee) p(eople) f(inance) a(dmin): capital letters may do it for others too, small ones for themselves. */
const TABLE: Readonly<Record<string, string>> = {
  'GET /api/v1/session': 'EPFA',
  'DELETE /api/v1/session': 'EPFA',
  'GET /api/v1/setup': 'EPFA',
  'GET /api/v1/prices': 'EPFA',
  'GET /api/v1/models': 'EPFA',
  'GET /api/v1/exchange': 'EPFA',
  'POST /api/v1/exchange': 'A',
  'GET /api/v1/hardware/marks': 'EPFA',
  'GET /api/v1/hardware/marks/{id}': 'EPFA',
  'GET /api/v1/hardware/history': 'EPFA',
  'GET /api/v1/hardware/observations': 'EPFA',
  'GET /api/v1/hardware/accelerators': 'EPFA',
  'GET /api/v1/hardware/tokens': 'EPFA',
  'GET /api/v1/providers': 'FA',
  'POST /api/v1/providers': 'A',
  'PATCH /api/v1/providers/{id}': 'A',
  'POST /api/v1/providers/{id}/test': 'A',
  'GET /api/v1/entities': 'PFA',
  'GET /api/v1/people': 'PFA',
  'POST /api/v1/people': 'P',
  'GET /api/v1/people/{id}': 'ePFA',
  'GET /api/v1/people/{id}/wallet': 'ePFA',
  'GET /api/v1/people/{id}/wallets': 'ePFA',
  'GET /api/v1/people/{id}/spend': 'ePFA',
  'GET /api/v1/people/{id}/usage': 'ePFA',
  'GET /api/v1/people/{id}/calls': 'ePFA',
  'GET /api/v1/people/{id}/denials': 'ePFA',
  'GET /api/v1/people/{id}/entries': 'ePFA',
  'GET /api/v1/people/{id}/seats': 'ePFA',
  'GET /api/v1/people/{id}/grants': 'ePFA',
  'GET /api/v1/calls/{id}': 'ePFA',
  'GET /api/v1/people/{id}/gpu-jobs': 'ePFA',
  'GET /api/v1/people/{id}/gpu-runs': 'ePFA',
  'GET /api/v1/people/{id}/gpu-balances': 'ePFA',
  'GET /api/v1/people/{id}/gpu-quote': 'ePFA',
  'GET /api/v1/people/{id}/sla': 'ePFA',
  'GET /api/v1/people/{id}/sla/evidence': 'ePFA',
  'POST /api/v1/people/{id}/sla/credits': 'P',
  'GET /api/v1/sla': 'PFA',
  'GET /api/v1/cluster': 'FA',
  'GET /api/v1/templates': 'PFA',
  'POST /api/v1/templates': 'P',
  'POST /api/v1/templates/preview': 'PFA',
  'POST /api/v1/grants': 'P',
  'POST /api/v1/grants/drafts': 'P',
  'POST /api/v1/grants/preview': 'P',
  'POST /api/v1/grants/bulk': 'P',
  'PATCH /api/v1/grants/{id}': 'P',
  'POST /api/v1/grants/{id}/submit': 'P',
  'POST /api/v1/grants/{id}/approve': 'PF',
  'POST /api/v1/grants/{id}/reject': 'PF',
  'POST /api/v1/grants/{id}/offer': 'P',
  'POST /api/v1/grants/{id}/withdraw': 'P',
  'POST /api/v1/grants/{id}/accept': 'epfa',
  'POST /api/v1/grants/{id}/decline': 'epfa',
  'GET /api/v1/grants/{id}/agreement': 'ePFA',
  'GET /api/v1/grant-policy': 'PFA',
  'PUT /api/v1/grant-policy': 'A',
  'GET /api/v1/people/{id}/salaries': 'ePFa',
  'POST /api/v1/people/{id}/salaries': 'P',
  'GET /api/v1/grants': 'PFA',
  'GET /api/v1/grants/{id}': 'ePFA',
  'GET /api/v1/grants/{id}/contract.pdf': 'ePFA',
  'GET /api/v1/people/{id}/contracts': 'ePFA',
  'GET /api/v1/people/{id}/outlook': 'ePFA',
  'GET /api/v1/offers': 'PF',
  'POST /api/v1/offers': 'P',
  'POST /api/v1/offers/preview': 'P',
  'GET /api/v1/offers/{id}': 'PF',
  'PATCH /api/v1/offers/{id}': 'P',
  'POST /api/v1/offers/{id}/submit': 'P',
  'POST /api/v1/offers/{id}/approve': 'PF',
  'POST /api/v1/offers/{id}/reject': 'PF',
  'POST /api/v1/offers/{id}/send': 'P',
  'POST /api/v1/offers/{id}/link': 'P',
  'POST /api/v1/offers/{id}/revoke': 'P',
  'POST /api/v1/offers/{id}/withdraw': 'P',
  'POST /api/v1/offers/{id}/revise': 'P',
  'GET /api/v1/offers/{id}/letter.pdf': 'PF',
  'GET /api/v1/offers/{id}/letter.html': 'PF',
  'GET /api/v1/offers/{id}/compute.json': 'PF',
  'POST /api/v1/offer-questions/{id}/answer': 'P',
  'GET /api/v1/offer-bands': 'PF',
  'PUT /api/v1/offer-bands': 'P',
  'GET /api/v1/offer-statistics': 'PF',
  'GET /api/v1/job-posts': 'PF',
  'POST /api/v1/job-posts': 'P',
  'POST /api/v1/job-posts/preview': 'P',
  'GET /api/v1/job-posts/{id}': 'PF',
  'PATCH /api/v1/job-posts/{id}': 'P',
  'POST /api/v1/job-posts/{id}/open': 'P',
  'POST /api/v1/job-posts/{id}/close': 'P',
  'GET /api/v1/value': 'PFA',
  'GET /api/v1/value/scenarios': 'PFA',
  'GET /api/v1/value/compare': 'EPFA',
  'GET /api/v1/value/forward': 'EPFA',
  'GET /api/v1/value/rights': 'EPFA',
  'GET /api/v1/people/{id}/value': 'ePFA',
  'GET /api/v1/people/{id}/value/scenarios': 'ePFA',
  'POST /api/v1/people/{id}/leaving': 'P',
  'GET /api/v1/people/{id}/life': 'ePFA',
  'POST /api/v1/people/{id}/leaves': 'P',
  'POST /api/v1/people/{id}/level': 'P',
  'POST /api/v1/people/{id}/transfer': 'P',
  'POST /api/v1/people/{id}/rehire': 'P',
  'PATCH /api/v1/leaves/{id}': 'P',
  'GET /api/v1/leavings': 'PFA',
  'DELETE /api/v1/leavings/{id}': 'P',
  'POST /api/v1/grants/{id}/amend': 'P',
  'POST /api/v1/grants/{id}/clawback': 'P',
  'POST /api/v1/grants/{id}/reprice': 'P',
  'POST /api/v1/grants/{id}/events': 'P',
  'GET /api/v1/leavers': 'PFA',
  'GET /api/v1/leavers/{id}': 'PFA',
  'GET /api/v1/people/{id}/leave-preview': 'ePFA',
  'GET /api/v1/people/{id}/calendar': 'epfa',
  'POST /api/v1/people/{id}/calendar': 'epfa',
  'DELETE /api/v1/people/{id}/calendar': 'epfa',
  'GET /api/v1/people/{id}/alerts': 'ePFA',
  'POST /api/v1/people/{id}/alerts/seen': 'epfa',
  'GET /api/v1/people/{id}/guard': 'ePFA',
  'POST /api/v1/people/{id}/guard/resume': 'epfa',
  'GET /api/v1/people/{id}/sandbox': 'ePFA',
  'POST /api/v1/people/{id}/sandbox': 'epfa',
  'GET /api/v1/alerts': 'PFA',
  'GET /api/v1/people/{id}/webhooks': 'epfa',
  'POST /api/v1/people/{id}/webhooks': 'epfa',
  'PATCH /api/v1/webhooks/{id}': 'epfa',
  'DELETE /api/v1/webhooks/{id}': 'epfa',
  'POST /api/v1/webhooks/{id}/test': 'epfa',
  'POST /api/v1/webhooks/{id}/secret': 'epfa',
  'GET /api/v1/webhooks/{id}/deliveries': 'epfa',
  'GET /api/v1/company/webhooks': 'FA',
  'POST /api/v1/company/webhooks': 'A',
  'PATCH /api/v1/company/webhooks/{id}': 'A',
  'DELETE /api/v1/company/webhooks/{id}': 'A',
  'POST /api/v1/company/webhooks/{id}/test': 'A',
  'POST /api/v1/company/webhooks/{id}/secret': 'A',
  'GET /api/v1/company/webhooks/{id}/deliveries': 'FA',
  'GET /api/v1/policy': 'PFA',
  'PUT /api/v1/policy': 'PA',
  'GET /api/v1/people/{id}/keys': 'ePfA',
  'POST /api/v1/people/{id}/keys': 'epfa',
  'GET /api/v1/keys/{id}': 'ePfA',
  'PATCH /api/v1/keys/{id}': 'epfa',
  'DELETE /api/v1/keys/{id}': 'ePfA',
}
const PUBLIC = [
  'GET /signin',
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /docs/errors',
  'GET /api/openapi.json',
  'GET /calendar/{token}/perq.ics',
  'POST /api/v1/compare',
  'POST /api/v1/compare/read',
  'POST /api/v1/comparisons',
  'GET /api/v1/comparisons/{token}',
  'DELETE /api/v1/comparisons/{token}',
  'GET /api/v1/offer-links/{token}',
  'GET /api/v1/offer-links/{token}/letter.pdf',
  'GET /api/v1/offer-links/{token}/letter.html',
  'GET /api/v1/offer-links/{token}/compute.json',
  'POST /api/v1/offer-links/{token}/opened',
  'POST /api/v1/offer-links/{token}/questions',
  'POST /api/v1/offer-links/{token}/accept',
  'POST /api/v1/offer-links/{token}/decline',
  'POST /api/v1/offer-links/{token}/sign-in',
  'GET /careers',
  'GET /careers/{id}',
  'GET /careers/{id}/compute.json',
  'GET /careers/{id}/badge.svg',
]
/** What an empty body is answered where it is no refusal of the body. */
const EMPTY: Readonly<Record<string, number>> = {
  'POST /api/v1/providers/{id}/test': 200,
  'POST /api/v1/people/{id}/alerts/seen': 200,
  'POST /api/v1/people/{id}/guard/resume': 200,
  'POST /api/v1/people/{id}/calendar': 201,
  'POST /api/v1/webhooks/{id}/test': 200,
  'POST /api/v1/webhooks/{id}/secret': 200,
  'POST /api/v1/company/webhooks/{id}/test': 200,
  'POST /api/v1/company/webhooks/{id}/secret': 200,
  // JSON is no file; and what is active takes none of these steps.
  'POST /api/v1/grants/bulk': 415,
  'PATCH /api/v1/grants/{id}': 409,
  'POST /api/v1/grants/{id}/submit': 409,
  'POST /api/v1/grants/{id}/approve': 409,
  'POST /api/v1/grants/{id}/offer': 409,
  'POST /api/v1/grants/{id}/decline': 409,
  // A person's id is none of a leave; and nothing is to re-price.
  'PATCH /api/v1/leaves/{id}': 404,
  'DELETE /api/v1/leavings/{id}': 404,
  'GET /api/v1/leavers/{id}': 404,
  // A person's id is none of an offer.
  'GET /api/v1/offers/{id}': 404,
  'PATCH /api/v1/offers/{id}': 400,
  'POST /api/v1/offers/{id}/submit': 404,
  'POST /api/v1/offers/{id}/approve': 404,
  'POST /api/v1/offers/{id}/send': 404,
  'POST /api/v1/offers/{id}/link': 404,
  'POST /api/v1/offers/{id}/revoke': 404,
  'POST /api/v1/offers/{id}/revise': 404,
  'GET /api/v1/offers/{id}/letter.pdf': 404,
  'GET /api/v1/offers/{id}/letter.html': 404,
  'GET /api/v1/offers/{id}/compute.json': 404,
  'GET /api/v1/job-posts/{id}': 404,
  'PATCH /api/v1/job-posts/{id}': 400,
  'POST /api/v1/job-posts/{id}/open': 404,
  'POST /api/v1/job-posts/{id}/close': 404,
  'POST /api/v1/grants/{id}/reprice': 200,
  // The day that it is here lies in a gap of the shipped prices: nobody gets a mark, whoever asks.
  'GET /api/v1/value/compare': 404,
  'GET /api/v1/value/forward': 404,
  'GET /api/v1/value/rights': 404,
  // It has to be said of which accelerator; a person's id is no hash.
  'GET /api/v1/hardware/marks': 400,
  'GET /api/v1/hardware/marks/{id}': 400,
  'GET /api/v1/hardware/history': 400,
  'GET /api/v1/hardware/observations': 400,
  // It has to be said of which month and of what.
  'GET /api/v1/people/{id}/sla/evidence': 400,
  // The default policy gives none.
  'POST /api/v1/people/{id}/sandbox': 409,
}
/** What a program may read with a key of its person's. */
const BY_KEY = [
  'GET /api/v1/people/{id}/wallet',
  'GET /api/v1/people/{id}/wallets',
  'GET /api/v1/people/{id}/spend',
  'GET /api/v1/people/{id}/usage',
  'GET /api/v1/people/{id}/calls',
  'GET /api/v1/people/{id}/denials',
  'GET /api/v1/people/{id}/alerts',
  'GET /api/v1/people/{id}/guard',
  'GET /api/v1/people/{id}/sandbox',
  'GET /api/v1/people/{id}/entries',
  'GET /api/v1/people/{id}/seats',
  'GET /api/v1/people/{id}/grants',
  'GET /api/v1/people/{id}/gpu-jobs',
  'GET /api/v1/people/{id}/gpu-runs',
  'GET /api/v1/people/{id}/gpu-balances',
  'GET /api/v1/people/{id}/gpu-quote',
  'GET /api/v1/people/{id}/sla',
  'GET /api/v1/people/{id}/contracts',
  'GET /api/v1/people/{id}/outlook',
  'GET /api/v1/people/{id}/value',
  'GET /api/v1/people/{id}/value/scenarios',
  'GET /api/v1/grants/{id}',
  'GET /api/v1/grants/{id}/contract.pdf',
  'GET /api/v1/calls/{id}',
]
const LETTER: Readonly<Record<Role, string>> = { employee: 'e', people: 'p', finance: 'f', admin: 'a' }
const may = (key: string, role: Role, own: boolean): boolean => {
  const letters = TABLE[key] ?? ''
  return letters.includes(LETTER[role].toUpperCase()) || (own && letters.includes(LETTER[role]))
}

let api: TestApi
const calls = new Map<string, string>()
const granted = new Map<string, string>()
const keys = new Map<string, { id: string; secret: string }>()
let provider = ''
const endpoints = new Map<string, string>()

before(async () => {
  api = await openTestApi()
  for (const person of Object.values(api.staff)) {
    granted.set(person.id, await api.company.grant(person, 1_000_000_000n))
    api.world.advance(31 * 86_400_000)
    await api.company.tick()
    const held = await api.company.hold(person)
    assert.ok(held)
    await api.company.settle(held)
    calls.set(person.id, held.id)
    keys.set(person.id, await freshKey(person.id))
    await freshEndpoints(person.id)
  }
  const ask = { name: 'nobody', protocol: 'openai', baseUrl: 'http://127.0.0.1:1/v1', key: null } as const
  provider = (await api.providers.create(ask)).id
})
after(() => api.close())

/** Revoking uses a key up, so each look gets one of its own. */
async function freshKey(person: string): Promise<{ id: string; secret: string }> {
  const ask = { name: 'test', purpose: 'work', models: null, expiresAt: null } as const
  const { key, secret } = await api.spending.createKey(person, ask)
  return { id: key.id, secret }
}

/** Endpoints of a person and of the company; removing uses them up. */
async function freshEndpoints(person: string): Promise<void> {
  const ask = { url: 'https://example.com/perq', types: null }
  for (const { id } of await api.webhooks.list(person)) await api.webhooks.remove(id)
  for (const { id } of await api.webhooks.list(null)) await api.webhooks.remove(id)
  endpoints.set(person, (await api.webhooks.create(person, ask)).endpoint.id)
  endpoints.set('company', (await api.webhooks.create(null, ask)).endpoint.id)
}

/** The path of a rule for a thing of `owner`, with a body that the command would take. */
function requestFor(key: string, owner: string): { path: string; init: RequestInit } {
  const [method = '', pattern = ''] = key.split(' ')
  const id = pattern.includes('/calls/{')
    ? calls.get(owner)!
    : pattern.includes('/grants/{')
      ? granted.get(owner)!
      : pattern.includes('/keys/{')
        ? keys.get(owner)!.id
        : pattern.includes('/providers/{')
          ? provider
          : pattern.includes('/webhooks/{')
            ? endpoints.get(pattern.includes('/company/') ? 'company' : owner)!
            : owner
  // An empty object gets past the guard and no further, so that no look changes anything.
  const init = ['POST', 'PATCH', 'PUT'].includes(method) ? { method, body: '{}' } : { method }
  return { path: pattern.replace('{id}', id), init }
}

test('the table of rules is exactly this one, for every role and for one’s own and others’ things', () => {
  assert.deepEqual(Object.keys(RULES).toSorted(), [...Object.keys(TABLE), ...PUBLIC].toSorted())
  for (const [key, rule] of Object.entries(RULES))
    for (const role of ROLES)
      for (const own of [true, false]) {
        const owner = rule.kind === 'owned' ? (own ? 'me' : 'other') : null
        const open = PUBLIC.includes(key)
        assert.equal(
          allows(rule, { kind: 'session', id: 'me', role }, owner),
          open || may(key, role, own),
          `${role} ${key} ${own ? 'own' : 'other'}`,
        )
        const byKey = open || (BY_KEY.includes(key) && own)
        assert.equal(allows(rule, { kind: 'key', id: 'me', role }, owner), byKey, `key of ${role} ${key}`)
        assert.equal(allows(rule, null, owner), open, `nobody ${key}`)
      }
})

test('every path answers every role as the table says, and refuses the rest before anything is done', async () => {
  for (const key of Object.keys(TABLE)) {
    if (key === 'DELETE /api/v1/session') continue
    for (const role of ROLES)
      for (const own of [true, false]) {
        const who = api.staff[role]
        const owner = own ? who : api.staff[role === 'employee' ? 'finance' : 'employee']
        if (key.startsWith('DELETE')) keys.set(owner.id, await freshKey(owner.id))
        if (key.includes('/webhooks/{')) await freshEndpoints(owner.id)
        const { path, init } = requestFor(key, owner.id)
        const { status } = await api.as(who, path, init)
        const label = `${role} ${key} ${own ? 'own' : 'other'}`
        // Someone else's call or key is as absent as one that never was.
        const denied = /v1\/(calls|keys|webhooks|grants)\/\{id\}/.test(key) ? 404 : 403
        const allowed = EMPTY[key] ?? (/^(POST|PUT)/.test(key) ? 400 : 200)
        assert.equal(status, may(key, role, own) ? allowed : denied, label)
      }
  }
})

test('without a session or key nothing but the public pages answers', async () => {
  for (const key of Object.keys(TABLE)) {
    const { path, init } = requestFor(key, api.staff.employee.id)
    const response = await api.app.request(path, init)
    assert.equal(response.status, 401, key)
  }
})

test('a key reads its own person’s wallet and nothing else, whatever the person’s role', async () => {
  for (const person of Object.values(api.staff)) {
    const { secret } = await freshKey(person.id)
    const authorization = { authorization: `Bearer ${secret}` }
    const other = person === api.staff.employee ? api.staff.admin : api.staff.employee
    for (const key of Object.keys(TABLE))
      for (const owner of [person, other]) {
        const { path, init } = requestFor(key, owner.id)
        const headers = { ...authorization, 'content-type': 'application/json' }
        const { status } = await api.app.request(path, { ...init, headers })
        const open = BY_KEY.includes(key) && owner === person
        assert.ok(
          open ? status === 200 : status === 403 || status === 404,
          `${person.role} ${key}: ${status}`,
        )
      }
    const mine = await api.app.request('/api/v1/people/me/wallet', { headers: authorization })
    assert.equal(mine.status, 200)
  }
  const headers = { authorization: 'Bearer pq_live_nothing' }
  assert.equal((await api.app.request('/api/v1/people/me/wallet', { headers })).status, 401)
})

test('a revoked key and a leaver are refused at once', async () => {
  const person = await api.company.hire({ role: 'employee' })
  const { id, secret } = await freshKey(person.id)
  const byKey = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${secret}` }
    return (await api.app.request('/api/v1/people/me/wallet', { headers })).status
  }
  assert.equal(await byKey(), 200)
  assert.equal((await api.as(person, `/api/v1/keys/${id}`, { method: 'DELETE' })).status, 200)
  assert.equal(await byKey(), 401)

  assert.equal((await api.as(person, '/api/v1/session')).status, 200)
  await api.company.people.update(person.id, { leftOn: new Date(api.world.now()).toISOString().slice(0, 10) })
  assert.equal((await api.as(person, '/api/v1/session')).status, 401)
})

test('a path without a rule cannot be registered, nor a rule without a path', () => {
  const all = Object.keys(RULES).map((key) => {
    const [method = '', path = ''] = key.split(' ')
    return { method, path: path.replace('{id}', ':id') }
  })
  assert.doesNotThrow(() => checkDeclared(all))
  assert.throws(
    () => checkDeclared([...all, { method: 'GET', path: '/api/v1/secrets' }]),
    /no rule .*secrets/,
  )
  assert.throws(() => checkDeclared(all.slice(1)), /nothing serves/)
})

test('a path is matched whole: no part, no more, no other method', () => {
  const kind = (method: string, path: string): string => ruleFor(method, path).kind
  assert.equal(kind('GET', '/api/v1/people/me/wallet'), 'found')
  assert.equal(kind('HEAD', '/api/v1/people/me/wallet'), 'found')
  for (const path of [
    '/api/v1/people/me/wallet/',
    '/api/v1/people//wallet',
    '/api/v1/people/me',
    '/api/v1/people/a/b/wallet',
    '/api/v1/PEOPLE/me/wallet',
  ])
    if (path !== '/api/v1/people/me') assert.equal(kind('GET', path), 'none', path)
  assert.equal(kind('PUT', '/api/v1/people/me/wallet'), 'other_method')
})
