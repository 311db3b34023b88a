import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, dayOf } from '#base/time.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'

let api: TestApi
let grant: string
before(async () => {
  api = await openTestApi()
  grant = await api.company.grant(api.staff.employee, 500_000_000_000n, { months: 12, daysAgo: 40 })
})
after(() => api.close())

type Entry = { kind: string; amount: string; why: string; when: string }
type Preview = {
  ahead: boolean
  hash: string
  grants: { grant_id: string; entries: Entry[]; usable: { quantity: string; until: string | null }[] }[]
  withdrawn: { status: string }[]
}

const preview = async (who: TestApi['staff']['employee'], query: string, of = 'me'): Promise<Preview> => {
  const response = await api.as(who, `/api/v1/people/${of}/leave-preview${query}`)
  assert.equal(response.status, 200, await response.clone().text())
  return (await response.json()) as Preview
}

test('a person sees what leaving would do to their own grants, to the unit, and nothing happens', async () => {
  const { employee, people } = api.staff
  const today = dayOf(api.world.now())
  const on = addDays(today, 40)
  const before = await api.db.query('select count(*)::int as n from ledger.entry')
  const own = await preview(employee, `?on=${on}`)
  assert.equal(own.ahead, true)
  const entries = own.grants.find(({ grant_id: id }) => id === grant)!.entries
  const sum = (kind: string): bigint =>
    entries.filter((entry) => entry.kind === kind).reduce((all, { amount }) => all + BigInt(amount), 0n)
  const wallet = (await (await api.as(employee, '/api/v1/people/me/wallet')).json()) as { unvested: string }
  assert.equal(sum('vested') + sum('forfeit'), BigInt(wallet.unvested))
  assert.ok(entries.every(({ why }) => why !== ''))
  const theirs = await preview(people, `?on=${on}`, employee.id)
  assert.equal(theirs.hash, own.hash)
  assert.deepEqual(await api.db.query('select count(*)::int as n from ledger.entry'), before)
})

test('nobody else’s, no day that is none, and no unknown reason', async () => {
  const { employee, finance } = api.staff
  const today = dayOf(api.world.now())
  const path = `/api/v1/people/${finance.id}/leave-preview?on=${today}`
  assert.equal((await api.as(employee, path)).status, 403)
  assert.equal((await api.as(finance, path)).status, 200)
  const own = '/api/v1/people/me/leave-preview'
  assert.equal((await api.as(employee, `${own}?on=2027-02-29`)).status, 400)
  assert.equal((await api.as(employee, `${own}?on=${today}&reason=BORED`)).status, 400)
  assert.equal((await api.as(employee, `${own}?on=1999-01-01`)).status, 400)
})

test('a draft about somebody is not told to them by what leaving would withdraw', async () => {
  const { employee, people } = api.staff
  const { id: template } = await api.company.template(6)
  const today = dayOf(api.world.now())
  const draft = await api.as(people, '/api/v1/grants/drafts', {
    method: 'POST',
    body: JSON.stringify({
      person_id: employee.id,
      template_id: template,
      quantity: '1000000000',
      start_date: today,
    }),
  })
  assert.equal(draft.status, 201, await draft.clone().text())
  const on = addDays(today, 10)
  assert.deepEqual((await preview(employee, `?on=${on}`)).withdrawn, [])
  const { withdrawn } = await preview(people, `?on=${on}`, employee.id)
  assert.deepEqual(
    withdrawn.map(({ status }) => status),
    ['draft'],
  )
})
