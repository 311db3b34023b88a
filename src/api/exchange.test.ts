import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DAY, iso } from '#base/time.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import * as views from './exchange-views.ts'

let api: TestApi
before(async () => void (api = await openTestApi({ seed: 47 })))
after(async () => api.close())

const PATH = '/api/v1/exchange'
const read = async () => {
  const response = await api.as(api.staff.employee, PATH)
  assert.equal(response.status, 200)
  return views.exchange.parse(await response.json())
}
const post = (body: object, headers: Record<string, string> = {}) =>
  api.as(api.staff.admin, PATH, { method: 'POST', body: JSON.stringify(body), headers })

test('a stated rate is one row, however often it is sent, and everyone reads it exactly', async () => {
  const ask = {
    kind: 'rate',
    from: 'GPU_SECOND/H100-SXM/guaranteed',
    to: 'USD',
    rate: '2.50',
    effective_from: iso(api.world.now()),
    source: 'contract 2026-14',
  }
  for (let times = 0; times < 2; times += 1) {
    const response = await post(ask, { 'idempotency-key': 'one' })
    assert.equal(response.status, 201, await response.clone().text())
    const row = views.exchangeRow.parse(await response.json())
    assert.ok(row.kind === 'rate')
    assert.deepEqual(
      [row.rate, row.unit, row.smallest],
      ['2.5', 'dollars for one GPU-hour', { n: '6250000', d: '9' }],
    )
  }
  const ended = await post({ ...ask, rate: null, effective_from: iso(api.world.now() + DAY) })
  assert.equal(ended.status, 201)
  const { rows, accelerators } = await read()
  assert.deepEqual(
    rows.map(({ in_force }) => in_force),
    [true, false],
  )
  assert.equal(rows[0]?.recorded_by, api.staff.admin.email)
  assert.equal(accelerators.length, 19)
})

test('a stated utilisation changes how long an accelerator runs for an exaFLOP-day', async () => {
  const of = async (id: string) => (await read()).accelerators.find((one) => one.id === id)!
  // 1e18 × 86,400 operations at 312e12 × 0.4 a second.
  assert.equal((await of('A100-80GB-SXM')).gpu_hours_per_exaflop_day, '2500000/13')
  const ask = { kind: 'utilisation', accelerator: 'A100-80GB-SXM', share: '0.5', source: 'measured in May' }
  assert.equal((await post({ ...ask, effective_from: iso(0) })).status, 201)
  const {
    utilisation,
    gpu_hours_per_exaflop_day: hours,
    utilisation_basis: basis,
  } = await of('A100-80GB-SXM')
  assert.deepEqual([utilisation, hours], ['0.5', '2000000/13'])
  assert.match(basis, /measured in May/)
})

test('what is wrong is refused by the name of its field', async () => {
  const ask = { kind: 'rate', from: 'EUR', to: 'USD', rate: '1', effective_from: iso(0), source: 'x' }
  const response = await post(ask)
  assert.equal(response.status, 400)
  const { error } = (await response.json()) as { error: { param: string } }
  assert.equal(error.param, 'from')
  const refused = await api.as(api.staff.finance, PATH, { method: 'POST', body: JSON.stringify(ask) })
  assert.equal(refused.status, 403)
})
