import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import * as fc from 'fast-check'
import { DAY, HOUR, MINUTE } from '#base/time.ts'
import { cents, wholeCents } from '#interop/cents.ts'
import { createInterop } from '#interop/interop.ts'
import type { CallFacts } from '#ledger/types.ts'
import type { Person } from '#people/person.ts'
import { cost, upperBound } from '#prices/cost.ts'
import { openReports } from '#reports/reports.ts'
import { openSeats } from '#telemetry/seats.ts'
import { openTestApi, type TestApi } from '../support/api.ts'
import { serve } from '../support/gateway.ts'

let house: TestApi
let base: string
let close: () => Promise<void>
let finance: string
let client: Anthropic
const charged = new Map<string, bigint>()

const keyOf = async (person: Person): Promise<string> => {
  const ask = { name: 'Reports', purpose: 'work', models: null, expiresAt: null } as const
  return (await house.spending.createKey(person.id, ask)).secret
}

/** A call at Anthropic through the ledger, as the gateway makes it. */
async function call(person: Person, { model = 'claude-haiku-4-5', output = 500 } = {}): Promise<bigint> {
  const { ledger, prices, world } = { ...house.company, world: house.world }
  const price = prices.resolve('anthropic', model, world.now())!
  const wallet = await ledger.walletOf(house.db, person.id)
  const max = upperBound(price, { input: 2_000, output: 1_000 })
  const facts: CallFacts = {
    person: person.id,
    key: null,
    door: 'anthropic',
    route: 'messages',
    model,
    class: price.class,
    provider: 'anthropic',
    upstream: 'demo',
    purpose: 'work',
    priceVersion: price.version,
  }
  const id = world.id()
  const now = world.now()
  const request = {
    id,
    wallet: wallet!.id,
    min: max,
    max,
    scopes: null,
    expiresAt: now + HOUR,
    floor: 0n,
    facts,
  }
  assert.equal((await ledger.hold(request, now)).kind, 'held')
  const tokens = { input: 1_001, cacheRead: 300, cacheWrite5m: 20, cacheWrite1h: 7, output, reasoning: 0 }
  const { nano } = cost(price, tokens)
  const settle = {
    id,
    cost: nano,
    tokens,
    status: 'ok',
    estimated: false,
    providerId: null,
    startedAt: now,
  } as const
  await ledger.settle(settle, now)
  charged.set(person.id, (charged.get(person.id) ?? 0n) + nano)
  return nano
}

before(async () => {
  house = await openTestApi()
  house.world.set(Date.UTC(2026, 10, 3, 9))
  const { employee, people, finance: controller } = house.staff
  for (const person of [employee, people, controller])
    await house.company.grant(person, 50_000_000_000n, { daysAgo: 40 })
  await call(employee)
  house.world.set(Date.UTC(2026, 10, 3, 11, 30))
  await call(employee, { model: 'claude-sonnet-4-6' })
  house.world.set(Date.UTC(2026, 10, 5, 8))
  await call(people, { output: 333 })
  await house.company.hold(employee)
  const reports = openReports({ db: house.db, prices: house.company.prices })
  const interop = createInterop({ ...house, people: house.company.people, reports, log: () => {} })
  const served = await serve(interop.handle)
  base = `${served.url}/anthropic`
  close = served.close
  finance = await keyOf(controller)
  client = new Anthropic({ apiKey: finance, baseURL: base, maxRetries: 0 })
})
after(async () => {
  await close()
  await house.close()
})

const get = async (path: string, key = finance): Promise<{ status: number; body: Answer }> => {
  const answer = await fetch(`${base}/v1/organizations/${path}`, { headers: { 'x-api-key': key } })
  return { status: answer.status, body: (await answer.json()) as Answer }
}
type Row = Record<string, unknown> & {
  results: Record<string, unknown>[]
  starting_at: string
  ending_at: string
}
type Answer = {
  data: Row[]
  has_more: boolean
  next_page: string | null
  error: { type: string; message: string }
}

test('cents are exact to the nano-dollar, and whole cents are rounded as they say', () => {
  assert.equal(cents(12_345_678_901n), '1234.5678901')
  assert.equal(cents(10_000_000n), '1')
  assert.equal(cents(0n), '0')
  assert.deepEqual(
    [15_000_000n, 25_000_000n, 25_000_001n].map((n) => wholeCents(n, 'half_even')),
    [2n, 2n, 3n],
  )
  assert.equal(wholeCents(19_999_999n, 'down'), 1n)
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n }), (nano) => {
      const [whole = '', fraction = ''] = cents(nano).split('.')
      assert.equal(BigInt(whole) * 10_000_000n + BigInt(fraction.padEnd(7, '0') || '0'), nano)
    }),
  )
})

test('the client’s own library pages through everybody’s effective limit, each person once', async () => {
  const seen: string[] = []
  for await (const row of client.organization.spendLimits.effective.list({ limit: 2 })) {
    assert.ok(row.actor.type === 'user_actor' && row.scope.type === 'user')
    seen.push(row.actor.email_address ?? '')
    assert.deepEqual(
      [row.currency, row.period, row.source.type, row.actor.deleted],
      ['USD', 'monthly', 'user', false],
    )
  }
  const everybody = await house.company.people.list({ limit: 100 })
  assert.deepEqual(seen.toSorted(), everybody.people.map(({ email }) => email).toSorted())
})

test('a limit is what was spent this month and what can still be spent, rounded down', async () => {
  const { employee } = house.staff
  const user = `user_${employee.id.replaceAll('-', '')}`
  const page = await client.organization.spendLimits.effective.list({ user_ids: [user], period: ['monthly'] })
  const [row] = page.data
  const wallet = await house.company.ledger.walletOf(house.db, employee.id)
  const { available, held } = await house.company.ledger.balances(house.db, wallet!.id)
  assert.ok(held > 0n)
  const spent = charged.get(employee.id)!
  assert.equal(row?.period_to_date_spend, cents(spent))
  assert.equal(row?.amount, String((spent + available + held) / 10_000_000n))
  const limit = await client.beta.organization.spendLimits.retrieve(row!.spend_limit_id)
  assert.deepEqual(
    [limit.amount, limit.scope, limit.is_enabled],
    [row?.amount, { type: 'user', user_id: user }, true],
  )
  const listed = await client.beta.organization.spendLimits.list({ limit: 100 })
  assert.deepEqual(
    listed.data.find(({ id }) => id === limit.id),
    limit,
  )
})

test('a new month begins with nothing spent, and the limit is what is left', async () => {
  const { employee } = house.staff
  const now = house.world.now()
  house.world.set(Date.UTC(2026, 11, 1, 0, 0, 1))
  const user = `user_${employee.id.replaceAll('-', '')}`
  const { body } = await get(`spend_limits/effective?user_ids[]=${user}`)
  assert.equal(body.data[0]?.['period_to_date_spend'], '0')
  house.world.set(now)
})

test('other periods, other scopes and strangers give nothing, not everything', async () => {
  for (const path of [
    'spend_limits/effective?period[]=weekly',
    'spend_limits/effective?user_ids[]=user_nobody',
    'spend_limits?scope_type[]=organization',
    'spend_limit_increase_requests',
  ])
    assert.deepEqual((await get(path)).body, { data: [], next_page: null }, path)
  assert.equal((await get('spend_limits/spl_nobody')).status, 404)
})

test('a leaver is no member any more, and is told as one where they are asked for', async () => {
  const gone = await house.company.hire({ hiredOn: '2026-01-01', leftOn: '2026-11-01' })
  const user = `user_${gone.id.replaceAll('-', '')}`
  const all = await get('spend_limits/effective?limit=100')
  assert.ok(!JSON.stringify(all.body).includes(user))
  const { body } = await get(`spend_limits/effective?user_ids[]=${user}`)
  const actor = body.data[0]?.['actor'] as { deleted: boolean } | undefined
  assert.equal(actor?.deleted, true)
})

test('a cursor belongs to its question, and what is not understood is refused by name', async () => {
  const { body } = await get('spend_limits/effective?limit=1')
  assert.ok(body.next_page)
  assert.equal((await get(`spend_limits/effective?limit=2&page=${body.next_page}`)).status, 200)
  for (const [path, said] of [
    [`spend_limits/effective?period[]=monthly&page=${body.next_page}`, /cursor/],
    ['spend_limits/effective?page=nonsense', /cursor/],
    ['spend_limits/effective?limit=0', /limit/],
    ['spend_limits/effective?limit=1001', /limit/],
    ['spend_limits/effective?period[]=yearly', /period/],
    ['spend_limits/effective?workspace_id=x', /workspace_id: Unknown parameter/],
    ['usage_report/messages', /starting_at: Field required/],
    ['usage_report/messages?starting_at=yesterday', /RFC 3339/],
    ['usage_report/messages?starting_at=2026-02-30T00:00:00Z', /RFC 3339/],
    ['usage_report/messages?starting_at=2026-11-03&bucket_width=1w', /bucket_width/],
    ['usage_report/messages?starting_at=2026-11-03&limit=32', /limit/],
    ['usage_report/messages?starting_at=2026-11-03&ending_at=2026-11-03', /ending_at/],
    ['usage_report/claude_code?starting_at=2026-11', /YYYY-MM-DD/],
  ] as const) {
    const answer = await get(path)
    assert.deepEqual([answer.status, answer.body.error.type], [400, 'invalid_request_error'], path)
    assert.match(answer.body.error.message, said)
  }
})

test('usage adds up to the calls, by day and by hour, with every bucket present', async () => {
  const days = (
    await get('usage_report/messages?starting_at=2026-11-02T15:00:00Z&ending_at=2026-11-06T00:00:00Z')
  ).body
  assert.deepEqual(
    days.data.map(({ starting_at, ending_at, results }) => [starting_at, ending_at, results.length]),
    [
      ['2026-11-02T00:00:00Z', '2026-11-03T00:00:00Z', 0],
      ['2026-11-03T00:00:00Z', '2026-11-04T00:00:00Z', 1],
      ['2026-11-04T00:00:00Z', '2026-11-05T00:00:00Z', 0],
      ['2026-11-05T00:00:00Z', '2026-11-06T00:00:00Z', 1],
    ],
  )
  assert.deepEqual(days.data[1]?.results[0], {
    uncached_input_tokens: 2_002,
    cache_creation: { ephemeral_1h_input_tokens: 14, ephemeral_5m_input_tokens: 40 },
    cache_read_input_tokens: 600,
    output_tokens: 1_000,
    server_tool_use: { web_search_requests: 0 },
    account_id: null,
    api_key_id: null,
    context_window: null,
    inference_geo: null,
    model: null,
    service_account_id: null,
    service_tier: null,
    speed: null,
    workspace_id: null,
  })
  const hours = await get(
    'usage_report/messages?starting_at=2026-11-03T09:00:00Z&ending_at=2026-11-03T12:00:00Z&bucket_width=1h&group_by[]=model&group_by[]=service_tier&group_by[]=context_window',
  )
  assert.deepEqual(
    hours.body.data.map(({ results }) =>
      results.map(({ model, service_tier, context_window }) => [model, service_tier, context_window]),
    ),
    [[['claude-haiku-4-5', 'standard', '0-200k']], [], [['claude-sonnet-4-6', 'standard', '0-200k']]],
  )
})

test('usage is grouped by person and narrowed by what is asked for', async () => {
  const of = async (more: string): Promise<Record<string, unknown>[]> =>
    (
      await get(`usage_report/messages?starting_at=2026-11-03&ending_at=2026-11-06&${more}`)
    ).body.data.flatMap(({ results }) => results)
  const user = (person: Person): string => `user_${person.id.replaceAll('-', '')}`
  const { employee, people } = house.staff
  assert.deepEqual(
    (await of('group_by[]=account_id')).map(({ account_id }) => account_id),
    [user(employee), user(people)],
  )
  assert.equal((await of(`account_ids[]=${user(people)}`))[0]?.['output_tokens'], 333)
  assert.equal((await of('models[]=claude-sonnet-4-6')).length, 1)
  assert.deepEqual(await of('api_key_ids[]=apikey_none'), [])
  assert.deepEqual(await of('service_tiers[]=batch'), [])
  assert.deepEqual(await of('service_tiers[]=priority'), [])
  assert.deepEqual(await of('context_window[]=200k-1M'), [])
  assert.deepEqual(await of('workspace_ids[]=wrkspc_x'), [])
})

test('reports are paged without a gap or a bucket twice, up to the one that is still filling', async () => {
  const seen: string[] = []
  let path = 'usage_report/messages?starting_at=2026-11-01T00:00:00Z&limit=2'
  for (let pages = 0; pages < 10; pages += 1) {
    const { body } = await get(path)
    seen.push(...body.data.map(({ starting_at }) => starting_at.slice(8, 10)))
    assert.equal(body.has_more, body.next_page !== null)
    if (body.next_page === null) break
    path = `usage_report/messages?starting_at=2026-11-01T00:00:00Z&limit=2&page=${body.next_page}`
  }
  assert.deepEqual(seen, ['01', '02', '03', '04', '05'])
})

test('the cost of a day is the sum of its calls to the nano-dollar, however it is grouped', async () => {
  const total = [...charged.values()].reduce((sum, one) => sum + one, 0n)
  const nanoOf = (amount: unknown): bigint => {
    const [whole = '', fraction = ''] = String(amount).split('.')
    return BigInt(whole) * 10_000_000n + BigInt(fraction.padEnd(7, '0'))
  }
  for (const more of ['', '&group_by[]=description', '&group_by[]=workspace_id']) {
    const { body } = await get(`cost_report?starting_at=2026-11-01T00:00:00Z${more}`)
    const results = body.data.flatMap((bucket) => bucket.results)
    assert.equal(
      results.reduce((sum, { amount }) => sum + nanoOf(amount), 0n),
      total,
      more,
    )
    assert.ok(results.every(({ currency }) => currency === 'USD'))
  }
  const { body } = await get('cost_report?starting_at=2026-11-03T00:00:00Z&group_by[]=description&limit=1')
  assert.deepEqual(
    body.data[0]?.results.map(({ model, description, cost_type }) => [model, description, cost_type]),
    [
      ['claude-haiku-4-5', 'claude-haiku-4-5 usage, input to 200k tokens', 'tokens'],
      ['claude-sonnet-4-6', 'claude-sonnet-4-6 usage, input to 200k tokens', 'tokens'],
    ],
  )
})

test('what seats told stands in the Claude Code report, and in no report of calls', async () => {
  const { employee } = house.staff
  const wallet = await house.company.ledger.walletOf(house.db, employee.id)
  const seats = openSeats({ ...house, ...house.company, alerts: house.spending.alerts })
  const use = {
    requestId: 'req_seat',
    at: house.world.now() - MINUTE,
    model: 'claude-opus-5-5',
    session: 's1',
    input: 12,
    cacheRead: 200,
    cacheWrite5m: 60,
    cacheWrite1h: 40,
    output: 5,
    worth: 155_000_000n,
  }
  const holder = { person: employee.id, wallet: wallet!.id, key: null, purpose: 'work' } as const
  await seats.record(holder, [use, { ...use, requestId: 'req_seat_2', session: 's2' }])
  const { body } = await get('usage_report/claude_code?starting_at=2026-11-05')
  assert.equal(body.data.length, 1)
  const [row] = body.data
  assert.deepEqual(row?.['actor'], { type: 'user_actor', email_address: employee.email })
  const metrics = row?.['core_metrics'] as { num_sessions: number } | undefined
  assert.equal(metrics?.num_sessions, 2)
  assert.deepEqual(row?.['model_breakdown'], [
    {
      model: 'claude-opus-5-5',
      tokens: { input: 24, output: 10, cache_read: 400, cache_creation: 200 },
      estimated_cost: { currency: 'USD', amount: 31 },
    },
  ])
  const calls = await get('usage_report/messages?starting_at=2026-11-05&group_by[]=model')
  assert.ok(!JSON.stringify(calls.body).includes('opus'))
  assert.deepEqual((await get('usage_report/claude_code?starting_at=2026-11-04')).body.data, [])
})

test('only finance and administration may read it, and nobody without a key', async () => {
  for (const [role, status] of [
    ['employee', 403],
    ['people', 403],
    ['admin', 200],
  ] as const) {
    const answer = await get('spend_limits/effective', await keyOf(house.staff[role]))
    assert.equal(answer.status, status, role)
    if (status === 403) assert.equal(answer.body.error.type, 'permission_error')
  }
  for (const key of ['', 'sk-ant-admin-x']) {
    const answer = await get('cost_report?starting_at=2026-11-01', key)
    assert.deepEqual([answer.status, answer.body.error.type], [401, 'authentication_error'])
  }
})

test('a limit cannot be set here: the library hears why, in its own error, and asks once', async () => {
  const [id] = (await get('spend_limits?limit=1')).body.data.map((row) => String(row['id']))
  const scope = { type: 'user', user_id: 'user_01' } as const
  const asks = [
    () => client.beta.organization.spendLimits.set({ amount: '75000', scope }),
    () => client.beta.organization.spendLimits.delete(id!),
  ]
  for (const ask of asks) {
    await assert.rejects(ask(), (error) => {
      assert.ok(error instanceof Anthropic.BadRequestError)
      assert.match(error.message, /granted and vested/)
      return true
    })
  }
  const other = await fetch(`${base}/v1/organizations/cost_report`, {
    method: 'POST',
    headers: { 'x-api-key': finance },
  })
  assert.equal(other.status, 405)
  assert.equal((await get('workspaces')).status, 404)
})

test('a whole month by minutes is read a bounded page at a time', async () => {
  const { body } = await get(
    `usage_report/messages?starting_at=${new Date(house.world.now() - 3 * DAY).toISOString()}&bucket_width=1m&limit=1440`,
  )
  assert.deepEqual([body.data.length, body.has_more], [1_440, true])
})
