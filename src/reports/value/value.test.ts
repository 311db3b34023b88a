import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Fault } from '#base/fault.ts'
import { addDays, DAY, dayOf, startOfDay } from '#base/time.ts'
import { openExchange, type Exchange } from '#prices/exchanges.ts'
import { BASES } from '#prices/hardware/mark.ts'
import { openHardware } from '#prices/hardware/hardware.ts'
import type { Person } from '#people/person.ts'
import { testDb, type TestDb } from '../../../test/support/database.ts'
import { openLives, type Lives } from '../../../test/support/life.ts'
import { testWorld } from '../../../test/support/world.ts'
import { PARTS } from './attribution.ts'
import { openValue, type Value } from './value.ts'
import { GROUPS, type Sums } from './views.ts'

const DOLLAR = 1_000_000_000n
const HOUR = 3_600n
const START = '2026-05-20'
const world = testWorld({ seed: 91, now: startOfDay(START) + 9 * 3_600_000 })

let db: TestDb
let exchange: Exchange
let rooms: Lives
let value: Value
let ada: Person
let bo: Person

before(async () => {
  db = await testDb()
  exchange = await openExchange({ db, world })
  await exchange.load()
  rooms = await openLives(db, world)
  value = openValue({ db, exchange, hardware: await openHardware({ db, world }) })
  ada = await rooms.hire({ name: 'Ada', level: 'IC5' })
  bo = await rooms.hire({ name: 'Bo', managerId: ada.id })
  const expiry = { kind: 'never' } as const
  const basis = { kind: 'total' } as const
  await rooms.grant(ada, { basis, expiry }, 1_200n * DOLLAR)
  const unit = { accelerator: 'H100-SXM', tier: 'guaranteed' } as const
  await rooms.grant(ada, { basis, expiry, denomination: 'gpu_hour', unit }, 10_000n * HOUR)
  await rooms.grant(bo, { basis, denomination: 'node_hour', unit: { ...unit, gpusPerNode: 8 } }, 60n * HOUR)
  await rooms.grant(bo, { basis, denomination: 'seat_month' }, 12n)
  await rooms.go(addDays(START, 1))
  for (let month = 1; month <= 3; month += 1) {
    await rooms.go(addDays(START, 30 * month + 1))
    const call = await rooms.hold(ada.id, 90n * DOLLAR)
    if (call) await rooms.settle(call, 80n * DOLLAR)
  }
})
after(async () => {
  await rooms?.close()
  await exchange?.close()
  await db?.drop()
})

const basisOf = (sums: Sums, basis: string) => sums.bases.find((one) => one.basis === basis)!
const now = () => world.now()

test('ten thousand H100 hours are told on four bases, side by side, each with what it comes from', async () => {
  const view = (await value.person(ada.id, { from: START }, now()))!
  const hours = view.assets.find(({ asset }) => asset === 'GPU_SECOND/H100-SXM/guaranteed')!
  assert.equal(hours.unvested + hours.vested, 10_000n * HOUR)
  assert.deepEqual(
    hours.prices.map(({ basis }) => basis),
    [...BASES],
  )
  for (const { price, mark, reason, basis } of hours.prices) {
    assert.ok((price === null) === (mark === null) && (price === null) === (reason !== null), basis)
    if (price === null || mark === null) continue
    assert.equal(price, mark.mid)
    assert.ok(mark.hash.length === 64 && mark.sources.length > 0 && mark.steps.length > 0)
    const own = view.rows.find(({ asset }) => asset === hours.asset)!
    assert.equal(basisOf(own, basis).cap.total, 10_000n * price)
  }
  const told = hours.prices.filter(({ price }) => price !== null)
  assert.ok(told.length >= 3, 'the shipped prices tell at least three bases')
  assert.ok(new Set(told.map(({ price }) => price)).size === told.length, 'no basis is a blend of another')
})

test('every table adds up to its total, whatever it is grouped by, on every basis and in every part', async () => {
  for (const basis of BASES) {
    const whole = await value.company({ from: START, basis }, now())
    for (const by of GROUPS) {
      const view = await value.company({ from: START, basis, by }, now())
      for (const one of BASES) {
        const sum = (of: (sums: Sums) => bigint): bigint =>
          view.groups.reduce((total, group) => total + of(group), 0n)
        assert.equal(
          sum((group) => basisOf(group, one).cap.total),
          basisOf(whole, one).cap.total,
        )
        assert.equal(
          sum((group) => basisOf(group, one).expected.vested),
          basisOf(whole, one).expected.vested,
        )
        assert.equal(
          sum((group) => basisOf(group, one).dollars),
          basisOf(whole, one).dollars,
        )
      }
      for (const part of PARTS)
        assert.equal(
          view.groups.reduce((total, { change }) => total + change.cap.parts[part], 0n),
          whole.change.cap.parts[part],
          `${part} by ${by}`,
        )
    }
    for (const change of [whole.change.cap, whole.change.expected])
      assert.equal(
        Object.values(change.parts).reduce((sum, one) => sum + one, 0n),
        change.closing - change.opening,
      )
    assert.equal(whole.change.cap.closing, basisOf(whole, basis).cap.total)
    assert.equal(whole.steps.cap, basisOf(whole, basis).cap.total)
    assert.equal(whole.steps.expected, basisOf(whole, basis).expected.total)
    assert.equal(whole.change.cap.parts.model, 0n, 'nothing is assumed of a cap')
  }
})

test('what has no price is named with its reason and is in no sum', async () => {
  const view = await value.company({ from: START }, now())
  for (const { missing } of view.bases) {
    const [seat] = missing.filter(({ asset }) => asset === 'SEAT_MONTH')
    assert.equal(seat?.code, 'no_rate')
    assert.match(seat.reason, /perq exchange set SEAT_MONTH USD/)
  }
  const seats = view.assets.find(({ asset }) => asset === 'SEAT_MONTH')!
  assert.ok(seats.unvested + seats.vested > 0n)
  for (const { cap } of seats.bases) assert.equal(cap.total, 0n)
  await exchange.record(
    {
      kind: 'rate',
      from: 'SEAT_MONTH',
      to: 'USD',
      rate: '20',
      effectiveFrom: startOfDay(START),
      source: 'the order',
    },
    'finance@perq.test',
  )
  const priced = await value.company({ from: START }, now())
  for (const one of priced.bases) {
    assert.ok(!one.missing.some(({ asset }) => asset === 'SEAT_MONTH'))
    assert.equal(
      one.cap.total - basisOf(view, one.basis).cap.total,
      20n * DOLLAR * (seats.unvested + seats.vested),
    )
  }
})

test('a node is its GPUs, and the company’s own rate goes before what owning costs', async () => {
  const asset = 'NODE_SECOND/H100-SXMx8/guaranteed'
  const of = async () => (await value.person(bo.id, {}, now()))!.assets.find((one) => one.asset === asset)!
  const one = (await value.person(ada.id, {}, now()))!.assets.find(({ asset: a }) =>
    a.startsWith('GPU_SECOND'),
  )!
  const nodes = await of()
  for (const [index, { price }] of nodes.prices.entries())
    assert.equal(price, one.prices[index]!.price === null ? null : 8n * one.prices[index]!.price!)
  assert.equal(nodes.own_cost.price, nodes.prices.find(({ basis }) => basis === 'cost')!.price)
  await exchange.record(
    {
      kind: 'rate',
      from: asset,
      to: 'USD',
      rate: '11.50',
      effectiveFrom: startOfDay(START),
      source: 'contract',
    },
    'finance@perq.test',
  )
  assert.equal((await of()).own_cost.price, 11_500_000_000n)
})

test('a value of a day that has passed is the same whenever it is asked', async () => {
  const day = addDays(dayOf(now()), -20)
  const before = await value.company({ asOf: day, from: START }, now())
  world.advance(3 * DAY)
  await rooms.tick()
  const after = await value.company({ asOf: day, from: START }, now())
  assert.deepEqual(after.bases, before.bases)
  assert.deepEqual(after.change, before.change)
})

test('expected use is a number of its own, never above the cap, and says how little is known', async () => {
  const view = (await value.person(ada.id, { from: START }, now()))!
  const order = ['cap', 'effective', 'retained', 'forward', 'present', 'expected'] as const
  for (const row of [view, ...view.rows])
    for (const [at, stage] of order.entries())
      if (at > 0) assert.ok(row.steps[stage] <= row.steps[order[at - 1]!], stage)
  assert.ok(view.steps.expected < view.steps.cap)
  assert.ok(view.assumptions.turnover.weak && view.assumptions.turnover.reasons.length > 0)
})

test('a scenario is told on every basis, and a price that falls by nine tenths leaves the dollars', async () => {
  const view = await value.company({}, now())
  const { scenarios } = await value.scenarios({ scenario: 'price' }, { shock: '-0.9' }, now())
  for (const { basis, before, after } of scenarios[0]!.bases) {
    const { cap, dollars } = basisOf(view, basis)
    assert.equal(before, cap.total)
    const still = after - (cap.total - after) / 9n
    assert.ok(still >= dollars - 4n && still <= dollars + 4n, basis)
  }
  const all = await value.scenarios({}, {}, now())
  assert.equal(all.scenarios.length, 7)
})

test('a basis, a day or a number that cannot be is refused by its name', async () => {
  const refused = (ask: Promise<unknown>, param: string) =>
    assert.rejects(
      ask,
      (error) => error instanceof Fault && error.code === 'invalid' && error.param === param,
    )
  await refused(value.company({ basis: 'fair' }, now()), 'basis')
  await refused(value.company({ asOf: '2026-02-30' }, now()), 'as_of')
  await refused(value.company({ asOf: addDays(dayOf(now()), 1) }, now()), 'as_of')
  await refused(value.company({ from: dayOf(now()), asOf: START }, now()), 'from')
  await refused(value.company({ by: 'team' }, now()), 'by')
  await refused(value.scenarios({ scenario: 'war' }, {}, now()), 'scenario')
  await refused(value.scenarios({}, { shock: '0' }, now()), 'scenario')
  await refused(value.scenarios({ scenario: 'price' }, { shock: '2' }, now()), 'shock')
  assert.equal(await value.person(world.id(), {}, now()), null)
})
