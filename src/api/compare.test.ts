import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DAY } from '#base/time.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import { compared, found, kept, read } from './compare-views.ts'
import { COMPARISON_DAYS } from './comparisons.ts'

let api: TestApi
before(async () => {
  api = await openTestApi({ seed: 23 })
})
after(() => api?.close())

const send = (path: string, body: unknown): Promise<Response> =>
  Promise.resolve(
    api.app.request(`/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
const ASK = {
  offers: [
    {
      name: 'Giant',
      salary: '400000',
      bonus: '0.15',
      equity: { kind: 'rsu', value: '1200000', years: ['0.1', '0.2', '0.3', '0.4'] },
      compute: [
        { kind: 'shared', quantity: '600000', people: '2000', available: '0.1', accelerator: 'H100' },
      ],
    },
    {
      name: 'Startup',
      salary: '250000',
      equity: { kind: 'option', units: '20000', price: '10', strike: '2.5' },
      compute: [
        { kind: 'gpu_hours', quantity: '10000', accelerator: 'B200' },
        { kind: 'usd', quantity: '2000', per: 'month', standing: 'cap' },
      ],
    },
  ],
}

test('two offers are compared by nobody in particular, and the answer is what the document says', async () => {
  const response = await send('/compare', ASK)
  assert.equal(response.status, 200, await response.clone().text())
  const view = compared.parse(await response.json())
  assert.equal(view.offers.length, 2)
  assert.equal(view.differences.length, 1)
  assert.ok(view.numbers.some(({ path }) => path === 'offers.0.compute.0.available'))
  // 600,000 × 8,760 × 0.1 / 2,000 a year.
  assert.deepEqual(view.offers[0]!.items[0]!.hours!.years, ['262800', '262800', '262800', '262800'])
})

test('every figure is the sum of those that it is made of', async () => {
  const view = compared.parse(await (await send('/compare', ASK)).json())
  const KINDS = [
    'salary',
    'bonus',
    'signing',
    'equity',
    'compute_cap',
    'compute_expected',
    'total_cap',
    'total_expected',
  ] as const
  for (const offer of view.offers) {
    for (const kind of KINDS)
      assert.equal(
        BigInt(offer.total[kind]),
        offer.years.reduce((sum, year) => sum + BigInt(year[kind]), 0n),
      )
    for (const [index, year] of offer.years.entries()) {
      const of = (name: 'cap' | 'expected'): bigint =>
        offer.items.reduce((sum, item) => sum + BigInt(item.years[index]![name]), 0n)
      assert.equal(BigInt(year.compute_cap), of('cap'))
      assert.equal(BigInt(year.compute_expected), of('expected'))
      const rest = BigInt(year.salary) + BigInt(year.bonus) + BigInt(year.signing) + BigInt(year.equity)
      assert.equal(BigInt(year.total_cap), rest + BigInt(year.compute_cap))
    }
  }
  const [a, b] = view.offers
  assert.equal(
    BigInt(view.differences[0]!.total.total_expected),
    BigInt(b!.total.total_expected) - BigInt(a!.total.total_expected),
  )
})

test('a number that cannot be used is refused by its place in the ask', async () => {
  const broken = { offers: [{ name: 'A', salary: 'much' }, { name: 'B' }] }
  const response = await send('/compare', broken)
  assert.equal(response.status, 400)
  const { error } = (await response.json()) as { error: { param: string } }
  assert.equal(error.param, 'offers.0.salary')
})

test('what is pasted comes back as an offer, each number with the words that it was read from', async () => {
  const text = '$400k base, 500 H100s shared by 40 people'
  const view = read.parse(await (await send('/compare/read', { text })).json())
  assert.equal(view.offer.salary, '400000')
  for (const { quote, from, to } of view.found) assert.equal(text.slice(from, to), quote)
})

test('a comparison is kept for those who have its address, until it is forgotten or too old', async () => {
  const made = kept.parse(await (await send('/comparisons', ASK)).json())
  const at = `/api/v1/comparisons/${made.token}`
  const back = found.parse(await (await api.app.request(at)).json())
  assert.deepEqual(back.ask, ASK)
  const { rows } = await rowsWith(made.token)
  assert.equal(rows, 0, 'the token itself is nowhere')
  assert.equal((await api.app.request(at, { method: 'DELETE' })).status, 204)
  assert.equal((await api.app.request(at)).status, 404)

  const old = kept.parse(await (await send('/comparisons', ASK)).json())
  api.world.advance((COMPARISON_DAYS + 1) * DAY)
  assert.equal((await api.app.request(`/api/v1/comparisons/${old.token}`)).status, 404)
  assert.ok((await api.sessions.sweep()) >= 1)
  assert.equal(await counted(), 0n)
})

async function rowsWith(token: string): Promise<{ rows: number }> {
  const rows = await api.db.query('select 1 from api.comparison where ask like $1 or encode(hash, $2) = $3', [
    `%${token}%`,
    'escape',
    token,
  ])
  return { rows: rows.length }
}
async function counted(): Promise<bigint> {
  const [row] = await api.db.query<{ count: bigint }>('select count(*) as count from api.comparison')
  return row!.count
}

test('one address compares so often in a minute and no oftener', async () => {
  const statuses: number[] = []
  for (let n = 0; n < 61; n += 1) statuses.push((await send('/compare/read', { text: '' })).status)
  assert.equal(statuses.at(-1), 429)
  assert.equal(statuses[0], 200)
})
