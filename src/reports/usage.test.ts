import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Fault } from '#base/fault.ts'
import { addDays, DAY, dayOf, HOUR, MINUTE, SECOND } from '#base/time.ts'
import { openSpending } from '#spending/spending.ts'
import type { Spending } from '#spending/types.ts'
import type { Person } from '#people/person.ts'
import { openCompany, type Company } from '../../test/support/company.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import type { CallView } from './calls.ts'
import type { CallFilter, TimeFilter } from './filter.ts'
import { openReports, type Reports } from './reports.ts'
import { USAGE_BY, USAGE_GROUPS_MAX, type UsageAsk, type UsageBy } from './usage.ts'

const DOLLAR = 1_000_000_000n
const MODELS = ['gpt-5.2', 'gpt-5-mini', 'gpt-5.4']

let db: TestDb
let company: Company
let reports: Reports
let spending: Spending
let person: Person
let from: string
let to: string

/** Five weeks of calls of every ending, with two keys and without one, some corrected and some paid by the company. */
before(async () => {
  db = await testDb()
  company = await openCompany(db, testWorld({ seed: 31 }))
  reports = openReports({ db, prices: company.prices })
  const { world, ledger, below } = company
  spending = openSpending({ db, ledger, prices: company.prices, world })
  person = await company.hire()
  await company.grant(person, 5n * DOLLAR, { months: 12, daysAgo: 20 })
  await company.tick()
  from = dayOf(world.now())
  const ask = { purpose: 'work', models: null, expiresAt: null } as const
  const keys = await Promise.all(
    ['Laptop', 'Server'].map((name) => spending.createKey(person.id, { name, ...ask })),
  )
  for (let step = 0; step < 140; step += 1) {
    world.advance(MINUTE + below(12 * 60) * MINUTE)
    await company.tick()
    const key = keys[below(3)]?.key.id ?? null
    const held = await company.hold(person, { model: MODELS[below(3)]!, key })
    if (!held) continue
    world.advance(below(40) * SECOND)
    const way = below(9)
    if (way === 0) {
      world.advance(6 * MINUTE)
      await company.tick()
      if (below(2) === 0) await company.settle(held, { over: true })
    } else await company.settle(held, { over: way === 1 })
    if (way === 2)
      await db.tx((sql) =>
        ledger.adjusted(sql, world.now(), { id: world.id(), call: held.id, amount: 700n, reason: 'test' }),
      )
  }
  to = dayOf(world.now())
})
after(async () => {
  await spending.close()
  await company.exchange.close()
  await company.prices.close()
  await db.drop()
})

const ask = (some: Partial<UsageAsk> = {}): UsageAsk => ({
  from,
  to,
  by: 'model',
  step: 'day',
  filter: {},
  ...some,
})
const sum = <T>(rows: readonly T[], of: (row: T) => bigint): bigint =>
  rows.reduce((total, row) => total + of(row), 0n)

async function everyCall(filter: CallFilter & TimeFilter): Promise<readonly CallView[]> {
  const found: CallView[] = []
  let cursor: string | undefined
  for (let page = 0; page < 100; page += 1) {
    const view = (await reports.calls(person.id, { ...filter, limit: 17, cursor }))!
    found.push(...view.calls)
    if (view.next === null) return found
    cursor = view.next
  }
  throw new Error('the pages never end')
}

const entrySum = async (filter: CallFilter & TimeFilter, account: 'spent' | 'absorbed'): Promise<bigint> =>
  (await reports.entries(person.id, { ...filter, account }, { limit: 1 }))!.sum

test('the sums of a period, of each group and of each day are the sums of the entries behind them', async () => {
  for (const by of USAGE_BY) {
    const view = (await reports.usage(person.id, ask({ by })))!
    assert.equal(view.total.spent, await entrySum({ from, to }, 'spent'), by)
    assert.equal(view.total.absorbed, -(await entrySum({ from, to }, 'absorbed')), by)
    assert.ok(view.total.spent > 0n && view.total.absorbed > 0n)
    assert.equal(
      sum(view.groups, (group) => group.spent),
      view.total.spent,
    )
    for (const group of view.groups) {
      const filter = { from, to, [by]: group.value }
      assert.equal(group.spent, await entrySum(filter, 'spent'), `${by} ${group.name}`)
      assert.equal(group.absorbed, -(await entrySum(filter, 'absorbed')), `${by} ${group.name}`)
    }
    for (const [index, step] of view.steps.entries()) {
      assert.equal(step.at, addDays(from, index))
      assert.equal(step.spent, await entrySum({ from: step.at, to: step.at }, 'spent'))
      assert.equal(
        sum(step.amounts, (amount) => amount),
        step.spent,
      )
    }
    assert.equal(view.steps.at(-1)?.at, to)
    for (const [place, group] of view.groups.entries())
      assert.equal(
        sum(view.steps, (step) => step.amounts[place]!),
        group.spent,
      )
  }
})

test('the calls and tokens of each group are those of the calls that its filter lists', async () => {
  for (const by of USAGE_BY) {
    const view = (await reports.usage(person.id, ask({ by })))!
    for (const group of view.groups) {
      const calls = await everyCall({ from, to, [by]: group.value })
      assert.equal(group.calls, calls.length)
      for (const item of ['input', 'cache_read', 'cache_write_5m', 'output', 'searches'] as const)
        assert.equal(
          group.tokens[item],
          calls.reduce((total, call) => total + call.tokens[item], 0),
        )
      for (const call of calls) assert.equal(propertyOf(call, by), group.value)
    }
  }
  const keys = (await reports.usage(person.id, ask({ by: 'key' })))!
  assert.deepEqual(keys.groups.map(({ name }) => name).toSorted(), ['Laptop', 'No key', 'Server'])
})

const propertyOf = (call: CallView, by: UsageBy): string =>
  by === 'key' ? (call.key?.id ?? 'none') : call[by]

test('the hours of a day add up to that day, and each opens its own calls and entries', async () => {
  const days = (await reports.usage(person.id, ask()))!
  const busy = days.steps.toSorted((a, b) => b.calls - a.calls)[0]!
  const hours = (await reports.usage(person.id, ask({ from: busy.at, to: busy.at, step: 'hour' })))!
  assert.equal(hours.steps.length, 24)
  assert.equal(hours.total.spent, busy.spent)
  for (const [index, step] of hours.steps.entries()) {
    assert.equal(Date.parse(step.at), Date.parse(`${busy.at}T00:00:00.000Z`) + index * HOUR)
    const hour = step.at.slice(0, 13)
    assert.equal(step.spent, await entrySum({ hour }, 'spent'))
    assert.equal(step.calls, (await everyCall({ hour })).length)
  }
})

test('filters narrow sums, calls and entries alike, alone and together', async () => {
  const [call] = await everyCall({ from, to })
  assert.ok(call)
  const cases: CallFilter[] = [
    { model: call.model },
    { class: call.class, purpose: call.purpose },
    { key: call.key?.id ?? 'none', provider: call.provider },
    { status: 'lapsed' },
    { status: 'ok', door: call.door, upstream: call.upstream },
    { model: 'none of ours' },
  ]
  const all = await everyCall({ from, to })
  for (const filter of cases) {
    const view = (await reports.usage(person.id, ask({ filter })))!
    const listed = await everyCall({ ...filter, from, to })
    const expected = all.filter((one) =>
      Object.entries(filter).every(([name, value]) =>
        name === 'status' ? one.status === value : propertyOf(one, name as UsageBy) === value,
      ),
    )
    assert.deepEqual(listed, expected, JSON.stringify(filter))
    assert.equal(view.total.calls, listed.length)
    assert.equal(view.total.spent, await entrySum({ ...filter, from, to }, 'spent'))
  }
})

test('the period before has as many days and ends the day before this one begins', async () => {
  const middle = addDays(from, 8)
  const view = (await reports.usage(person.id, ask({ from: middle, to: addDays(middle, 6) })))!
  assert.deepEqual([view.previous.from, view.previous.to], [addDays(middle, -7), addDays(middle, -1)])
  const before = { from: view.previous.from, to: view.previous.to }
  assert.equal(view.previous.total.spent, await entrySum(before, 'spent'))
  assert.equal(view.previous.total.calls, (await everyCall(before)).length)
})

test('groups after the first forty are one, and the sums are still everything', async () => {
  const other = await company.hire()
  await company.grant(other, 5n * DOLLAR, { months: 12, daysAgo: 40 })
  await company.tick()
  const day = dayOf(company.world.now())
  for (let n = 0; n < USAGE_GROUPS_MAX + 5; n += 1) {
    const held = await company.hold(other, { key: company.world.id() })
    assert.ok(held)
    await company.settle(held)
  }
  const view = (await reports.usage(other.id, ask({ from: day, to: day, by: 'key' })))!
  assert.equal(view.groups.length, USAGE_GROUPS_MAX + 1)
  const rest = view.groups.at(-1)!
  assert.deepEqual([rest.value, rest.name, rest.calls], [null, '5 more', 5])
  assert.equal(
    sum(view.groups, (group) => group.spent),
    (await reports.wallet(other.id, company.world.now()))!.spent,
  )
  for (const group of view.groups.slice(0, -1)) assert.ok(group.spent >= rest.spent / 5n)
})

test('a range that is turned or too long is refused by name; someone without a wallet used nothing', async () => {
  const refused = (some: Partial<UsageAsk>): Promise<void> =>
    assert.rejects(
      reports.usage(person.id, ask(some)),
      (error) => error instanceof Fault && error.code === 'invalid' && error.param === 'to',
    )
  await refused({ from: to, to: addDays(to, -1) })
  await refused({ to: addDays(from, 400) })
  await refused({ from, to: addDays(from, 7), step: 'hour' })
  const empty = await company.hire()
  const view = (await reports.usage(empty.id, ask()))!
  assert.deepEqual([view.total.spent, view.total.calls, view.groups], [0n, 0, []])
  assert.equal(view.steps.length, (Date.parse(to) - Date.parse(from)) / DAY + 1)
  assert.equal(await reports.usage(company.world.id(), ask()), null)
})
