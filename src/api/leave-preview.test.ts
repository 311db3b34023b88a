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

type Leaver = {
  id: string
  state: string
  person: { name: string }
  recorded_by: { id: string } | null
  sums: { asset: string; usable: string; lost: string; continues: string }[]
}

test('who leaves is told with what each keeps and loses, as the preview said it', async () => {
  const { people } = api.staff
  const person = await api.company.hire()
  await api.company.grant(person, 100_000_000n, { months: 12, daysAgo: 65 })
  await api.company.tick()
  const on = addDays(dayOf(api.world.now()), 50)
  const seen = await preview(people, `?on=${on}`, person.id)
  const order = { on, reason: 'VOLUNTARY_OTHER', expect: seen.hash }
  const path = `/api/v1/people/${person.id}/leaving`
  const made = await api.as(people, path, { method: 'POST', body: JSON.stringify(order) })
  assert.equal(made.status, 201, await made.clone().text())

  const list = (await (await api.as(people, '/api/v1/leavers')).json()) as { leavers: Leaver[] }
  const found = list.leavers.find((leaver) => leaver.person.name === person.name)!
  assert.equal(found.state, 'scheduled')
  assert.equal(found.recorded_by?.id, people.id)
  const lost = seen.grants.flatMap(({ entries }) =>
    entries.filter(({ when, kind }) => when === 'leaving' && ['forfeit', 'expire', 'revoke'].includes(kind)),
  )
  const usable = seen.grants.flatMap((one) => one.usable)
  const total = (amounts: readonly string[]): string =>
    String(amounts.reduce((sum, amount) => sum + BigInt(amount), 0n))
  assert.deepEqual(found.sums, [
    {
      asset: 'USD',
      usable: total(usable.map(({ quantity }) => quantity)),
      lost: total(lost.map(({ amount }) => amount)),
      continues: '0',
    },
  ])
  assert.notEqual(found.sums[0]!.usable, '0')
  assert.notEqual(found.sums[0]!.lost, '0')

  const one = (await (await api.as(people, `/api/v1/leavers/${found.id}`)).json()) as { plan: Preview }
  assert.deepEqual(one.plan.grants, seen.grants)
  const cancel = await api.as(people, `/api/v1/leavings/${found.id}`, { method: 'DELETE' })
  assert.equal(cancel.status, 200)
  const after = (await (await api.as(people, '/api/v1/leavers')).json()) as { leavers: Leaver[] }
  assert.ok(after.leavers.every(({ id }) => id !== found.id))
})

test('each wallet of a person is told for itself, and its figures are those of its entries', async () => {
  const { employee } = api.staff
  type Wallets = { wallets: (Record<string, string> & { next_vest: { quantity: string } | null })[] }
  const { wallets } = (await (await api.as(employee, '/api/v1/people/me/wallets')).json()) as Wallets
  assert.deepEqual(
    wallets.map(({ asset }) => asset),
    ['USD'],
  )
  for (const account of ['available', 'unvested', 'spent']) {
    const path = `/api/v1/people/me/entries?account=${account}&limit=1`
    const { sum } = (await (await api.as(employee, path)).json()) as { sum: string }
    assert.equal(wallets[0]![account], sum)
  }
  assert.equal(wallets[0]!.next_vest?.quantity, '500000000000')
})
