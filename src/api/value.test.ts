import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { z } from '@hono/zod-openapi'
import { dayOf } from '#base/time.ts'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import * as views from './value-views.ts'

const DOLLAR = 1_000_000_000n

let api: TestApi
before(async () => {
  api = await openTestApi({ seed: 29 })
  const { company, staff } = api
  await company.grant(staff.employee, 100n * DOLLAR, { daysAgo: 40 })
  await company.grant(staff.finance, 70n * DOLLAR, { daysAgo: 10 })
  await company.tick()
})
after(() => api.close())

async function get<Schema extends z.ZodType>(
  who: TestApi['staff'][keyof TestApi['staff']],
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const response = await api.as(who, `/api/v1${path}`)
  assert.equal(response.status, 200, path)
  return schema.parse(await response.json())
}
const refusal = async (who: TestApi['staff'][keyof TestApi['staff']], path: string) => {
  const response = await api.as(who, `/api/v1${path}`)
  const { error } = (await response.json()) as { error: { code: string; param: string | null } }
  return { status: response.status, code: error.code, param: error.param }
}

test('finance sees all, a person their own, and nobody else’s', async () => {
  const { staff } = api
  const all = await get(staff.finance, '/value', views.value)
  const own = await get(staff.employee, '/people/me/value', views.personValue)
  const others = await get(staff.finance, `/people/${staff.employee.id}/value`, views.personValue)
  assert.deepEqual(own, others)
  assert.equal(all.people, 2)
  const row = all.groups.find(({ key }) => key === staff.employee.id)!
  assert.deepEqual(row.bases, own.bases)
  assert.deepEqual(row.change, own.change)
  for (const path of ['/value', '/value/scenarios'])
    assert.deepEqual(await refusal(staff.employee, path), { status: 403, code: 'forbidden', param: null })
  for (const path of ['value', 'value/scenarios']) {
    const { status } = await refusal(staff.employee, `/people/${staff.finance.id}/${path}`)
    assert.equal(status, 403)
  }
})

test('dollars are worth their dollars on every basis, and the parts of a change sum to it', async () => {
  const { staff, world } = api
  const view = await get(staff.finance, '/value?by=level&from=2025-12-01', views.value)
  assert.equal(view.day, dayOf(world.now()))
  for (const { cap, dollars, missing } of view.bases) {
    assert.equal(cap.total, dollars)
    assert.equal(BigInt(cap.unvested) + BigInt(cap.vested), BigInt(cap.total))
    assert.deepEqual(missing, [])
  }
  const { opening, closing, parts } = view.change.cap
  const sum = Object.values(parts).reduce((total, part) => total + BigInt(part), 0n)
  assert.equal(sum, BigInt(closing) - BigInt(opening))
  assert.equal(opening, '0')
})

test('compute is compared with other pay at one mark, and anybody may ask', async () => {
  const { staff } = api
  const ask = '/value/compare?hours=10000&salary=200000&equity=160000&cash=20000&used=0.5'
  const view = await get(staff.employee, ask, views.comparison)
  assert.equal(view.years.length, 4)
  assert.equal(
    view.years.reduce((sum, one) => sum + BigInt(one.total), 0n),
    BigInt(view.total.total),
  )
  const { hours, all } = view.today
  assert.ok(BigInt(hours!.p5) < BigInt(hours!.p50) && BigInt(hours!.p50) < BigInt(hours!.p95))
  assert.ok(BigInt(all.p5) < BigInt(all.p95))
  assert.ok(view.model.weak && view.model.reasons.length > 0)
  assert.match(view.equivalents!.exaflop_days, /^0\.1648/)
  assert.equal(view.equivalents!.gpu_years, '1.141552')
  const wrong = await refusal(staff.employee, '/value/compare?used=1.5')
  assert.deepEqual(wrong, { status: 400, code: 'invalid', param: 'used' })
  const unknown = await refusal(staff.employee, '/value/compare?accelerator=Abacus')
  assert.equal(unknown.status, 404)
})

test('scenarios are told to both, and numbers that make no sense are refused by name', async () => {
  const { staff } = api
  const all = await get(staff.finance, '/value/scenarios', views.scenarios)
  assert.equal(all.scenarios.length, 7)
  const own = await get(
    staff.employee,
    '/people/me/value/scenarios?scenario=vendor&factor=2',
    views.scenarios,
  )
  assert.equal(own.scenarios[0]!.dollar_buys, '0.5000')
  const wrong: readonly (readonly [string, string])[] = [
    ['/value?basis=fair', 'basis'],
    ['/value?as_of=2026-13-01', 'as_of'],
    ['/value?by=team', 'by'],
    ['/value?colour=red', 'colour'],
    ['/value/scenarios?scenario=price&shock=9', 'shock'],
    ['/value/scenarios?scenario=price&lost=0', 'lost'],
  ]
  for (const [path, param] of wrong) {
    const found = await refusal(staff.finance, path)
    assert.deepEqual(
      { ...found, param: found.param?.split('.').at(-1) },
      { status: 400, code: 'invalid', param },
      path,
    )
  }
  const absent = await refusal(staff.finance, `/people/${api.world.id()}/value`)
  assert.equal(absent.status, 404)
})
