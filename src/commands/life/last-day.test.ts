import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Terms } from '#grants/terms.ts'
import { monthlyRefill } from '#grants/shapes.ts'
import { planView } from './leave-record.ts'
import { verify } from '#ledger/verify.ts'
import { testDb } from '../../../test/support/database.ts'
import { openLives } from '../../../test/support/life.ts'
import { testWorld } from '../../../test/support/world.ts'

const db = await testDb()
const world = testWorld({ now: Date.UTC(2026, 0, 1, 6) })
const lives = await openLives(db, world)
after(async () => {
  await lives.close()
  assert.deepEqual((await verify(db)).findings, [])
  await db.drop()
})
const { life, ledger } = lives

/** Twelve months that can be spent up to a fixed day. */
const until = (date: string, more: Partial<Terms> = {}): Partial<Terms> => ({
  ...monthlyRefill({ months: 12 }),
  expiry: { kind: 'on', date },
  ...more,
})
const onShipping: Partial<Terms> = {
  basis: { kind: 'total' },
  statements: [{ order: 1, percentage: '1', event_condition: { event_id: 'ship' } }],
}
const balances = async (person: string) => {
  const { granted, unvested, available, expired } = await ledger.balances(
    db,
    (await ledger.walletOf(db, person))!.id,
  )
  return { granted, unvested, available, expired }
}

test('what a leave moves beyond the last day vests and expires at once, and keeps nobody else from vesting', async () => {
  const [away, other] = [await lives.hire(), await lives.hire()]
  const clauses = { leave: [{ leave: '*', policy: 'pause_extend', graceDays: 0 }] } as const
  await lives.grant(away, until('2027-01-31', { clauses }), 100n)
  await lives.grant(other, until('2027-12-31'), 100n)
  await life.recordAbsence({ person: away.id, kind: 'unpaid', from: '2026-03-10', to: '2026-12-10' })
  await lives.go('2027-01-05')
  assert.deepEqual(await balances(away.id), { granted: 1200n, unvested: 900n, available: 300n, expired: 0n })
  await lives.go('2027-04-05')
  assert.deepEqual(await balances(away.id), { granted: 1200n, unvested: 600n, available: 0n, expired: 600n })
  assert.deepEqual(await balances(other.id), {
    granted: 1200n,
    unvested: 0n,
    available: 1200n,
    expired: 0n,
  })
})

test('an event after the last day makes nothing that could be spent', async () => {
  const person = await lives.hire()
  const grant = await lives.grant(person, until('2027-05-31', onShipping), 100n)
  await lives.go('2027-06-10')
  await life.fire({ grant, event: 'ship', on: '2027-06-09' })
  await lives.tick()
  assert.deepEqual(await balances(person.id), { granted: 100n, unvested: 0n, available: 0n, expired: 100n })
})

test('what leaving would vest after the last day is previewed as expired, and is', async () => {
  const person = await lives.hire()
  await lives.grant(person, until('2027-06-30', onShipping), 100n)
  await lives.go('2027-07-10')
  const ask = { person: person.id, on: '2027-07-10', reason: 'INVOLUNTARY_DEATH' } as const
  const { plan } = await life.previewLeave(ask)
  assert.deepEqual(
    planView(plan).grants.flatMap(({ entries }) => entries.map(({ kind, amount }) => [kind, amount])),
    [
      ['vested', 100n],
      ['expire', 100n],
    ],
  )
  await life.confirmLeave({ ...ask, expect: plan.hash })
  assert.deepEqual(await balances(person.id), { granted: 100n, unvested: 0n, available: 0n, expired: 100n })
})

test('an event that the grant does not wait for is refused by name', async () => {
  const person = await lives.hire()
  const [waits, plain] = [
    await lives.grant(person, until('2030-06-30', onShipping), 100n),
    await lives.grant(person, until('2030-06-30'), 100n),
  ]
  const on = '2027-07-10'
  const refused = { code: 'invalid', param: 'event', message: /"ships"; give one .* waits for: "ship"/ }
  await assert.rejects(life.fire({ grant: waits, event: 'ships', on }), refused)
  await assert.rejects(life.fire({ grant: plain, event: 'ship', on }), { code: 'invalid', param: 'event' })
  assert.equal((await life.fire({ grant: waits, event: 'ship', on })).installments.length, 1)
})
