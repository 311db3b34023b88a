import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { HOUR, MINUTE, type Millis } from '#base/time.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { holdResult, releaseResult, settleResult, type SpendOp } from './spend.ts'
import type { CallFacts, HoldRequest, HoldResult, ReleaseResult, SettleResult } from './types.ts'
import { verify } from './verify.ts'

type Draft = {
  readonly quantity: number
  readonly priority: number
  readonly classes: readonly string[] | null
  /** Minutes from the beginning. */
  readonly from: number
  /** Minutes from then on. */
  readonly to: number | null
}
type Step =
  | {
      readonly kind: 'hold'
      readonly min: number
      readonly more: number
      readonly floor: number
      readonly class: string
    }
  | { readonly kind: 'settle'; readonly which: number; readonly cost: number }
  | { readonly kind: 'release'; readonly which: number }
  | { readonly kind: 'again'; readonly which: number }
  | { readonly kind: 'wait'; readonly minutes: number }

const DRAFT: fc.Arbitrary<Draft> = fc.record({
  quantity: fc.integer({ min: 1, max: 400 }),
  priority: fc.integer({ min: 0, max: 2 }),
  classes: fc.constantFrom(null, ['standard'], ['frontier'], ['standard', 'frontier'], []),
  from: fc.constantFrom(0, 0, 0, 30),
  to: fc.constantFrom(null, null, 20, 60, 90),
})
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('hold' as const),
      min: fc.integer({ min: 0, max: 60 }),
      more: fc.integer({ min: 0, max: 300 }),
      floor: fc.integer({ min: 0, max: 50 }),
      class: fc.constantFrom('standard', 'frontier'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('settle' as const), which: fc.nat(30), cost: fc.nat(500) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 15 }) }),
  },
)

const tokens = { input: 10, cacheRead: 1, cacheWrite5m: 2, cacheWrite1h: 3, output: 5, reasoning: 4 }

describe('what a process decides by its books', () => {
  const world = testWorld()
  let db: TestDb
  let ledger: Ledger
  before(async () => {
    db = await testDb()
    ledger = openLedger({ db, owner: 'test' })
    await ledger.heartbeat(world.now())
  })
  after(async () => db.drop())

  async function walletWith(drafts: readonly Draft[], now: Millis) {
    const [person, grant, id] = [world.id(), world.id(), world.id()]
    const wallet = await db.tx((sql) => ledger.openWallet(sql, { id, person, asset: 'USD' }))
    const quantity = drafts.reduce((sum, draft) => sum + BigInt(draft.quantity), 0n)
    await db.tx(async (sql) => {
      await ledger.granted(sql, now, { grant, wallet, quantity })
      await ledger.vested(
        sql,
        now,
        drafts.map((draft, index) => ({
          grant,
          tranche: index + 1,
          quantity: BigInt(draft.quantity),
          priority: draft.priority,
          scope: draft.classes ? { classes: draft.classes } : {},
          effectiveAt: now + draft.from * MINUTE - index,
          expiresAt: draft.to === null ? null : now + (draft.from + draft.to) * MINUTE,
        })),
      )
    })
    return { wallet, person }
  }

  const factsOf = (person: string, klass: string): CallFacts => ({
    person,
    key: null,
    door: 'anthropic',
    route: '/v1/messages',
    model: 'a "model" with \\ in it',
    class: klass,
    provider: 'anthropic',
    upstream: 'demo',
    purpose: 'work',
    priceVersion: 3,
  })

  const holdOf = (wallet: string, person: string, amount: bigint, now: Millis): HoldRequest => ({
    id: world.id(),
    wallet,
    min: amount,
    max: amount,
    floor: 0n,
    scopes: null,
    expiresAt: now + HOUR,
    facts: factsOf(person, 'standard'),
  })

  /** Everything that stands about a wallet, without the names that differ from one wallet to the next. */
  async function written(wallet: string): Promise<unknown> {
    const lots = await db.query(
      `select tranche, available, held, spent, open from ledger.lot where wallet_id = $1 order by tranche`,
      [wallet],
    )
    const holds = await db.query(
      `select h.amount, h.floor, l.tranche, h.owner, h.at, h.expires_at, h.door, h.route, h.model, h.class, h.provider, h.upstream, h.purpose,
         h.price_version, h.variant
       from ledger.hold h left join ledger.lot l on l.id = h.lot_id where h.wallet_id = $1 order by h.at`,
      [wallet],
    )
    const entries = await db.query(
      `select e.kind, e.n, e.at, e.source, e.target, l.tranche, e.party, e.amount, e.price_version
       from ledger.entry e left join ledger.lot l on l.id = e.lot_id
       where l.wallet_id = $1 and e.kind <> 'vested' or e.kind = 'absorb' and exists (select from ledger.usage u where u.id = e.transfer and u.wallet_id = $1)
       order by e.at, e.kind, e.n`,
      [wallet],
    )
    const usage = await db.query(
      `select at, started_at, door, route, model, class, provider, upstream, purpose, price_version, input, cache_read, cache_write_5m,
         cache_write_1h, output, reasoning, held, cost, charged, absorbed, status, estimated, provider_id, audio_input, searches, variant
       from ledger.usage where wallet_id = $1 order by at`,
      [wallet],
    )
    return { lots, holds, entries, usage }
  }

  test('is what the database would have decided, to the last column', async () => {
    const before = ledger.counts()
    const scopes = async (klass: string): Promise<readonly number[]> =>
      (await ledger.scopes(db))
        .filter(({ body }) => body.classes === undefined || body.classes.includes(klass))
        .map(({ id }) => id)
    await fc.assert(
      fc.asyncProperty(
        fc.array(DRAFT, { minLength: 1, maxLength: 5 }),
        fc.array(STEP, { minLength: 5, maxLength: 30 }),
        async (drafts, steps) => {
          let now = world.now()
          const [one, other] = [await walletWith(drafts, now), await walletWith(drafts, now)]
          const admitted = { standard: await scopes('standard'), frontier: await scopes('frontier') }
          const asked: (readonly [HoldRequest, HoldRequest])[] = []
          /** The same on both: here as calls do it, there past the books. */
          const both = async (ops: readonly [SpendOp, SpendOp]): Promise<void> => {
            const [mine] = ops
            const [answer] = await ledger.spendIn(db, [ops[1]])
            if (mine.kind === 'hold')
              assert.deepEqual(await ledger.hold(mine.request, now), holdResult(answer!))
            else if (mine.kind === 'settle')
              assert.deepEqual(await ledger.settle(mine.request, now), settleResult(answer!))
            else if (mine.kind === 'release')
              assert.deepEqual(
                await ledger.release({ id: mine.id, reason: 'test' }, now),
                releaseResult(answer!),
              )
          }
          for (const step of steps) {
            now += 1
            if (step.kind === 'wait') now += step.minutes * MINUTE
            else if (step.kind === 'hold') {
              const klass = step.class as 'standard' | 'frontier'
              const request = ({ wallet, person }: typeof one): HoldRequest => ({
                id: world.id(),
                wallet,
                min: BigInt(step.min),
                max: BigInt(step.min + step.more),
                floor: BigInt(Math.min(step.floor, step.min)),
                scopes: admitted[klass],
                expiresAt: now + HOUR,
                ...(step.more % 2 === 0 ? {} : { owner: 'batches' as const }),
                facts: {
                  ...factsOf(person, klass),
                  ...(step.more % 3 === 0 ? { variant: 'batch' as const } : {}),
                },
              })
              const pair = [request(one), { ...request(other) }] as const
              asked.push(pair)
              await both([
                { kind: 'hold', at: now, request: pair[0] },
                { kind: 'hold', at: now, request: pair[1] },
              ])
            } else {
              const pair = asked[step.which % Math.max(1, asked.length)]
              if (!pair) continue
              if (step.kind === 'again')
                await both([
                  { kind: 'hold', at: now, request: pair[0] },
                  { kind: 'hold', at: now, request: pair[1] },
                ])
              else if (step.kind === 'release')
                await both([
                  { kind: 'release', at: now, id: pair[0].id },
                  { kind: 'release', at: now, id: pair[1].id },
                ])
              else {
                const settle = ({ id }: HoldRequest) => ({
                  id,
                  cost: BigInt(step.cost),
                  tokens: step.cost % 2 === 0 ? tokens : { ...tokens, audioInput: 7, searches: 2 },
                  status: 'ok' as const,
                  estimated: step.cost % 3 === 0,
                  providerId: step.cost % 4 === 0 ? null : `resp "${step.cost}"`,
                  startedAt: now - 5,
                })
                await both([
                  { kind: 'settle', at: now, request: settle(pair[0]) },
                  { kind: 'settle', at: now, request: settle(pair[1]) },
                ])
              }
            }
          }
          assert.deepEqual(await written(one.wallet), await written(other.wallet))
        },
      ),
      { numRuns: 60 },
    )
    const decided = ledger.counts().decided - before.decided
    assert.ok(decided > 100, `only ${decided} operations were decided by books`)
  })

  test('is undone where another process writes to the same wallet, and never overspends it', async () => {
    const now = world.now()
    const { wallet, person } = await walletWith(
      [
        { quantity: 700, priority: 1, classes: null, from: 0, to: null },
        { quantity: 300, priority: 2, classes: null, from: 0, to: null },
      ],
      now,
    )
    const ledgers = [ledger, openLedger({ db, owner: 'second' }), openLedger({ db, owner: 'third' })]
    let held = 0n
    const results = new Map<string, HoldResult | SettleResult | ReleaseResult>()
    await Promise.all(
      Array.from({ length: 120 }, async (_, n) => {
        const of = ledgers[n % 3]!
        const request = holdOf(wallet, person, 20n, now)
        const { id } = request
        const made = await of.hold(request, now + n)
        results.set(id, made)
        if (made.kind !== 'held') return
        held += made.amount
        if (n % 4 !== 0) return
        // Some of them end at another process than the one that made them.
        const end = n % 8 === 0 ? ledgers[(n + 1) % 3]! : of
        const settled = await end.settle(
          { id, cost: 15n, tokens, status: 'ok', estimated: false, providerId: null, startedAt: now },
          now + n,
        )
        assert.equal(settled.kind, 'settled')
      }),
    )
    const balances = await ledger.balances(db, wallet)
    assert.equal(balances.available + balances.held + balances.spent, 1_000n)
    assert.ok(balances.available >= 0n, `${balances.available} left`)
    assert.equal([...results.values()].filter(({ kind }) => kind === 'short').length > 0, true)
    assert.ok(held >= 980n)
  })

  test('is what the database says where another process has made the same hold, and writes it no second time', async () => {
    const now = world.now()
    const { wallet, person } = await walletWith(
      [{ quantity: 900, priority: 1, classes: null, from: 0, to: null }],
      now,
    )
    const second = openLedger({ db, owner: 'second' })
    const ask = (of: Ledger, id: string): Promise<HoldResult> =>
      of.hold({ ...holdOf(wallet, person, 20n, now), id, owner: 'batches' }, now)
    const [standing, ended] = [world.id(), world.id()]
    await ask(ledger, standing)
    await ask(ledger, ended)
    await ledger.settle(
      { id: ended, cost: 15n, tokens, status: 'ok', estimated: false, providerId: null, startedAt: now },
      now,
    )
    // Now the second one knows the wallet as it stands, but neither of the two holds.
    assert.equal((await ask(second, world.id())).kind, 'held')
    const before = await written(wallet)
    assert.deepEqual(await ask(second, standing), { kind: 'held', amount: 20n, replayed: true })
    assert.deepEqual(await ask(second, ended), { kind: 'conflict' })
    assert.deepEqual(await written(wallet), before)
  })

  test('knows of a lot that vests, of one that expires and of a limit that is set, because each of them changes its wallet', async () => {
    const now = world.now()
    const { wallet, person } = await walletWith(
      [{ quantity: 100, priority: 1, classes: null, from: 0, to: 60 }],
      now,
    )
    const key = world.id()
    const hold = (amount: bigint, at: Millis): Promise<HoldResult> => {
      const request = holdOf(wallet, person, amount, at)
      return ledger.hold({ ...request, facts: { ...request.facts, key } }, at)
    }
    assert.equal((await hold(10n, now)).kind, 'held')
    const grant = world.id()
    await db.tx(async (sql) => {
      await ledger.granted(sql, now, { grant, wallet, quantity: 500n })
      const lot = { tranche: 1, quantity: 500n, priority: 0, scope: {}, effectiveAt: now, expiresAt: null }
      await ledger.vested(sql, now, [{ grant, ...lot }])
    })
    assert.equal((await hold(550n, now)).kind, 'held')
    assert.equal((await hold(41n, now)).kind, 'short')
    await db.tx((sql) => ledger.setCap(sql, now, { key, wallet, limit: { amount: 570n, period: null } }))
    assert.equal((await hold(20n, now)).kind, 'capped')
    assert.equal((await hold(5n, now)).kind, 'held')
    await ledger.expire(now + 61 * MINUTE)
    assert.equal((await hold(5n, now + 61 * MINUTE)).kind, 'short')
  })

  test('the ledger verifies after all of this', async () => {
    const { findings } = await verify(db)
    assert.deepEqual(findings, [])
  })
})
