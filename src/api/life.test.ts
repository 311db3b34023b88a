import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, dayOf } from '#base/time.ts'
import type { Person } from '#people/person.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'

const DOLLAR = 1_000_000_000n
let api: TestApi
before(async () => {
  api = await openTestApi()
})
after(() => api.close())

const today = (): string => dayOf(api.world.now())

async function post<T>(
  path: string,
  ask: object,
  more: { status?: number; key?: string; method?: string } = {},
) {
  const headers = {
    'content-type': 'application/json',
    ...(more.key ? { 'idempotency-key': more.key } : {}),
  }
  const init = { method: more.method ?? 'POST', headers, body: JSON.stringify(ask) }
  const answer = await api.as(api.staff.people, `/api/v1${path}`, init)
  const text = await answer.text()
  assert.equal(answer.status, more.status ?? 200, text)
  return JSON.parse(text) as T
}
const get = async <T>(person: Person, path: string): Promise<T> =>
  (await (await api.as(person, `/api/v1${path}`)).json()) as T

async function employed(): Promise<{ person: Person; grant: string }> {
  const person = await api.company.hire({ role: 'employee' })
  const grant = await api.company.grant(person, 10n * DOLLAR, { daysAgo: 40 })
  return { person, grant }
}

test('a leaving is previewed, confirmed by its hash once, and told', async () => {
  const { person } = await employed()
  const on = today()
  const preview = await get<{ hash: string; grants: { entries: object[] }[] }>(
    api.staff.people,
    `/people/${person.id}/leave-preview?on=${on}&reason=VOLUNTARY_OTHER`,
  )
  assert.ok(preview.grants[0]!.entries.length > 0)
  const ask = { on, reason: 'VOLUNTARY_OTHER', expect: preview.hash }
  type Done = { leaving: { id: string; state: string }; grants: object[] }
  const done = await post<Done>(`/people/${person.id}/leaving`, ask, { status: 201, key: 'leave-1' })
  assert.deepEqual([done.leaving.state, done.grants], ['done', preview.grants])
  const again = await post<Done>(`/people/${person.id}/leaving`, ask, { status: 201, key: 'leave-1' })
  assert.deepEqual(again, done)
  const { leavings } = await get<{ leavings: { id: string }[] }>(api.staff.finance, '/leavings')
  assert.ok(leavings.some(({ id }) => id === done.leaving.id))
  const { events } = await get<{ events: { kind: string }[] }>(api.staff.people, `/people/${person.id}/life`)
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['left'],
  )
})

test('a leaver signs in while something stays usable, and not a day longer', async () => {
  const { person } = await employed()
  assert.equal((await api.as(person, '/api/v1/session')).status, 200)
  const ask = { on: today(), reason: 'VOLUNTARY_OTHER' }
  const { access_until: until } = await post<{ access_until: string }>(`/people/${person.id}/leaving`, ask, {
    status: 201,
  })
  assert.equal((await api.as(person, '/api/v1/people/me/wallet')).status, 200)
  const misconduct = await employed()
  await post(
    `/people/${misconduct.person.id}/leaving`,
    { on: today(), reason: 'INVOLUNTARY_WITH_CAUSE' },
    { status: 201 },
  )
  assert.equal((await api.as(misconduct.person, '/api/v1/session')).status, 401)
  assert.ok(until > addDays(today(), 30))
})

test('a leaving ahead can be taken back, and nobody confirms their own', async () => {
  const { person } = await employed()
  const ask = { on: addDays(today(), 30), reason: 'VOLUNTARY_RETIREMENT' }
  const { leaving } = await post<{ leaving: { id: string } }>(`/people/${person.id}/leaving`, ask, {
    status: 201,
  })
  await post(`/leavings/${leaving.id}`, {}, { method: 'DELETE' })
  assert.equal((await api.company.people.find(person.id))?.leftOn, null)
  await post(`/people/${api.staff.people.id}/leaving`, ask, { status: 403 })
})

test('a leaving that is planned, and what was noted of it, is not told to the person by a page', async () => {
  const { person } = await employed()
  const on = addDays(today(), 30)
  const note = 'not told yet'
  await post(`/people/${person.id}/leaving`, { on, reason: 'INVOLUNTARY_OTHER', note }, { status: 201 })
  type Told = { leavings: { note: string }[] }
  const path = `/people/${person.id}/life`
  assert.equal((await get<Told>(api.staff.people, path)).leavings[0]!.note, note)
  assert.deepEqual((await get<Told>(person, path)).leavings, [])
  type Person = { left_on: string | null }
  assert.equal((await get<Person>(api.staff.people, `/people/${person.id}`)).left_on, on)
  assert.equal((await get<Person>(person, `/people/${person.id}`)).left_on, null)
})

test('a leave of absence, its end, a level, an amendment and a clawback go through the door', async () => {
  const { person, grant } = await employed()
  type Absence = { leave: { id: string; to: string | null }; effects: { policy: string }[] }
  const from = addDays(today(), 1)
  const { leave, effects } = await post<Absence>(
    `/people/${person.id}/leaves`,
    { kind: 'parental', from },
    { status: 201 },
  )
  assert.deepEqual([leave.to, effects[0]?.policy], [null, 'continue'])
  const to = addDays(from, 60)
  const ended = await post<Absence>(`/leaves/${leave.id}`, { to }, { method: 'PATCH' })
  assert.equal(ended.leave.to, to)
  await post(`/people/${person.id}/level`, { level: 'IC5', from: today() })
  assert.equal((await api.company.people.find(person.id))?.level, 'IC5')
  const amend = { from: today(), quantity: String(240n * DOLLAR), reason: 'promoted' }
  type Amended = { change: string; version: number }
  const preview = await post<Amended>(`/grants/${grant}/amend`, { ...amend, preview: true })
  const amended = await post<Amended>(`/grants/${grant}/amend`, amend, { key: 'amend-1' })
  assert.deepEqual(
    [preview.change, amended.change, amended.version],
    [amended.change, String(120n * DOLLAR), 2],
  )
  const taken = await post<{ vested: string; unvested: string }>(`/grants/${grant}/clawback`, {
    reason: 'code of conduct',
    unvested: true,
  })
  assert.equal(BigInt(taken.vested) + BigInt(taken.unvested), 240n * DOLLAR)
  await post(`/grants/${grant}/amend`, { ...amend, quantity: '1' }, { status: 409 })
})

test('who comes back has a grant that counts the service before', async () => {
  const { person } = await employed()
  await post(`/people/${person.id}/leaving`, { on: today(), reason: 'VOLUNTARY_OTHER' }, { status: 201 })
  const { id: template } = await api.company.template(12)
  const ask = { on: today(), grants: [{ template_id: template, quantity: String(DOLLAR) }] }
  type Back = { credited_days: number; grants: { start_date: string }[] }
  const back = await post<Back>(`/people/${person.id}/rehire`, ask, { status: 201 })
  assert.equal(back.grants[0]?.start_date, addDays(today(), -back.credited_days))
})
