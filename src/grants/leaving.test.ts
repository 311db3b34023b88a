import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addDays, dayOf, iso, startOfDay } from '#base/time.ts'
import { lotId } from '#ledger/templates.ts'
import { LEAVER_REASONS, type LeavingRule } from './clauses.ts'
import { DEFAULT_LEAVING, leaveRule, leavingRule } from './defaults.ts'
import { planLeaving, type LeavingGrant, type LeavingLot } from './leaving.ts'

const ON = '2026-12-01'
const ask = { on: ON, reason: 'VOLUNTARY_OTHER', asOf: startOfDay(ON), round: 0 } as const
const lot = (more: Partial<LeavingLot> = {}): LeavingLot => ({
  id: 'lot-1',
  tranche: 1,
  priority: 50,
  scope: {},
  effectiveAt: startOfDay('2026-01-01'),
  expiresAt: null,
  available: 1_000n,
  held: 0n,
  expired: 0n,
  carried: false,
  ...more,
})
const grant = (more: Partial<LeavingGrant> = {}): LeavingGrant => ({
  id: 'grant-1',
  name: 'Compute',
  asset: 'USD',
  expiry: { kind: 'never' },
  scope: {},
  priority: 50,
  clauses: {},
  unvested: 500n,
  upcoming: [
    { n: 2, date: '2026-11-30', quantity: 100n },
    { n: 3, date: ON, quantity: 100n },
    { n: 4, date: '2027-01-01', quantity: 300n },
  ],
  nextTranche: 5,
  lots: [lot()],
  ...more,
})
const rule = (more: Partial<LeavingRule>): LeavingGrant['clauses'] => ({
  leaving: { VOLUNTARY_OTHER: { unvested: 'forfeit', vested: { kind: 'keep' }, held: 'finish', ...more } },
})
const moves = (of: LeavingGrant, more: object = {}) =>
  planLeaving(of, { ...ask, ...more }).steps.map((step) => [step.kind, step.quantity])

test('what is dated before the day of leaving vests, what is dated on it does not', () => {
  assert.deepEqual(moves(grant({ clauses: rule({}) })), [
    ['vest', 100n],
    ['forfeit', 400n],
  ])
})

test('a silent contract forfeits on resignation and leaves 90 days, the day of leaving the first of them', () => {
  const { source, steps, usable } = planLeaving(grant(), ask)
  assert.equal(source, 'default')
  const carried = steps.filter((step) => step.kind === 'carry')
  assert.deepEqual(
    carried.map((step) => [step.lot, step.quantity, iso(step.expiresAt!)]),
    [
      ['lot-1', 1_000n, '2027-03-01T00:00:00.000Z'],
      [lotId('grant-1', 2), 100n, '2027-03-01T00:00:00.000Z'],
    ],
  )
  assert.match(carried[0]!.why, /2026-12-01 \+ 90 days = 2027-03-01, so the last day is 2027-02-28/)
  assert.deepEqual(
    usable.map(({ until }) => until),
    ['2027-02-28', '2027-02-28'],
  )
})

test('misconduct loses everything at once, death vests everything', () => {
  assert.deepEqual(moves(grant(), { reason: 'INVOLUNTARY_WITH_CAUSE' }), [
    ['vest', 100n],
    ['forfeit', 400n],
    ['expire', 1_000n],
    ['expire', 100n],
  ])
  const death = planLeaving(grant(), { ...ask, reason: 'INVOLUNTARY_DEATH' })
  const [accelerated] = death.steps.filter((step) => step.kind === 'accelerate')
  assert.deepEqual([accelerated?.n, accelerated?.quantity], [5, 400n])
  assert.equal(
    death.usable.reduce((sum, { quantity }) => sum + quantity, 0n),
    1_500n,
  )
})

test('a rule that continues takes nothing and names what is still to come', () => {
  const plan = planLeaving(grant({ clauses: rule({ unvested: 'continue' }) }), ask)
  assert.deepEqual(
    plan.steps.map(({ kind }) => kind),
    ['vest'],
  )
  assert.deepEqual(
    plan.continues.map(({ n }) => n),
    [3, 4],
  )
})

test('a window never makes a lot last longer than its own end', () => {
  const ends = startOfDay('2027-01-15')
  const plan = planLeaving(grant({ upcoming: [], unvested: 0n, lots: [lot({ expiresAt: ends })] }), ask)
  assert.deepEqual(plan.steps, [])
  assert.deepEqual(
    plan.usable.map(({ until }) => until),
    ['2027-01-14'],
  )
})

test('a window that has passed when leaving is told late leaves nothing', () => {
  const late = { asOf: startOfDay('2027-06-01') }
  const only = grant({ upcoming: [], unvested: 0n })
  assert.deepEqual(moves(only, late), [['expire', 1_000n]])
})

test('what was to be taken back for cause is revoked', () => {
  const clauses = rule({ vested: { kind: 'revoke' } })
  assert.deepEqual(moves(grant({ upcoming: [], unvested: 0n, clauses })), [['revoke', 1_000n]])
})

test('a portable share goes to its purposes for its days, the rest follows the rule', () => {
  const portability = { purposes: ['open_source'], share: '0.333', days: 365, except: [] } as const
  const clauses = { ...rule({ vested: { kind: 'expire_now' } }), portability }
  const plan = planLeaving(grant({ upcoming: [], unvested: 0n, clauses }), ask)
  assert.deepEqual(
    plan.steps.map((step) => [step.kind, step.quantity]),
    [
      ['carry', 333n],
      ['expire', 667n],
    ],
  )
  assert.deepEqual(
    plan.usable.map(({ purposes, until }) => [purposes, until]),
    [[['open_source'], '2027-11-30']],
  )
  const excepted = { ...clauses, portability: { ...portability, except: ['VOLUNTARY_OTHER'] as const } }
  assert.deepEqual(moves(grant({ upcoming: [], unvested: 0n, clauses: excepted })), [['expire', 1_000n]])
})

test('nothing is narrowed to named purposes where all of it may be used for longer', () => {
  const portability = { purposes: ['open_source'], share: '1', days: 30, except: [] } as const
  const plan = planLeaving(grant({ upcoming: [], unvested: 0n, clauses: { ...rule({}), portability } }), ask)
  assert.deepEqual(plan.steps, [])
})

test('what would roll over or expire by then does, before the rules of leaving come', () => {
  const expiry = {
    kind: 'end_of_month_after_vest',
    months: 0,
    rollover: { share: '0.5', cap: '300', months: 3 },
  } as const
  const lots = [lot({ expiresAt: startOfDay(addDays(ON, -1)) })]
  const plan = planLeaving(
    grant({
      expiry,
      lots,
      upcoming: [],
      unvested: 0n,
      clauses: rule({ vested: { kind: 'window', days: 10 } }),
    }),
    ask,
  )
  assert.deepEqual(
    plan.steps.map((step) => [step.kind, step.quantity, step.when]),
    [
      ['carry', 300n, 'by_then'],
      ['expire', 700n, 'by_then'],
      ['carry', 300n, 'leaving'],
    ],
  )
})

test('every reason has a rule; a contract comes before the defaults', () => {
  for (const reason of LEAVER_REASONS) assert.equal(leavingRule({}, reason).rule, DEFAULT_LEAVING[reason])
  assert.equal(leavingRule(rule({}), 'VOLUNTARY_OTHER').source, 'contract')
  assert.equal(leaveRule({}, 'unpaid').policy, 'pause_extend')
  assert.equal(leaveRule({}, 'parental').policy, 'continue')
  const all = [{ leave: '*', policy: 'pause_forfeit', graceDays: 0 }] as const
  assert.equal(leaveRule({ leave: all }, 'unpaid').policy, 'pause_forfeit')
})

test('whatever the rules, what leaving moves and leaves is what there was', () => {
  const days = fc.integer({ min: -400, max: 400 }).map((days) => addDays(ON, days))
  const rules = fc.record({
    unvested: fc.constantFrom('forfeit', 'accelerate', 'continue'),
    vested: fc.oneof(
      fc.constantFrom({ kind: 'expire_now' }, { kind: 'keep' }, { kind: 'revoke' }),
      fc.record({ kind: fc.constant('window'), days: fc.integer({ min: 1, max: 400 }) }),
    ),
    held: fc.constantFrom('finish', 'cancel'),
  }) as fc.Arbitrary<LeavingRule>
  const portability = fc.option(
    fc.record({
      purposes: fc.subarray(['work', 'open_source', 'learning']),
      share: fc.constantFrom('0.001', '0.5', '1'),
      days: fc.integer({ min: 1, max: 800 }),
      except: fc.constant([]),
    }),
    { nil: undefined },
  )
  const lots = fc.array(
    fc.record({
      available: fc.bigInt(0n, 10n ** 12n),
      ends: fc.option(days, { nil: null }),
      carried: fc.boolean(),
    }),
    { maxLength: 5 },
  )
  const upcoming = fc.array(fc.record({ date: days, quantity: fc.bigInt(1n, 10n ** 12n) }), { maxLength: 5 })
  fc.assert(
    fc.property(
      rules,
      portability,
      lots,
      upcoming,
      fc.bigInt(0n, 100n),
      (said, portable, own, planned, more) => {
        const before = own.reduce((sum, { available }) => sum + available, 0n)
        const coming = planned.reduce((sum, { quantity }) => sum + quantity, 0n)
        const plan = planLeaving(
          grant({
            expiry: {
              kind: 'days_after_vest',
              days: 100,
              rollover: { share: '0.5', cap: null, months: 2 },
            },
            clauses: {
              leaving: { VOLUNTARY_OTHER: said },
              ...(portable ? { portability: portable } : {}),
            },
            unvested: coming + more,
            upcoming: planned
              .toSorted((a, b) => (a.date < b.date ? -1 : 1))
              .map(({ date, quantity }, index) => ({ n: index + 10, date, quantity })),
            nextTranche: 100,
            lots: own.map(({ available, ends, carried }, index) =>
              lot({
                id: `lot-${index}`,
                available,
                expiresAt: ends === null ? null : startOfDay(ends),
                carried,
              }),
            ),
          }),
          ask,
        )
        const total = (kind: string): bigint =>
          plan.steps.reduce((sum, step) => (step.kind === kind ? sum + step.quantity : sum), 0n)
        const usable = plan.usable.reduce((sum, { quantity }) => sum + quantity, 0n)
        const vested = total('vest') + total('accelerate')
        assert.equal(before + vested, usable + total('expire') + total('revoke'))
        const kept = coming + more - vested - total('forfeit')
        assert.ok(said.unvested === 'continue' ? kept >= 0n : kept === 0n)
        for (const step of plan.steps) {
          assert.ok(step.quantity > 0n)
          if (step.kind === 'carry')
            assert.ok((step.expiresAt ?? Infinity) > ask.asOf || step.when === 'by_then')
        }
        for (const { until } of plan.usable) assert.ok(until === null || until >= dayOf(ask.asOf))
      },
    ),
  )
})
