import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DAY, HOUR } from '#base/time.ts'
import type { World } from '#base/world.ts'
import { connect } from '#db/connect.ts'
import { openLedger } from '#ledger/ledger.ts'
import type { CallFacts, Scope } from '#ledger/types.ts'
import { openPeople } from '#people/people.ts'
import { openPrices } from '#prices/prices.ts'
import { testDb } from '../../test/support/database.ts'
import { eventually } from '../../test/support/eventually.ts'
import { testWorld } from '../../test/support/world.ts'
import { openSpending } from './spending.ts'
import type { Principal } from './types.ts'

const USD = 1_000_000_000n
const db = await testDb()
const seeded = testWorld()
// Revocation is a promise about real seconds, so the clock is real; ids and secrets come from the seed.
const world: World = { ...seeded, now: () => Date.now() }
const ledger = openLedger({ db, owner: 'test' })
await ledger.heartbeat(world.now())
const prices = openPrices({ db, world })
await prices.load()
const people = openPeople({ db, world })
const nextVest = (): Promise<{ date: string; quantity: bigint }> =>
  Promise.resolve({ date: '2026-12-01', quantity: 500n * USD })
const one = openSpending({ db, ledger, prices, world, nextVest, site: () => 'https://perq.example' })
const otherDb = await connect(db.url, { max: 4, mayExit: true })
const two = openSpending({ db: otherDb, ledger, prices, world })
after(async () => {
  await one.close()
  await two.close()
  await prices.close()
  await otherDb.close()
  await db.drop()
})

const entity = await people.createEntity({ name: 'Perq Labs', country: 'US', currency: 'USD' })
const hire = (level = 'IC4') =>
  people.create({
    email: `${seeded.id()}@perq.example`,
    name: 'Ada Lovelace',
    role: 'employee',
    level,
    entity: entity.id,
    country: 'US',
    hiredOn: '2024-01-01',
  })
const KEY = { name: 'Laptop', purpose: 'work', models: null, expiresAt: null } as const

/** A person with a key, and a lot of that many dollars. */
async function spender({
  dollars = 0n,
  scope = {},
  level = 'IC4',
}: { dollars?: bigint; scope?: Scope; level?: string } = {}) {
  const person = await hire(level)
  const { key, secret } = await one.createKey(person.id, KEY)
  const who = await one.authenticate(secret)
  assert.ok(who)
  if (dollars > 0n) await vest(who.wallet, dollars, scope)
  return { person, key, secret, who }
}

async function vest(wallet: string, dollars: bigint, scope: Scope): Promise<void> {
  const grant = seeded.id()
  const quantity = dollars * USD
  await db.tx(async (sql) => {
    await ledger.granted(sql, world.now(), { grant, wallet, quantity })
    const lot = {
      grant,
      tranche: 1,
      quantity,
      priority: 50,
      scope,
      effectiveAt: world.now() - HOUR,
      expiresAt: null,
    }
    await ledger.vested(sql, world.now(), [lot])
  })
}

const factsOf = (who: Principal, more: Partial<CallFacts> = {}): CallFacts => ({
  person: who.person.id,
  key: who.key.id,
  door: 'openai',
  route: 'chat',
  model: 'gpt-5.2',
  class: 'standard',
  provider: 'openai',
  upstream: 'demo',
  purpose: 'work',
  priceVersion: 1,
  ...more,
})

async function hold(
  who: Principal,
  { min, max = min, facts = {} }: { min: bigint; max?: bigint; facts?: Partial<CallFacts> },
) {
  const id = seeded.id()
  const admission = await one.admit(who, { provider: 'openai', model: 'gpt-5.2', purpose: null })
  assert.equal(admission.kind, 'admitted')
  const scopes = admission.kind === 'admitted' ? admission.scopes : null
  return { id, result: await one.hold(who, { id, min, max, floor: 0n, scopes, facts: factsOf(who, facts) }) }
}

test('a key names its person, wallet and allowance; a made-up one names nobody', async () => {
  const { person, key, who } = await spender({ level: 'IC3' })
  assert.equal(who.person.id, person.id)
  assert.equal(who.key.id, key.id)
  assert.deepEqual(who.classes.proprietary, ['small', 'standard', 'embedding'])
  const { secret } = await one.createKey(person.id, KEY)
  const changed = secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0')
  for (const text of [changed, '', 'sk-123', secret.toUpperCase(), `${secret} `]) {
    assert.equal(await one.authenticate(text), null)
  }
})

test('a key revoked on one process is refused on another within a second, while it is in use there', async () => {
  const { key, secret } = await spender()
  assert.ok(await two.authenticate(secret))
  let revoked = Infinity
  let seen = 0
  const using = (async () => {
    for (;;) {
      const started = performance.now()
      if (!(await two.authenticate(secret))) return void (seen = performance.now())
      assert.ok(started - revoked < 1_000, 'still accepted a second later')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  await new Promise((resolve) => setTimeout(resolve, 300))
  await one.revokeKey(key.id)
  revoked = performance.now()
  await using
  assert.ok(seen - revoked < 1_000)
  assert.equal(await one.authenticate(secret), null)
})

test('a revocation written past every notification is still seen within a second', async () => {
  const { key, secret } = await spender()
  assert.ok(await two.authenticate(secret))
  await db.query('update spending.key set revoked_at = now() where id = $1', [key.id])
  await new Promise((resolve) => setTimeout(resolve, 900))
  assert.equal(await two.authenticate(secret), null)
})

test('leaving ends every key, and another level changes what may be used, on every process', async () => {
  const { person, secret } = await spender({ level: 'IC3' })
  const second = await one.createKey(person.id, { ...KEY, name: 'Server' })
  const classes = async (): Promise<readonly string[] | undefined> =>
    (await two.authenticate(secret))?.classes.proprietary
  assert.ok(!(await classes())?.includes('frontier'))
  await people.update(person.id, { level: 'IC5' })
  await eventually(async () => assert.ok((await classes())?.includes('frontier')), 1_000)
  const today = new Date(world.now()).toISOString().slice(0, 10)
  await people.update(person.id, { leftOn: today })
  for (const spending of [one, two]) {
    for (const text of [secret, second.secret]) {
      await eventually(async () => assert.equal(await spending.authenticate(text), null), 1_000)
    }
  }
  await assert.rejects(one.createKey(person.id, KEY), { name: 'Fault', code: 'forbidden' })
})

test('keys are made from the first day of work on, and not before it', async () => {
  const person = await hire('IC4')
  await people.update(person.id, { hiredOn: '2999-01-01' })
  await assert.rejects(one.createKey(person.id, KEY), { name: 'Fault', code: 'conflict' })
  assert.deepEqual(await one.keys(person.id), [])
  await people.update(person.id, { hiredOn: '2024-01-01' })
  assert.ok((await one.createKey(person.id, KEY)).secret)
})

test('revoking in a transaction that is rolled back revokes nothing', async () => {
  const { person, secret } = await spender()
  await assert.rejects(
    db.tx(async (sql) => {
      assert.equal(await one.revokeKeys(person.id, sql), 1)
      throw new Error('no')
    }),
    /no/,
  )
  assert.ok(await one.authenticate(secret))
  assert.equal(await one.revokeKeys(person.id), 1)
  assert.equal(await one.authenticate(secret), null)
})

test('no table keeps a secret of a key', async () => {
  const { secret, key, who } = await spender({ dollars: 1n })
  await hold(who, { min: 1n })
  await one.revokeKey(key.id)
  const columns = await db.query<{ place: string; name: string }>(
    `select format('%I.%I', table_schema, table_name) as place, quote_ident(column_name) as name
     from information_schema.columns
     where table_schema not in ('pg_catalog', 'information_schema')
       and data_type in ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY')`,
  )
  assert.ok(columns.length > 20)
  const body = secret.slice(8)
  for (const { place, name } of columns) {
    const rows = await db.query(
      `select 1 from ${place} where position($1 in ${name}::text) > 0 or position($2 in ${name}::text) > 0`,
      [body, Buffer.from(secret).toString('hex')],
    )
    assert.deepEqual(rows, [], `${place}.${name}`)
  }
})

test('the use of a key is written behind the calls, first and last', async () => {
  const { key, secret } = await spender()
  const third = openSpending({ db, ledger, prices, world })
  assert.ok(await third.authenticate(secret))
  await third.close()
  const first = await one.key(key.id)
  assert.ok(first?.firstUsedAt)
  const fourth = openSpending({ db, ledger, prices, world: { ...world, now: () => Date.now() + DAY } })
  assert.ok(await fourth.authenticate(secret))
  await fourth.close()
  const later = await one.key(key.id)
  assert.equal(later?.firstUsedAt, first.firstUsedAt)
  assert.ok((later?.lastUsedAt ?? 0) >= first.firstUsedAt + DAY - 1_000)
})

test('two hundred calls at once on one wallet never hold more than it has, and the refused ones say why', async () => {
  const { who } = await spender({ dollars: 10n })
  const results = await Promise.all(
    Array.from({ length: 200 }, () => hold(who, { min: USD / 10n, max: USD / 4n })),
  )
  let held = 0n
  for (const { result } of results) if (result.kind === 'held') held += result.amount
  assert.ok(held <= 10n * USD, `${held} held`)
  assert.ok(held > 10n * USD - USD / 10n)
  const balances = await ledger.balances(db, who.wallet)
  assert.equal(balances.held, held)
  assert.equal(balances.available, 10n * USD - held)
  const refused = results.map(({ result }) => result).filter((result) => result.kind === 'refused')
  assert.ok(refused.length > 90)
  for (const refusal of refused) {
    assert.equal(refusal.code, 'budget_exhausted')
    assert.ok(refusal.short !== null && refusal.short > 0n)
  }
})

test('a refusal says what is short, what vests next, whom to ask and where the wallet is', async () => {
  const { who } = await spender({ dollars: 1n })
  const first = await hold(who, { min: (3n * USD) / 4n })
  assert.equal(first.result.kind, 'held')
  const { result } = await hold(who, { min: USD / 2n })
  assert.deepEqual(result, {
    kind: 'refused',
    code: 'budget_exhausted',
    message:
      'This call needs at least $0.50 and your wallet has $0.25 for it ($0.75 is held by calls that are running); ' +
      '$500.00 vests on 2026-12-01. Ask your people team. See https://perq.example/',
    short: USD / 4n,
  })
  await one.release(first.id, 'the provider was not reached')
  assert.equal((await hold(who, { min: USD / 2n })).result.kind, 'held')
})

test('amounts that look alike in cents are shown in full', async () => {
  const { who } = await spender({ dollars: 1n })
  const { result } = await hold(who, { min: USD + 1n })
  assert.ok(result.kind === 'refused' && result.message.includes('$1.000000001 and your wallet has $1.00 '))
  assert.equal(result.kind === 'refused' && result.short, 1n)
})

test('a settled call costs what it cost, and ending it twice in two ways is refused', async () => {
  const { who } = await spender({ dollars: 1n })
  const { id } = await hold(who, { min: USD / 2n })
  const tokens = { input: 10, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 5, reasoning: 0 }
  const settle = {
    id,
    cost: 1_000n,
    tokens,
    status: 'ok',
    estimated: false,
    providerId: null,
    startedAt: world.now(),
  } as const
  assert.deepEqual(await one.settle(settle), { charged: 1_000n, absorbed: 0n })
  assert.deepEqual(await two.settle(settle), { charged: 1_000n, absorbed: 0n })
  await assert.rejects(one.release(id, 'late'), { name: 'Fault' })
  await assert.rejects(one.settle({ ...settle, id: seeded.id() }), { name: 'Fault', code: 'not_found' })
  const balances = await ledger.balances(db, who.wallet)
  assert.equal(balances.spent, 1_000n)
  assert.equal(balances.held, 0n)
})

test('only lots whose scope admits the call pay for it, and a lot vested a moment ago already does', async () => {
  const { who } = await spender({ dollars: 5n, scope: { providers: ['anthropic'] } })
  const { result } = await hold(who, { min: USD })
  assert.equal(result.kind, 'refused')
  await vest(who.wallet, 2n, { providers: ['openai'], classes: ['standard'], purposes: ['work', 'learning'] })
  assert.equal((await hold(who, { min: USD })).result.kind, 'held')
  const learning = await one.admit(who, { provider: 'openai', model: 'gpt-5.2', purpose: 'personal' })
  assert.ok(learning.kind === 'admitted')
  const lots = await ledger.scopes(db)
  const admitted = lots.filter(({ id }) => learning.scopes?.includes(id)).map(({ body }) => body)
  assert.ok(admitted.every((scope) => scope.purposes?.includes('personal') ?? true))
})

test('policy refuses what may not be used and names the setting that would allow it', async () => {
  const { person, who } = await spender({ level: 'IC3' })
  const admit = (on: Principal, model: string, purpose: string | null = null) =>
    one.admit(on, { provider: 'anthropic', model, purpose })
  const refused = async (on: Principal, model: string, purpose: string | null = null): Promise<string> => {
    const answer = await admit(on, model, purpose)
    assert.equal(answer.kind, 'refused')
    return answer.kind === 'refused' ? `${answer.code}: ${answer.message}` : ''
  }
  assert.match(await refused(who, 'claude-opus-9'), /^unknown_model: .*perq price-override/)
  assert.match(
    await refused(who, 'claude-opus-5-5'),
    /^model_not_allowed: .*IC3 may use small, standard, embedding/,
  )
  assert.match(await refused(who, 'claude-haiku-4-5', 'fun'), /^invalid: .*x-perq-purpose/)
  assert.equal((await admit(who, 'claude-haiku-4-5-20251001')).kind, 'admitted')

  const { secret } = await one.createKey(person.id, {
    ...KEY,
    purpose: 'learning',
    models: ['claude-haiku-*'],
  })
  const limited = await one.authenticate(secret)
  assert.ok(limited)
  const answer = await admit(limited, 'claude-haiku-4-5')
  assert.ok(answer.kind === 'admitted' && answer.purpose === 'learning')
  assert.match(await refused(limited, 'claude-sonnet-5'), /^model_not_allowed: .*limited to claude-haiku-\*/)
})

test('another policy holds for everyone within a second, and the old one is kept', async () => {
  const { secret } = await spender({ level: 'IC9' })
  assert.equal((await one.policy()).version, 0)
  assert.ok((await two.authenticate(secret))?.classes.proprietary.includes('frontier'))
  await one.setPolicy({ everyone: ['standard'], levels: [] }, 'admin')
  await eventually(
    async () =>
      assert.deepEqual((await two.authenticate(secret))?.classes.proprietary, ['small', 'standard']),
    1_000,
  )
  await one.setPolicy({ everyone: ['small', 'standard', 'embedding', 'frontier'], levels: [] }, 'admin')
  assert.equal((await two.policy()).recordedBy, 'admin')
  assert.equal((await db.query('select 1 from spending.policy')).length, 2)
  await assert.rejects(db.query('delete from spending.policy'), /append-only/)
})

test('a key asked for with a field that cannot be used is refused by that field', async () => {
  const person = await hire()
  const fields: [object, string][] = [
    [{ name: ' ' }, 'name'],
    [{ purpose: 'fun' }, 'purpose'],
    [{ expiresAt: world.now() - 1 }, 'expires_at'],
    [{ models: [] }, 'models'],
    [{ models: ['a b'] }, 'models'],
  ]
  for (const [more, param] of fields) {
    await assert.rejects(one.createKey(person.id, { ...KEY, ...more }), {
      name: 'Fault',
      code: 'invalid',
      param,
    })
  }
  await assert.rejects(one.createKey(seeded.id(), KEY), { name: 'Fault', code: 'not_found' })
  await assert.rejects(one.revokeKey(seeded.id()), { name: 'Fault', code: 'not_found' })
})

test('an expired key is refused from its instant on', async () => {
  const person = await hire()
  const { secret } = await one.createKey(person.id, { ...KEY, expiresAt: world.now() + 400 })
  assert.ok(await one.authenticate(secret))
  await new Promise((resolve) => setTimeout(resolve, 410))
  assert.equal(await one.authenticate(secret), null)
})

test('a key stops at its own limit, says what is left and until when, and the wallet pays for another key', async () => {
  const { person, who } = await spender({ dollars: 100n })
  const { key, secret } = await one.createKey(person.id, {
    ...KEY,
    limit: { amount: 2n * USD, period: 'day' },
  })
  assert.deepEqual([key.limit?.used, key.limit?.left], [0n, 2n * USD])
  const limited = await one.authenticate(secret)
  assert.ok(limited)
  const first = await hold(limited, { min: USD, max: 3n * USD })
  assert.deepEqual(first.result, { kind: 'held', amount: 2n * USD })
  const { result } = await hold(limited, { min: USD })
  assert.equal(result.kind === 'refused' && result.code, 'key_budget_exhausted')
  const day = new Date(Date.now() + DAY).toISOString().slice(0, 10)
  assert.match(
    result.kind === 'refused' ? result.message : '',
    new RegExp(
      `^This key's budget is short: \\$0.00 left until ${day} .* needs at least \\$1.00; raise it on Keys & setup`,
    ),
  )
  assert.equal((await hold(who, { min: USD })).result.kind, 'held')

  const raised = await one.setLimit(key.id, { amount: 5n * USD, period: 'week' })
  assert.deepEqual([raised.limit?.used, raised.limit?.left], [2n * USD, 3n * USD])
  const again = await one.setLimit(key.id, { amount: 5n * USD, period: 'week' })
  // When it was first used is written behind the calls.
  const { firstUsedAt, lastUsedAt } = again
  assert.deepEqual(again, { ...raised, firstUsedAt, lastUsedAt })
  assert.equal((await hold(limited, { min: USD })).result.kind, 'held')
  assert.equal((await one.setLimit(key.id, null)).limit, null)
  assert.equal((await one.keys(person.id)).find(({ id }) => id === key.id)?.limit, null)
})

test('what is changed about a key is seen by the other process within a second', async () => {
  const { key, secret } = await spender({ dollars: 1n })
  assert.ok(await two.authenticate(secret))
  await one.changeKey(key.id, { name: 'Server', models: ['claude-*'] })
  await eventually(async () => {
    const seen = await two.authenticate(secret)
    assert.deepEqual([seen?.key.name, seen?.key.models], ['Server', ['claude-*']])
  })
  for (const change of [{ name: '' }, { expiresAt: 1 }, { limit: { amount: 0n, period: null } }])
    await assert.rejects(one.changeKey(key.id, change), { code: 'invalid' })
  await one.revokeKey(key.id)
  await assert.rejects(one.changeKey(key.id, { name: 'again' }), { code: 'conflict' })
})
