import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND } from '#base/time.ts'
import { openLedger, type Ledger } from '#ledger/ledger.ts'
import { OWNER_DEAD_AFTER } from '#ledger/owners.ts'
import type { CallFacts, CapPeriod, HoldResult, ReleaseResult, SettleResult } from '#ledger/types.ts'
import { verify } from '#ledger/verify.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { testWorld, type TestWorld } from '../support/world.ts'
import { Model } from './model.ts'

/**
 * Random histories of a few wallets, run on the real ledger and on the model beside it: every answer and every balance
 * must agree after every step. Processes die and are replaced, commands come twice, late and out of order, time jumps.
 */
const SEEDS = Number(process.env['PERQ_SIM_SEEDS'] ?? 12)
const STEPS = 120
/** Between two looks of the worker at the other processes. */
const LOOK = 5 * SECOND

const tokens = { input: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, reasoning: 0 }
const holdText = (result: HoldResult): string => {
  if (result.kind === 'held') return `held ${result.amount}${result.replayed ? ' again' : ''}`
  return result.kind === 'capped' ? `capped ${result.left}` : result.kind
}
const PERIODS: readonly (CapPeriod | null)[] = ['day', 'week', 'month', null]
const settleText = (result: SettleResult): string => {
  if (result.kind === 'settled')
    return `settled ${result.charged} ${result.absorbed}${result.replayed ? ' again' : ''}`
  return result.kind === 'late' ? `late ${result.charged} ${result.absorbed}` : result.kind
}
const releaseText = (result: ReleaseResult): string =>
  result.kind === 'released' && result.replayed ? 'released again' : result.kind

class Story {
  readonly world: TestWorld
  readonly told: string[] = []
  readonly wallets: {
    id: string
    grant: string
    person: string
    /** The last one never gets a cap. */
    keys: readonly string[]
    model: Model
    tranches: number
  }[] = []
  readonly calls: string[] = []
  /** Which wallet a call belongs to. */
  readonly of = new Map<string, number>()
  owner = 'p0'
  ledger: Ledger
  readonly db: TestDb
  scopes: number[] = []

  constructor(db: TestDb, seed: number) {
    this.db = db
    this.world = testWorld({ seed })
    this.ledger = openLedger({ db, owner: `${seed}-${this.owner}` })
  }

  below(most: number): number {
    const [a, b] = this.world.random(2)
    return ((a! << 8) | b!) % most
  }

  async open(): Promise<void> {
    const now = this.world.now()
    await this.ledger.heartbeat(now)
    for (let index = 0; index < 3; index += 1) {
      const [person, grant] = [this.world.id(), this.world.id()]
      const id = await this.db.tx((sql) =>
        this.ledger.openWallet(sql, { id: this.world.id(), person, asset: 'USD' }),
      )
      await this.db.tx((sql) => this.ledger.granted(sql, now, { grant, wallet: id, quantity: 100_000n }))
      const model = new Model()
      model.unvested = 100_000n
      const keys = [this.world.id(), this.world.id(), this.world.id()]
      this.wallets.push({ id, grant, person, keys, model, tranches: 0 })
      await this.vest(index)
    }
  }

  async vest(index: number): Promise<void> {
    const wallet = this.wallets[index]!
    const now = this.world.now()
    const quantity = BigInt(1 + this.below(400))
    wallet.tranches += 1
    const [priority, dated] = [this.below(3) * 25, this.below(3) > 0]
    const scope = this.below(2) === 0 ? {} : { classes: ['small'] }
    const [effectiveAt, expiresAt] = [
      now + (wallet.tranches % 5 === 0 ? MINUTE : 0),
      dated ? now + (1 + this.below(40)) * MINUTE : null,
    ]
    const request = {
      grant: wallet.grant,
      tranche: wallet.tranches,
      quantity,
      priority,
      scope,
      effectiveAt,
      expiresAt: expiresAt === effectiveAt ? null : expiresAt,
    }
    await this.db.tx((sql) => this.ledger.vested(sql, now, [request]))
    const number = (await this.ledger.scopes(this.db)).find(
      (known) => JSON.stringify(known.body) === JSON.stringify(scope),
    )!.id
    if (!this.scopes.includes(number)) this.scopes.push(number)
    const to = request.expiresAt ?? Number.POSITIVE_INFINITY
    wallet.model.vest({ tranche: wallet.tranches, priority, scope: number, from: effectiveAt, to }, quantity)
    // The same tranche again changes nothing.
    if (this.below(3) === 0) await this.db.tx((sql) => this.ledger.vested(sql, now, [request]))
  }

  /** Sets, changes or ends the cap of a key; setting it again changes nothing. */
  async cap(index: number): Promise<void> {
    const { id: wallet, keys, model } = this.wallets[index]!
    const key = keys[this.below(2)]!
    const limit =
      this.below(4) === 0
        ? null
        : { amount: BigInt(this.below(600)), period: PERIODS[this.below(PERIODS.length)]! }
    for (let times = 0; times <= this.below(2); times += 1)
      await this.db.tx((sql) => this.ledger.setCap(sql, this.world.now(), { key, wallet, limit }))
    if (limit) model.caps.set(key, limit)
    else model.caps.delete(key)
    this.told.push(`cap ${key} ${limit?.amount} ${limit?.period}`)
  }

  async hold(id: string, index: number): Promise<void> {
    const wallet = this.wallets[index]!
    const key = wallet.keys[this.below(3)]!
    const now = this.world.now()
    const max = BigInt(this.below(300))
    const min = max === 0n ? 0n : BigInt(this.below(Number(max) + 1))
    const floor = BigInt(this.below(Number(min) + 1))
    const scopes = this.below(3) === 0 ? this.scopes.slice(0, 1) : null
    const expiresAt = now + (1 + this.below(20)) * MINUTE
    const facts: CallFacts = {
      person: wallet.person,
      key,
      door: 'anthropic',
      route: '/v1/messages',
      model: 'm',
      class: 'standard',
      provider: 'anthropic',
      upstream: 'demo',
      purpose: 'work',
      priceVersion: 1,
    }
    const expected = wallet.model.hold(
      { id, min, max, floor, scopes, expiresAt, owner: this.owner, key },
      now,
    )
    const result = await this.ledger.hold(
      { id, wallet: wallet.id, min, max, scopes, floor, expiresAt, facts },
      now,
    )
    this.same(`hold ${id} ${min}..${max}`, holdText(result), expected)
  }

  async settle(id: string): Promise<void> {
    const model = this.wallets[this.of.get(id)!]!.model
    const cost = BigInt(this.below(350))
    const expected = model.settle(id, cost)
    const usage = {
      id,
      cost,
      tokens,
      status: 'ok',
      estimated: false,
      providerId: null,
      startedAt: this.world.now(),
    } as const
    this.same(
      `settle ${id} at ${cost}`,
      settleText(await this.ledger.settle(usage, this.world.now())),
      expected,
    )
    if (this.below(4) === 0) {
      this.same(
        `settle ${id} again`,
        settleText(await this.ledger.settle(usage, this.world.now())),
        model.settle(id, cost),
      )
    }
  }

  async step(): Promise<void> {
    const chance = this.below(100)
    const call = this.calls[this.below(Math.max(this.calls.length, 1))]
    if (chance < 45) {
      // Several at once, so that they share a batch; each wallet still sees them in order.
      const fresh = Array.from({ length: 1 + this.below(6) }, () => ({
        id: this.world.id(),
        index: this.below(3),
      }))
      for (const { id, index } of fresh) {
        this.calls.push(id)
        this.of.set(id, index)
      }
      await Promise.all(fresh.map(({ id, index }) => this.hold(id, index)))
    } else if (chance < 70 && call) await this.settle(call)
    else if (chance < 78 && call) {
      const expected = this.wallets[this.of.get(call)!]!.model.release(call)
      this.same(
        `release ${call}`,
        releaseText(await this.ledger.release({ id: call, reason: 'sim' }, this.world.now())),
        expected,
      )
    } else if (chance < 82) await this.vest(this.below(3))
    else if (chance < 86) await this.cap(this.below(3))
    else if (chance < 90) {
      // Now and then far enough that windows of caps end, while calls that began in them go on.
      const far = this.below(4) === 0 ? this.below(30) * HOUR : 0
      this.world.advance(far + this.below(5) * MINUTE + this.below(60) * SECOND)
      await this.ledger.heartbeat(this.world.now())
    } else if (chance < 94) {
      // The process dies: its holds stay, and lapse once it is known to be dead.
      this.owner = `p${this.told.length}`
      this.ledger = openLedger({ db: this.db, owner: `${this.world.id()}-${this.owner}` })
      // It is looked at every five seconds, until its heartbeat has stood still for long enough.
      for (let looked = 0; looked < OWNER_DEAD_AFTER; looked += LOOK) await this.look()
      await this.sweep()
    } else await this.sweep()
    await this.compare()
  }

  /** One turn of the worker: nothing is known of the dead yet, and time alone ends holds. */
  async look(): Promise<void> {
    const now = this.world.now()
    await this.ledger.heartbeat(now)
    const everyone = new Set(
      this.wallets.flatMap(({ model }) => [...model.holds.values()].map(({ owner }) => owner)),
    )
    const expected = this.wallets.reduce((sum, { model }) => sum + model.lapse(now, everyone), 0)
    this.same('look', String(await this.ledger.lapse(now)), String(expected))
    this.world.advance(LOOK)
  }

  async sweep(): Promise<void> {
    const now = this.world.now()
    await this.ledger.heartbeat(now)
    const expected = this.wallets.reduce(
      (sum, wallet) => sum + wallet.model.lapse(now, new Set([this.owner])),
      0,
    )
    this.same('lapse', String(await this.ledger.lapse(now)), String(expected))
    await this.ledger.expire(now)
    for (const wallet of this.wallets) wallet.model.expire(now)
    await this.ledger.seal()
  }

  async compare(): Promise<void> {
    for (const wallet of this.wallets) {
      const real = await this.ledger.balances(this.db, wallet.id)
      const { model } = wallet
      assert.deepEqual(
        [real.unvested, real.available, real.held, real.spent, real.expired],
        [model.unvested, model.sum('available'), model.sum('held'), model.sum('spent'), model.sum('expired')],
        this.told.slice(-12).join('\n'),
      )
      const caps = await this.ledger.capsOf(this.db, wallet.keys, this.world.now())
      for (const key of wallet.keys) {
        const cap = caps.get(key)
        const expected = model.capOf(key, this.world.now())
        assert.deepEqual(
          cap && { used: cap.used, left: cap.left },
          expected ?? undefined,
          this.told.slice(-12).join('\n'),
        )
      }
    }
  }

  same(what: string, real: string, expected: string): void {
    this.told.push(`${what}: ${real}`)
    assert.equal(real, expected, this.told.slice(-12).join('\n'))
  }
}

describe('random histories of the ledger', () => {
  let db: TestDb
  before(async () => void (db = await testDb()))
  after(async () => db.drop())

  for (let seed = 1; seed <= SEEDS; seed += 1) {
    test(`every answer and balance agrees with the model, seed ${seed}`, async () => {
      const story = new Story(db, seed)
      await story.open()
      for (let step = 0; step < STEPS; step += 1) await story.step()
      // A day later everything in flight has ended: no hold is left behind.
      story.world.advance(DAY)
      await story.sweep()
      await story.compare()
      const left = await Promise.all(story.wallets.map((wallet) => story.ledger.openHolds(db, wallet.id)))
      assert.deepEqual(left.flat(), [])
    })
  }

  test('and the ledger verifies after all of them', async () => {
    assert.deepEqual((await verify(db)).findings, [])
  })
})
