import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DAY, dayOf } from '#base/time.ts'
import type { SandboxPolicy } from '#spending/policy.ts'
import { openCompany } from '../../test/support/company.ts'
import { testDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { sandboxEnds } from './sandbox.ts'

const db = await testDb()
const world = testWorld({ now: Date.UTC(2026, 1, 10, 12) })
const company = await openCompany(db, world)
const { commands, ledger } = company
after(async () => {
  await company.exchange.close()
  await company.prices.close()
  await db.drop()
})

const policy: SandboxPolicy = {
  quantity: 20_000_000_000n,
  period: 'month',
  classes: ['small'],
  purposes: ['learning'],
}

const lotsOf = async (person: string) => ledger.lots(db, (await ledger.walletOf(db, person))!.id)

test('a sandbox is one click: spendable at once, in its scope, drawn first, gone at the month’s end', async () => {
  const person = await company.hire()
  const { grant, replayed } = await commands.openSandbox({ person: person.id, policy })
  assert.equal(replayed, false)
  assert.equal(grant.name, 'Sandbox 2026-02')
  const [lot] = await lotsOf(person.id)
  assert.equal(lot!.available, policy.quantity)
  assert.deepEqual(lot!.scope, { classes: ['small'], purposes: ['learning'] })
  assert.ok(lot!.priority < 50, 'before the person’s own pay')
  assert.equal(lot!.expiresAt, Date.UTC(2026, 2, 1))
  assert.equal(sandboxEnds(world.now()), '2026-02-28')
})

test('asked again in the month, at once or later, it is the same one, whatever the policy says by then', async () => {
  const person = await company.hire()
  const opened = await Promise.all([1, 2, 3].map(() => commands.openSandbox({ person: person.id, policy })))
  assert.equal(new Set(opened.map(({ grant }) => grant.id)).size, 1)
  world.advance(DAY)
  for (const later of [{ ...policy, quantity: 99_000_000_000n }, null]) {
    const again = await commands.openSandbox({ person: person.id, policy: later })
    assert.equal(again.replayed, true)
    assert.equal(again.grant.quantity, policy.quantity)
  }
  assert.equal((await lotsOf(person.id)).length, 1)
})

test('nobody opens a sandbox before their first day of work', async () => {
  const hiredOn = dayOf(world.now() + DAY)
  const person = await company.hire({ hiredOn })
  const ask = { person: person.id, policy }
  await assert.rejects(commands.openSandbox(ask), { code: 'conflict', param: 'sandbox' })
  assert.deepEqual(await lotsOf(person.id), [])
  world.advance(DAY)
  assert.equal((await commands.openSandbox(ask)).replayed, false)
})

test('every month has its own, and what was left of the last one is gone', async () => {
  const person = await company.hire()
  await commands.openSandbox({ person: person.id, policy })
  world.set(Date.UTC(2026, 2, 1))
  await company.tick()
  const { grant } = await commands.openSandbox({ person: person.id, policy })
  assert.equal(grant.name, 'Sandbox 2026-03')
  const lots = await lotsOf(person.id)
  assert.deepEqual(
    lots.map(({ available, expired }) => [available, expired]).toSorted(([a], [b]) => (a! < b! ? -1 : 1)),
    [
      [0n, policy.quantity],
      [policy.quantity, 0n],
    ],
  )
})

test('without a sandbox in the policy, and for a leaver, nothing is opened', async () => {
  const person = await company.hire()
  await assert.rejects(commands.openSandbox({ person: person.id, policy: null }), { code: 'conflict' })
  await company.people.update(person.id, { leftOn: '2026-03-01' })
  await assert.rejects(commands.openSandbox({ person: person.id, policy }), { code: 'conflict' })
})
