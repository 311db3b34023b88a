import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { TIERS, type Tier } from '#base/asset.ts'
import { HOUR, SECOND } from '#base/time.ts'
import { budgetCheck } from './checked.ts'
import { coverageChecks, coverageOf, dueOf, gpuDue, type Due, type Supplied } from './coverage.ts'

const NOW = Date.UTC(2026, 0, 15, 12)
const REST_OF_JANUARY = BigInt((Date.UTC(2026, 1, 1) - NOW) / SECOND)
const FEBRUARY = 28n * 86_400n
const hour = BigInt(HOUR / SECOND)

const nodes = (gpus: number, tiers: readonly Tier[] = ['guaranteed']): Supplied => ({
  accelerator: 'H100-SXM',
  gpus,
  tiers,
})
const due = (month: string, gpuSeconds: bigint, tier: Tier = 'guaranteed'): Due => ({
  accelerator: 'H100-SXM',
  tier,
  month,
  gpuSeconds,
})
const severity = (own: readonly Due[], others: readonly Due[], supplied: readonly Supplied[]) =>
  coverageChecks(coverageOf({ own, others, supplied, now: NOW }), supplied).map((check) => check.severity)

test('a month gives its GPUs times its seconds, of this month only what is still to come', () => {
  const [january] = coverageOf({ own: [due('2026-01', 1n)], others: [], supplied: [nodes(8)], now: NOW })
  assert.deepEqual([january?.worst.month, january?.worst.gives], ['2026-01', 8n * REST_OF_JANUARY])
  const [february] = coverageOf({ own: [due('2026-02', 1n)], others: [], supplied: [nodes(8)], now: NOW })
  assert.deepEqual([february?.worst.month, february?.worst.gives], ['2026-02', 8n * FEBRUARY])
})

test('what just fits is carried, a second more waits, and what is never given is refused', () => {
  const full = 8n * FEBRUARY
  assert.deepEqual(severity([due('2026-02', full)], [], [nodes(8)]), ['ok'])
  assert.deepEqual(severity([due('2026-02', full + 1n)], [], [nodes(8)]), ['warn'])
  // February and the twelve months after it.
  const all = 8n * 393n * 86_400n
  assert.deepEqual(severity([due('2026-02', all)], [], [nodes(8)]), ['warn'])
  assert.deepEqual(severity([due('2026-02', all + 1n)], [], [nodes(8)]), ['refuse'])
  assert.deepEqual(severity([due('2026-02', 1n)], [], []), ['warn'])
  assert.deepEqual(severity([due('2026-02', 1n)], [], [nodes(8, ['spot'])]), ['warn'])
})

test('priority hours run on what guaranteed hours leave, and not the other way round', () => {
  const both = [nodes(8, ['guaranteed', 'priority'])]
  const full = 8n * FEBRUARY
  assert.deepEqual(severity([due('2026-02', hour, 'priority')], [due('2026-02', full)], both), ['warn'])
  assert.deepEqual(severity([due('2026-02', full)], [due('2026-02', full, 'priority')], both), ['ok'])
  const [apart] = coverageOf({
    own: [due('2026-02', hour, 'priority')],
    others: [due('2026-02', 2n * full)],
    supplied: [nodes(8), nodes(8, ['priority'])],
    now: NOW,
  })
  assert.deepEqual(apart?.tiers, ['guaranteed', 'priority'])
})

const month = fc.integer({ min: 1, max: 12 }).map((n) => `2026-${String(n).padStart(2, '0')}`)
const anyDue = fc
  .record({ month, tier: fc.constantFrom(...TIERS), gpuSeconds: fc.bigInt({ min: 1n, max: 10n ** 9n }) })
  .map((one): Due => ({ accelerator: 'H100-SXM', ...one }))
const anyNodes = fc.record({
  accelerator: fc.constant('H100-SXM'),
  gpus: fc.integer({ min: 1, max: 64 }),
  tiers: fc.subarray([...TIERS], { minLength: 1 }),
})

test('more GPUs never make a promise worse, more promises never make it better', () => {
  const rank = { ok: 0, warn: 1, refuse: 2 }
  fc.assert(
    fc.property(
      fc.array(anyDue, { minLength: 1, maxLength: 4 }),
      fc.array(anyDue, { maxLength: 6 }),
      fc.array(anyNodes, { minLength: 1, maxLength: 4 }),
      anyDue,
      (own, others, supplied, more) => {
        const before = coverageOf({ own, others, supplied, now: NOW })
        const crowded = coverageOf({ own, others: [...others, more], supplied, now: NOW })
        const grown = coverageOf({
          own,
          others,
          supplied: [...supplied, { accelerator: 'H100-SXM', gpus: 8, tiers: TIERS }],
          now: NOW,
        })
        const worst = (found: typeof before, known: readonly Supplied[]): number =>
          Math.max(
            ...coverageChecks(found, known).map((check) =>
              // Nobody behind a tier is told mildly, whatever is asked of it.
              check.facts['gives'] === '0' ? 3 : rank[check.severity],
            ),
          )
        assert.ok(worst(grown, supplied) <= worst(before, supplied))
        assert.ok(worst(crowded, supplied) >= worst(before, supplied))
      },
    ),
    { numRuns: 300 },
  )
})

test('hours of nodes count each GPU, and what counts no hardware asks for none', () => {
  assert.deepEqual(gpuDue('NODE_SECOND/H200-SXMx8/priority', '2026-02', 10n), [
    { accelerator: 'H200-SXM', tier: 'priority', month: '2026-02', gpuSeconds: 80n },
  ])
  assert.deepEqual(gpuDue('USD', '2026-02', 10n), [])
  const tranches = [
    { date: '2026-02-15', quantity: 1n },
    { date: '2026-03-15', quantity: 2n },
  ] as const
  assert.deepEqual(
    dueOf([{ asset: 'GPU_SECOND/H100-SXM/spot', tranches }]).map((one) => [one.month, one.gpuSeconds]),
    [
      ['2026-02', 1n],
      ['2026-03', 2n],
    ],
  )
})

test('a budget is refused from the first nano-dollar over it, and never where nothing is asked', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 18n })
  fc.assert(
    fc.property(amount, amount, amount, (compute, others, own) => {
      const check = budgetCheck({ budget: [{ year: 2027, compute }] }, { year: 2027, others, own })
      assert.equal(check.severity, own === 0n || own + others <= compute ? 'ok' : 'refuse')
      assert.equal(check.facts['left'], String(compute - others - own))
    }),
  )
  assert.equal(budgetCheck({ budget: [] }, { year: 2027, others: 0n, own: 1n }).severity, 'warn')
})
