import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND } from '#base/time.ts'
import { connect } from '#db/connect.ts'
import { openLedger, type Ledger } from '#ledger/ledger.ts'
import type { CallFacts } from '#ledger/types.ts'
import { openPeople } from '#people/people.ts'
import { openPrices } from '#prices/prices.ts'
import { testDb } from '../../../test/support/database.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { testWorld } from '../../../test/support/world.ts'
import { openSpending } from '../spending.ts'
import type { Principal, Refusal, Spending } from '../types.ts'

const USD = 1_000_000_000n
const CENT = USD / 100n
const db = await testDb()
const world = testWorld({ now: Date.UTC(2026, 0, 1) })
const prices = openPrices({ db, world })
await prices.load()
const people = openPeople({ db, world })
const entity = await people.createEntity({ name: 'Perq Labs', country: 'US', currency: 'USD' })

async function replica(name: string) {
  const own = await connect(db.url, { max: 6, mayExit: true })
  const ledger = openLedger({ db: own, owner: name })
  await ledger.heartbeat(world.now())
  const spending = openSpending({ db: own, ledger, prices, world, site: () => 'https://perq.example' })
  const close = async (): Promise<void> => {
    await spending.close()
    await own.close()
  }
  return { ledger, spending, close }
}
type Replica = Awaited<ReturnType<typeof replica>>

const one = await replica('one')
/** Nobody watches while the past is made. */
const past = openSpending({ db, ledger: one.ledger, prices, world, guarded: false })
after(async () => {
  await past.close()
  await one.close()
  await prices.close()
  await db.drop()
})

const keys = new Map<string, string>()
const LARGE = ['frontier', 'frontier']

async function spender(): Promise<Principal> {
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
  const { secret } = await past.createKey(person.id, ask)
  const who = await past.authenticate(secret)
  assert.ok(who)
  keys.set(who.key.id, secret)
  const grant = world.id()
  const quantity = 1_000_000n * USD
  await db.tx(async (sql) => {
    await one.ledger.granted(sql, world.now(), { grant, wallet: who.wallet, quantity })
    const lot = { grant, tranche: 1, quantity, priority: 50, scope: {} }
    await one.ledger.vested(sql, world.now(), [{ ...lot, effectiveAt: world.now(), expiresAt: null }])
  })
  return who
}

const factsOf = (who: Principal, side: boolean): CallFacts => ({
  person: who.person.id,
  key: who.key.id,
  door: 'anthropic',
  route: 'messages',
  model: side ? 'claude-haiku-4-5' : 'claude-opus-4-8',
  class: side ? 'small' : 'frontier',
  provider: 'anthropic',
  upstream: 'demo',
  purpose: 'work',
  priceVersion: 1,
})

type Call = { held: bigint; cost: bigint; min?: bigint; side?: boolean }

async function begin(via: Spending, who: Principal, { held, min = held / 10n, side = false }: Call) {
  const id = world.id()
  const ask = { id, min, max: held, floor: 0n, scopes: null, facts: factsOf(who, side) }
  return { id, result: await via.hold(who, ask) }
}

const TOKENS = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, reasoning: 0 }
const end = (via: Spending, id: string, cost: bigint) =>
  via.settle({
    id,
    cost,
    tokens: TOKENS,
    status: 'ok',
    estimated: false,
    providerId: null,
    startedAt: world.now(),
  })

/** One call from its hold to its settlement; the refusal when there was one. */
async function call(via: Spending, who: Principal, ask: Call): Promise<Refusal | null> {
  const { id, result } = await begin(via, who, ask)
  if (result.kind === 'refused') return result
  await end(via, id, ask.cost)
  return null
}

/** `calls` calls of a day, from nine to five, that come to about `dollars`. */
async function workday(
  via: Spending,
  who: Principal,
  dollars: bigint,
  calls = 8,
): Promise<(Refusal | null)[]> {
  const morning = Math.ceil(world.now() / DAY) * DAY
  const answers: (Refusal | null)[] = []
  const cost = (dollars * USD) / BigInt(calls)
  for (let n = 0; n < calls; n += 1) {
    world.set(morning + 9 * HOUR + (n * 8 * HOUR) / calls)
    answers.push(await call(via, who, { held: 3n * USD + cost, cost }))
  }
  return answers
}

/** Sixty days of 20 to 79 dollars; the largest is 79, or `heavy`. */
async function twoMonths(who: Principal, heavy = 60n): Promise<void> {
  for (let day = 0n; day < 60n; day += 1n)
    await workday(past, who, day === 40n ? heavy : 20n + ((day * 7n) % 40n), 4)
  world.advance(2 * DAY)
}

const spentOf = async (who: Principal, since: number): Promise<bigint> => {
  const [row] = await db.query<{ sum: bigint }>(
    'select coalesce(sum(charged), 0)::bigint as sum from ledger.usage where wallet_id = $1 and at >= $2',
    [who.wallet, new Date(since).toISOString()],
  )
  return row!.sum
}
const kindsOf = async (who: Principal): Promise<string[]> => {
  const { alerts } = await one.spending.alerts.list(who.person.id, { limit: 50 })
  return alerts.map(({ facts }) => ('window' in facts ? `${facts.kind} ${facts.window}` : facts.kind))
}

/** Agents that never stop: so many calls at once, each again as soon as it ends, until every one is refused. */
async function runaway(
  via: readonly Spending[],
  who: Principal,
  { atOnce, rounds }: { atOnce: number; rounds: number },
) {
  const refused: Refusal[] = []
  let most = 0n
  for (let round = 0; round < rounds; round += 1) {
    const begun = await Promise.all(
      Array.from({ length: atOnce }, async (_, n) => {
        const spending = via[n % via.length]!
        const { id, result } = await begin(spending, who, { held: 4n * USD, cost: 0n })
        if (result.kind === 'refused') refused.push(result)
        return result.kind === 'held' ? { id, spending } : null
      }),
    )
    const running = begun.filter((each) => each !== null)
    world.advance(20 * SECOND)
    await Promise.all(running.map(({ id, spending }) => end(spending, id, 2n * USD + 17n * CENT)))
    most += BigInt(running.length)
    if (refused.at(-1)?.code === 'velocity_paused') break
  }
  return { refused, passed: most }
}

test('a weekend batch is paused before three times the largest day, and one click lets it go on', async () => {
  const who = await spender()
  await twoMonths(who, 90n)
  const saturday = world.now()
  const { refused } = await runaway([one.spending], who, { atOnce: 300, rounds: 200 })
  const last = refused.at(-1)!
  assert.equal(last.code, 'velocity_paused')
  assert.equal(last.retryAfter, undefined)
  assert.match(last.message, /\$[\d,.]+ in the last (five minutes|hour|24 hours); usual is \$/)
  assert.match(last.message, /https:\/\/perq\.example\/alerts/)
  const spent = await spentOf(who, saturday)
  // The largest of sixty days was 90 dollars; the company's floor is 100.
  assert.ok(spent < 3n * 90n * USD, `${spent} was spent`)
  assert.ok(spent > 90n * USD, 'it is not stopped below an ordinary day')

  // It stays so, for days and for every kind of call, until the person says yes.
  world.advance(3 * DAY)
  const again = await call(one.spending, who, { held: CENT, cost: CENT, side: true })
  assert.equal(again?.code, 'velocity_paused')
  const paused = await one.spending.guard(who.person.id)
  assert.equal(paused.state, 'paused')

  const open = await one.spending.resume(who.person.id)
  assert.equal(open.state, 'open')
  assert.ok(open.raised && open.raised.times >= 2)
  assert.equal(await call(one.spending, who, { held: 4n * USD, cost: 2n * USD }), null)
  const kinds = await kindsOf(who)
  assert.equal(kinds.filter((kind) => kind.startsWith('velocity_paused')).length, 1)
  assert.equal(kinds[0], 'velocity_resumed')
})

test('a confirmed burst is not asked again until it is twice as large', async () => {
  const who = await spender()
  await twoMonths(who)
  await runaway([one.spending], who, { atOnce: 300, rounds: 200 })
  await one.spending.resume(who.person.id)
  const at = world.now()
  await runaway([one.spending], who, { atOnce: 300, rounds: 200 })
  const more = await spentOf(who, at)
  assert.ok(more > 75n * USD, `only ${more} more`)
  const rows = await db.query('select times from spending.confirmation where wallet_id = $1', [who.wallet])
  assert.equal(rows.length, 1)
})

test('an ordinary heavy day of the same person is never slowed', async () => {
  const who = await spender()
  await twoMonths(who, 400n)
  for (const dollars of [60n, 230n, 240n, 30n]) {
    const answers = await workday(one.spending, who, dollars, 24)
    assert.deepEqual([...new Set(answers)], [null], `${dollars} dollars a day`)
  }
  const kinds = (await kindsOf(who)).filter((kind) => !kind.startsWith('velocity_notify'))
  assert.deepEqual(kinds, [])
})

test('a thousand calls at once cannot jump over it: what they hold counts', async () => {
  const who = await spender()
  await twoMonths(who)
  const begun = await Promise.all(
    Array.from({ length: 1_000 }, () => begin(one.spending, who, { held: 4n * USD, cost: 0n })),
  )
  const held = begun.filter(({ result }) => result.kind === 'held')
  assert.ok(held.length > 0 && BigInt(held.length) * 4n <= 220n, `${held.length} calls of 4 dollars`)
  for (const { result } of begun)
    if (result.kind === 'refused') {
      assert.equal(result.code, 'velocity_slow')
      assert.ok(result.retryAfter! >= 1 && result.retryAfter! <= 30)
    }
  // Nothing was spent: as they end, room comes back, and nobody has to confirm anything.
  await Promise.all(held.map(({ id }) => one.spending.release(id, 'test')))
  assert.equal(await call(one.spending, who, { held: 4n * USD, cost: USD }), null)
  assert.equal((await one.spending.guard(who.person.id)).state, 'open')
})

test('while slowed large calls pass one at a time, and the small ones of agents all pass', async () => {
  const who = await spender()
  await twoMonths(who)
  // Over hours, so that only the day speaks.
  for (let n = 0; n < 16; n += 1) {
    assert.equal(await call(one.spending, who, { held: 10n * USD, cost: 10n * USD }), null)
    world.advance(70 * MINUTE)
  }
  assert.equal((await one.spending.guard(who.person.id)).state, 'slow')
  const large = { held: USD, cost: CENT }
  assert.equal(await call(one.spending, who, large), null)
  const refused = await call(one.spending, who, large)
  assert.equal(refused?.code, 'velocity_slow')
  for (let n = 0; n < 5; n += 1) assert.equal(await call(one.spending, who, { ...large, side: true }), null)
  world.advance(refused!.retryAfter! * SECOND)
  assert.equal(await call(one.spending, who, large), null)
  // Confirming before it comes to a pause works, too, and two clicks are one.
  await Promise.all([one.spending.resume(who.person.id), one.spending.resume(who.person.id)])
  for (let n = 0; n < 5; n += 1) assert.equal(await call(one.spending, who, large), null)
  const rows = await db.query<{ times: number }>(
    'select times from spending.confirmation where wallet_id = $1',
    [who.wallet],
  )
  assert.deepEqual(rows, [{ times: 2 }])
})

test('one call that alone could pass three days waits for the person, and fits after one click', async () => {
  const who = await spender()
  const huge = { held: 900n * USD, min: 800n * USD, cost: 500n * USD }
  const refused = await call(one.spending, who, huge)
  assert.equal(refused?.code, 'velocity_paused')
  assert.match(refused!.message, /could bring the last 24 hours to \$800\.00/)
  await one.spending.resume(who.person.id)
  assert.equal(await call(one.spending, who, huge), null)
})

test('a batch that does not fit asks the person once, and what it then holds locks nobody out', async () => {
  const who = await spender()
  await twoMonths(who)
  const { spending } = one
  assert.equal(await spending.foresee(who, 100n * USD, LARGE), null)
  const refused = await spending.foresee(who, 5_000n * USD, LARGE)
  assert.equal(refused?.code, 'velocity_paused')
  assert.match(refused!.message, /could bring the last 24 hours to \$5,000\.00/)
  await spending.resume(who.person.id)
  assert.equal(await spending.foresee(who, 5_000n * USD, LARGE), null)

  // A smaller one fits without a word; should its holds crowd out other calls, a click makes room.
  const other = await spender()
  await twoMonths(other)
  const { result } = await begin(spending, other, { held: 215n * USD, cost: 0n })
  assert.equal(result.kind, 'held')
  const large = { held: 10n * USD, cost: USD }
  assert.equal((await call(spending, other, large))?.code, 'velocity_slow')
  await spending.resume(other.person.id)
  assert.equal(await call(spending, other, large), null)
})

test('a slowed batch is told at once that only a click helps, and uses up nobody’s turn', async () => {
  const who = await spender()
  const { spending } = one
  while ((await spending.guard(who.person.id)).state !== 'slow') {
    world.advance(MINUTE)
    assert.equal(await call(spending, who, { held: 10n * USD, cost: 8n * USD }), null)
  }
  world.advance(11 * SECOND)
  const refused = await spending.foresee(who, USD, LARGE)
  assert.ok(refused?.code === 'velocity_slow' && refused.retryAfter === undefined)
  assert.match(refused.message, /Confirm in one click at https:\/\/perq\.example\/alerts/)
  assert.equal(await spending.foresee(who, USD, ['frontier', 'small', 'small']), null)
  assert.equal(await call(spending, who, { held: USD, cost: CENT }), null)
  await spending.resume(who.person.id)
  assert.equal(await spending.foresee(who, USD, LARGE), null)
})

test('holds that stand for long leave a large call what is left, and where they do not a click helps', async () => {
  const who = await spender()
  const { spending } = one
  await begin(spending, who, { held: 40n * USD, cost: 0n })
  // Above what is left of 220 dollars, though less than half is taken: it is cut, as it would be alone.
  const { id, result } = await begin(spending, who, { held: 200n * USD, cost: 0n, min: USD })
  assert.ok(result.kind === 'held' && result.amount === 180n * USD, JSON.stringify(result.kind))
  await end(spending, id, USD)
  const least = { held: 200n * USD, cost: USD, min: 190n * USD }
  assert.equal((await call(spending, who, least))?.code, 'velocity_paused')
  await spending.resume(who.person.id)
  assert.equal(await call(spending, who, least), null)
})

test('a pause and what was spent outlive the process', async () => {
  const who = await spender()
  await twoMonths(who)
  const first = await replica('first')
  await runaway([first.spending], who, { atOnce: 100, rounds: 200 })
  await first.close()
  const second = await replica('second')
  assert.equal((await call(second.spending, who, { held: USD, cost: CENT }))?.code, 'velocity_paused')
  const before = await second.spending.guard(who.person.id)
  assert.ok(before.windows.find(({ window }) => window === 'day')!.spent > 75n * USD)
  await second.close()
})

test('a call that is larger than the share of its process is cut to it, and does not wait for what stands for long', async () => {
  const [a, b]: Replica[] = [await replica('c'), await replica('d')]
  const who = await spender()
  await Promise.all([a!, b!].map(({ ledger }) => ledger.heartbeat(world.now())))
  await begin(a!.spending, who, { held: 40n * USD, cost: 0n })
  await b!.spending.guard(who.person.id)
  world.advance(3 * SECOND)
  await Promise.all([a!, b!].map(({ ledger }) => ledger.heartbeat(world.now())))
  const { result } = await begin(b!.spending, who, { held: 150n * USD, cost: 0n, min: USD })
  assert.ok(result.kind === 'held' && result.amount < 150n * USD, result.kind)
  await a!.close()
  await b!.close()
})

test('two processes on one database do not double the allowance, and hear of a pause and its end', async () => {
  const [a, b]: Replica[] = [await replica('a'), await replica('b')]
  const who = await spender()
  await twoMonths(who)
  const beat = (ledger: Ledger): Promise<void> => ledger.heartbeat(world.now())
  await Promise.all([beat(a!.ledger), beat(b!.ledger)])
  // A key begins to listen; and each looks once, so that it knows of the other.
  await Promise.all([a!, b!].map(async ({ spending }) => spending.authenticate(keys.get(who.key.id)!)))
  await Promise.all([a!, b!].map(({ spending }) => call(spending, who, { held: CENT, cost: CENT })))
  await Promise.all([a!, b!].map(({ spending }) => spending.guard(who.person.id)))
  const begun = await Promise.all(
    [a!, b!].map(({ spending }) =>
      Promise.all(
        Array.from({ length: 400 }, async () => {
          const { id, result } = await begin(spending, who, { held: 2n * USD, cost: 0n })
          return result.kind === 'held' ? { id, spending } : null
        }),
      ),
    ),
  )
  const held = begun.flat().filter((each) => each !== null)
  // 2.2 times the floor of 100 dollars, together.
  assert.ok(held.length * 2 >= 100 && held.length * 2 <= 220, `${held.length} calls of two dollars`)
  await Promise.all(held.map(({ id, spending }) => end(spending, id, 2n * USD)))

  world.advance(3 * SECOND)
  await Promise.all([beat(a!.ledger), beat(b!.ledger)])
  const since = world.now()
  await runaway([a!.spending, b!.spending], who, { atOnce: 100, rounds: 100 })
  assert.ok((await spentOf(who, since - HOUR)) < 300n * USD)
  await eventually(async () => {
    for (const { spending } of [a!, b!])
      assert.equal((await call(spending, who, { held: CENT, cost: CENT }))?.code, 'velocity_paused')
  })
  await a!.spending.resume(who.person.id)
  // At once, by word of the database; without it, as soon as the pause is looked at again.
  await eventually(async () => assert.equal(await call(b!.spending, who, { held: CENT, cost: CENT }), null))
  await a!.close()
  await b!.close()
})

test('a guard that is off, or has a higher floor, lets the same burst pass', async () => {
  const who = await spender()
  const base = { everyone: ['small', 'standard'], levels: [] }
  await one.spending.setPolicy({ ...base, guard: null }, 'test')
  const key = await past.createKey(who.person.id, {
    name: 'x',
    purpose: 'work',
    models: null,
    expiresAt: null,
  })
  const enter = async (): Promise<Principal> => {
    world.advance(SECOND)
    return (await one.spending.authenticate(key.secret))!
  }
  const burst = { held: 400n * USD, min: 400n * USD, cost: 300n * USD }
  assert.equal(await call(one.spending, await enter(), burst), null)
  assert.equal((await one.spending.guard(who.person.id)).state, 'off')
  const floor = { five_minutes: '500000000000', hour: '500000000000', day: '500000000000' }
  await one.spending.setPolicy({ ...base, guard: { floor } }, 'test')
  assert.equal(await call(one.spending, await enter(), burst), null)
  await one.spending.setPolicy(base, 'test')
  assert.equal((await call(one.spending, await enter(), burst))?.code, 'velocity_paused')
})

test('a quiet call of a known wallet asks the database nothing, and one that cannot be asked refuses nobody', async () => {
  const who = await spender()
  await twoMonths(who)
  let [asked, broken] = [0, false]
  const watched: typeof db = {
    ...db,
    query: (text, values) => {
      // What is told of budgets follows behind the calls, at times of its own.
      if (!text.includes('newest')) asked += 1
      return broken ? Promise.reject(new Error('no database')) : db.query(text, values)
    },
  }
  const spending = openSpending({ db: watched, ledger: one.ledger, prices, world })
  const quiet = { held: USD, cost: CENT }
  assert.equal(await call(spending, who, quiet), null)
  // Behind the first call it is counted how many processes there are.
  await eventually(() => Promise.resolve(assert.ok(asked > 0)))
  const before = asked
  for (let n = 0; n < 200; n += 1) assert.equal(await call(spending, who, quiet), null)
  assert.equal(asked, before)

  broken = true
  world.advance(HOUR)
  assert.equal(await call(spending, who, quiet), null, 'known')
  const stranger = await spender()
  assert.equal(await call(spending, stranger, quiet), null, 'never read')
  // What it knows of itself still holds.
  const { refused } = await runaway([spending], stranger, { atOnce: 100, rounds: 50 })
  assert.equal(refused.at(-1)?.code, 'velocity_paused')
  broken = false
  await spending.close()
})
