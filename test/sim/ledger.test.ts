import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Fault } from '#base/fault.ts'
import { DAY, HOUR, MINUTE, SECOND } from '#base/time.ts'
import { openLedger, type Ledger } from '#ledger/ledger.ts'
import { rational } from '#base/rational.ts'
import { carriedLotId, convertedLotId } from '#ledger/moves.ts'
import { OWNER_DEAD_AFTER } from '#ledger/owners.ts'
import { lotId } from '#ledger/templates.ts'
import type {
  Balances,
  CallFacts,
  CapPeriod,
  HoldResult,
  ReleaseResult,
  SettleResult,
} from '#ledger/types.ts'
import { verify } from '#ledger/verify.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { testWorld, type TestWorld } from '../support/world.ts'
import { Model, type ModelLot } from './model.ts'

/**
 * Random histories of a few wallets, run on the real ledger and on the model beside it: every answer and every balance
 * must agree after every step. Processes die and are replaced, commands come twice, late and out of order, time jumps.
 */
const SEEDS = Number(process.env['PERQ_SIM_SEEDS'] ?? 12)
const STEPS = 120
/** Dollars for a second of a GPU, in the smallest units of both. */
const RATE = rational(7n, 3n)
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
    /** The same person's wallet of GPU-seconds, which pays for no call but is exchanged. */
    gpu: { id: string; grant: string; model: Model; tranches: number }
  }[] = []
  /** Balances at instants that were left behind: they must never change. */
  readonly past: { wallet: string; at: number; balances: Balances }[] = []
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
      const [seconds, gpuGrant] = [this.world.id(), this.world.id()]
      await this.db.tx(async (sql) => {
        await this.ledger.openWallet(sql, { id: seconds, person, asset: 'GPU_SECOND/H100-SXM/spot' })
        await this.ledger.granted(sql, now, { grant, wallet: id, quantity: 100_000n })
        await this.ledger.granted(sql, now, { grant: gpuGrant, wallet: seconds, quantity: 100_000n })
      })
      const [model, gpuModel] = [new Model(), new Model()]
      model.unvested = 100_000n
      gpuModel.unvested = 100_000n
      const keys = [this.world.id(), this.world.id(), this.world.id()]
      const gpu = { id: seconds, grant: gpuGrant, model: gpuModel, tranches: 0 }
      this.wallets.push({ id, grant, person, keys, model, tranches: 0, gpu })
      await this.vest(index)
    }
  }

  async vest(index: number): Promise<void> {
    const of = this.wallets[index]!
    const wallet = this.below(4) === 0 ? of.gpu : of
    const now = this.world.now()
    const quantity = BigInt(1 + this.below(400))
    wallet.tranches += 1
    const [priority, dated] = [this.below(3) * 25, this.below(3) > 0]
    const scope = this.scope()
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
    const to = request.expiresAt ?? Number.POSITIVE_INFINITY
    const terms = { id: lotId(wallet.grant, wallet.tranches), scope: await this.number(scope) }
    wallet.model.vest({ ...terms, priority, from: effectiveAt, to }, quantity)
    // The same tranche again changes nothing.
    if (this.below(3) === 0) await this.db.tx((sql) => this.ledger.vested(sql, now, [request]))
  }

  scope(): { classes?: string[] } {
    return this.below(2) === 0 ? {} : { classes: ['small'] }
  }

  async number(scope: object): Promise<number> {
    const known = await this.ledger.scopes(this.db)
    const { id } = known.find(({ body }) => JSON.stringify(body) === JSON.stringify(scope))!
    if (!this.scopes.includes(id)) this.scopes.push(id)
    return id
  }

  /** Any lot of the wallet, ended ones too, and an amount that now and then is more than it has. */
  lot(model: Model): { lot: ModelLot; amount: bigint; fits: boolean } | null {
    const lot = model.lots[this.below(Math.max(model.lots.length, 1))]
    if (!lot) return null
    const amount = BigInt(this.below(Number(lot.available) + 3))
    return { lot, amount, fits: amount > 0n && amount <= lot.available }
  }

  /** Runs a command of the cold path, which must do what the model expects; sometimes twice, which must be once. */
  async cold(what: string, fits: boolean, run: () => Promise<{ outcome: string }>): Promise<void> {
    let answer: string
    try {
      answer = (await run()).outcome
    } catch (error) {
      answer = error instanceof Fault ? 'refused' : String(error)
    }
    this.same(what, answer, fits ? 'done' : 'refused')
    if (fits && this.below(3) === 0) this.same(`${what} again`, (await run()).outcome, 'replayed')
  }

  /** Part of a lot goes on in a lot with other terms. */
  async carry(index: number): Promise<void> {
    const { model } = this.wallets[index]!
    const found = this.lot(model)
    if (!found) return
    const { lot, amount, fits } = found
    const now = this.world.now()
    const expiresAt = this.below(2) === 0 ? null : now + (1 + this.below(60)) * MINUTE
    const [id, scope, priority] = [this.world.id(), this.scope(), this.below(3) * 25]
    const order = { id, lot: lot.id, amount, to: { expiresAt, scope, priority }, reason: 'sim' }
    await this.cold(`carry ${amount} of ${lot.id}`, fits, () =>
      this.db.tx((sql) => this.ledger.carried(sql, now, order)),
    )
    if (!fits) return
    lot.available -= amount
    const to = expiresAt ?? Number.POSITIVE_INFINITY
    const number = await this.number(scope)
    model.put({ id: carriedLotId(id), priority, scope: number, from: now, to }, amount)
  }

  /** Part of a lot of GPU-seconds becomes dollars. */
  async convert(index: number): Promise<void> {
    const wallet = this.wallets[index]!
    const found = this.lot(wallet.gpu.model)
    if (!found) return
    const { lot, amount } = found
    const now = this.world.now()
    const quantity = (amount * RATE.n) / RATE.d
    const fits = found.fits && lot.from <= now && lot.to > now && quantity > 0n
    const id = this.world.id()
    const to = { wallet: wallet.id, asset: 'USD' } as const
    const order = { id, lot: lot.id, amount, to, rate: RATE, basis: 'sim' }
    await this.cold(`convert ${amount} of ${lot.id}`, fits, () =>
      this.db.tx((sql) => this.ledger.converted(sql, now, order)),
    )
    if (!fits) return
    lot.available -= amount
    lot.spent += amount
    const { priority, scope } = lot
    wallet.model.put({ id: convertedLotId(id), priority, scope, from: now, to: lot.to }, quantity)
  }

  /** Part of a lot is taken back, or ends before its time. */
  async lose(index: number): Promise<void> {
    const { model } = this.wallets[index]!
    const found = this.lot(model)
    if (!found) return
    const { lot, amount, fits } = found
    const [now, how] = [this.world.now(), this.below(2) === 0 ? 'revoked' : 'expired']
    const order = { id: this.world.id(), lot: lot.id, amount, reason: 'sim' }
    await this.cold(`${how} ${amount} of ${lot.id}`, fits, () =>
      this.db.tx((sql) =>
        how === 'revoked' ? this.ledger.revoked(sql, now, order) : this.ledger.endedEarly(sql, now, order),
      ),
    )
    if (!fits) return
    lot.available -= amount
    if (how === 'revoked') lot.revoked += amount
    else lot.expired += amount
  }

  /** The grant becomes larger or smaller, or part of it will not vest. */
  async resize(index: number): Promise<void> {
    const { grant, model } = this.wallets[index]!
    const [now, how] = [this.world.now(), this.below(3)]
    const amount = BigInt(this.below(3_000))
    const order = { id: this.world.id(), grant, amount, reason: 'sim' }
    const fits = amount > 0n && (how === 0 || amount <= model.unvested)
    await this.cold(`resize ${how} by ${amount}`, fits, () =>
      this.db.tx((sql) => {
        if (how === 0) return this.ledger.raised(sql, now, order)
        if (how === 1) return this.ledger.reduced(sql, now, order)
        return this.ledger.unvestedLost(sql, now, { ...order, to: 'forfeited' })
      }),
    )
    if (fits) model.unvested += how === 0 ? amount : -amount
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
    } else if (chance < 81) await this.vest(this.below(3))
    else if (chance < 83) await this.cap(this.below(3))
    else if (chance < 88) await this.change(this.below(3))
    else if (chance < 91) {
      // Now and then far enough that windows of caps end, while calls that began in them go on.
      const far = this.below(4) === 0 ? this.below(30) * HOUR : 0
      const by = far + this.below(5) * MINUTE + this.below(60) * SECOND
      if (by > 0) await this.remember()
      this.world.advance(by)
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

  async change(index: number): Promise<void> {
    const changes = [this.carry, this.carry, this.convert, this.convert, this.lose, this.resize]
    await changes[this.below(changes.length)]!.call(this, index)
  }

  /** What the balances are now, before time leaves this instant behind. */
  async remember(): Promise<void> {
    const at = this.world.now()
    for (const wallet of this.wallets)
      for (const { id } of [wallet, wallet.gpu])
        this.past.push({ wallet: id, at, balances: await this.ledger.balances(this.db, id) })
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
    for (const { model, gpu } of this.wallets) for (const each of [model, gpu.model]) each.expire(now)
    await this.ledger.seal()
  }

  async compare(): Promise<void> {
    for (const wallet of this.wallets) {
      for (const { id, model } of [wallet, wallet.gpu]) {
        const real = await this.ledger.balances(this.db, id)
        const [available, held, spent] = [model.sum('available'), model.sum('held'), model.sum('spent')]
        assert.deepEqual(
          [real.unvested, real.available, real.held, real.spent, real.expired, real.revoked],
          [model.unvested, available, held, spent, model.sum('expired'), model.sum('revoked')],
          this.told.slice(-12).join('\n'),
        )
      }
      const { model } = wallet
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
      for (const { wallet, at, balances } of story.past)
        assert.deepEqual(await story.ledger.balancesAt(db, wallet, at), balances)
    })
  }

  test('and the ledger verifies after all of them', async () => {
    assert.deepEqual((await verify(db)).findings, [])
  })
})
