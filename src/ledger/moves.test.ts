import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { rational, type Rational } from '#base/rational.ts'
import { DAY, HOUR, MINUTE, type Millis } from '#base/time.ts'
import { connect } from '#db/connect.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { sealAll } from '../../test/support/sealed.ts'
import { testWorld } from '../../test/support/world.ts'
import type { Asset } from './assets.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { convertedBookId } from './moves.ts'
import { lotId } from './templates.ts'
import type { CarryOrder, ConvertOrder, Scope } from './types.ts'
import { verify } from './verify.ts'

const GPU: Asset = 'GPU_SECOND/H100-SXM/guaranteed'
/** $2 an hour: 5,000,000/9 nano-dollars a second. */
const RATE = rational(2_000_000_000n, 3_600n)

describe('value that goes on elsewhere', () => {
  const world = testWorld()
  let db: TestDb
  let ledger: Ledger
  before(async () => {
    db = await testDb()
    ledger = openLedger({ db, owner: 'test' })
    await ledger.heartbeat(world.now())
  })
  after(async () => db.drop())

  const open = (person: string, asset: Asset) =>
    db.tx((sql) => ledger.openWallet(sql, { id: world.id(), person, asset }))

  /** A person with a wallet of that asset, one grant, and one lot of it. */
  const lotWith = async (
    vested: bigint,
    more: { asset?: Asset; unvested?: bigint; expiresAt?: Millis; scope?: Scope } = {},
  ) => {
    const [person, grant] = [world.id(), world.id()]
    const wallet = await open(person, more.asset ?? 'USD')
    const due = {
      grant,
      tranche: 1,
      quantity: vested,
      priority: 40,
      scope: more.scope ?? {},
      effectiveAt: world.now(),
      expiresAt: more.expiresAt ?? null,
    }
    await db.tx(async (sql) => {
      await ledger.granted(sql, world.now(), { grant, wallet, quantity: vested + (more.unvested ?? 0n) })
      await ledger.vested(sql, world.now(), [due])
    })
    return { person, grant, wallet, lot: lotId(grant, 1), due }
  }

  const carry = (order: CarryOrder) => db.tx((sql) => ledger.carried(sql, world.now(), order))
  const convert = (order: ConvertOrder) => db.tx((sql) => ledger.converted(sql, world.now(), order))

  const hold = async (of: { person: string; wallet: string }, amount: bigint) => {
    const id = world.id()
    const facts = {
      person: of.person,
      key: null,
      door: 'openai',
      route: '/v1/responses',
      model: 'm',
      class: 'standard',
      provider: 'openai',
      upstream: 'demo',
      purpose: 'work',
      priceVersion: 1,
    } as const
    const ask = { id, wallet: of.wallet, min: amount, max: amount, scopes: null, floor: 0n, facts }
    const held = await ledger.hold({ ...ask, expiresAt: world.now() + HOUR }, world.now())
    return { id, held }
  }

  test('what is carried goes on with its own expiry, scope and priority, and the grant equation stays whole', async () => {
    const who = await lotWith(100n, { unvested: 50n, expiresAt: world.now() + DAY })
    const later = world.now() + 30 * DAY
    const to = { expiresAt: later, scope: { purposes: ['open_source'] }, priority: 60 } as const
    const done = await carry({ id: world.id(), lot: who.lot, amount: 60n, to, reason: 'rollover' })
    assert.equal(done.outcome, 'done')
    const lots = await ledger.lots(db, who.wallet)
    assert.deepEqual(
      lots.map((lot) => [lot.id, lot.vested, lot.available, lot.carried, lot.carriedFrom, lot.expiresAt]),
      [
        [who.lot, 40n, 40n, 60n, null, who.due.expiresAt],
        [done.lot, 60n, 60n, 0n, who.lot, later],
      ],
    )
    assert.deepEqual([lots[1]!.scope, lots[1]!.priority, lots[1]!.grant], [to.scope, 60, who.grant])
    const before = await ledger.balances(db, who.wallet)
    assert.deepEqual([before.granted, before.unvested, before.available], [150n, 50n, 100n])
    assert.deepEqual(await ledger.balancesAt(db, who.wallet, world.now()), before)
    world.advance(2 * DAY)
    await ledger.expire(world.now())
    const end = await ledger.balances(db, who.wallet)
    assert.deepEqual([end.available, end.expired], [60n, 40n])
  })

  test('a lot carried whole is closed, vests never again, and what was carried can be carried on and revoked', async () => {
    const who = await lotWith(100n)
    const to = { expiresAt: world.now() + DAY }
    const first = await carry({ id: world.id(), lot: who.lot, amount: 100n, to, reason: 'leaves' })
    assert.deepEqual(await db.tx((sql) => ledger.vested(sql, world.now(), [who.due])), ['replayed'])
    await assert.rejects(
      db.tx((sql) => ledger.vested(sql, world.now(), [{ ...who.due, quantity: 99n }])),
      { code: 'conflict' },
    )
    const second = await carry({ id: world.id(), lot: first.lot, amount: 30n, to, reason: 'part' })
    const loss = { id: world.id(), lot: second.lot, amount: 10n, reason: 'clawback' }
    for (const outcome of ['done', 'replayed'])
      assert.deepEqual(await db.tx((sql) => ledger.revoked(sql, world.now(), loss)), { outcome, amount: 10n })
    const left = await ledger.lotsOf(db, who.person)
    assert.deepEqual(left.map((lot) => lot.available).toSorted(), [20n, 70n])
    assert.deepEqual((await ledger.lotsOf(db, who.person, { ended: true })).length, 3)
    assert.equal((await hold(who, 91n)).held.kind, 'short')
    assert.equal((await hold(who, 90n)).held.kind, 'held')
  })

  test('nothing is carried above what is available, to a lot that has ended, or twice', async () => {
    const who = await lotWith(100n)
    await hold(who, 30n)
    const order = {
      id: world.id(),
      lot: who.lot,
      amount: 70n,
      to: { expiresAt: world.now() + DAY },
      reason: 'x',
    }
    for (const amount of [71n, 0n, -1n])
      await assert.rejects(carry({ ...order, amount }), { code: 'invalid', param: 'amount' })
    const ended = { expiresAt: world.now() }
    await assert.rejects(carry({ ...order, to: ended }), { code: 'invalid', param: 'expires_at' })
    await assert.rejects(carry({ ...order, lot: world.id() }), { code: 'not_found', param: 'lot' })
    const outcomes = await Promise.all([carry(order), carry(order), carry(order)])
    assert.deepEqual(outcomes.map(({ outcome }) => outcome).toSorted(), ['done', 'replayed', 'replayed'])
    assert.equal(new Set(outcomes.map(({ lot }) => lot)).size, 1)
    await assert.rejects(carry({ ...order, amount: 69n }), { code: 'conflict' })
    const after = await ledger.balances(db, who.wallet)
    assert.deepEqual([after.available, after.held], [70n, 30n])
  })

  test('what is exchanged is spent in the one asset and granted in the other, never in the favour of who exchanges', async () => {
    const expiresAt = world.now() + 90 * DAY
    const scope = { classes: ['standard'], exchange: ['USD'] }
    const who = await lotWith(3_600n, { asset: GPU, unvested: 400n, expiresAt, scope })
    const wallet = await open(who.person, 'USD')
    const to = { wallet, asset: 'USD' } as const
    const order = { id: world.id(), lot: who.lot, amount: 1n, to, rate: RATE, basis: 'a test' }
    const one = await convert(order)
    assert.deepEqual([one.outcome, one.amount, one.quantity], ['done', 1n, 555_555n])
    const rest = await convert({ ...order, id: world.id(), amount: 1_800n })
    assert.equal(rest.quantity, 1_000_000_000n)
    const seconds = await ledger.balances(db, who.wallet)
    assert.deepEqual([seconds.granted, seconds.available, seconds.spent], [4_000n, 1_799n, 1_801n])
    const dollars = await ledger.balances(db, wallet)
    assert.deepEqual(
      [dollars.granted, dollars.available, dollars.unvested],
      [1_000_555_555n, 1_000_555_555n, 0n],
    )
    assert.deepEqual(await ledger.balancesAt(db, wallet, world.now()), dollars)
    assert.deepEqual(await ledger.balancesAt(db, who.wallet, world.now()), seconds)
    const lots = (await ledger.lotsOf(db, who.person, { grant: who.grant })).filter(
      (lot) => lot.asset === 'USD',
    )
    assert.deepEqual(
      lots.map((lot) => [lot.grant, lot.root, lot.convertedFrom, lot.scope, lot.expiresAt, lot.priority]),
      lots.map(() => [
        convertedBookId(who.grant, 'USD'),
        who.grant,
        who.lot,
        { classes: ['standard'] },
        expiresAt,
        40,
      ]),
    )
    assert.equal((await hold({ person: who.person, wallet }, 1_000_555_555n)).held.kind, 'held')
  })

  test('an exchange is made once, however often it is asked and by however many at once', async () => {
    const who = await lotWith(3_600n, { asset: GPU })
    const wallet = await open(who.person, 'USD')
    const order = {
      id: world.id(),
      lot: who.lot,
      amount: 9n,
      to: { wallet, asset: 'USD' as const },
      rate: RATE,
      basis: 'a test',
    }
    const outcomes = await Promise.all([convert(order), convert(order), convert(order)])
    assert.deepEqual(outcomes.map(({ outcome }) => outcome).toSorted(), ['done', 'replayed', 'replayed'])
    assert.deepEqual(new Set(outcomes.map(({ quantity }) => quantity)), new Set([5_000_000n]))
    await assert.rejects(convert({ ...order, amount: 10n }), { code: 'conflict' })
    assert.equal((await ledger.balances(db, who.wallet)).spent, 9n)
  })

  test('an exchange is refused above what is available, into nothing, to somebody else, and of what cannot be spent', async () => {
    const who = await lotWith(100n, { asset: GPU, expiresAt: world.now() + MINUTE })
    const other = await lotWith(100n)
    const wallet = await open(who.person, 'USD')
    const to = { wallet, asset: 'USD' } as const
    const order = { id: world.id(), lot: who.lot, amount: 1n, to, rate: RATE, basis: 'a test' }
    const refused = (more: Partial<ConvertOrder>, error: object) =>
      assert.rejects(convert({ ...order, ...more }), { name: 'Fault', ...error })
    const tiny: Rational = rational(1n, 1_000n)
    await refused({ amount: 101n }, { code: 'invalid', param: 'amount' })
    await refused({ rate: tiny }, { code: 'invalid', param: 'amount' })
    await refused({ rate: rational(2n ** 80n) }, { code: 'invalid', param: 'amount' })
    await refused({ rate: rational(-1n) }, { code: 'invalid', param: 'amount' })
    await refused({ to: { wallet: other.wallet, asset: 'USD' } }, { code: 'invalid', param: 'wallet' })
    await refused({ to: { wallet, asset: 'EXAFLOP_DAY' } }, { code: 'invalid', param: 'wallet' })
    await refused({ to: { wallet: who.wallet, asset: GPU } }, { code: 'invalid', param: 'wallet' })
    await refused({ to: { wallet: world.id(), asset: 'USD' } }, { code: 'not_found' })
    world.advance(2 * MINUTE)
    await refused({}, { code: 'conflict', param: 'lot' })
    assert.equal((await ledger.balances(db, who.wallet)).available, 100n)
    assert.equal((await ledger.balances(db, wallet)).granted, 0n)
  })

  test('a grant is raised and reduced with its cause, and its first promise stays repeatable', async () => {
    const who = await lotWith(60n, { unvested: 40n })
    const change = { id: world.id(), grant: who.grant, amount: 25n, reason: 'promoted' }
    for (const outcome of ['done', 'replayed'])
      assert.deepEqual(await db.tx((sql) => ledger.raised(sql, world.now(), change)), {
        outcome,
        amount: 25n,
      })
    await assert.rejects(
      db.tx((sql) => ledger.raised(sql, world.now(), { ...change, amount: 26n })),
      { code: 'conflict' },
    )
    const less = { id: world.id(), grant: who.grant, amount: 65n, reason: 'part time' }
    await db.tx((sql) => ledger.reduced(sql, world.now(), less))
    await assert.rejects(
      db.tx((sql) => ledger.reduced(sql, world.now(), { ...less, id: world.id(), amount: 1n })),
      { code: 'invalid', param: 'amount' },
    )
    const again = { grant: who.grant, wallet: who.wallet, quantity: 100n }
    assert.equal(await db.tx((sql) => ledger.granted(sql, world.now(), again)), 'replayed')
    const { granted, unvested } = await ledger.balances(db, who.wallet)
    assert.deepEqual([granted, unvested], [60n, 0n])
    await assert.rejects(
      db.tx((sql) => ledger.raised(sql, world.now(), { ...change, id: world.id(), amount: 2n ** 63n })),
      { code: 'invalid', param: 'amount' },
    )
  })

  test('part of what is unvested is forfeited, and a lot ends before its time', async () => {
    const who = await lotWith(60n, { unvested: 40n })
    const loss = { id: world.id(), grant: who.grant, to: 'forfeited', amount: 15n, reason: 'leave' } as const
    await db.tx((sql) => ledger.unvestedLost(sql, world.now(), loss))
    await assert.rejects(
      db.tx((sql) => ledger.unvestedLost(sql, world.now(), { ...loss, id: world.id(), amount: 26n })),
      { code: 'invalid', param: 'amount' },
    )
    const end = { id: world.id(), lot: who.lot, reason: 'left' }
    for (const outcome of ['done', 'replayed'])
      assert.deepEqual(await db.tx((sql) => ledger.endedEarly(sql, world.now(), end)), {
        outcome,
        amount: 60n,
      })
    const { unvested, forfeited, available, expired } = await ledger.balances(db, who.wallet)
    assert.deepEqual([unvested, forfeited, available, expired], [25n, 15n, 0n, 60n])
  })

  test('what is no asset has no wallet', async () => {
    for (const asset of ['GPU_SECOND/H100-SXM', 'NODE_SECOND/B200/spot', 'TOKEN/', 'CUR/EUR', 'EUR'])
      await assert.rejects(
        db.query('insert into ledger.wallet (id, person_id, asset) values ($1, $2, $3)', [
          world.id(),
          world.id(),
          asset,
        ]),
        { code: '23514' },
      )
    for (const asset of ['EXAFLOP_DAY', 'NODE_SECOND/B200x8/spot', 'TOKEN/small', GPU] as const)
      await open(world.id(), asset)
  })

  test('and all of it verifies, sealed, until a carry, a rate or an origin is changed by hand', async () => {
    await sealAll(ledger, db)
    assert.deepEqual((await verify(db)).findings, [])
    const admin = await connect(db.adminUrl, { max: 1 })
    const found = async (there: string, back: string): Promise<string> => {
      await admin.query(there)
      const checks = new Set((await verify(db)).findings.map(({ check }) => check))
      await admin.query(back)
      assert.deepEqual((await verify(db)).findings, [], back)
      return [...checks].join('; ')
    }
    await admin.query('create table public.kept as select id, carried_from, converted_from from ledger.lot')
    const [carried, rate, origin, basis] = [
      await found(
        'update ledger.lot set carried_from = id where carried_from is not null',
        'update ledger.lot l set carried_from = k.carried_from from public.kept k where k.id = l.id and l.carried_from is not null',
      ),
      await found(
        'update ledger.conversion set rate_n = rate_n * 1000, rate_d = rate_d * 1000',
        'update ledger.conversion set rate_n = div(rate_n, 1000), rate_d = div(rate_d, 1000)',
      ),
      await found(
        'update ledger.lot set converted_from = id where converted_from is not null',
        'update ledger.lot l set converted_from = k.converted_from from public.kept k where k.id = l.id',
      ),
      await found(
        `update ledger.conversion set basis = 'another'`,
        `update ledger.conversion set basis = 'a test'`,
      ),
    ]
    const elsewhere = await found(
      `update ledger.lot set wallet_id = grant_id where carried_from is null and converted_from is null`,
      'update ledger.lot l set wallet_id = g.wallet_id from ledger.grant_book g where g.grant_id = l.grant_id',
    )
    assert.match(elsewhere, /each lot lies in the wallet of its grant/)
    assert.match(carried, /what is carried nets to zero/)
    assert.match(carried, /no sealed entry changed/)
    assert.match(rate, /no sealed entry changed/)
    assert.match(origin, /each exchange is what its rate says/)
    assert.match(basis, /no sealed entry changed/)
    await assert.rejects(db.query(`update ledger.conversion set basis = 'mine'`), { code: '42501' })
    await admin.close()
  })
})
