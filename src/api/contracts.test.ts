import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayOf } from '#base/time.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'

let api: TestApi
let granted: string
before(async () => {
  api = await openTestApi()
  granted = await api.company.grant(api.staff.employee, 500_000_000_000n, { months: 12, daysAgo: 40 })
  await api.company.grant(api.staff.finance, 100_000_000_000n)
})
after(() => api.close())

const json = async <T>(response: Response): Promise<T> => {
  assert.equal(response.status, 200, await response.clone().text())
  return (await response.json()) as T
}

type List = {
  readonly grants: readonly {
    readonly id: string
    readonly status: string
    readonly person: { readonly id: string }
  }[]
  readonly counts: Readonly<Record<string, number>>
  readonly next: string | null
}
const list = async (query: string): Promise<List> =>
  json(await api.as(api.staff.people, `/api/v1/grants${query}`))

test('whoever writes grants sees all of them, page by page, and can narrow them', async () => {
  const all = await list('')
  assert.equal(all.grants.length, 2)
  assert.deepEqual(all.counts, { active: 2 })
  const first = await list('?limit=1')
  const second = await list(`?limit=1&cursor=${first.next}`)
  assert.deepEqual([...first.grants, ...second.grants], all.grants)
  assert.equal(second.next, null)
  assert.equal((await list('?status=draft,pending')).grants.length, 0)
  const found = await list(`?q=${encodeURIComponent(api.staff.employee.email)}`)
  assert.deepEqual(
    found.grants.map(({ id }) => id),
    [granted],
  )
  const refused = await api.as(api.staff.people, '/api/v1/grants?status=stolen')
  assert.equal(refused.status, 400)
  assert.match(await refused.text(), /Give some of draft/)
  assert.equal((await api.as(api.staff.employee, '/api/v1/grants')).status, 403)
})

test('a person reads their own contract in words, on paper and in a calendar; nobody else’s', async () => {
  const { employee, finance, people } = api.staff
  type View = { words: { title: string }[]; tranches: { date: string; state: string }[]; quantity: string }
  const own = await json<View>(await api.as(employee, `/api/v1/grants/${granted}`))
  assert.equal(own.quantity, '6000000000000')
  assert.equal(own.tranches.length, 12)
  assert.equal(own.words[0]!.title, 'What is granted')
  assert.deepEqual(own, await json(await api.as(people, `/api/v1/grants/${granted}`)))
  const others = await list(`?q=${encodeURIComponent(finance.email)}`)
  assert.equal((await api.as(employee, `/api/v1/grants/${others.grants[0]!.id}`)).status, 404)

  type Own = { grants: { id: string }[] }
  const mine = await json<Own>(await api.as(employee, '/api/v1/people/me/contracts'))
  assert.deepEqual(
    mine.grants.map(({ id }) => id),
    [granted],
  )

  const paper = await api.as(employee, `/api/v1/grants/${granted}/contract.pdf`)
  assert.equal(paper.headers.get('content-type'), 'application/pdf')
  assert.equal(
    Buffer.from(await paper.arrayBuffer())
      .subarray(0, 5)
      .toString(),
    '%PDF-',
  )
})

test('the outlook says what vests and what expires, and adds up with the wallet', async () => {
  const { employee } = api.staff
  type Item = { kind: string; quantity: string; lot_id: string | null; date: string }
  const { items } = await json<{ items: Item[] }>(await api.as(employee, '/api/v1/people/me/outlook'))
  const sum = (kind: string, ofLots: boolean): bigint =>
    items
      .filter((one) => one.kind === kind && (one.lot_id !== null) === ofLots)
      .reduce((total, { quantity }) => total + BigInt(quantity), 0n)
  type Wallet = { available: string; held: string; unvested: string }
  const wallet = await json<Wallet>(await api.as(employee, '/api/v1/people/me/wallet'))
  assert.equal(sum('vest', false), BigInt(wallet.unvested))
  assert.equal(sum('expire', true), BigInt(wallet.available) + BigInt(wallet.held))
  assert.equal(sum('expire', false), BigInt(wallet.unvested))
  assert.deepEqual(
    items.map(({ date }) => date),
    items.map(({ date }) => date).toSorted(),
  )
})

test('a calendar address is a secret of its own: made by its person, ended by the next one, dead with a leaver', async () => {
  const { employee, people } = api.staff
  const make = async (): Promise<string> => {
    const answer = await api.as(employee, '/api/v1/people/me/calendar', { method: 'POST' })
    assert.equal(answer.status, 201)
    return new URL(((await answer.json()) as { url: string }).url).pathname
  }
  const read = (path: string): Promise<Response> => Promise.resolve(api.app.request(path))
  const first = await make()
  const text = await (await read(first)).text()
  assert.match(text, /BEGIN:VCALENDAR/)
  assert.match(text, /SUMMARY:\$500\.00 vests/)
  const second = await make()
  assert.equal((await read(first)).status, 404)
  assert.equal((await read(second)).status, 200)
  const status = await api.as(employee, '/api/v1/people/me/calendar')
  assert.equal(((await status.json()) as { url: null }).url, null)
  assert.equal(
    (await api.as(people, `/api/v1/people/${employee.id}/calendar`, { method: 'POST' })).status,
    403,
  )
  await api.company.people.update(employee.id, {
    leftOn: dayOf(api.world.now()),
  })
  assert.equal((await read(second)).status, 404)
})

test('a draft about a person is as absent for them as none, until it is offered', async () => {
  const { finance, people } = api.staff
  const template = (await api.company.grants.templates(api.db))[0]!
  const { grant } = await api.company.commands.draftGrant({
    person: finance.id,
    template: template.id,
    quantity: 1_000_000_000n,
    startDate: dayOf(api.world.now()),
    createdBy: people.id,
  })
  assert.equal((await api.as(people, `/api/v1/grants/${grant.id}`)).status, 200)
  const employee = await api.company.hire({ role: 'employee' })
  const theirs = await api.company.commands.draftGrant({
    person: employee.id,
    template: template.id,
    quantity: 1_000_000_000n,
    startDate: dayOf(api.world.now()),
    createdBy: people.id,
  })
  for (const path of [`/api/v1/grants/${theirs.grant.id}`, `/api/v1/grants/${theirs.grant.id}/contract.pdf`])
    assert.equal((await api.as(employee, path)).status, 404)
  const { grants } = await json<{ grants: object[] }>(await api.as(employee, '/api/v1/people/me/contracts'))
  assert.equal(grants.length, 0)
})
