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

test('what a contract lets become dollars is told with its worth at the rate of now, never rounded up', async () => {
  const { people, admin } = api.staff
  const from = 'GPU_SECOND/H100-SXM/priority'
  const post = async (
    who: TestApi['staff']['people'],
    path: string,
    ask: object,
  ): Promise<{ id: string }> => {
    const response = await api.as(who, `/api/v1${path}`, { method: 'POST', body: JSON.stringify(ask) })
    assert.equal(response.status, 201, await response.clone().text())
    return (await response.json()) as { id: string }
  }
  const person = await api.company.hire()
  const today = dayOf(api.world.now())
  const { id: template } = await post(people, '/templates', {
    name: 'Hours that may become dollars',
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'priority' },
    statements: [{ order: 1, percentage: '1', schedule: { occurrences: 1, period: 0, period_type: 'DAYS' } }],
    clauses: { exchange: ['USD'] },
  })
  const ask = { person_id: person.id, template_id: template, quantity: '3601', start_date: today }
  await post(people, '/grants', ask)
  type Convertible = { to: string; amount: string; worth: string | null; rate: string | null }
  const convertible = async (): Promise<readonly Convertible[]> => {
    const path = `/api/v1/people/${person.id}/wallets`
    const { wallets } = (await (await api.as(people, path)).json()) as {
      wallets: { asset: string; convertible: Convertible[] }[]
    }
    return wallets.find(({ asset }) => asset === from)!.convertible
  }
  assert.deepEqual(await convertible(), [{ to: 'USD', amount: '3601', worth: null, rate: null }])
  const effective = new Date(api.world.now()).toISOString()
  const rate = { kind: 'rate', from, to: 'USD', rate: '2.5', effective_from: effective, source: 'a test' }
  await post(admin, '/exchange', rate)
  // 3601 seconds at 2.5 dollars an hour are 2.500694444… dollars.
  assert.deepEqual(await convertible(), [{ to: 'USD', amount: '3601', worth: '2500694444', rate: '2.5' }])
})
