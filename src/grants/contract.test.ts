import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rational } from '#base/rational.ts'
import { reckon, type FormulaFacts } from './formula.ts'
import { approvalsNeeded, judge, parseGrantPolicy } from './policy.ts'
import { fourYearMonthly, monthlyRefill } from './shapes.ts'
import { checkTerms, type Terms } from './terms.ts'

const terms = fourYearMonthly()
const gpu: Terms = {
  ...terms,
  denomination: 'gpu_hour',
  unit: { accelerator: 'H100-SXM', tier: 'guaranteed' },
}

test('every denomination is granted with the unit that it needs, and with no other', () => {
  const sound: readonly Partial<Terms>[] = [
    { denomination: 'gpu_hour', unit: { accelerator: 'H100-SXM', tier: 'spot' } },
    { denomination: 'node_hour', unit: { accelerator: 'H100-SXM', tier: 'priority', gpusPerNode: 8 } },
    { denomination: 'exaflop_day', unit: {} },
    { denomination: 'token', unit: { modelClass: 'standard' } },
    { denomination: 'seat_month', unit: {} },
  ]
  for (const one of sound) checkTerms({ ...terms, ...one })
  const wrong: readonly (readonly [Partial<Terms>, string])[] = [
    [{ denomination: 'gpu_hour', unit: {} }, 'unit.accelerator'],
    [{ denomination: 'gpu_hour', unit: { accelerator: 'H100-SXM' } }, 'unit.tier'],
    [{ denomination: 'node_hour', unit: { accelerator: 'H100-SXM', tier: 'spot' } }, 'unit.gpusPerNode'],
    [{ denomination: 'token', unit: {} }, 'unit.modelClass'],
    [{ denomination: 'usd', unit: { modelClass: 'standard' } }, 'unit.modelClass'],
  ]
  for (const [one, param] of wrong)
    assert.throws(() => checkTerms({ ...terms, ...one }), { code: 'invalid', param })
})

test('a clause that cannot be used is refused by its field, with its value and what to do', () => {
  const acceleration = {
    id: 'sale',
    events: ['sale'],
    withinMonths: null,
    share: '1',
    from: 'soonest',
  } as const
  const cases: readonly (readonly [unknown, string])[] = [
    [{ fold: 'never' }, 'clauses.fold'],
    [{ surprise: 1 }, 'clauses.surprise'],
    [{ acceleration: [{ ...acceleration, share: '1.5' }] }, 'clauses.acceleration.0.share'],
    [{ acceleration: [{ ...acceleration, events: [] }] }, 'clauses.acceleration.0.events'],
    [{ acceleration: [acceleration, acceleration] }, 'clauses.acceleration'],
    [{ leave: [{ leave: '*', policy: 'pause_extend', graceDays: -1 }] }, 'clauses.leave.0.graceDays'],
    [{ leaving: { FIRED: {} } }, 'clauses.leaving.FIRED'],
    [
      {
        leaving: {
          VOLUNTARY_OTHER: { unvested: 'forfeit', vested: { kind: 'window', days: 0 }, held: 'finish' },
        },
      },
      'clauses.leaving.VOLUNTARY_OTHER.vested.days',
    ],
    [
      { portability: { purposes: ['fun'], share: '1', days: 1, except: [] } },
      'clauses.portability.purposes.0',
    ],
    [
      { repricing: { index: 'gold', floor: 'dollars', threshold: '0.1', atMost: '2' } },
      'clauses.repricing.index',
    ],
    [{ exchange: ['USD', 'USD'] }, 'clauses.exchange'],
    [{ exchange: ['DOLLARS'] }, 'clauses.exchange.0'],
    [{ exchange: ['GPU_SECOND/H100-SXM/guaranteed'] }, 'clauses.exchange'],
    [{ guarantees: { uptime: '99.5' } }, 'clauses.guarantees.uptime'],
    [{ guarantees: { serviceTier: 'spot' } }, 'clauses.guarantees.serviceTier'],
    [
      { guarantees: { queueWait: { percentile: 100, seconds: 60 } } },
      'clauses.guarantees.queueWait.percentile',
    ],
    [
      { guarantees: { remedy: { credit: '7200', atMostPerMonth: '3600' } } },
      'clauses.guarantees.remedy.atMostPerMonth',
    ],
  ]
  for (const [clauses, param] of cases) {
    assert.throws(
      () => checkTerms({ ...gpu, clauses: clauses as Terms['clauses'] }),
      (error: Error & { code: string; param: string }) => {
        assert.deepEqual([error.code, error.param], ['invalid', param])
        assert.match(error.message, /^clauses\.[\w.]+ is .+; .+/)
        return true
      },
    )
  }
})

test('a contract with every clause can be used', () => {
  checkTerms({
    ...gpu,
    clauses: {
      fold: 'into_next',
      acceleration: [
        { id: 'double', events: ['sale', 'dismissed'], withinMonths: 12, share: '0.5', from: 'pro_rata' },
      ],
      leave: [{ leave: 'unpaid', policy: 'pause_forfeit', graceDays: 30 }],
      leaving: { INVOLUNTARY_DEATH: { unvested: 'accelerate', vested: { kind: 'keep' }, held: 'finish' } },
      portability: {
        purposes: ['open_source'],
        share: '0.5',
        days: 180,
        except: ['INVOLUNTARY_WITH_CAUSE'],
      },
      repricing: {
        index: 'GPU_SECOND/H100-SXM/guaranteed',
        floor: 'dollars',
        threshold: '0.1',
        atMost: '3',
      },
      exchange: ['USD'],
      guarantees: {
        serviceTier: 'guaranteed',
        queueWait: { percentile: 95, seconds: 600 },
        preemptionsPerMonth: 0,
        uptime: '0.995',
        nodesAtOnce: 4,
        noticeDays: 30,
        remedy: { credit: '3600', atMostPerMonth: '36000' },
      },
    },
  })
})

const facts: FormulaFacts = {
  level: 'IC4',
  salary: { amount: 100_000_000_000_000n, currency: 'EUR', effectiveOn: '2026-01-01' },
  rate: { rate: rational(11n, 10n), basis: 'ECB' },
}
const half: Terms = { ...terms, formula: { kind: 'salary_share', share: '0.5' } }
const levels: Terms = {
  ...terms,
  formula: { kind: 'by_level', levels: { IC4: '600', IC5: '1200' }, otherwise: null },
}

test('a formula says how much, and how it came to that', () => {
  const euros = reckon(half, null, facts)
  assert.equal(euros.quantity, 55_000_000_000_000n)
  assert.deepEqual(euros.reckoning, {
    kind: 'salary_share',
    share: '0.5',
    salary: '100000000000000',
    currency: 'EUR',
    salary_since: '2026-01-01',
    rate: { n: '11', d: '10', basis: 'ECB' },
    parts: '1',
    quantity: '55000000000000',
  })
  const monthly = { ...half, basis: { kind: 'per_installment', installments: 12 } } as const
  assert.equal(reckon(monthly, null, facts).quantity, 55_000_000_000_000n / 12n)
  const dollars = { ...facts, salary: { ...facts.salary!, currency: 'USD' }, rate: null }
  assert.equal(reckon(half, null, dollars).quantity, 50_000_000_000_000n)
  assert.equal(reckon(levels, null, facts).quantity, 600n)
  assert.equal(reckon(levels, 7n, facts).quantity, 7n)
  assert.deepEqual(reckon(terms, 7n, facts), { quantity: 7n, reckoning: null })
})

test('a formula that lacks a fact names it', () => {
  const cases: readonly (readonly [Terms, FormulaFacts, string])[] = [
    [terms, facts, 'quantity'],
    [half, { ...facts, salary: null }, 'salary'],
    [half, { ...facts, rate: null }, 'salary'],
    [levels, { ...facts, level: 'S2' }, 'quantity'],
    [levels, { ...facts, level: 'toString' }, 'quantity'],
  ]
  for (const [of, given, param] of cases)
    assert.throws(() => reckon(of, null, given), { code: 'invalid', param })
})

test('a share of salary never gives more than the share, in one part or in many', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 10n ** 9n, max: 10n ** 15n }),
      fc.integer({ min: 1, max: 48 }),
      fc.integer({ min: 1, max: 100 }),
      fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 6n }), fc.bigInt({ min: 1n, max: 10n ** 6n })),
      (amount, installments, percent, [n, d]) => {
        const rate = rational(n, d)
        const share = (percent / 100).toFixed(2)
        const of = {
          formula: { kind: 'salary_share', share },
          basis: { kind: 'per_installment', installments },
        } as const
        const salary = { amount, currency: 'EUR', effectiveOn: '2026-01-01' }
        const exact = amount * rate.n * BigInt(percent)
        const scale = rate.d * 100n
        const whole = () =>
          reckon(of, null, { level: '', salary, rate: { rate, basis: '' } }).quantity * BigInt(installments)
        if (exact / (scale * BigInt(installments)) === 0n) return assert.throws(whole, { param: 'salary' })
        const given = whole() * scale
        assert.ok(given <= exact && exact - given < scale * BigInt(installments))
      },
    ),
  )
})

test('a formula belongs to what it can grant', () => {
  const share = { kind: 'salary_share', share: '0.5' } as const
  checkTerms({ ...monthlyRefill({ months: 12 }), formula: share })
  assert.throws(() => checkTerms({ ...gpu, formula: share }), { param: 'formula.kind' })
  const tooMuch = { kind: 'fixed', quantity: String(2n ** 63n - 1n) } as const
  assert.throws(() => checkTerms({ ...monthlyRefill({ months: 12 }), formula: tooMuch }), {
    param: 'formula.quantity',
  })
  const levels = { kind: 'by_level', levels: { IC7: tooMuch.quantity }, otherwise: null } as const
  assert.throws(() => checkTerms({ ...monthlyRefill({ months: 12 }), formula: levels }), {
    param: 'formula.levels.IC7',
  })
  assert.throws(() => checkTerms({ ...terms, formula: { kind: 'fixed', quantity: '0' } }), {
    param: 'formula.quantity',
  })
})

test('nobody approves their own pay, nobody twice, and the author never last of two', () => {
  const person = fc.constantFrom('a', 'b', 'c', 'd')
  fc.assert(
    fc.property(
      fc.constantFrom<1 | 2>(1, 2),
      person,
      person,
      fc.array(person, { maxLength: 12 }),
      (needed, author, receiver, approvers) => {
        const by: string[] = []
        let decided = false
        for (const approver of approvers) {
          if (decided) break
          const verdict = judge({ needed, by }, { approver, author, receiver })
          if (approver === receiver) assert.deepEqual(verdict, { kind: 'refused', reason: 'own_pay' })
          if (verdict.kind !== 'counts') continue
          assert.ok(!by.includes(approver))
          by.push(approver)
          decided = verdict.decides
          if (decided && needed === 2) assert.notEqual(approver, author)
        }
        assert.equal(decided, by.length === needed)
        assert.ok(!by.includes(receiver))
      },
    ),
  )
})

test('two persons are asked above the threshold of the denomination, and never at it', () => {
  const policy = parseGrantPolicy({ twoAbove: { usd: '1000', gpu_hour: '0' } })
  assert.equal(approvalsNeeded(policy, { denomination: 'usd', quantity: 1_000n }), 1)
  assert.equal(approvalsNeeded(policy, { denomination: 'usd', quantity: 1_001n }), 2)
  assert.equal(approvalsNeeded(policy, { denomination: 'gpu_hour', quantity: 1n }), 2)
  assert.equal(approvalsNeeded(policy, { denomination: 'token', quantity: 10n ** 18n }), 1)
  for (const body of [{ twoAbove: { usd: '-1' } }, { twoAbove: { euros: '1' } }, {}])
    assert.throws(() => parseGrantPolicy(body), { code: 'invalid' })
})
