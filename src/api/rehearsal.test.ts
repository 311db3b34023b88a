import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, dayOf } from '#base/time.ts'
import { milestone } from '#grants/shapes.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'

const DOLLAR = 1_000_000_000n
let api: TestApi
before(async () => {
  api = await openTestApi()
})
after(() => api.close())

async function send(method: string, path: string, ask: object): Promise<Record<string, unknown>> {
  const response = await api.as(api.staff.people, `/api/v1${path}`, { method, body: JSON.stringify(ask) })
  assert.ok(response.ok, await response.clone().text())
  return (await response.json()) as Record<string, unknown>
}

/** Everything that a command of a life may write. */
const stands = async (): Promise<string> => {
  const tables = ['ledger.entry', 'grants.event', 'grants.version', 'grants.tranche', 'people.event']
  const counts = await Promise.all(
    [...tables, 'people.leave', 'people.salary'].map((table) =>
      api.db.query(`select count(*)::int as n from ${table}`),
    ),
  )
  const people = await api.db.query('select * from people.person order by id')
  return JSON.stringify([counts, people])
}

/** Apart from the names of what was made. */
const plain = (answer: Record<string, unknown>): string =>
  JSON.stringify(answer).replaceAll(/"(id|recorded_at)":"[^"]*"/g, '"$1":""')

test('a rehearsed change of a life answers what the change then answers, and leaves nothing behind', async () => {
  const person = await api.company.hire({ role: 'employee' })
  const grant = await api.company.grant(person, 10n * DOLLAR, { daysAgo: 65 })
  const { id: template } = await api.company.commands.createTemplate({
    ...milestone({ event: 'ipo' }),
    name: 'At the flotation',
  })
  const ask = { person: person.id, template, quantity: 10n * DOLLAR, startDate: '2026-01-01' } as const
  const { grant: waiting } = await api.company.commands.issueGrant(ask)
  await api.company.tick()
  const { id: entity } = await api.company.people.createEntity({
    name: 'Perq Test Ltd',
    country: 'GB',
    currency: 'GBP',
  })
  const today = dayOf(api.world.now())
  const changes: [string, string, object][] = [
    ['POST', `/people/${person.id}/leaves`, { kind: 'unpaid', from: addDays(today, 10) }],
    [
      'POST',
      `/people/${person.id}/level`,
      { level: 'IC6', from: today, salary: { amount: '100000000000000', currency: 'USD' } },
    ],
    ['POST', `/people/${person.id}/transfer`, { entity_id: entity, from: today }],
    ['POST', `/grants/${waiting.id}/events`, { event: 'ipo', on: today }],
    ['POST', `/grants/${grant}/clawback`, { reason: 'misconduct', unvested: true }],
  ]
  for (const [method, path, ask] of changes) {
    const before = await stands()
    const seen = await send(method, path, { ...ask, preview: true })
    assert.equal(await stands(), before, `${path} leaves nothing behind`)
    const done = await send(method, path, ask)
    assert.notEqual(await stands(), before, `${path} is carried out`)
    assert.equal(plain(seen), plain(done), path)
  }
})

test('another end of a leave is rehearsed like the leave itself', async () => {
  const person = await api.company.hire({ role: 'employee' })
  await api.company.grant(person, 10n * DOLLAR, { daysAgo: 5 })
  const today = dayOf(api.world.now())
  const made = await send('POST', `/people/${person.id}/leaves`, { kind: 'unpaid', from: today })
  const { id } = made['leave'] as { id: string }
  const before = await stands()
  const seen = await send('PATCH', `/leaves/${id}`, { to: addDays(today, 90), preview: true })
  assert.equal(await stands(), before)
  assert.equal(plain(seen), plain(await send('PATCH', `/leaves/${id}`, { to: addDays(today, 90) })))
})

test('what a rehearsal refuses is refused with the words of the change', async () => {
  const person = await api.company.hire({ role: 'employee' })
  const path = `/api/v1/people/${person.id}/leaves`
  const ask = { kind: 'unpaid', from: '2026-05-02', to: '2026-05-01' }
  const errors = await Promise.all(
    [true, false].map(async (preview) => {
      const response = await api.as(api.staff.people, path, {
        method: 'POST',
        body: JSON.stringify({ ...ask, preview }),
      })
      assert.equal(response.status, 400)
      const { error } = (await response.json()) as { error: { message: string } }
      return error.message
    }),
  )
  assert.equal(errors[0], errors[1])
})
