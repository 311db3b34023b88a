import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DAY, dayOf } from '#base/time.ts'
import { fourYearMonthly } from '#grants/shapes.ts'
import { verify } from '#ledger/verify.ts'
import { openCompany } from '../../test/support/company.ts'
import { testDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'

const db = await testDb()
const world = testWorld({ now: Date.UTC(2026, 1, 10, 12) })
const company = await openCompany(db, world)
const { commands, ledger } = company
after(async () => {
  await company.exchange.close()
  await company.prices.close()
  await db.drop()
})

const ASSET = 'GPU_SECOND/H100-SXM/guaranteed'

async function contract() {
  const person = await company.hire()
  const template = await commands.createTemplate({
    name: 'Hours',
    ...fourYearMonthly(),
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'guaranteed' },
    clauses: {
      exchange: ['USD'],
      guarantees: { preemptionsPerMonth: 0, remedy: { credit: '36000', atMostPerMonth: '72000' } },
    },
  })
  const today = dayOf(world.now())
  const { grant } = await commands.issueGrant({
    person: person.id,
    template: template.id,
    quantity: 36_000_000n,
    startDate: today,
    grantDate: today,
  })
  return { person, grant }
}

const ask = (grant: string, breach = 'preemption perq/17') => ({
  grant,
  month: '2026-01',
  breach,
  quantity: 36_000n,
  name: 'Credit: a preemption too many, 2026-01',
  by: null,
})

test('a breach is made good once, at once and in hours of the same kind, however often and by however many it is asked', async () => {
  const { person, grant } = await contract()
  const done = await Promise.all([1, 2, 3].map(() => commands.creditBreach(ask(grant.id))))
  assert.equal(new Set(done.map((one) => one.grant.id)).size, 1)
  assert.equal(done.filter(({ replayed }) => !replayed).length, 1)
  const other = await commands.creditBreach(ask(grant.id, 'preemption perq/18'))
  assert.notEqual(other.grant.id, done[0]!.grant.id)
  const wallet = await ledger.walletOf(db, person.id, ASSET)
  const { available, unvested } = await ledger.balances(db, wallet!.id)
  assert.equal(available, 72_000n)
  assert.equal(unvested, grant.quantity, 'the contract itself is as it was')
  const lots = await ledger.lots(db, wallet!.id)
  assert.ok(lots.every(({ expiresAt }) => expiresAt !== null && expiresAt > world.now() + 364 * DAY))
  assert.deepEqual(lots[0]!.scope.exchange, ['USD'])
  assert.equal(other.grant.clauses.guarantees, undefined, 'what makes good promises nothing itself')
  const { findings } = await verify(db)
  assert.deepEqual(findings, [])
})

test('nobody credits themself', async () => {
  const { person, grant } = await contract()
  await assert.rejects(commands.creditBreach({ ...ask(grant.id), by: person.id }), /nobody credits themself/)
})
