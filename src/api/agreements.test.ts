import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sha256Hex } from '#base/json.ts'
import { dayOf } from '#base/time.ts'
import type { Person } from '#people/person.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import * as views from './agreement-views.ts'
import * as contractViews from './contract-views.ts'
import * as s from './schemas.ts'

let api: TestApi
let template = ''
let author: Person
let today = ''
before(async () => {
  api = await openTestApi({ seed: 31 })
  author = api.staff.people
  today = dayOf(api.world.now())
  const made = await ok(author, '/api/v1/templates', {
    name: 'GPU hours, four years',
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'guaranteed' },
    statements: [
      { order: 1, percentage: '1', schedule: { occurrences: 4, period: 1, period_type: 'YEARS' } },
    ],
    expiry: {
      kind: 'end_of_month_after_vest',
      months: 3,
      rollover: { share: '0.5', cap: null, months: 3 },
    },
    clauses: {
      exchange: ['USD'],
      guarantees: { serviceTier: 'guaranteed', queueWait: { percentile: 95, seconds: 600 }, uptime: '0.995' },
    },
  })
  template = (made as { id: string }).id
})
after(() => api.close())

type Ask = { method?: string; headers?: Record<string, string> }
const send = (who: Person, path: string, body?: unknown, { method = 'POST', headers = {} }: Ask = {}) =>
  api.as(who, path, body === undefined ? {} : { method, headers, body: JSON.stringify(body) })
async function ok(who: Person, path: string, body?: unknown, more?: Ask): Promise<unknown> {
  const response = await send(who, path, body, more)
  const answer: unknown = await response.json()
  assert.ok(response.ok, `${path} ${JSON.stringify(answer)}`)
  return answer
}
async function refused(who: Person, path: string, body: unknown, more?: Ask) {
  const response = await send(who, path, body, more)
  const { error } = s.fault.parse(await response.json())
  return [response.status, error.code, error.param]
}
async function drafted(person: Person, quantity = '3600000') {
  const ask = { person_id: person.id, template_id: template, quantity, start_date: today }
  return contractViews.contract.parse(await ok(author, '/api/v1/grants/drafts', ask))
}
const csvOf = (who: Person, csv: string, query = '') =>
  api.as(who, `/api/v1/grants/bulk${query}`, {
    method: 'POST',
    body: csv,
    headers: { 'content-type': 'text/csv' },
  })

test('a contract is written, approved, offered, read and accepted at the door', async () => {
  const person = await api.company.hire({ role: 'employee' })
  const { id, status, terms } = await drafted(person)
  const path = `/api/v1/grants/${id}`
  assert.equal(status, 'draft')
  assert.deepEqual(Object.keys(terms.clauses as object).toSorted(), ['exchange', 'guarantees'])
  assert.equal((await api.as(person, `${path}/agreement`)).status, 404)
  const changed = await ok(author, path, { quantity: '7200000' }, { method: 'PATCH' })
  assert.equal(contractViews.contract.parse(changed).quantity, '7200000')
  await ok(author, `${path}/submit`, {})
  assert.deepEqual(await refused(author, path, { name: 'Other' }, { method: 'PATCH' }), [
    409,
    'frozen',
    'status',
  ])
  await ok(api.staff.finance, `${path}/approve`, { note: 'within budget' })
  await ok(author, `${path}/offer`, {})

  const agreement = views.agreement.parse(await ok(person, `${path}/agreement`))
  assert.equal(sha256Hex(agreement.content), agreement.content_hash)
  assert.deepEqual(
    agreement.approvals.map((one) => [one.person_id, one.note]),
    [[api.staff.finance.id, 'within budget']],
  )
  const answer = { typed_name: person.name, content_hash: agreement.content_hash }
  assert.deepEqual(await refused(api.staff.finance, `${path}/accept`, answer), [404, 'not_found', null])
  const accepted = contractViews.contract.parse(await ok(person, `${path}/accept`, answer))
  assert.deepEqual([accepted.status, accepted.acceptances.length], ['active', 1])
  await ok(person, `${path}/accept`, answer)
  const after = views.agreement.parse(await ok(person, `${path}/agreement`))
  assert.equal(after.acceptance?.content_hash, agreement.content_hash)
  assert.equal(after.content_hash, agreement.content_hash)
})

test('a step asked for twice with one Idempotency-Key is answered twice and taken once', async () => {
  const person = await api.company.hire({ role: 'employee' })
  const { id } = await drafted(person)
  const headers = { 'idempotency-key': 'submit-once' }
  const first = await ok(author, `/api/v1/grants/${id}/submit`, {}, { headers })
  assert.deepEqual(await ok(author, `/api/v1/grants/${id}/submit`, {}, { headers }), first)
  const { events } = contractViews.contract.parse(await ok(author, `/api/v1/grants/${id}`))
  assert.equal(events.filter(({ kind }) => kind === 'submitted').length, 1)
})

test('sent back and withdrawn need a reason; declined does not', async () => {
  const person = await api.company.hire({ role: 'employee' })
  const { id } = await drafted(person)
  const path = `/api/v1/grants/${id}`
  await ok(author, `${path}/submit`, {})
  assert.deepEqual(await refused(api.staff.finance, `${path}/reject`, {}), [400, 'invalid', 'reason'])
  const back = await ok(api.staff.finance, `${path}/reject`, { reason: 'too early' })
  assert.equal(contractViews.contract.parse(back).status, 'draft')
  const gone = await ok(author, `${path}/withdraw`, { reason: 'written twice' })
  assert.equal(contractViews.contract.parse(gone).status, 'withdrawn')
})

test('only an administrator says how many must agree, and then nothing larger is granted directly', async () => {
  const { admin, finance, employee } = api.staff
  const path = '/api/v1/grant-policy'
  const before = views.grantPolicy.parse(await ok(finance, path))
  const body = { two_above: { gpu_hour: '3600' } }
  assert.deepEqual(await refused(author, path, body, { method: 'PUT' }), [403, 'forbidden', null])
  const set = views.grantPolicy.parse(await ok(admin, path, body, { method: 'PUT' }))
  assert.deepEqual([set.two_above, set.version > before.version], [{ gpu_hour: '3600' }, true])
  const ask = { person_id: employee.id, template_id: template, quantity: '3601', start_date: today }
  assert.deepEqual(await refused(author, '/api/v1/grants', ask), [403, 'approval_required', 'quantity'])
  await ok(author, '/api/v1/grants', { ...ask, quantity: '3600' })
  const own = { ...ask, person_id: author.id, quantity: '1' }
  assert.deepEqual(await refused(author, '/api/v1/grants', own), [403, 'forbidden', 'person_id'])
  const wrong = await refused(admin, path, { two_above: { hours: '1' } }, { method: 'PUT' })
  assert.deepEqual(wrong.slice(0, 2), [400, 'invalid'])
})

test('terms that cannot be used are refused by their field at the door', async () => {
  const base = {
    name: 'Wrong',
    statements: [
      { order: 1, percentage: '1', schedule: { occurrences: 4, period: 1, period_type: 'YEARS' } },
    ],
  }
  const cases: readonly (readonly [object, string])[] = [
    [{ denomination: 'gpu_hour' }, 'unit.accelerator'],
    [{ clauses: { guarantees: { uptime: '99' } } }, 'clauses.guarantees.uptime'],
    [{ clauses: { surprise: true } }, 'clauses.surprise'],
    [
      {
        denomination: 'token',
        unit: { modelClass: 'standard' },
        formula: { kind: 'salary_share', share: '1' },
      },
      'formula.kind',
    ],
    [{ formula: { kind: 'by_level', levels: { IC4: '0' }, otherwise: null } }, 'formula.levels.IC4'],
  ]
  for (const [more, param] of cases)
    assert.deepEqual(await refused(author, '/api/v1/templates', { ...base, ...more }), [
      400,
      'invalid',
      param,
    ])
})

test('a file is previewed, refused as a whole, and committed once', async () => {
  const { employee, finance } = api.staff
  const header = 'email,template,quantity,start_date'
  const good = `${header}\n${employee.email},"GPU hours, four years",10,${today}\n`
  const preview = views.bulkReport.parse(await (await csvOf(author, good, '?preview=1')).json())
  assert.deepEqual([preview.committed, preview.grants[0]?.quantity, preview.errors], [false, '36000', []])
  assert.deepEqual(preview.totals, [
    { asset: 'GPU_SECOND/H100-SXM/guaranteed', grants: 1, quantity: '36000' },
  ])
  const bad = `${good}nobody@perq.test,Nothing,1,${today}\n`
  const told = views.bulkReport.parse(await (await csvOf(author, bad, '?preview=1')).json())
  assert.deepEqual([told.errors[0]?.row, told.errors[0]?.column], [3, 'template'])
  assert.equal((await csvOf(author, bad)).status, 400)
  const done = views.bulkReport.parse(await (await csvOf(author, good, '?as=submitted')).json())
  assert.deepEqual([done.committed, done.replayed], [true, false])
  const again = views.bulkReport.parse(await (await csvOf(author, good, '?as=submitted')).json())
  assert.equal(again.replayed, true)
  const contract = contractViews.contract.parse(await ok(author, `/api/v1/grants/${done.grants[0]!.id}`))
  assert.equal(contract.status, 'pending')
  assert.equal((await csvOf(finance, good)).status, 403)
  const large = `${header}\n${'x'.repeat(5 * 1024 * 1024)}`
  assert.equal((await csvOf(author, large, '?preview=1')).status, 413)
  const two = `${header}\n${'y'.repeat(2 * 1024 * 1024)}`
  assert.equal((await csvOf(author, two, '?preview=1')).status, 200)
})

test('a salary is recorded from a day on, by people operations, and never for oneself', async () => {
  const { employee, admin } = api.staff
  const path = `/api/v1/people/${employee.id}/salaries`
  const ask = { effective_on: '2026-01-01', amount: '90000000000000', currency: 'EUR' }
  const made = views.salary.parse(await ok(author, path, ask))
  assert.deepEqual(views.salaries.parse(await ok(employee, path)).salaries, [made])
  assert.equal((await api.as(admin, path)).status, 403)
  assert.deepEqual(await refused(author, `/api/v1/people/${author.id}/salaries`, ask), [
    403,
    'forbidden',
    'id',
  ])
  assert.deepEqual(await refused(author, path, { ...ask, currency: 'euro' }), [400, 'invalid', 'currency'])
})

test('the document tells of every step of a contract, and of the columns of a file', async () => {
  const document = (await (await api.app.request('/api/openapi.json')).json()) as {
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, object> } }>>
  }
  for (const step of ['submit', 'approve', 'reject', 'offer', 'accept', 'decline', 'withdraw']) {
    const { requestBody } = document.paths[`/api/v1/grants/{id}/${step}`]!['post']!
    assert.deepEqual(Object.keys(requestBody!.content), ['application/json'])
  }
  const file = document.paths['/api/v1/grants/bulk']!['post']!.requestBody!.content
  assert.match(JSON.stringify(file['text/csv']), /email, template .*10,000 rows/)
})
