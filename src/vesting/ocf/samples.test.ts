import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { formatDay } from '../dates.ts'
import { ALWAYS } from '../item.ts'
import { parseRuntime } from '../runtime.ts'
import { parseGraph } from './checks.ts'
import { evaluateGraph, type GraphAnswer } from './evaluate.ts'
import { importVestingTermsFile, type ImportedTerms } from './terms.ts'

const sample = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../test/data/ocf/${name}.ocf.json`, import.meta.url), 'utf8'))

const all = ['VestingTerms', 'VestingTerms.example1', 'VestingTerms.example2'].flatMap((name) =>
  importVestingTermsFile(sample(name)),
)
const termsOf = (id: string): ImportedTerms => all.find((terms) => terms.id === id)!

function answer(
  id: string,
  quantity: bigint,
  startDate: string,
  firings: Readonly<Record<string, string>> = {},
): GraphAnswer {
  const { conditions, allocation } = termsOf(id)
  const eventFirings = Object.entries(firings).map(([event_id, date]) => ({ event_id, date }))
  return evaluateGraph(parseGraph(conditions), {
    quantity,
    allocation,
    runtime: parseRuntime({ startDate, eventFirings }),
    knownUntil: ALWAYS,
  })
}

const tranches = ({ tranches: list }: GraphAnswer): [string, bigint][] =>
  list.filter(({ state }) => state === 'resolved').map(({ day, quantity }) => [formatDay(day!), quantity])
const stateOf = (given: GraphAnswer, id: string): string | undefined =>
  given.tranches.find(({ condition }) => condition === id)?.state

test('all seven samples of vesting terms import', () => {
  assert.equal(all.length, 7)
})

test('four years with a cliff: a quarter after one year, then a month at a time on the day of the start', () => {
  const list = tranches(answer('4yr-1yr-cliff-schedule', 480n, '2021-01-30'))
  assert.equal(list.length, 37)
  assert.deepEqual(list.slice(0, 4), [
    ['2022-01-30', 120n],
    ['2022-02-28', 10n],
    ['2022-03-30', 10n],
    ['2022-04-30', 10n],
  ])
  assert.deepEqual(list.at(-1), ['2025-01-30', 10n])
  assert.ok(list.slice(1).every(([, quantity]) => quantity === 10n))
  // 25, then 27.08, 29.17, 31.25, 33.33, 35.42, 37.5: each to the nearest, a half up.
  const uneven = tranches(answer('4yr-1yr-cliff-schedule', 100n, '2021-01-30'))
  assert.deepEqual(
    uneven.slice(0, 7).map(([, quantity]) => quantity),
    [25n, 2n, 2n, 2n, 2n, 2n, 3n],
  )
  assert.equal(
    uneven.reduce((sum, [, quantity]) => sum + quantity, 0n),
    100n,
  )
})

test('a fifth at each sale, all the rest at the double trigger, nothing once four years are over', () => {
  const id = 'multi-tranche-event-based'
  const two = { '100k-sale-1': '2024-06-01', '100k-sale-2': '2025-01-15' }
  assert.deepEqual(
    tranches(answer(id, 1_001n, '2024-02-29', { ...two, 'double-trigger-acceleration': '2025-07-01' })),
    [
      ['2024-06-01', 200n],
      ['2025-01-15', 200n],
      ['2025-07-01', 601n],
    ],
  )
  const late = answer(id, 1_001n, '2024-02-29', { ...two, '100k-sale-3': '2028-02-29' })
  assert.deepEqual(tranches(late), [
    ['2024-06-01', 200n],
    ['2025-01-15', 200n],
  ])
  assert.equal(stateOf(late, '100k-sale-3'), 'impossible')
  assert.deepEqual(late.path, ['vesting-start', '100k-sale-1', '100k-sale-2', 'vesting-expired'])
  assert.deepEqual(late.absenceAssumptions.at(-1), {
    event: 'double-trigger-acceleration',
    from: '2025-01-15',
    until: '2028-02-28',
  })
})

test('everything at one event: nothing until it fires, all of it on that day', () => {
  const waiting = answer('custom-vesting-100pct-upfront', 500n, '2021-01-01')
  assert.deepEqual(tranches(waiting), [])
  assert.equal(stateOf(waiting, 'full-vesting'), 'unresolved')
  assert.deepEqual(waiting.blockers, [{ kind: 'event', event: 'full-vesting' }])
  const fired = answer('custom-vesting-100pct-upfront', 500n, '2021-01-01', { 'full-vesting': '2021-09-09' })
  assert.deepEqual(tranches(fired), [['2021-09-09', 500n]])
  assert.deepEqual([fired.blockers, fired.absenceAssumptions, fired.storable], [[], [], 1])
})

test('six years, back-loaded: each year has its share, its last months what does not divide', () => {
  const even = tranches(answer('6-yr-option-back-loaded', 4_800n, '2020-08-31'))
  assert.equal(even.length, 49)
  assert.deepEqual(even.slice(0, 2), [
    ['2022-08-31', 480n],
    ['2022-09-30', 60n],
  ])
  assert.deepEqual(even[6], ['2023-02-28', 60n])
  assert.deepEqual(even[18], ['2024-02-29', 80n])
  assert.deepEqual(even.at(-1), ['2026-08-31', 120n])
  assert.deepEqual(
    [even[12]![1], even[13]![1], even[24]![1], even[25]![1], even[36]![1], even[37]![1]],
    [60n, 80n, 80n, 100n, 100n, 120n],
  )
  const uneven = tranches(answer('6-yr-option-back-loaded', 100n, '2020-08-31')).map(
    ([, quantity]) => quantity,
  )
  const year = (n: number): string => uneven.slice(1 + 12 * n, 13 + 12 * n).join(' ')
  assert.equal(uneven[0], 10n)
  assert.equal(year(0), '1 1 1 1 1 1 1 1 1 2 2 2')
  assert.equal(year(1), '1 1 1 1 2 2 2 2 2 2 2 2')
  assert.equal(year(2), '2 2 2 2 2 2 2 2 2 2 2 3')
  assert.equal(year(3), '2 2 2 2 2 2 3 3 3 3 3 3')
})

test('milestones that depend on the way: a deadline wins on its own day, and what comes after it never vests', () => {
  const id = 'path-dependent-milestone-vesting'
  const [fda, sale] = ['qualified-fda-acceptance', 'qualified-acquisition']
  assert.deepEqual(tranches(answer(id, 7n, '2016-01-01', { [fda]: '2016-09-30', [sale]: '2017-03-31' })), [
    ['2016-09-30', 4n],
    ['2017-03-31', 3n],
  ])
  const missed = answer(id, 7n, '2016-01-01', { [fda]: '2016-10-01', [sale]: '2017-03-01' })
  assert.deepEqual(tranches(missed), [])
  assert.deepEqual([stateOf(missed, fda), stateOf(missed, sale)], ['impossible', 'impossible'])
  const half = answer(id, 7n, '2016-01-01', { [fda]: '2016-09-30' })
  assert.deepEqual(tranches(half), [['2016-09-30', 4n]])
  assert.equal(stateOf(half, sale), 'unresolved')
  assert.equal(half.storable, 1)
  assert.deepEqual(half.absenceAssumptions, [{ event: sale, from: '2016-09-30', until: '2017-03-31' }])
})

test('all or nothing: in time by both deadlines, or never', () => {
  assert.deepEqual(
    tranches(answer('all-or-nothing', 500n, '2021-01-01', { 'qualifying-sale': '2022-07-14' })),
    [['2022-07-14', 500n]],
  )
  const id = 'all-or-nothing-with-expiration'
  const on = (start: string, date: string): [string, bigint][] =>
    tranches(answer(id, 500n, start, { 'qualifying-sale': date }))
  assert.deepEqual(on('2021-01-01', '2022-07-14'), [['2022-07-14', 500n]])
  assert.deepEqual(on('2021-01-01', '2023-12-31'), [['2023-12-31', 500n]])
  assert.deepEqual(on('2021-01-01', '2024-01-01'), [], 'three years are over')
  assert.deepEqual(on('2023-07-01', '2024-12-31'), [['2024-12-31', 500n]])
  assert.deepEqual(on('2023-07-01', '2025-01-01'), [], 'the fixed date has come')
})

test('terms that name a condition they do not have are refused by its field', () => {
  assert.throws(() => importVestingTermsFile(sample('tutorial.VestingTerms')), {
    code: 'unknown_condition',
    param: 'file.items[0].vesting_conditions[2].trigger.relative_to_condition_id',
  })
})
