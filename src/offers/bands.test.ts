import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bandsFromJson, bandsToJson } from './bands-json.ts'
import { bandChecks, checkBands, isOutside, type Band, type Bands } from './bands.ts'
import type { Pay } from './offer.ts'
import { worthOf } from './worth.ts'

const USD = 1_000_000_000n
const pay: Pay = {
  currency: 'EUR',
  rate: { usd: '1.25', source: 'ECB', on: '2026-01-01' },
  salary: 100_000n * USD,
  bonus: null,
  signing: 0n,
  equity: null,
  compute: [],
  benefits: [],
}
/** So many dollars of compute, all of it on the first day. */
const worth = (dollars: bigint) =>
  worthOf(
    pay,
    [
      {
        n: 1,
        name: 'Compute',
        asset: 'USD',
        quantity: dollars * USD,
        tranches: [{ date: '2026-02-01', quantity: dollars * USD }],
        price: { kind: 'priced', nanoUsd: { n: 1n, d: 1n }, how: 'a dollar', mark: null },
        delivered: { share: '1', why: '' },
        used: { share: '0.5', why: '' },
      },
    ],
    { startsOn: '2026-02-01', day: '2026-01-01', basis: 'list' },
  )
const euros = { min: 90_000n * USD, max: 120_000n * USD, currency: 'EUR' }
const any: Band = { level: 'IC4', family: '', salary: euros, compute: { min: 0n, max: 50_000n * USD } }
const research: Band = { ...any, family: 'Research', compute: { min: 0n, max: 200_000n * USD } }
const bands: Bands = { bands: [any, research], budget: [{ year: 2026, compute: 10n ** 15n }] }

const outside = (of: Bands, family: string, dollars: bigint, more: Partial<Pay> = {}): readonly string[] =>
  bandChecks(of, { level: 'IC4', family }, { ...pay, ...more }, worth(dollars))
    .filter(isOutside)
    .map(({ param }) => param ?? '')

test('what lies outside of its level’s band is told, with the band of its own family before that of any', () => {
  assert.deepEqual(outside(bands, '', 40_000n), [])
  assert.deepEqual(outside(bands, '', 60_000n), ['pay.compute'])
  assert.deepEqual(outside(bands, 'Research', 60_000n), [])
  assert.deepEqual(outside(bands, 'Design', 60_000n), ['pay.compute'])
  assert.deepEqual(outside(bands, '', 0n, { salary: euros.max + 1n }), ['pay.salary'])
  assert.deepEqual(outside(bands, '', 0n, { salary: euros.min - 1n }), ['pay.salary'])
  assert.deepEqual(outside(bands, '', 50_000n, { salary: euros.max }), [])
})

test('compute is compared in dollars, at its cap, whatever currency the offer is in', () => {
  const [, compute] = bandChecks(bands, { level: 'IC4', family: '' }, pay, worth(40_000n))
  assert.equal(compute?.facts['amount'], String(40_000n * USD))
})

test('where no band says anything, one approval is enough, and it is said', () => {
  const without = { bands: [], budget: [] }
  assert.deepEqual(outside(without, '', 10_000_000n), [])
  const told = bandChecks(without, { level: 'IC4', family: '' }, pay, worth(1n))
  assert.deepEqual(
    told.map(({ severity }) => severity),
    ['warn', 'warn'],
  )
  const dollars: Bands = { bands: [{ ...any, salary: { ...euros, currency: 'USD' } }], budget: [] }
  assert.deepEqual(outside(dollars, '', 0n, { salary: 1n }), [])
})

test('bands are read back as they were written, and each wrong field is named', () => {
  assert.deepEqual(bandsFromJson(bandsToJson(checkBands(bands))), bands)
  const bad: readonly (readonly [string, Bands])[] = [
    ['bands[1]', { ...bands, bands: [any, any] }],
    ['bands[0].level', { ...bands, bands: [{ ...any, level: ' ' }] }],
    ['bands[0].salary.currency', { ...bands, bands: [{ ...any, salary: { ...euros, currency: 'Euro' } }] }],
    ['bands[0].salary.max', { ...bands, bands: [{ ...any, salary: { ...euros, max: 1n } }] }],
    ['bands[0].compute.min', { ...bands, bands: [{ ...any, compute: { min: -1n, max: 1n } }] }],
    ['budget[0].year', { ...bands, budget: [{ year: 26, compute: 0n }] }],
    ['budget[1].year', { ...bands, budget: [...bands.budget, ...bands.budget] }],
    ['budget[0].compute', { ...bands, budget: [{ year: 2026, compute: -1n }] }],
    ['bands', { ...bands, bands: Array.from({ length: 501 }, (_, n) => ({ ...any, level: `L${n}` })) }],
  ]
  for (const [param, of] of bad) assert.throws(() => checkBands(of), { code: 'invalid', param })
})
