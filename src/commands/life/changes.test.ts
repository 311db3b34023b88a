import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { rational } from '#base/rational.ts'
import { addDays, dayOf, startOfDay, type DateText } from '#base/time.ts'
import type { Clauses } from '#grants/clauses.ts'
import { fourYearMonthly, monthlyRefill } from '#grants/shapes.ts'
import type { Terms } from '#grants/terms.ts'
import { verify } from '#ledger/verify.ts'
import { testDb } from '../../../test/support/database.ts'
import { openLives } from '../../../test/support/life.ts'
import { testWorld } from '../../../test/support/world.ts'

const db = await testDb()
const world = testWorld({ now: startOfDay('2026-01-01') + 21_600_000 })
/** Dollars for a GPU-hour, from a day on. */
const index = new Map<DateText, bigint>([['2000-01-01', 4n]])
const rates = {
  rate: (_from: string, _to: string, at: number) => {
    const found = [...index].filter(([from]) => startOfDay(from) <= at).at(-1)!
    return { rate: rational(found[1] * 1_000_000_000n, 3_600n), basis: `stated for ${found[0]}` }
  },
}
const lives = await openLives(db, world, { rates })
after(async () => {
  await lives.close()
  await db.drop()
})
const { life, people, ledger, grants } = lives

const ON_START = '2026-01-01'
const even = (clauses: Clauses = {}, more: Partial<Terms> = {}): Partial<Terms> => ({
  ...monthlyRefill({ months: 12 }),
  basis: { kind: 'total' },
  expiry: { kind: 'never' },
  clauses,
  ...more,
})
/** Twelve months of 100 from the day of hiring. */
async function hired(clauses: Clauses = {}, more: Partial<Terms> = {}) {
  const person = await lives.hire()
  const grant = await lives.grant(person, even(clauses, more), 1_200n)
  const wallet = (await ledger.walletOf(db, person.id))!.id
  return { person, grant, wallet, start: dayOf(world.now()) }
}
const planned = async (grant: string): Promise<[DateText, bigint][]> =>
  (await grants.planned(db, grant))
    .filter(({ vestedAt, forfeitedAt }) => vestedAt === null && forfeitedAt === null)
    .map(({ date, quantity }) => [date, quantity])
const sumOf = async (grant: string): Promise<bigint> =>
  (await planned(grant)).reduce((sum, [, quantity]) => sum + quantity, 0n)
const monthsOn = (day: DateText, months: number): DateText => {
  const [year, month, date] = day.split('-').map(Number)
  return dayOf(Date.UTC(year!, month! - 1 + months, date))
}

test('a leave that pauses and extends moves what is dated in it or after it by its length', async () => {
  const rule = { leave: 'unpaid', policy: 'pause_extend', graceDays: 0 } as const
  const { person, grant, start } = await hired({ leave: [rule] })
  await lives.go(monthsOn(start, 2))
  const from = addDays(monthsOn(start, 3), -1)
  const { effects } = await life.recordAbsence({
    person: person.id,
    kind: 'unpaid',
    from,
    to: addDays(from, 30),
  })
  assert.deepEqual(
    [effects[0]?.policy, effects[0]?.nextVest],
    ['pause_extend', addDays(monthsOn(start, 3), 30)],
  )
  assert.equal(await sumOf(grant), 1_000n)
  assert.equal((await planned(grant)).at(-1)?.[0], addDays(monthsOn(start, 12), 30))
})

test('while the end of a leave is unknown nothing vests; a known end dates everything; several leaves add up', async () => {
  const rule = { leave: '*', policy: 'pause_extend', graceDays: 0 } as const
  const { person, grant, wallet, start } = await hired({ leave: [rule] })
  const from = addDays(start, 40)
  await lives.go(from)
  const { leave } = await life.recordAbsence({ person: person.id, kind: 'medical', from, to: null })
  assert.deepEqual(await planned(grant), [])
  await lives.go(monthsOn(start, 4))
  assert.equal((await ledger.balances(db, wallet)).available, 100n)
  const back = addDays(from, 90)
  await life.changeAbsence(leave.id, { to: back, approximate: true })
  assert.deepEqual((await planned(grant))[0], [addDays(monthsOn(start, 2), 90), 100n])
  await life.changeAbsence(leave.id, { to: addDays(from, 100) })
  await lives.go(addDays(from, 101))
  await life.recordAbsence({
    person: person.id,
    kind: 'medical',
    from: addDays(from, 101),
    to: addDays(from, 111),
  })
  assert.equal((await planned(grant)).at(-1)?.[0], addDays(monthsOn(start, 12), 110))
  assert.equal(await sumOf(grant), 1_100n)
})

test('a leave that forfeits loses what is dated in it, once it is over for certain', async () => {
  const rule = { leave: '*', policy: 'pause_forfeit', graceDays: 0 } as const
  const { person, grant, wallet, start } = await hired({ leave: [rule] })
  const from = addDays(monthsOn(start, 1), 1)
  await lives.go(from)
  const to = addDays(monthsOn(start, 3), 1)
  const { effects } = await life.recordAbsence({ person: person.id, kind: 'unpaid', from, to })
  assert.equal(effects[0]?.lost, 200n)
  assert.equal((await ledger.balances(db, wallet)).forfeited, 0n)
  await lives.go(to)
  const { available, forfeited, unvested } = await ledger.balances(db, wallet)
  assert.deepEqual([available, forfeited, unvested, await sumOf(grant)], [100n, 200n, 900n, 900n])
  await lives.tick()
  assert.equal((await ledger.balances(db, wallet)).forfeited, 200n)
})

test('a leave that was recorded by mistake counts for nothing', async () => {
  const rule = { leave: '*', policy: 'pause_extend', graceDays: 0 } as const
  const { person, grant } = await hired({ leave: [rule] })
  const before = await planned(grant)
  const from = addDays(dayOf(world.now()), 10)
  const { leave } = await life.recordAbsence({
    person: person.id,
    kind: 'unpaid',
    from,
    to: addDays(from, 50),
  })
  assert.notDeepEqual(await planned(grant), before)
  await life.changeAbsence(leave.id, { withdrawn: true })
  assert.deepEqual(await planned(grant), before)
})

test('an amendment is a new version from its day on; what has vested stays, and the old version too', async () => {
  const { grant, wallet, start } = await hired()
  await lives.go(monthsOn(start, 6))
  const ask = { id: world.id(), grant, from: dayOf(world.now()), quantity: 2_400n, reason: 'promoted' }
  const preview = await life.previewAmend(ask)
  const done = await life.amend(ask)
  assert.deepEqual(preview.installments, done.installments)
  assert.deepEqual([done.change, done.grant.version, done.before.version], [1_200n, 2, 1])
  // As if it had been 2,400 from the start: what half a year lacks vests with the first tranche.
  const { granted, available, unvested } = await ledger.balances(db, wallet)
  assert.deepEqual([granted, available + unvested], [2_400n, 2_400n])
  assert.equal(await sumOf(grant), unvested)
  assert.deepEqual(
    (await grants.versions(db, grant)).map(({ quantity }) => quantity),
    [1_200n, 2_400n],
  )
  assert.equal((await life.amend(ask)).replayed, true)
  await assert.rejects(life.amend({ ...ask, id: world.id(), quantity: 100n }), {
    code: 'invalid',
    param: 'quantity',
  })
  await life.amend({ ...ask, id: world.id(), quantity: 1_500n, reason: 'a mistake' })
  const after = await ledger.balances(db, wallet)
  assert.deepEqual([after.granted, await sumOf(grant)], [1_500n, after.unvested])
})

test('a leave after an amendment moves what the amendment planned', async () => {
  const rule = { leave: '*', policy: 'pause_extend', graceDays: 0 } as const
  const { person, grant, start } = await hired({ leave: [rule] })
  await lives.go(monthsOn(start, 3))
  const { id: template } = await lives.template({ ...fourYearMonthly(), clauses: { leave: [rule] } })
  await life.amend({ grant, from: dayOf(world.now()), template, quantity: 4_800n, reason: 'longer' })
  const before = await planned(grant)
  const from = addDays(dayOf(world.now()), 5)
  await life.recordAbsence({ person: person.id, kind: 'unpaid', from, to: addDays(from, 10) })
  assert.deepEqual(
    await planned(grant),
    before.map(([date, quantity]) => [addDays(date, 10), quantity]),
  )
})

test('a raise computes grants by formula anew from its day, and leaves alone what somebody said', async () => {
  const person = await lives.hire({ level: 'IC3' })
  const byLevel = { kind: 'by_level', levels: { IC3: '1200', IC4: '2400' }, otherwise: null } as const
  const { id: template } = await lives.template(even({}, { formula: byLevel }))
  const start = dayOf(world.now())
  const issued = await lives.commands.issueGrant({ person: person.id, template, startDate: start })
  const said = await lives.commands.issueGrant({
    person: person.id,
    template,
    quantity: 600n,
    startDate: start,
  })
  await lives.go(monthsOn(start, 6))
  const raise = { id: world.id(), person: person.id, level: 'IC4', from: dayOf(world.now()) }
  const { amended } = await life.changeLevel(raise)
  assert.deepEqual(
    [(await life.changeLevel(raise)).replayed, (await life.changeLevel(raise)).amended],
    [true, []],
  )
  await assert.rejects(life.changeLevel({ ...raise, id: world.id(), by: person.id }), { code: 'forbidden' })
  assert.deepEqual(
    amended.map(({ grant, change }) => [grant.id, change]),
    [[issued.grant.id, 1_200n]],
  )
  assert.equal((await grants.grant(db, said.grant.id)).quantity, 600n)
  assert.equal((await people.find(person.id))?.level, 'IC4')
  const salary = { kind: 'salary_share', share: '0.5' } as const
  const { id: half } = await lives.template(even({}, { formula: salary }))
  const today = dayOf(world.now())
  const pay = { amount: 100_000n, currency: 'USD' }
  await life.changeLevel({ person: person.id, salary: pay, from: today })
  const paid = await lives.commands.issueGrant({ person: person.id, template: half, startDate: today })
  assert.equal(paid.grant.quantity, 50_000n)
  await lives.go(monthsOn(today, 3))
  await life.changeLevel({
    person: person.id,
    salary: { ...pay, amount: 120_000n },
    from: dayOf(world.now()),
  })
  assert.equal((await grants.grant(db, paid.grant.id)).quantity, 60_000n)
})

test('who comes back is the same person with the same wallet, and new grants count the earlier service', async () => {
  const { person, wallet, start } = await hired()
  await lives.go(monthsOn(start, 6))
  const on = dayOf(world.now())
  await life.confirmLeave({ person: person.id, on, reason: 'VOLUNTARY_OTHER' })
  await assert.rejects(life.rehire({ person: person.id, on: addDays(on, -1), credit: 'all' }), {
    param: 'on',
  })
  await lives.go(addDays(on, 40))
  const { id: template } = await lives.template(even())
  const ask = {
    id: world.id(),
    person: person.id,
    on: dayOf(world.now()),
    credit: 'all',
    grants: [{ template, quantity: 2_400n }],
  } as const
  const back = await life.rehire(ask)
  assert.deepEqual([back.person.leftOn, back.person.hiredOn, back.person.accessUntil], [null, ask.on, null])
  assert.equal(back.credited, (startOfDay(on) - startOfDay(start)) / 86_400_000)
  // Half a year of twelve months was served: so much is vested on the first day back.
  const first = back.grants[0]!.tranches[0]!
  assert.deepEqual([first.date, first.quantity >= 1_000n, first.vestedAt !== null], [ask.on, true, true])
  assert.equal(back.grants[0]!.grant.wallet, wallet)
  assert.equal((await life.rehire(ask)).replayed, true)
  await assert.rejects(life.rehire({ ...ask, id: world.id() }), { code: 'conflict', param: 'person_id' })
})

test('a transfer changes who owes a grant and nothing else', async () => {
  const { person, grant, wallet } = await hired()
  const before = await ledger.balances(db, wallet)
  const entity = await people.createEntity({ name: 'Perq UK', country: 'GB', currency: 'GBP' })
  const ask = {
    id: world.id(),
    person: person.id,
    entity: entity.id,
    from: dayOf(world.now()),
    country: 'GB',
  }
  await life.transfer(ask)
  assert.equal((await life.transfer(ask)).replayed, true)
  const moved = await grants.grant(db, grant)
  assert.deepEqual([moved.entity, (await people.find(person.id))?.entity], [entity.id, entity.id])
  assert.deepEqual(await ledger.balances(db, wallet), before)
  assert.equal((await grants.lastEvent(db, grant, 'transferred'))?.body['to_entity'], entity.id)
})

test('a clawback takes what is left and not more, and tells what is spent', async () => {
  const { person, grant, wallet, start } = await hired()
  await lives.go(monthsOn(start, 5))
  const spent = await lives.hold(person.id, 120n)
  await lives.settle(spent!, 120n)
  await lives.hold(person.id, 80n)
  const ask = { id: world.id(), grant, reason: 'code of conduct', unvested: false, most: 1_000n }
  const some = await life.clawback({ ...ask, most: 50n, id: world.id() })
  assert.deepEqual([some.vested, some.missing], [50n, 0n])
  const taken = await life.clawback(ask)
  assert.deepEqual([taken.vested, taken.held, taken.spent, taken.missing], [250n, 80n, 120n, 750n])
  assert.deepEqual(await life.clawback(ask), { ...taken, replayed: true })
  const rest = await life.clawback({ ...ask, id: world.id(), unvested: true, most: undefined })
  assert.deepEqual([rest.unvested, rest.vested], [700n, 0n])
  const { available, unvested, revoked } = await ledger.balances(db, wallet)
  assert.deepEqual([available, unvested, revoked], [0n, 0n, 1_000n])
  assert.equal((await grants.grant(db, grant)).status, 'ended')
})

const repricing = {
  index: 'GPU_SECOND/H100-SXM/guaranteed',
  floor: 'dollars',
  threshold: '0.1',
  atMost: '1.5',
} as const

test('when its index falls, what has not vested grows to keep its worth, up to the ceiling', async () => {
  const { person, grant, wallet, start } = await hired({
    repricing: { ...repricing, atMost: '3' },
    leave: [{ leave: '*', policy: 'pause_extend', graceDays: 0 }],
  })
  const capped = await lives.grant(person, even({ repricing }), 1_200n)
  await lives.go(monthsOn(start, 6))
  assert.equal(await life.repriceDue(), 0)
  index.set(dayOf(world.now()), 2n)
  const preview = await life.previewReprice({ grant })
  assert.equal(preview.kind === 'grows' && preview.added, 600n)
  assert.equal(await life.repriceDue(), 2)
  assert.equal(await life.repriceDue(), 0)
  assert.deepEqual(
    (await planned(grant)).map(([, quantity]) => quantity),
    Array.from({ length: 6 }, () => 200n),
  )
  assert.equal((await grants.grant(db, capped)).quantity, 1_800n)
  assert.equal(await sumOf(capped), 1_200n)
  const before = await planned(grant)
  const from = addDays(dayOf(world.now()), 3)
  await life.recordAbsence({ person: person.id, kind: 'unpaid', from, to: addDays(from, 10) })
  assert.deepEqual(
    await planned(grant),
    before.map(([date, quantity]) => [addDays(date, 10), quantity]),
  )
  const { granted, available, unvested } = await ledger.balances(db, wallet)
  assert.equal(granted, available + unvested)
})

test('a leave that is undone after an amendment plans no more than is unvested', async () => {
  const rule = { leave: '*', policy: 'pause_extend', graceDays: 0 } as const
  const { person, grant, wallet, start } = await hired({ leave: [rule] })
  const { leave } = await life.recordAbsence({
    person: person.id,
    kind: 'unpaid',
    from: addDays(start, 40),
    to: null,
  })
  await lives.go(monthsOn(start, 10))
  await life.amend({ grant, from: dayOf(world.now()), quantity: 300n, reason: 'smaller' })
  await life.changeAbsence(leave.id, { withdrawn: true })
  const { available, unvested, granted } = await ledger.balances(db, wallet)
  assert.deepEqual([granted, available + unvested, await sumOf(grant)], [300n, 300n, unvested])
})

test('what had vested ahead of its curve does not grow a second time', async () => {
  const { person, grant, wallet, start } = await hired({
    repricing: { ...repricing, atMost: '3' },
    leave: [{ leave: '*', policy: 'pause_extend', graceDays: 0 }],
  })
  await lives.go(monthsOn(start, 6))
  await life.amend({ grant, from: dayOf(world.now()), quantity: 800n, reason: 'smaller' })
  index.set(dayOf(world.now()), 1n)
  await lives.go(addDays(dayOf(world.now()), 1))
  assert.ok((await life.repriceDue()) > 0)
  const before = await planned(grant)
  const from = addDays(dayOf(world.now()), 3)
  await life.recordAbsence({ person: person.id, kind: 'unpaid', from, to: addDays(from, 10) })
  assert.deepEqual(
    await planned(grant),
    before.map(([date, quantity]) => [addDays(date, 10), quantity]),
  )
  assert.equal(await sumOf(grant), (await ledger.balances(db, wallet)).unvested)
})

test('an event dates what waited for it, once', async () => {
  const statements = [
    { order: 1, percentage: '0.5', schedule: { occurrences: 1, period: 1, period_type: 'MONTHS' } },
    { order: 2, percentage: '0.5', event_condition: { event_id: 'launch' } },
  ]
  const { grant, start } = await hired({}, { statements })
  assert.equal(await sumOf(grant), 600n)
  await lives.go(addDays(start, 10))
  const on = dayOf(world.now())
  await life.fire({ grant, event: 'launch', on })
  assert.deepEqual(await planned(grant), [
    [monthsOn(start, 1), 600n],
    [monthsOn(start, 1), 600n],
  ])
  await assert.rejects(life.fire({ grant, event: 'launch', on: start }), { code: 'conflict', param: 'event' })
})

test('the ledger proves itself after all of this', async () => {
  assert.ok(ON_START <= dayOf(world.now()))
  await ledger.seal()
  const { ok, findings } = await verify(db)
  assert.deepEqual([ok, findings], [true, []])
})
