import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { rational } from '#base/rational.ts'
import { addDays, dayOf, iso, startOfDay } from '#base/time.ts'
import type { LeaverReason } from '#grants/clauses.ts'
import { fourYearMonthly, monthlyRefill } from '#grants/shapes.ts'
import { verify } from '#ledger/verify.ts'
import { testDb } from '../../../test/support/database.ts'
import { openLives } from '../../../test/support/life.ts'
import { testWorld } from '../../../test/support/world.ts'
import { planView } from './leave-record.ts'
import type { LeavePreview } from './leave.ts'

const db = await testDb()
const world = testWorld({ now: Date.UTC(2026, 0, 1, 6) })
const lives = await openLives(db, world)
after(async () => {
  await lives.close()
  await db.drop()
})
const { life, people, ledger } = lives

type Row = {
  kind: string
  source: string
  target: string
  amount: bigint
  lot_id: string | null
  grant_id: string | null
}

/** Everything that was written for a person since, in the form of a preview. */
async function written(person: string, since: bigint): Promise<Row[]> {
  return db.query<Row>(
    `select e.kind, e.source, e.target, e.amount, e.lot_id, e.grant_id from ledger.entry e
     left join ledger.lot l on l.id = e.lot_id left join ledger.grant_book g on g.grant_id = coalesce(e.grant_id, l.grant_id)
     left join ledger.wallet w on w.id = g.wallet_id where w.person_id = $1 and e.seq > $2`,
    [person, since],
  )
}
const lastEntry = async (): Promise<bigint> =>
  (await db.query<{ seq: bigint }>('select coalesce(max(seq), 0)::bigint as seq from ledger.entry'))[0]!.seq

const text = (rows: readonly Row[]): string[] =>
  rows
    .map((row) => [row.kind, row.source, row.target, row.amount, row.lot_id, row.grant_id].join(' '))
    .toSorted()

const previewed = ({ plan }: LeavePreview): string[] =>
  text(planView(plan).grants.flatMap(({ entries }) => entries))

const REASONS: readonly LeaverReason[] = ['VOLUNTARY_OTHER', 'INVOLUNTARY_DEATH', 'INVOLUNTARY_WITH_CAUSE']

/** Two grants, a portable share, something spent, something in a running call. */
async function employed() {
  const person = await lives.hire()
  const portable = await lives.grant(
    person,
    {
      ...fourYearMonthly(),
      clauses: { portability: { purposes: ['open_source'], share: '0.25', days: 400, except: [] } },
    },
    480_000n,
    addDays(dayOf(world.now()), -500),
  )
  const refill = await lives.grant(
    person,
    monthlyRefill({ months: 12 }),
    1_000n,
    addDays(dayOf(world.now()), -70),
  )
  const call = await lives.hold(person.id, 1_500n)
  await lives.settle(call!, 700n)
  return { person, portable, refill }
}

for (const reason of REASONS) {
  test(`a preview names the entries that the confirmation then writes, to the unit (${reason})`, async () => {
    const { person } = await employed()
    const ask = { person: person.id, on: dayOf(world.now()), reason }
    const preview = await life.previewLeave(ask)
    assert.ok(previewed(preview).length > 0)
    const since = await lastEntry()
    const answer = await life.confirmLeave({ ...ask, expect: preview.plan.hash })
    assert.equal(answer.leaving.state, 'done')
    assert.deepEqual(text(await written(person.id, since)), previewed(preview))
    assert.deepEqual(previewed(answer), previewed(preview))
  })

  test(`a leaving that lies ahead does on its day what its preview named (${reason})`, async () => {
    const { person } = await employed()
    const on = addDays(dayOf(world.now()), 75)
    const ask = { person: person.id, on, reason }
    const preview = await life.previewLeave(ask)
    assert.equal(preview.ahead, true)
    const since = await lastEntry()
    const { leaving } = await life.confirmLeave(ask)
    assert.equal(leaving.state, 'scheduled')
    assert.deepEqual(await written(person.id, since), [])
    await lives.go(addDays(on, -1))
    await lives.go(on)
    assert.deepEqual(text(await written(person.id, since)), previewed(preview))
    assert.equal((await people.lives.leavingsOf(db, person.id))[0]?.state, 'done')
  })
}

test('nothing vests from the day of leaving on, even before the leaving was carried out', async () => {
  const person = await lives.hire()
  const start = dayOf(world.now())
  await lives.grant(person, monthlyRefill({ months: 12 }), 1_000n, start)
  const vestsOn = `${dayOf(startOfDay(start) + 31 * 86_400_000).slice(0, 8)}${start.slice(8)}`
  await life.confirmLeave({ person: person.id, on: vestsOn, reason: 'VOLUNTARY_OTHER' })
  world.set(startOfDay(vestsOn) + 3_600_000)
  await lives.commands.vestDue(world.now())
  const wallet = (await ledger.walletOf(db, person.id))!
  assert.equal((await ledger.balances(db, wallet.id)).available, 0n)
  await lives.tick()
  const { forfeited, unvested } = await ledger.balances(db, wallet.id)
  assert.deepEqual([forfeited, unvested], [12_000n, 0n])
})

test('several workers at once carry a leaving out once, while others vest and spend', async () => {
  const staff = await Promise.all(Array.from({ length: 6 }, () => employed()))
  const on = addDays(dayOf(world.now()), 33)
  for (const { person } of staff)
    await life.confirmLeave({ person: person.id, on, reason: 'INVOLUNTARY_DEATH' })
  world.set(startOfDay(on) + 3_600_000)
  await ledger.heartbeat(world.now())
  const spend = async (person: string): Promise<void> => {
    const call = await lives.hold(person, 5n)
    if (call) await lives.settle(call, 3n)
  }
  await Promise.all([
    ...Array.from({ length: 3 }, () => life.work(world.now())),
    ...Array.from({ length: 2 }, () => lives.commands.vestDue(world.now())),
    life.expireDue(world.now()),
    ...staff.flatMap(({ person }) => [spend(person.id), spend(person.id)]),
  ])
  await lives.tick()
  for (const { person } of staff) {
    const [leaving] = await people.lives.leavingsOf(db, person.id)
    assert.deepEqual([leaving?.state, leaving?.open], ['done', false])
    const { unvested, granted, available, spent, expired } = await ledger.balances(
      db,
      (await ledger.walletOf(db, person.id))!.id,
    )
    assert.deepEqual([unvested, available + spent + expired], [0n, granted])
  }
})

test('a leaving that was only scheduled can be taken back, and then nothing has happened', async () => {
  const { person } = await employed()
  const on = addDays(dayOf(world.now()), 20)
  const ask = { person: person.id, on, reason: 'VOLUNTARY_OTHER' } as const
  const { leaving } = await life.confirmLeave(ask)
  await assert.rejects(life.confirmLeave(ask), { code: 'conflict', param: 'person_id' })
  await life.cancelLeave(leaving.id)
  assert.equal((await people.find(person.id))?.leftOn, null)
  await lives.go(on)
  assert.equal((await people.find(person.id))?.leftOn, null)
  const again = await life.confirmLeave({ ...ask, on: dayOf(world.now()) })
  assert.equal(again.leaving.state, 'done')
  await assert.rejects(life.cancelLeave(again.leaving.id), { code: 'conflict' })
})

test('the same confirmation again is the same leaving; another one is refused', async () => {
  const { person } = await employed()
  const order = {
    id: world.id(),
    person: person.id,
    on: dayOf(world.now()),
    reason: 'VOLUNTARY_OTHER',
  } as const
  const first = await life.confirmLeave(order)
  const since = await lastEntry()
  assert.equal((await life.confirmLeave(order)).replayed, true)
  assert.equal(await lastEntry(), since)
  await assert.rejects(life.confirmLeave({ ...order, reason: 'INVOLUNTARY_OTHER' }), { code: 'conflict' })
  await assert.rejects(life.previewLeave({ ...order, on: addDays(order.on, 3) }), { code: 'conflict' })
  assert.equal(first.leaving.state, 'done')
})

test('a preview that no longer holds is not confirmed', async () => {
  const { person } = await employed()
  const ask = { person: person.id, on: dayOf(world.now()), reason: 'VOLUNTARY_OTHER' } as const
  const { plan } = await life.previewLeave(ask)
  const call = await lives.hold(person.id, 10n)
  await lives.settle(call!, 10n)
  await assert.rejects(life.confirmLeave({ ...ask, expect: plan.hash }), {
    code: 'conflict',
    param: 'expect',
  })
  assert.equal((await people.find(person.id))?.leftOn, null)
})

test('what a running call gives back after leaving follows the rule of leaving', async () => {
  const { person } = await employed()
  const wallet = (await ledger.walletOf(db, person.id))!
  const call = await lives.hold(person.id, 900n)
  const reason = 'INVOLUNTARY_WITH_CAUSE'
  const { leaving, plan } = await life.confirmLeave({ person: person.id, on: dayOf(world.now()), reason })
  assert.deepEqual([plan.held, leaving.open], ['cancel', true])
  // The portable share stays; all else has gone, but not what the call holds.
  const before = await ledger.balances(db, wallet.id)
  await lives.settle(call!, 100n)
  assert.equal((await ledger.balances(db, wallet.id)).available, before.available + 800n)
  world.advance(1_000)
  await life.work(world.now())
  const after = await ledger.balances(db, wallet.id)
  assert.equal(after.held, 0n)
  assert.equal(after.available + after.expired, before.available + before.expired + 800n)
  assert.ok(after.expired > before.expired)
  assert.equal((await people.lives.leavingsOf(db, person.id))[0]?.open, false)
})

test('a portable share pays for its purposes only, until its day, and its person comes in until then', async () => {
  const { person } = await employed()
  const on = dayOf(world.now())
  const { plan } = await life.confirmLeave({ person: person.id, on, reason: 'INVOLUNTARY_WITH_CAUSE' })
  const left = (await people.find(person.id))!
  assert.deepEqual([left.accessUntil, left.accessPurposes], [addDays(on, 400), ['open_source']])
  const [usable] = plan.grants.flatMap((grant) => grant.usable)
  assert.deepEqual([usable?.purposes, usable?.until], [['open_source'], addDays(on, 399)])
  const key = { name: 'research', models: null, expiresAt: null }
  await assert.rejects(lives.spending.createKey(person.id, { ...key, purpose: 'work' }), {
    code: 'forbidden',
  })
  const { secret } = await lives.spending.createKey(person.id, { ...key, purpose: 'open_source' })
  assert.ok(await lives.spending.authenticate(secret))
  const scopes = await ledger.scopes(db)
  const open = scopes.filter(({ body }) => body.purposes?.includes('open_source')).map(({ id }) => id)
  const others = scopes.filter(({ id }) => !open.includes(id)).map(({ id }) => id)
  assert.equal(await lives.hold(person.id, 1n, { scopes: others }), null)
  assert.ok(await lives.hold(person.id, 1n, { scopes: open }))
  world.set(startOfDay(addDays(on, 400)))
  assert.equal(await lives.spending.authenticate(secret), null)
})

test('a draft that was never promised ends with the person', async () => {
  const person = await lives.hire()
  const { id } = await lives.template()
  const ask = { person: person.id, template: id, quantity: 10n, startDate: dayOf(world.now()) }
  const { grant } = await lives.commands.draftGrant(ask)
  const { plan } = await life.confirmLeave({
    person: person.id,
    on: dayOf(world.now()),
    reason: 'VOLUNTARY_OTHER',
  })
  assert.deepEqual(
    plan.withdrawn.map(({ status }) => status),
    ['draft'],
  )
  assert.equal((await lives.grants.grant(db, grant.id)).status, 'withdrawn')
})

test('who leaves while away is no longer away, and what goes on vesting is dated', async () => {
  const person = await lives.hire()
  const rule = { unvested: 'continue', vested: { kind: 'keep' }, held: 'finish' } as const
  const clauses = {
    leaving: { VOLUNTARY_OTHER: rule },
    leave: [{ leave: '*', policy: 'pause_extend', graceDays: 0 }] as const,
  }
  const terms = { ...monthlyRefill({ months: 12 }), expiry: { kind: 'never' } as const, clauses }
  const grant = await lives.grant(person, terms, 100n)
  const from = addDays(dayOf(world.now()), 10)
  await life.recordAbsence({ person: person.id, kind: 'unpaid', from, to: null })
  await lives.go(addDays(from, 30))
  const ask = { person: person.id, on: dayOf(world.now()), reason: 'VOLUNTARY_OTHER' } as const
  const preview = await life.previewLeave(ask)
  assert.equal(preview.plan.grants[0]?.continues.length, 12)
  const { leaving, plan } = await life.confirmLeave({ ...ask, expect: preview.plan.hash })
  assert.deepEqual([leaving.state, plan.access.until], ['done', '9999-12-31'])
  assert.equal((await people.lives.leaves(db, person.id))[0]?.to, ask.on)
  assert.equal((await lives.grants.grant(db, grant)).status, 'active')
  const planned = (await lives.grants.planned(db, grant)).map(({ n, date, quantity }) => ({
    n,
    date,
    quantity,
  }))
  assert.deepEqual(planned, preview.plan.grants[0]?.continues)
})

test('what was exchanged into another asset follows the rules of the grant that it came from', async () => {
  const person = await lives.hire()
  const unit = { accelerator: 'H100-SXM', tier: 'guaranteed' } as const
  const terms = {
    ...monthlyRefill({ months: 1 }),
    denomination: 'gpu_hour',
    unit,
    clauses: { exchange: ['USD'] },
  } as const
  const grant = await lives.grant(person, terms, 7_200n, addDays(dayOf(world.now()), -31))
  const [lot] = await ledger.lots(db, (await lives.grants.grant(db, grant)).wallet)
  const wallet = (await ledger.walletOf(db, person.id))!.id
  const rate = rational(1_000n)
  const order = {
    id: world.id(),
    lot: lot!.id,
    amount: 3_600n,
    to: { wallet, asset: 'USD' as const },
    rate,
    basis: 'test',
  }
  await db.tx((sql) => ledger.converted(sql, world.now(), order))
  const ask = { person: person.id, on: dayOf(world.now()), reason: 'INVOLUNTARY_WITH_CAUSE' } as const
  const preview = await life.previewLeave(ask)
  assert.deepEqual(preview.plan.grants.map(({ asset }) => asset).toSorted(), [
    'GPU_SECOND/H100-SXM/guaranteed',
    'USD',
  ])
  const since = await lastEntry()
  await life.confirmLeave({ ...ask, expect: preview.plan.hash })
  assert.deepEqual(text(await written(person.id, since)), previewed(preview))
  assert.equal((await ledger.balances(db, wallet)).available, 0n)
})

test('what rolls over at its expiry goes on once, and the rest expires', async () => {
  const person = await lives.hire()
  const start = `${dayOf(world.now()).slice(0, 4)}-03-15`
  await lives.go(addDays(start, 400))
  const from = dayOf(world.now())
  const expiry = {
    kind: 'days_after_vest',
    days: 10,
    rollover: { share: '0.5', cap: '300', months: 1 },
  } as const
  const oneShot = { ...monthlyRefill({ months: 1 }), expiry }
  await lives.grant(person, oneShot, 1_001n, addDays(from, -31))
  const wallet = (await ledger.walletOf(db, person.id))!
  await lives.go(addDays(from, 1))
  const [lot] = await ledger.lots(db, wallet.id)
  assert.equal(lot?.available, 1_001n)
  world.set(lot!.expiresAt!)
  await Promise.all([life.expireDue(world.now()), life.expireDue(world.now())])
  const rolled = (await ledger.lots(db, wallet.id)).find(({ carriedFrom }) => carriedFrom === lot!.id)!
  const { available, expired } = await ledger.balances(db, wallet.id)
  assert.deepEqual([rolled.available, available, expired], [300n, 300n, 701n])
  world.set(rolled.expiresAt!)
  await life.expireDue(world.now())
  const end = await ledger.balances(db, wallet.id)
  assert.deepEqual(
    [end.available, end.expired, iso(rolled.expiresAt!).slice(11)],
    [0n, 1_001n, '00:00:00.000Z'],
  )
})

test('the ledger proves itself after all of this', async () => {
  await ledger.seal()
  const { ok, findings } = await verify(db)
  assert.deepEqual([ok, findings], [true, []])
})
