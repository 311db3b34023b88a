import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { DAY, dayOf, SECOND } from '#base/time.ts'
import { createGateway } from '#gateway/gateway.ts'
import { monthlyRefill } from '#grants/shapes.ts'
import { openSpending } from '#spending/spending.ts'
import type { Spending } from '#spending/types.ts'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway } from '../support/gateway.ts'
import { openLives, type Lives } from '../support/life.ts'

const DOLLAR = 1_000_000_000n

describe('somebody leaves', () => {
  let gateway: TestGateway
  /** Another process on the same database: where people operations works. */
  let lives: Lives
  let replica: { url: string; close(): Promise<void> }
  let spending: Spending

  before(async () => {
    gateway = await testGateway({ pace: 25 })
    const { db, world, ledger, prices, upstreams, trail } = gateway
    lives = await openLives(db, world)
    spending = openSpending({ db, ledger, prices, world })
    const other = createGateway({ spending, prices, upstreams, trail, world, log: () => {} })
    replica = await serve(other.handle)
  })
  after(async () => {
    await replica.close()
    await spending.close()
    await lives.close()
    await gateway.close()
  })

  async function employee(): Promise<Employee> {
    const made = await gateway.employee(0n)
    const person = (await lives.people.find(made.person))!
    const start = dayOf(gateway.world.now() - 31 * DAY)
    await lives.grant(person, monthlyRefill({ months: 1 }), 20n * DOLLAR, start)
    return made
  }

  const ask = (url: string, key: string, more: object = {}) =>
    fetch(`${url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-5.2',
        messages: [{ role: 'user', content: 'reply with 2 tokens' }],
        ...more,
      }),
    })
  const leave = (person: string, reason: 'VOLUNTARY_OTHER' | 'INVOLUNTARY_WITH_CAUSE') =>
    lives.life.confirmLeave({ person, on: dayOf(gateway.world.now()), reason })

  test('every key of theirs is refused on every replica within a second, though it was in use', async () => {
    const { key, person } = await employee()
    for (const { url } of [gateway, replica]) assert.equal((await ask(url, key)).status, 200)
    await leave(person, 'VOLUNTARY_OTHER')
    for (const { url } of [gateway, replica]) {
      await eventually(async () => assert.equal((await ask(url, key)).status, 401), SECOND)
    }
    const [row] = await gateway.db.query<{ live: number }>(
      'select count(*)::int as live from spending.key where person_id = $1 and revoked_at is null',
      [person],
    )
    assert.equal(row?.live, 0)
  })

  test('misconduct ends a running call at once, and it is settled for what it used', async () => {
    const { key, person, wallet } = await employee()
    const content = 'reply with 4000 tokens'
    const reply = await ask(gateway.url, key, { stream: true, messages: [{ role: 'user', content }] })
    const reader = reply.body!.getReader()
    await reader.read()
    await leave(person, 'INVOLUNTARY_WITH_CAUSE')
    await assert.rejects(async () => {
      while (!(await reader.read()).done);
    })
    await eventually(async () => {
      const [call] = await gateway.usage(wallet)
      assert.equal(call?.status, 'cancelled')
      assert.ok(call.charged > 0n && call.charged < call.held)
    })
    const { held } = await gateway.ledger.balances(gateway.db, wallet)
    assert.equal(held, 0n)
    gateway.world.advance(SECOND)
    await lives.life.work(gateway.world.now())
    const { available, spent, expired, granted } = await gateway.ledger.balances(gateway.db, wallet)
    assert.deepEqual([available, spent + expired], [0n, granted])
  })

  test('a running call of somebody who resigns is left to finish', async () => {
    const { key, person, wallet } = await employee()
    const content = 'reply with 40 tokens'
    const reply = await ask(gateway.url, key, { stream: true, messages: [{ role: 'user', content }] })
    const reader = reply.body!.getReader()
    await reader.read()
    await leave(person, 'VOLUNTARY_OTHER')
    while (!(await reader.read()).done);
    await eventually(async () => assert.equal((await gateway.usage(wallet))[0]?.status, 'ok'))
  })
})
