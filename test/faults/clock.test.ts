import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND, type Millis } from '#base/time.ts'
import { openLedger } from '#ledger/ledger.ts'
import { openCompany, type Company } from '../support/company.ts'
import { longStreams } from '../support/crew.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { perq, servePerq } from '../support/perq.ts'
import { proveAll } from '../support/proven.ts'
import { testWorld, type TestWorld } from '../support/world.ts'

const DOLLAR = 1_000_000_000n

/** A process whose clock is wrong by so much, from its first line on. */
const wrongBy = (by: Millis): string =>
  `--import=data:text/javascript,${encodeURIComponent(`const now=Date.now;Date.now=()=>now()+(${by})`)}`

describe('a clock that jumps', () => {
  let db: TestDb
  let world: TestWorld
  let company: Company
  beforeEach(async () => {
    db = await testDb()
    world = testWorld({ now: Date.UTC(2026, 0, 15, 12) })
    company = await openCompany(db, world)
  })
  afterEach(() => db.drop())

  const person = async () => {
    const one = await company.hire()
    await company.grant(one, 12n * 100n * DOLLAR, { daysAgo: 45 })
    await company.tick()
    return one
  }
  const available = async (): Promise<bigint> => {
    const [row] = await db.query<{ least: bigint }>('select min(available) as least from ledger.lot')
    return row!.least
  }
  const holds = async (): Promise<number> => (await db.query('select id from ledger.hold')).length
  /** A lot never goes below nothing, a grant stays whole, and everything verifies and is sealed. */
  async function right(): Promise<void> {
    assert.ok((await available()) >= 0n)
    await proveAll(company.ledger, db)
  }

  for (const [name, by] of [
    ['forward by four minutes', 4 * MINUTE],
    ['back by an hour', -HOUR],
    ['back by twenty days, over the start of the lot', -20 * DAY],
  ] as const)
    test(`a clock that jumps ${name}: living holds stand, calls are held and settled, and the ledger verifies`, async () => {
      const one = await person()
      const standing = await company.hold(one)
      assert.ok(standing)
      world.advance(by)
      await company.tick()
      assert.equal(await holds(), 1, 'the call is on its way, whatever the clock says')
      const next = await company.hold(one)
      // A lot that begins later by this clock pays for nothing yet; nobody is charged for that.
      if (next) await company.settle(next)
      await company.settle(standing)
      world.advance(-by)
      const after = await company.hold(one)
      assert.ok(after)
      await company.settle(after)
      await right()
    })

  test('a clock that jumps forward by an hour: what ran out by it lapses once, usage that comes later is the company’s, and the ledger verifies', async () => {
    const one = await person()
    const standing = await company.hold(one)
    assert.ok(standing)
    world.advance(HOUR)
    await company.tick()
    assert.equal(await holds(), 0)
    await company.settle(standing)
    const [row] = await db.query<{ status: string; charged: bigint; held: bigint }>(
      'select status, charged, held from ledger.usage where id = $1',
      [standing.id],
    )
    assert.ok(row!.status === 'lapsed' && row!.charged <= row!.held)
    world.advance(-HOUR)
    const next = await company.hold(one)
    assert.ok(next)
    await company.settle(next)
    await right()
  })

  test('a month that ends, forward and back again: each tranche vests once, and every call lies in a month that is open', async () => {
    world.set(Date.UTC(2026, 0, 31, 23, 59, 59))
    const one = await person()
    await company.ledger.openMonths(world.now())
    const vested = async (): Promise<number> => (await db.query('select id from ledger.lot')).length
    const january = await vested()
    const before = await company.hold(one)
    assert.ok(before)
    world.set(Date.UTC(2026, 1, 18))
    await company.ledger.openMonths(world.now())
    await company.tick()
    const february = await vested()
    assert.ok(february > january)
    world.set(Date.UTC(2026, 0, 31, 23, 59, 59))
    await company.tick()
    world.set(Date.UTC(2026, 1, 18))
    await company.tick()
    assert.equal(await vested(), february, 'nothing vests twice')
    const later = await company.hold(one)
    assert.ok(later)
    await company.settle(later)
    await right()
  })

  test('the 29th of February: what vests on it vests once, calls of it are kept, and the day after follows', async () => {
    world.set(Date.UTC(2028, 1, 28, 23, 59))
    const one = await company.hire()
    await company.grant(one, 1_200n * DOLLAR, { daysAgo: 61 })
    for (const day of [28, 29, 30]) {
      world.set(Date.UTC(2028, 1, day, 12))
      await company.ledger.openMonths(world.now())
      await company.tick()
      await company.tick()
      const call = await company.hold(one)
      assert.ok(call, `the ${day}th day`)
      await company.settle(call)
    }
    const days = await db.query<{ day: string }>(
      `select distinct to_char(at at time zone 'UTC', 'MM-DD') as day from ledger.entry where kind = 'settle' order by 1`,
    )
    assert.deepEqual(
      days.map(({ day }) => day),
      ['02-28', '02-29', '03-01'],
    )
    await right()
  })

  test('replicas whose clocks are 4 s apart do not lapse each other’s calls, and spend the same wallet to the nano-dollar', async () => {
    const one = await person()
    const call = await company.hold(one)
    assert.ok(call)
    const other = openLedger({ db, owner: 'four seconds ahead' })
    for (let n = 0; n < 12; n += 1) {
      world.advance(5 * SECOND)
      await company.ledger.heartbeat(world.now())
      await other.heartbeat(world.now() + 4 * SECOND)
      assert.equal(await other.lapse(world.now() + 4 * SECOND), 0)
      assert.equal(await company.ledger.lapse(world.now()), 0)
    }
    assert.equal(await holds(), 1)
    await company.settle(call)
    await right()
  })
})

describe('a server whose clock is wrong', () => {
  let db: TestDb
  before(async () => void (db = await testDb()))
  after(() => db.drop())
  const env = (by: Millis): Record<string, string> => ({
    DATABASE_URL: db.url,
    PERQ_DEMO_DAYS: '0',
    PERQ_SECRET: randomBytes(32).toString('hex'),
    NODE_OPTIONS: wrongBy(by),
  })

  test('a server whose clock is an hour from the database’s does not start, and says why', async () => {
    for (const by of [HOUR, -HOUR]) {
      const { code, err } = await perq(['serve', '--port', '0'], { env: env(by) })
      assert.equal(code, 1)
      assert.match(err, /the clock here and the database's are 3[56]\d\d seconds apart/)
    }
  })

  test('a server whose clock is 4 s ahead of the database’s starts and serves', async () => {
    const served = await servePerq({ args: ['--demo'], env: env(4 * SECOND) })
    const { finished } = await longStreams(served, 1)
    assert.equal(await finished, 1)
    assert.equal(await served.stop(), 0)
  })
})
