import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { z } from '@hono/zod-openapi'
import type { Person } from '#people/person.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import * as views from './value-forward-views.ts'

let api: TestApi
before(async () => {
  api = await openTestApi({ seed: 31 })
})
after(() => api.close())

async function get<Schema extends z.ZodType>(
  who: Person,
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const response = await api.as(who, `/api/v1${path}`)
  assert.equal(response.status, 200, path)
  return schema.parse(await response.json())
}

test('anybody may ask what an hour will cost, with numbers of their own that come back as theirs', async () => {
  const { employee } = api.staff
  const view = await get(employee, '/value/forward?accelerator=H100&months=12&drift=-0.4', views.forward)
  assert.equal(view.points.length, 13)
  assert.ok(BigInt(view.points[12]!.expected) < BigInt(view.points[0]!.expected))
  const drift = view.numbers.find(({ name }) => name === 'drift')!
  assert.deepEqual([drift.value, drift.from], ['-0.4', 'given'])
  const traded = await get(employee, '/value/forward?futures=1:2.5,2:2.25', views.forward)
  assert.equal(traded.curve.kind, 'futures')
  assert.equal(traded.points[24]!.expected, '2250000000')
})

test('anybody may ask what rights around hours are worth, each number in plain words', async () => {
  const view = await get(api.staff.employee, '/value/rights?hours=500&strike=1.2', views.rights)
  assert.equal(view.rights.length, 6)
  assert.equal(BigInt(view.strike) / 10n, (BigInt(view.mark.mid) * 12n) / 100n)
  for (const { says } of view.numbers) assert.ok(says.length > 10, says)
})

test('a number or a name that cannot be is refused by its name', async () => {
  const wrong: readonly (readonly [string, string, number])[] = [
    ['/value/forward?drift=9', 'drift', 400],
    ['/value/forward?curve=round', 'curve', 400],
    ['/value/forward?futures=soon', 'futures', 400],
    ['/value/forward?colour=red', 'colour', 400],
    ['/value/forward?accelerator=Abacus', 'accelerator', 404],
    ['/value/rights?volatility=-1', 'volatility', 400],
    ['/value/rights?basis=fair', 'basis', 400],
  ]
  for (const [path, param, status] of wrong) {
    const response = await api.as(api.staff.employee, `/api/v1${path}`)
    const { error } = (await response.json()) as { error: { param: string | null } }
    assert.deepEqual([response.status, error.param?.split('.').at(-1)], [status, param], path)
  }
})
