import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND, type Millis } from '#base/time.ts'
import { connect } from '#db/connect.ts'
import type { Db } from '#db/sql.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { sealAll } from '../../test/support/sealed.ts'
import { testWorld } from '../../test/support/world.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { OWNER_DEAD_AFTER } from './owners.ts'
import type { CallFacts, HoldRequest, Scope, SettleRequest } from './types.ts'
import { verify } from './verify.ts'

const facts = (person: string): CallFacts => ({
  person,
  key: null,
  door: 'openai',
  route: '/v1/chat/completions',
  model: 'gpt-5.2',
  class: 'standard',
  provider: 'openai',
  upstream: 'demo',
  purpose: 'work',
  priceVersion: 1,
})

const tokens = { input: 10, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 5, reasoning: 0 }

async function superuser(db: TestDb, text: string): Promise<void> {
  const admin = await connect(db.adminUrl, { max: 1 })
  await admin.query(text)
  await admin.close()
}

describe('the ledger', () => {
  const world = testWorld()
  let db: TestDb
  let ledger: Ledger
  before(async () => {
    db = await testDb()
    ledger = openLedger({ db, owner: 'test' })
    await ledger.heartbeat(world.now())
  })
  after(async () => db.drop())

  /** A wallet with one grant whose tranches are vested lots. */
  const walletWith = async (
    tranches: readonly {
      quantity: bigint
      priority?: number
      scope?: Scope
      expiresAt?: Millis | null
      effectiveAt?: Millis
    }[],
    unvested = 0n,
  ) => {
    const [person, grant] = [world.id(), world.id()]
    const wallet = await db.tx((sql) => ledger.openWallet(sql, { id: world.id(), person, asset: 'USD' }))
    const quantity = tranches.reduce((sum, tranche) => sum + tranche.quantity, unvested)
    await db.tx(async (sql) => {
      await ledger.granted(sql, world.now(), { grant, wallet, quantity })
      await ledger.vested(
        sql,
        world.now(),
        tranches.map((tranche, index) => ({
          grant,
          tranche: index + 1,
          quantity: tranche.quantity,
          priority: tranche.priority ?? 50,
          scope: tranche.scope ?? {},
          effectiveAt: tranche.effectiveAt ?? world.now(),
          expiresAt: tranche.expiresAt ?? null,
        })),
      )
    })
    return { person, wallet, grant }
  }

  const holdOf = (
    of: { person: string; wallet: string },
    most: bigint,
    more: Partial<HoldRequest> = {},
  ): HoldRequest => ({
    id: world.id(),
    wallet: of.wallet,
    min: most,
    max: most,
    scopes: null,
    expiresAt: world.now() + 10 * MINUTE,
    floor: 0n,
    facts: facts(of.person),
    ...more,
  })
  const settleOf = (id: string, cost: bigint, more: Partial<SettleRequest> = {}): SettleRequest => ({
    id,
    cost,
    tokens,
    status: 'ok',
    estimated: false,
    providerId: null,
    startedAt: world.now(),
    ...more,
  })

  test('granted = unvested + available + held + spent through one call', async () => {
    const who = await walletWith([{ quantity: 1_000n }], 500n)
    const hold = holdOf(who, 300n)
    assert.deepEqual(await ledger.hold(hold, world.now()), { kind: 'held', amount: 300n, replayed: false })
    const during = await ledger.balances(db, who.wallet)
    assert.deepEqual([during.unvested, during.available, during.held, during.spent], [500n, 700n, 300n, 0n])
    const settled = await ledger.settle(settleOf(hold.id, 120n), world.now())
    assert.deepEqual(settled, { kind: 'settled', charged: 120n, absorbed: 0n, replayed: false })
    const end = await ledger.balances(db, who.wallet)
    assert.deepEqual(
      [end.granted, end.unvested, end.available, end.held, end.spent],
      [1_500n, 500n, 880n, 0n, 120n],
    )
  })

  test("a settle never exceeds its hold: the rest is the company's", async () => {
    const who = await walletWith([{ quantity: 1_000n }])
    const hold = holdOf(who, 100n)
    await ledger.hold(hold, world.now())
    const settled = await ledger.settle(settleOf(hold.id, 250n), world.now())
    assert.deepEqual(settled, { kind: 'settled', charged: 100n, absorbed: 150n, replayed: false })
    const end = await ledger.balances(db, who.wallet)
    assert.deepEqual([end.available, end.spent], [900n, 100n])
  })

  test('a hold takes what there is between its bounds, and is refused below them', async () => {
    const who = await walletWith([{ quantity: 100n }])
    assert.deepEqual(await ledger.hold(holdOf(who, 500n, { min: 101n }), world.now()), {
      kind: 'short',
      available: 100n,
      held: 0n,
    })
    assert.deepEqual(await ledger.hold(holdOf(who, 500n, { min: 60n }), world.now()), {
      kind: 'held',
      amount: 100n,
      replayed: false,
    })
    assert.deepEqual(await ledger.hold(holdOf(who, 1n), world.now()), {
      kind: 'short',
      available: 0n,
      held: 100n,
    })
  })

  test('lots are drawn by priority, then soonest expiry, then oldest; the refund goes back to its own lots', async () => {
    const soon = world.now() + DAY
    const who = await walletWith([
      { quantity: 100n, priority: 50 },
      { quantity: 100n, priority: 50, expiresAt: soon + DAY },
      { quantity: 100n, priority: 50, expiresAt: soon },
      { quantity: 100n, priority: 10 },
    ])
    const hold = holdOf(who, 350n)
    await ledger.hold(hold, world.now())
    await ledger.settle(settleOf(hold.id, 150n), world.now())
    const spent = new Map((await ledger.lots(db, who.wallet)).map((lot) => [lot.tranche, lot.spent]))
    assert.deepEqual([spent.get(4), spent.get(3), spent.get(2), spent.get(1)], [100n, 50n, 0n, 0n])
  })

  test('a lot out of scope, not yet effective or expired pays for nothing', async () => {
    const who = await walletWith([
      { quantity: 100n, scope: { classes: ['small'] } },
      { quantity: 100n, effectiveAt: world.now() + DAY },
      { quantity: 100n, effectiveAt: world.now() - 2 * DAY, expiresAt: world.now() - DAY },
    ])
    const numbers = new Map((await ledger.scopes(db)).map((scope) => [JSON.stringify(scope.body), scope.id]))
    const everywhere = numbers.get('{}')!
    const small = numbers.get('{"classes":["small"]}')!
    assert.equal((await ledger.hold(holdOf(who, 1n, { scopes: [everywhere] }), world.now())).kind, 'short')
    assert.equal((await ledger.hold(holdOf(who, 1n, { scopes: [] }), world.now())).kind, 'short')
    assert.deepEqual(
      await ledger.hold(holdOf(who, 200n, { min: 1n, scopes: [small, everywhere] }), world.now()),
      {
        kind: 'held',
        amount: 100n,
        replayed: false,
      },
    )
  })

  test('the same command gives the same answer, another under its id a conflict', async () => {
    const who = await walletWith([{ quantity: 1_000n }])
    const hold = holdOf(who, 100n)
    await ledger.hold(hold, world.now())
    assert.deepEqual(await ledger.hold(hold, world.now()), { kind: 'held', amount: 100n, replayed: true })
    assert.equal((await ledger.hold({ ...hold, min: 500n, max: 600n }, world.now())).kind, 'conflict')
    await ledger.settle(settleOf(hold.id, 40n), world.now())
    assert.deepEqual(await ledger.settle(settleOf(hold.id, 40n), world.now()), {
      kind: 'settled',
      charged: 40n,
      absorbed: 0n,
      replayed: true,
    })
    assert.equal((await ledger.settle(settleOf(hold.id, 41n), world.now())).kind, 'conflict')
    assert.equal((await ledger.hold(hold, world.now())).kind, 'conflict', 'what has ended does not stand')
    assert.equal((await ledger.release({ id: hold.id, reason: 'too late' }, world.now())).kind, 'conflict')
    assert.equal((await ledger.balances(db, who.wallet)).available, 960n)
  })

  test('a release gives everything back and is no usage', async () => {
    const who = await walletWith([{ quantity: 70n }, { quantity: 70n }])
    const hold = holdOf(who, 100n)
    await ledger.hold(hold, world.now())
    assert.deepEqual(await ledger.release({ id: hold.id, reason: 'refused' }, world.now()), {
      kind: 'released',
      replayed: false,
    })
    assert.deepEqual(await ledger.release({ id: hold.id, reason: 'refused' }, world.now()), {
      kind: 'released',
      replayed: true,
    })
    assert.equal((await ledger.balances(db, who.wallet)).available, 140n)
    assert.equal((await ledger.settle(settleOf(hold.id, 1n), world.now())).kind, 'conflict')
  })

  test('an unknown wallet and an unknown hold are refused, and do not touch their neighbours', async () => {
    const who = await walletWith([{ quantity: 10n }])
    const [wrong, right] = await Promise.all([
      ledger.hold(holdOf({ person: who.person, wallet: world.id() }, 1n), world.now()),
      ledger.hold(holdOf(who, 1n), world.now()),
    ])
    assert.equal(wrong.kind, 'unknown_wallet')
    assert.equal(right.kind, 'held')
    assert.equal((await ledger.settle(settleOf(world.id(), 1n), world.now())).kind, 'unknown_hold')
  })

  test('holds, settles and releases of one batch each move what they should', async () => {
    const who = await walletWith([{ quantity: 25n, priority: 10 }, { quantity: 1_000n }])
    const first = Array.from({ length: 9 }, () => holdOf(who, 10n))
    for (const hold of first) await ledger.hold(hold, world.now())
    const second = Array.from({ length: 9 }, () => holdOf(who, 10n))
    // Together they are one batch: a hold, then the end of an earlier one, in turn.
    const answers = await Promise.all(
      first.flatMap(({ id }, n) => [
        ledger.hold(second[n]!, world.now()),
        n % 3 === 0
          ? ledger.release({ id, reason: 'not sent' }, world.now())
          : ledger.settle(settleOf(id, n % 3 === 1 ? 7n : 12n), world.now()),
      ]),
    )
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      first.flatMap((_, n) => ['held', n % 3 === 0 ? 'released' : 'settled']),
    )
    const { available, held, spent } = await ledger.balances(db, who.wallet)
    assert.deepEqual({ available, held, spent }, { available: 1_025n - 90n - 51n, held: 90n, spent: 51n })
    assert.deepEqual((await verify(db)).findings, [])
  })

  test('one impossible operation does not refuse the others of its batch', async () => {
    const who = await walletWith([{ quantity: 1_000n }])
    const poison = holdOf(who, 1n)
    await ledger.hold(poison, world.now())
    const others = Array.from({ length: 20 }, () => holdOf(who, 1n))
    await Promise.all(others.map((hold) => ledger.hold(hold, world.now())))
    const ends = await Promise.allSettled(
      [poison, ...others].map(({ id }) => {
        const impossible = { ...tokens, output: id === poison.id ? -1 : 0 }
        return ledger.settle({ ...settleOf(id, 1n), tokens: impossible }, world.now())
      }),
    )
    assert.deepEqual(
      ends.map((end) => end.status),
      ['rejected', ...others.map(() => 'fulfilled')],
    )
    await ledger.release({ id: poison.id, reason: 'impossible' }, world.now())
    assert.equal((await ledger.balances(db, who.wallet)).spent, 20n)
  })

  test("a dead owner's hold lapses at its floor; usage that comes later is the company's", async () => {
    const who = await walletWith([{ quantity: 1_000n }])
    const dead = openLedger({ db, owner: 'dead' })
    await dead.heartbeat(world.now())
    const hold = holdOf(who, 400n, { floor: 30n })
    await dead.hold(hold, world.now())
    assert.equal(await ledger.lapse(world.now()), 0, 'a living owner keeps its holds')
    for (let looked = 0; looked < OWNER_DEAD_AFTER; looked += 5 * SECOND) {
      assert.equal(await ledger.lapse(world.now()), 0, 'nor does one whose heartbeat is only late')
      world.advance(5 * SECOND)
    }
    assert.equal(await ledger.lapse(world.now()), 1)
    const end = await ledger.balances(db, who.wallet)
    assert.deepEqual([end.available, end.held, end.spent], [970n, 0n, 30n])
    const late = await dead.settle(settleOf(hold.id, 100n), world.now())
    assert.deepEqual(late, { kind: 'late', charged: 30n, absorbed: 70n, replayed: false })
    assert.equal((await dead.settle(settleOf(hold.id, 99n), world.now())).kind, 'conflict')
    assert.equal((await ledger.balances(db, who.wallet)).spent, 30n)
  })

  test('what a batch holds outlives every process and lapses by its expiry', async () => {
    const who = await walletWith([{ quantity: 1_000n }])
    const hold = holdOf(who, 400n, { owner: 'batches', expiresAt: world.now() + HOUR, floor: 10n })
    await openLedger({ db, owner: 'never seen' }).hold(hold, world.now())
    for (let looked = 0; looked < 3 * OWNER_DEAD_AFTER; looked += 5 * SECOND) {
      await ledger.lapse(world.now())
      world.advance(5 * SECOND)
    }
    assert.equal((await ledger.balances(db, who.wallet)).held, 400n)
    world.advance(HOUR)
    await ledger.lapse(world.now())
    const { held, spent } = await ledger.balances(db, who.wallet)
    assert.deepEqual([held, spent], [0n, 10n])
  })

  test('sound, searches and the variant of a call are kept, and sealed with its entry', async () => {
    const who = await walletWith([{ quantity: 1_000n }])
    const hold = holdOf(who, 400n, { facts: { ...facts(who.person), variant: 'batch' } })
    await ledger.hold(hold, world.now())
    const used = { ...tokens, audioInput: 7, audioCacheRead: 3, searches: 2 }
    assert.equal((await ledger.settle(settleOf(hold.id, 50n, { tokens: used }), world.now())).kind, 'settled')
    const [row] = await db.query(
      'select audio_input, audio_cache_read, searches, variant from ledger.usage where id = $1',
      [hold.id],
    )
    assert.deepEqual(row, { audio_input: 7n, audio_cache_read: 3n, searches: 2n, variant: 'batch' })
    await sealAll(ledger, db)
    for (const [set, back] of [
      ['audio_input = 0', 'audio_input = 7'],
      ['audio_cache_read = 4', 'audio_cache_read = 3'],
      ['searches = 1', 'searches = 2'],
      ['variant = null', "variant = 'batch'"],
    ]) {
      await superuser(db, `update ledger.usage set ${set} where id = '${hold.id}'`)
      assert.match(JSON.stringify((await verify(db)).findings), new RegExp(hold.id), set)
      await superuser(db, `update ledger.usage set ${back} where id = '${hold.id}'`)
    }
    assert.deepEqual((await verify(db)).findings, [])
  })

  test('months of a seat have a wallet of their own beside the dollars', async () => {
    const who = await walletWith([{ quantity: 1_000n }])
    const wallet = await db.tx((sql) =>
      ledger.openWallet(sql, { id: world.id(), person: who.person, asset: 'SEAT_MONTH' }),
    )
    assert.notEqual(wallet, who.wallet)
    assert.equal((await ledger.walletOf(db, who.person, 'SEAT_MONTH'))?.id, wallet)
    assert.equal((await ledger.walletOf(db, who.person))?.id, who.wallet)
    const grant = world.id()
    const lot = {
      grant,
      tranche: 1,
      quantity: 5n,
      priority: 50,
      scope: {},
      effectiveAt: world.now(),
      expiresAt: null,
    }
    await db.tx(async (sql) => {
      await ledger.granted(sql, world.now(), { grant, wallet, quantity: 12n })
      await ledger.vested(sql, world.now(), [lot])
    })
    const { granted, unvested, available } = await ledger.balances(db, wallet)
    assert.deepEqual([granted, unvested, available], [12n, 7n, 5n])
    assert.equal((await ledger.balances(db, who.wallet)).granted, 1_000n)
  })

  test('a restored database, whose transaction ids begin anew, goes on being sealed', async () => {
    const who = await walletWith([{ quantity: 10n }])
    await sealAll(ledger, db)
    await superuser(db, 'update ledger.epoch set base = base + 1000000')
    await ledger.hold(holdOf(who, 1n), world.now())
    await sealAll(ledger, db)
    await superuser(db, 'update ledger.epoch set base = base - 1000000')
    const restored = openLedger({ db, owner: 'restored' })
    await restored.begin()
    await restored.hold(holdOf(who, 1n), world.now())
    await sealAll(restored, db)
    assert.deepEqual((await verify(db)).findings, [])
  })

  test('a tranche vests once, however often it is asked', async () => {
    const who = await walletWith([], 100n)
    const due = {
      grant: who.grant,
      tranche: 1,
      quantity: 60n,
      priority: 50,
      scope: {},
      effectiveAt: world.now(),
      expiresAt: null,
    }
    const vest = () => db.tx((sql) => ledger.vested(sql, world.now(), [due]))
    const outcomes = await Promise.all([vest(), vest(), vest()])
    assert.deepEqual(outcomes.flat().toSorted(), ['done', 'replayed', 'replayed'])
    await assert.rejects(
      db.tx((sql) => ledger.vested(sql, world.now(), [{ ...due, quantity: 61n }])),
      { code: 'conflict' },
    )
    const { available, unvested } = await ledger.balances(db, who.wallet)
    assert.deepEqual([available, unvested], [60n, 40n])
  })

  test('more than was granted cannot vest', async () => {
    const who = await walletWith([], 100n)
    const due = {
      grant: who.grant,
      tranche: 1,
      quantity: 101n,
      priority: 50,
      scope: {},
      effectiveAt: world.now(),
      expiresAt: null,
    }
    await assert.rejects(
      db.tx((sql) => ledger.vested(sql, world.now(), [due])),
      /more than is unvested/,
    )
  })

  test('what is left of a lot expires; what is held expires when its hold ends', async () => {
    const who = await walletWith([{ quantity: 100n, expiresAt: world.now() + DAY }])
    const hold = holdOf(who, 40n, { expiresAt: world.now() + 3 * DAY })
    await ledger.hold(hold, world.now())
    world.advance(2 * DAY)
    await ledger.heartbeat(world.now())
    await ledger.expire(world.now())
    assert.equal((await ledger.balances(db, who.wallet)).expired, 60n)
    await ledger.settle(settleOf(hold.id, 10n), world.now())
    assert.equal(await ledger.expire(world.now()), 1)
    const end = await ledger.balances(db, who.wallet)
    assert.deepEqual([end.available, end.held, end.spent, end.expired], [0n, 0n, 10n, 90n])
  })

  test('a correction reverses into the lots that paid, names its cause and never gives back more than was paid', async () => {
    const who = await walletWith([{ quantity: 50n }, { quantity: 50n }])
    const hold = holdOf(who, 80n)
    await ledger.hold(hold, world.now())
    await ledger.settle(settleOf(hold.id, 80n), world.now())
    const correct = (id: string, amount: bigint) =>
      db.tx((sql) =>
        ledger.adjusted(sql, world.now(), { id, call: hold.id, amount, reason: 'a wrong price' }),
      )
    const id = world.id()
    assert.equal((await correct(id, 60n)).outcome, 'done')
    assert.equal((await correct(id, 60n)).outcome, 'replayed')
    await assert.rejects(correct(world.id(), 21n), { code: 'invalid', param: 'amount' })
    assert.equal((await correct(world.id(), 20n)).outcome, 'done')
    const end = await ledger.balances(db, who.wallet)
    assert.deepEqual([end.available, end.spent], [100n, 0n])
  })

  test('forfeited and revoked amounts leave the grant equation whole', async () => {
    const who = await walletWith([{ quantity: 50n }], 100n)
    await db.tx((sql) =>
      ledger.reduced(sql, world.now(), {
        id: world.id(),
        grant: who.grant,
        amount: 10n,
        reason: 'a typing error',
      }),
    )
    await db.tx((sql) =>
      ledger.unvestedLost(sql, world.now(), {
        id: world.id(),
        grant: who.grant,
        to: 'forfeited',
        reason: 'resignation',
      }),
    )
    const [lot] = await ledger.lots(db, who.wallet)
    await db.tx((sql) =>
      ledger.revoked(sql, world.now(), { id: world.id(), lot: lot!.id, reason: 'for cause' }),
    )
    assert.deepEqual(await ledger.balances(db, who.wallet), {
      granted: 140n,
      unvested: 0n,
      available: 0n,
      held: 0n,
      spent: 0n,
      expired: 0n,
      forfeited: 90n,
      revoked: 50n,
    })
  })

  test('balances at a past time are recomputed from entries and equal what was reported then', async () => {
    const who = await walletWith([{ quantity: 1_000n }], 200n)
    const reported: { at: Millis; balances: object }[] = []
    for (let call = 0; call < 6; call += 1) {
      world.advance(MINUTE)
      const hold = holdOf(who, 50n)
      await ledger.hold(hold, world.now())
      reported.push({ at: world.now(), balances: await ledger.balances(db, who.wallet) })
      world.advance(MINUTE)
      await ledger.settle(settleOf(hold.id, BigInt(call * 10)), world.now())
      reported.push({ at: world.now(), balances: await ledger.balances(db, who.wallet) })
    }
    // A clock that jumps back must not write into the past.
    await ledger.hold(holdOf(who, 50n), world.now() - DAY)
    for (const { at, balances } of reported.slice(0, -1)) {
      assert.deepEqual(await ledger.balancesAt(db, who.wallet, at), balances)
    }
  })

  test('a thousand callers on one wallet never overspend it', async () => {
    const who = await walletWith([{ quantity: 150n }, { quantity: 150n }])
    const results = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        const hold = holdOf(who, 1n)
        const held = await ledger.hold(hold, world.now())
        if (held.kind === 'held') await ledger.settle(settleOf(hold.id, 1n), world.now())
        return held.kind
      }),
    )
    assert.equal(results.filter((kind) => kind === 'held').length, 300)
    assert.deepEqual((await ledger.balances(db, who.wallet)).spent, 300n)
  })

  test('a thousand calls with one key, on three replicas at once, never exceed its limit', async () => {
    const who = await walletWith([{ quantity: 5_000n }])
    const key = world.id()
    await db.tx((sql) =>
      ledger.setCap(sql, world.now(), { key, wallet: who.wallet, limit: { amount: 300n, period: 'day' } }),
    )
    const replicas = [ledger, openLedger({ db, owner: 'second' }), openLedger({ db, owner: 'third' })]
    for (const replica of replicas) await replica.heartbeat(world.now())
    const results = await Promise.all(
      Array.from({ length: 1_000 }, async (_, index) => {
        const replica = replicas[index % replicas.length]!
        const hold = holdOf(who, 2n, { facts: { ...facts(who.person), key } })
        const held = await replica.hold(hold, world.now())
        // Half of each hold comes back to the key, some of them in full, and some cost more than they held.
        if (held.kind === 'held') {
          if (index % 10 === 0) await replica.release({ id: hold.id, reason: 'test' }, world.now())
          else await replica.settle(settleOf(hold.id, index % 7 === 0 ? 9n : 1n), world.now())
        }
        return held
      }),
    )
    const refused = results.filter(({ kind }) => kind !== 'held')
    assert.ok(refused.every(({ kind }) => kind === 'capped'))
    assert.ok(refused.length > 0)
    const { spent, held } = await ledger.balances(db, who.wallet)
    const cap = (await ledger.capsOf(db, [key], world.now())).get(key)
    assert.equal(cap?.used, spent)
    assert.ok(spent > 0n && spent <= 300n && held === 0n, `${spent}`)
    // And what came back to the key can be held again, to the last nano-dollar.
    const rest = holdOf(who, 5_000n, { min: 0n, facts: { ...facts(who.person), key } })
    assert.deepEqual(await ledger.hold(rest, world.now()), {
      kind: 'held',
      amount: 300n - spent,
      replayed: false,
    })
    await ledger.release({ id: rest.id, reason: 'test' }, world.now())
  })

  test('a limit renews with its window; a call of the old window leaves the new one alone', async () => {
    const who = await walletWith([{ quantity: 5_000n }])
    const key = world.id()
    const keyed = (most: bigint, min = most): HoldRequest =>
      holdOf(who, most, { min, facts: { ...facts(who.person), key }, expiresAt: world.now() + 3 * DAY })
    const limit = (amount: bigint) =>
      db.tx((sql) =>
        ledger.setCap(sql, world.now(), { key, wallet: who.wallet, limit: { amount, period: 'day' } }),
      )
    const used = async (): Promise<bigint | undefined> =>
      (await ledger.capsOf(db, [key], world.now())).get(key)?.used
    await limit(100n)
    const old = keyed(80n)
    await ledger.hold(old, world.now())
    const resetsAt = (Math.floor(world.now() / DAY) + 1) * DAY
    assert.deepEqual(await ledger.hold(keyed(30n), world.now()), { kind: 'capped', left: 20n, resetsAt })
    const fitted = await ledger.hold(keyed(30n, 5n), world.now())
    assert.deepEqual(fitted, { kind: 'held', amount: 20n, replayed: false })
    await limit(100n)
    assert.equal(await used(), 100n, 'setting it again resets nothing')
    world.set(resetsAt)
    assert.equal(await used(), 0n)
    await ledger.hold(keyed(70n), world.now())
    await ledger.settle(settleOf(old.id, 10n), world.now())
    assert.equal(await used(), 70n)
    await limit(50n)
    assert.deepEqual(await ledger.hold(keyed(1n), world.now()), {
      kind: 'capped',
      left: 0n,
      resetsAt: resetsAt + DAY,
    })
    // Months of a seat are counted by the same key, and are no dollars.
    const seats = await walletWith([{ quantity: 9n }])
    const month = holdOf(seats, 1n, { facts: { ...facts(seats.person), key } })
    assert.equal((await ledger.hold(month, world.now())).kind, 'held')
    assert.equal((await ledger.settle(settleOf(month.id, 1n), world.now())).kind, 'settled')
    assert.equal(await used(), 70n)
    assert.deepEqual((await verify(db)).findings, [])
    await db.tx((sql) => ledger.setCap(sql, world.now(), { key, wallet: who.wallet, limit: null }))
    assert.equal((await ledger.hold(keyed(1n), world.now())).kind, 'held')
  })

  test('after all of this the ledger verifies', async () => {
    await sealAll(ledger, db)
    const verdict = await verify(db)
    assert.deepEqual(verdict.findings, [])
    assert.equal(verdict.entries, verdict.sealed)
  })

  test('our own program cannot change or delete an entry', async () => {
    await assert.rejects(db.query('update ledger.entry set amount = amount + 1'), /permission denied/)
    await assert.rejects(db.query('delete from ledger.entry'), /permission denied/)
    await assert.rejects(db.query('update ledger.usage set cost = 0'), /permission denied/)
  })
})

test('no function that plans in few ways is compiled for each batch', async () => {
  const db = await testDb()
  const compiled = await db.query(
    `select proname from pg_proc where array_to_string(proconfig, ' ') like '%enable_%' and not 'jit=off' = any (proconfig)`,
  )
  assert.deepEqual(compiled, [])
  await db.drop()
})

describe('perq ledger verify', () => {
  const world = testWorld({ seed: 7 })
  let db: TestDb
  let superuser: Db
  let ids: { wallet: string; person: string; call: string }
  before(async () => {
    db = await testDb()
    superuser = await connect(db.adminUrl, { max: 1 })
    const ledger = openLedger({ db, owner: 'test' })
    await ledger.heartbeat(world.now())
    const person = world.id()
    const grant = world.id()
    const wallet = await db.tx((sql) => ledger.openWallet(sql, { id: world.id(), person, asset: 'USD' }))
    await db.tx(async (sql) => {
      await ledger.granted(sql, world.now(), { grant, wallet, quantity: 1_000n })
      const lot = {
        grant,
        tranche: 1,
        quantity: 600n,
        priority: 50,
        scope: {},
        effectiveAt: world.now(),
        expiresAt: null,
      }
      await ledger.vested(sql, world.now(), [lot])
    })
    const call = world.id()
    for (const id of [world.id(), call, world.id()]) {
      const at = world.now()
      await ledger.hold(
        { id, wallet, min: 9n, max: 9n, scopes: null, expiresAt: at + DAY, floor: 0n, facts: facts(person) },
        at,
      )
      await ledger.settle(
        { id, cost: 5n, tokens, status: 'ok', estimated: false, providerId: null, startedAt: at },
        at,
      )
    }
    await sealAll(ledger, db)
    assert.deepEqual((await verify(db)).findings, [])
    ids = { wallet, person, call }
  })
  after(async () => {
    await superuser.close()
    await db.drop()
  })
  const admin = (text: string) => superuser.query(text)

  /** Tampers as a superuser would, looks, and puts it back. */
  const findingsAfter = async (tamper: string, repair: string): Promise<string> => {
    await admin(tamper)
    const verdict = await verify(db)
    await admin(repair)
    assert.deepEqual((await verify(db)).findings, [], `${repair} repairs`)
    assert.equal(verdict.ok, false, tamper)
    return verdict.findings.map((finding) => `${finding.row} ${finding.detail}`).join('\n')
  }

  test('names a usage row, a lot and a grant that were changed', async () => {
    const { call } = ids
    const usage = await findingsAfter(
      `update ledger.usage set output = output + 1 where id = '${call}'`,
      `update ledger.usage set output = output - 1 where id = '${call}'`,
    )
    assert.match(usage, new RegExp(call))
    const lot = await findingsAfter(
      `update ledger.lot set available = available + 1, vested = vested + 1 where wallet_id = '${ids.wallet}'`,
      `update ledger.lot set available = available - 1, vested = vested - 1 where wallet_id = '${ids.wallet}'`,
    )
    assert.match(lot, /lot .* has available/)
    const terms = await findingsAfter(
      `update ledger.lot set expires_at = effective_at + interval '1 year'`,
      'update ledger.lot set expires_at = null',
    )
    assert.match(terms, /vested 0 of transfer/)
    const grant = await findingsAfter(
      'update ledger.grant_book set granted = granted + 5, unvested = unvested + 5',
      'update ledger.grant_book set granted = granted - 5, unvested = unvested - 5',
    )
    assert.match(grant, /grant .* granted/)
  })
})

test('a limit whose use was changed by hand is found', async () => {
  const db = await testDb()
  const world = testWorld()
  const ledger = openLedger({ db, owner: 'test' })
  const [person, key] = [world.id(), world.id()]
  const wallet = await db.tx((sql) => ledger.openWallet(sql, { id: world.id(), person, asset: 'USD' }))
  await db.tx((sql) => ledger.setCap(sql, world.now(), { key, wallet, limit: { amount: 5n, period: null } }))
  assert.deepEqual((await verify(db)).findings, [])
  await db.query('update ledger.cap set used = 1')
  assert.match(JSON.stringify((await verify(db)).findings), new RegExp(`cap of key ${key}`))
  await db.drop()
})

test('a price version, a late cost or an open hold that was changed by hand is found', async () => {
  const db = await testDb()
  const admin = await connect(db.adminUrl, { max: 1, mayExit: true })
  const world = testWorld()
  const ledger = openLedger({ db, owner: 'test' })
  await ledger.heartbeat(world.now())
  const [person, grant] = [world.id(), world.id()]
  const wallet = await db.tx((sql) => ledger.openWallet(sql, { id: world.id(), person, asset: 'USD' }))
  const lot = { priority: 50, scope: {}, effectiveAt: world.now(), expiresAt: null }
  await db.tx(async (sql) => {
    await ledger.granted(sql, world.now(), { grant, wallet, quantity: 1_000n })
    await ledger.vested(sql, world.now(), [{ grant, tranche: 1, quantity: 900n, ...lot }])
  })
  await assert.rejects(
    db.tx((sql) => ledger.vested(sql, world.now(), [{ grant, tranche: 2, quantity: 101n, ...lot }])),
    { name: 'Fault', code: 'conflict' },
  )
  const hold = async (): Promise<string> => {
    const id = world.id()
    const expiresAt = world.now() + MINUTE
    const ask = {
      id,
      wallet,
      min: 100n,
      max: 100n,
      floor: 10n,
      scopes: null,
      expiresAt,
      facts: facts(person),
    }
    assert.equal((await ledger.hold(ask, world.now())).kind, 'held')
    return id
  }
  const settle = (id: string, cost: bigint) => {
    const more = { status: 'ok', estimated: false, providerId: null, startedAt: world.now() } as const
    return ledger.settle({ id, cost, tokens, ...more }, world.now())
  }
  await settle(await hold(), 50n)
  const late = await hold()
  world.advance(2 * MINUTE)
  await ledger.lapse(world.now())
  assert.equal((await settle(late, 60n)).kind, 'late')
  await hold()
  await sealAll(ledger, db)
  assert.deepEqual((await verify(db)).findings, [])
  for (const [there, back] of [
    [
      'update ledger.usage set price_version = price_version + 1',
      'update ledger.usage set price_version = price_version - 1',
    ],
    ['update ledger.late set cost = cost + 1', 'update ledger.late set cost = cost - 1'],
    ['update ledger.hold set wallet_id = id', `update ledger.hold set wallet_id = '${wallet}'`],
  ] as const) {
    await admin.query(there)
    assert.equal((await verify(db)).ok, false, there)
    await admin.query(back)
    assert.equal((await verify(db)).ok, true, back)
  }
  await admin.close()
  await db.drop()
})
