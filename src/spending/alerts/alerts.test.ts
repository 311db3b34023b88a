import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import { DAY } from '#base/time.ts'
import { openLedger } from '#ledger/ledger.ts'
import { openPeople } from '#people/people.ts'
import { openPrices } from '#prices/prices.ts'
import { testDb } from '../../../test/support/database.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { testWorld } from '../../../test/support/world.ts'
import { openSpending } from '../spending.ts'
import { ALERT_KINDS, parseFacts, wordsOf, type AlertFacts } from './alert.ts'
import { openBudget, stepOf } from './budget.ts'

const USD = 1_000_000_000n
const db = await testDb()
const world = testWorld()
const ledger = openLedger({ db, owner: 'test' })
await ledger.heartbeat(world.now())
const prices = openPrices({ db, world })
await prices.load()
const people = openPeople({ db, world })
const entity = await people.createEntity({ name: 'Perq Labs', country: 'US', currency: 'USD' })
const spending = openSpending({ db, ledger, prices, world })
const { alerts } = spending
after(async () => {
  await spending.close()
  await prices.close()
  await db.drop()
})

async function spender(dollars: bigint) {
  const person = await people.create({
    email: `${world.id()}@perq.example`,
    name: 'Ada Lovelace',
    role: 'employee',
    level: 'IC5',
    entity: entity.id,
    country: 'US',
    hiredOn: '2024-01-01',
  })
  const ask = { name: 'Laptop', purpose: 'work', models: null, expiresAt: null } as const
  const { secret } = await spending.createKey(person.id, ask)
  const who = await spending.authenticate(secret)
  assert.ok(who)
  await vest(who.wallet, dollars)
  return who
}

async function vest(wallet: string, dollars: bigint): Promise<void> {
  const grant = world.id()
  const quantity = dollars * USD
  await db.tx(async (sql) => {
    await ledger.granted(sql, world.now(), { grant, wallet, quantity })
    const lot = { grant, tranche: 1, quantity, priority: 50, scope: {} }
    await ledger.vested(sql, world.now(), [{ ...lot, effectiveAt: world.now(), expiresAt: null }])
  })
}

type Who = Awaited<ReturnType<typeof spender>>

async function spend(who: Who, { held, cost }: { held: bigint; cost: bigint }): Promise<string> {
  const id = world.id()
  const facts = {
    person: who.person.id,
    key: who.key.id,
    door: 'openai',
    route: 'responses',
    model: 'gpt-5.2',
    class: 'frontier',
    provider: 'openai',
    upstream: 'demo',
    purpose: 'work',
    priceVersion: 1,
  } as const
  const answer = await spending.hold(who, { id, min: held, max: held, floor: 0n, scopes: null, facts })
  if (answer.kind === 'refused') return answer.code
  const tokens = { input: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, reasoning: 0 }
  const rest = { tokens, status: 'ok', estimated: false, providerId: null } as const
  await spending.settle({ id, cost, ...rest, startedAt: world.now() })
  return id
}

/** Looks at the wallet now, as a process does some seconds later. */
async function look(who: Who, empty = false): Promise<number[]> {
  const budget = openBudget({ db, world, alerts })
  budget.touched(who.wallet, who.person.id, empty)
  await budget.close()
  const { alerts: list } = await alerts.list(who.person.id, { limit: 50 })
  return list.flatMap(({ facts }) => (facts.kind === 'budget' ? [facts.percent] : [])).toReversed()
}

test('a cost above its hold is told to the person once, however often it is settled', async () => {
  const who = await spender(10n)
  const id = await spend(who, { held: USD, cost: 3n * USD })
  const tokens = { input: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, reasoning: 0 }
  const again = { id, cost: 3n * USD, tokens, status: 'ok', estimated: false, providerId: null } as const
  await spending.settle({ ...again, startedAt: world.now() })
  await eventually(async () => {
    const { alerts: list } = await alerts.list(who.person.id, { limit: 10 })
    const told = list.filter(({ facts }) => facts.kind === 'absorbed')
    assert.equal(told.length, 1)
    assert.match(wordsOf(told[0]!.facts).message, /It cost \$3\.00; \$2\.00 of it was carried by the company/)
  })
})

test('50, 75, 90 and 100 % of what there was since the last vest are told once each, and again after the next', async () => {
  const who = await spender(10n)
  assert.deepEqual(await look(who), [])
  await spend(who, { held: 5n * USD, cost: 5n * USD })
  assert.deepEqual(await look(who), [50])
  assert.deepEqual(await look(who), [50])
  world.advance(1_000)
  // Two steps at once: only the higher is news.
  await spend(who, { held: 4n * USD, cost: 4n * USD })
  assert.deepEqual(await look(who), [50, 90])
  world.advance(1_000)
  // What is left is too little for any call.
  assert.equal(await spend(who, { held: 2n * USD, cost: USD }), 'budget_exhausted')
  assert.deepEqual(await look(who, true), [50, 90, 100])
  assert.deepEqual(await look(who), [50, 90, 100])

  world.advance(DAY)
  await vest(who.wallet, 10n)
  assert.deepEqual(await look(who), [50, 90, 100])
  world.advance(1_000)
  await spend(who, { held: 6n * USD, cost: 6n * USD })
  assert.deepEqual(await look(who), [50, 90, 100, 50])
})

test('a step is reached exactly when its share is spent, to the nano-dollar', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 18n })
  fc.assert(
    fc.property(amount, amount, (spent, left) => {
      const step = stepOf({ spent, left })
      const whole = spent + left
      const reached = whole === 0n ? [] : [50n, 75n, 90n, 100n].filter((each) => spent * 100n >= each * whole)
      assert.equal(step, reached.length === 0 ? null : Number(reached.at(-1)))
    }),
  )
})

test('every kind of alert has words for its person and for others, and survives the database', async () => {
  const window = { window: 'hour', spent: 412n * USD, baseline: 38n * USD, allowed: 152n * USD } as const
  const facts: readonly AlertFacts[] = [
    { kind: 'velocity_notify', ...window },
    { kind: 'velocity_slow', ...window },
    { kind: 'velocity_paused', ...window, baseline: 0n },
    { kind: 'velocity_resumed', times: 2, until: world.now() },
    { kind: 'absorbed', call: world.id(), cost: 3n, absorbed: 1n },
    { kind: 'budget', percent: 75, spent: 75n * USD, budget: 100n * USD, since: world.now() },
    { kind: 'seat_unbacked', product: 'claude-code', month: '2026-11' },
  ]
  assert.deepEqual(
    facts.map(({ kind }) => kind),
    ALERT_KINDS,
  )
  const who = await spender(1n)
  for (const one of facts) {
    await db.tx((tx) =>
      alerts.record(tx, { person: who.person.id, at: world.now(), facts: one, cause: null }),
    )
    world.advance(1)
    const { alerts: list } = await alerts.list(who.person.id, { limit: 1 })
    assert.deepEqual(list[0]!.facts, one)
    for (const own of [true, false]) {
      const { title, message, link } = wordsOf(one, own)
      assert.ok(title.length > 5 && message.length > 10 && link.startsWith('/'))
      assert.doesNotMatch(message, /undefined|NaN|\[object/)
    }
  }
  assert.throws(() => parseFacts('nonsense', {}))
})
