import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '#base/fault.ts'
import type { AllocationType } from '../allocate.ts'
import { ALLOCATION_TYPES } from '../allocate.ts'
import { DAY_POLICIES, formatDay, parseDay } from '../dates.ts'
import { ALWAYS } from '../item.ts'
import { parseRuntime } from '../runtime.ts'
import { scheduleFromJson } from '../schedule.ts'
import { parseGraph } from './checks.ts'
import { evaluateGraph, type GraphAnswer } from './evaluate.ts'
import { exportGraphTerms } from './export-v1.ts'
import { exportVestingTerms } from './export.ts'
import type { Graph } from './graph.ts'

type Firings = Readonly<Record<string, string>>

function answerOf(
  graph: Graph,
  facts: {
    quantity: bigint
    startDate?: string
    firings?: Firings
    allocation?: AllocationType
    knownUntil?: string
  },
): GraphAnswer {
  const eventFirings = Object.entries(facts.firings ?? {}).map(([event_id, date]) => ({ event_id, date }))
  return evaluateGraph(graph, {
    quantity: facts.quantity,
    allocation: facts.allocation ?? 'CUMULATIVE_ROUND_DOWN',
    runtime: parseRuntime({ startDate: facts.startDate ?? '2025-01-31', eventFirings }),
    knownUntil: facts.knownUntil === undefined ? ALWAYS : parseDay(facts.knownUntil)!,
  })
}

const resolved = ({ tranches }: GraphAnswer): [string, bigint][] =>
  tranches.filter(({ state }) => state === 'resolved').map(({ day, quantity }) => [formatDay(day!), quantity])

const months = (of: string, more: object): object => ({
  type: 'VESTING_SCHEDULE_RELATIVE',
  period: {
    length: 1,
    type: 'MONTHS',
    occurrences: 1,
    day_of_month: 'VESTING_START_DAY_OR_LAST_DAY_OF_MONTH',
    ...more,
  },
  relative_to_condition_id: of,
})
const start = (...next: string[]): object => ({
  id: 'start',
  quantity: '0',
  trigger: { type: 'VESTING_START_DATE' },
  next_condition_ids: next,
})
const part = (n: number, d: number, remainder = false): object => ({
  portion: { numerator: String(n), denominator: String(d), remainder },
})

test('18 over 4 installments, as the Open Cap Format lists its allocation types', () => {
  const graph = parseGraph([
    start('quarters'),
    { id: 'quarters', ...part(1, 4), trigger: months('start', { occurrences: 4 }), next_condition_ids: [] },
  ])
  const list = (allocation: AllocationType): string =>
    resolved(answerOf(graph, { quantity: 18n, allocation }))
      .map(([, quantity]) => quantity)
      .join(' ')
  assert.equal(list('CUMULATIVE_ROUNDING'), '5 4 5 4')
  assert.equal(list('CUMULATIVE_ROUND_DOWN'), '4 5 4 5')
  assert.equal(list('FRONT_LOADED'), '5 5 4 4')
  assert.equal(list('BACK_LOADED'), '4 4 5 5')
  assert.equal(list('FRONT_LOADED_TO_SINGLE_TRANCHE'), '6 4 4 4')
  assert.equal(list('BACK_LOADED_TO_SINGLE_TRANCHE'), '4 4 4 6')
})

test('a day of the month is kept: 29, 30 and 31 give the last day where a month is shorter', () => {
  const days = (day_of_month: string): string[] => {
    const graph = parseGraph([
      start('m'),
      {
        id: 'm',
        ...part(1, 4),
        trigger: months('start', { occurrences: 4, day_of_month }),
        next_condition_ids: [],
      },
    ])
    return resolved(answerOf(graph, { quantity: 4n, startDate: '2025-12-15' })).map(([date]) => date)
  }
  assert.deepEqual(days('01'), ['2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01'])
  assert.deepEqual(days('28'), ['2026-01-28', '2026-02-28', '2026-03-28', '2026-04-28'])
  assert.deepEqual(days('29_OR_LAST_DAY_OF_MONTH'), ['2026-01-29', '2026-02-28', '2026-03-29', '2026-04-29'])
  assert.deepEqual(days('30_OR_LAST_DAY_OF_MONTH'), ['2026-01-30', '2026-02-28', '2026-03-30', '2026-04-30'])
  assert.deepEqual(days('31_OR_LAST_DAY_OF_MONTH'), ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30'])
})

test('a cliff installment vests those before it too', () => {
  const trigger = months('start', { occurrences: 48, cliff_installment: 12 })
  const graph = parseGraph([start('m'), { id: 'm', ...part(1, 48), trigger, next_condition_ids: [] }])
  const list = resolved(answerOf(graph, { quantity: 4_800n, startDate: '2024-02-29' }))
  assert.deepEqual(list.slice(0, 2), [
    ['2025-02-28', 1_200n],
    ['2025-03-29', 100n],
  ])
  assert.deepEqual([list.length, list.at(-1)], [37, ['2028-02-29', 100n]])
})

const accelerated = parseGraph([
  start('m', 'sale'),
  { id: 'm', ...part(1, 12), trigger: months('start', { occurrences: 12 }), next_condition_ids: ['sale'] },
  { id: 'sale', ...part(1, 2, true), trigger: { type: 'VESTING_EVENT' }, next_condition_ids: [] },
])

test('an event ends a schedule that recurs, after what vests on that day, and takes its share of what is left', () => {
  assert.deepEqual(resolved(answerOf(accelerated, { quantity: 1_200n, firings: { sale: '2025-03-31' } })), [
    ['2025-02-28', 100n],
    ['2025-03-31', 100n],
    ['2025-03-31', 500n],
  ])
})

test('what is stored and what may still change are told apart', () => {
  const open = answerOf(accelerated, { quantity: 1_200n })
  assert.equal(resolved(open).length, 12)
  assert.equal(open.storable, 0, 'the sale could have come before the first month')
  assert.deepEqual(open.blockers, [])
  assert.deepEqual(open.absenceAssumptions, [
    { event: 'sale', from: '2025-01-31', until: '2025-02-27' },
    { event: 'sale', from: '2025-02-28', until: '2026-01-30' },
  ])
  const known = answerOf(accelerated, { quantity: 1_200n, knownUntil: '2025-06-15' })
  assert.equal(known.storable, 4)
  assert.deepEqual(known.absenceAssumptions, [{ event: 'sale', from: '2025-06-16', until: '2026-01-30' }])
  const over = answerOf(accelerated, { quantity: 1_200n, knownUntil: '2026-01-30' })
  assert.deepEqual([over.storable, over.absenceAssumptions.length], [12, 0])
  assert.equal(over.tranches.at(-1)!.state, 'impossible')
})

test('nothing vests before the start is known, and that is what it waits for', () => {
  const waiting = answerOf(accelerated, { quantity: 1_200n, startDate: '9999-12-31' })
  assert.deepEqual(resolved(waiting), [])
  assert.deepEqual(waiting.blockers, [{ kind: 'start' }])
  assert.ok(waiting.tranches.every(({ state }) => state === 'unresolved'))
})

test('a fixed quantity vests as it is, and what exceeds the grant is refused', () => {
  const graph = parseGraph([
    start('fixed'),
    {
      id: 'fixed',
      quantity: '7',
      trigger: months('start', { occurrences: 2 }),
      next_condition_ids: ['rest'],
    },
    { id: 'rest', ...part(1, 1, true), trigger: months('fixed', {}), next_condition_ids: [] },
  ])
  assert.deepEqual(
    resolved(answerOf(graph, { quantity: 20n })).map(([, quantity]) => quantity),
    [7n, 7n, 6n],
  )
  assert.throws(() => answerOf(graph, { quantity: 13n }), { code: 'over_allocated', param: 'graph[1]' })
})

/** Small graphs of every kind of trigger, all days within two months. */
type Node = {
  readonly kind: number
  readonly date: number
  readonly length: number
  readonly times: number
  readonly cliff: number
  readonly of: number
  readonly next: readonly number[]
  readonly remainder: boolean
}

const aNode: fc.Arbitrary<Node> = fc.record({
  kind: fc.integer({ min: 0, max: 6 }),
  date: fc.integer({ min: 1, max: 30 }),
  length: fc.integer({ min: 0, max: 7 }),
  times: fc.integer({ min: 1, max: 4 }),
  cliff: fc.integer({ min: 0, max: 4 }),
  of: fc.nat(8),
  next: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
  remainder: fc.boolean(),
})
const inMarch = (day: number): string => formatDay(parseDay('2025-03-01')! + day - 1)

function graphOf(nodes: readonly Node[]): Graph | null {
  const id = (index: number): string => `c${index}`
  const conditions = nodes.map((node, index) => {
    const next = node.next.map((step) => index + step).filter((at) => at < nodes.length)
    const trigger =
      index === 0 || node.kind === 0
        ? { type: 'VESTING_START_DATE' }
        : node.kind === 1
          ? { type: 'VESTING_SCHEDULE_ABSOLUTE', date: inMarch(node.date) }
          : node.kind <= 3
            ? { type: 'VESTING_EVENT' }
            : {
                type: 'VESTING_SCHEDULE_RELATIVE',
                period: {
                  length: node.length,
                  type: 'DAYS',
                  occurrences: node.times,
                  cliff_installment: Math.min(node.cliff, node.times),
                },
                relative_to_condition_id: id(node.of % index),
              }
    return { id: id(index), ...part(1, 40, node.remainder), trigger, next_condition_ids: next.map(id) }
  })
  try {
    return parseGraph(conditions)
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

/** Day after day: what the format's own words describe, at the cost of a look at every day. */
function dayByDay(
  graph: Graph,
  facts: { quantity: bigint; firings: Firings; startDate: string },
): [string, bigint][] {
  const result: [string, bigint][] = []
  const lastDay = new Map<string, number>()
  let vested = 0n
  let exact: readonly [bigint, bigint] = [0n, 1n]
  let at: { id: string; left: number[]; share: readonly [bigint, bigint] } | null = null
  const vest = (day: number, [n, d]: readonly [bigint, bigint], times: number): void => {
    exact = [exact[0] * d + n * BigInt(times) * exact[1], exact[1] * d]
    const due = (facts.quantity * exact[0]) / exact[1]
    if (due > vested) result.push([formatDay(day), due - vested])
    if (due > vested) vested = due
  }
  const isMet = (id: string, day: number, isDone: boolean): boolean => {
    const { trigger } = graph.conditions.get(id)!
    if (trigger.kind === 'event')
      return facts.firings[id] !== undefined && parseDay(facts.firings[id])! <= day
    if (!isDone) return false
    if (trigger.kind === 'start') return parseDay(facts.startDate)! <= day
    if (trigger.kind === 'on') return trigger.day <= day
    const anchor = lastDay.get(trigger.of)
    return anchor !== undefined && anchor + trigger.length * trigger.cliff <= day
  }
  for (let day = parseDay('2025-02-01')!; day < parseDay('2026-01-01')!; day += 1) {
    for (;;) {
      if (at && at.left.length > 0 && at.left[0]! <= day) {
        at.left.shift()
        vest(day, at.share, 1)
        lastDay.set(at.id, day)
        continue
      }
      const next: readonly string[] = at ? graph.conditions.get(at.id)!.next : graph.roots
      const isDone: boolean = at === null || at.left.length === 0
      const id: string | undefined = next.find((one) => isMet(one, day, isDone))
      if (id === undefined) break
      const { trigger, vests } = graph.conditions.get(id)!
      if (vests.kind === 'quantity') throw new Error('these graphs have none')
      let share: readonly [bigint, bigint] = [vests.share.n, vests.share.d]
      if (vests.kind === 'remainder') {
        exact = [vested, facts.quantity]
        share = [share[0] * (facts.quantity - vested), share[1] * facts.quantity]
      }
      const left: number[] = []
      if (trigger.kind === 'after') {
        const anchor = lastDay.get(trigger.of)!
        for (let n = trigger.cliff + 1; n <= trigger.occurrences; n += 1)
          left.push(anchor + n * trigger.length)
      }
      vest(day, share, trigger.kind === 'after' ? trigger.cliff : 1)
      lastDay.set(id, day)
      at = { id, left, share }
    }
  }
  return result
}

const aCase = fc.record({
  nodes: fc.array(aNode, { minLength: 1, maxLength: 7 }),
  firings: fc.dictionary(
    fc.integer({ min: 0, max: 6 }).map((n) => `c${n}`),
    fc.integer({ min: 1, max: 60 }).map(inMarch),
  ),
  quantity: fc.bigInt({ min: 1n, max: 10_000n }),
})

test('stepping from event to event gives what looking at every day gives', () => {
  let compared = 0
  fc.assert(
    fc.property(aCase, ({ nodes, firings, quantity }) => {
      const graph = graphOf(nodes)
      if (!graph) return
      compared += 1
      const startDate = '2025-03-05'
      assert.deepEqual(
        resolved(answerOf(graph, { quantity, firings, startDate })),
        dayByDay(graph, { quantity, firings, startDate }),
      )
    }),
    { numRuns: 3_000 },
  )
  assert.ok(compared > 300, `only ${compared} graphs could be compared`)
})

test('what is called storable stays whatever event comes later, and never exceeds the grant', () => {
  fc.assert(
    fc.property(
      aCase,
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom(...ALLOCATION_TYPES),
      ({ nodes, firings, quantity }, until, allocation) => {
        const graph = graphOf(nodes)
        if (!graph) return
        const knownUntil = inMarch(until)
        const early = Object.fromEntries(Object.entries(firings).filter(([, date]) => date <= knownUntil))
        const before = answerOf(graph, {
          quantity,
          firings: early,
          allocation,
          knownUntil,
          startDate: '2025-03-05',
        })
        const now = answerOf(graph, { quantity, firings, allocation, startDate: '2025-03-05' })
        assert.deepEqual(resolved(now).slice(0, before.storable), resolved(before).slice(0, before.storable))
        const sum = resolved(now).reduce((total, [, amount]) => total + amount, 0n)
        assert.ok(sum <= quantity)
        const changed = JSON.stringify(resolved(now), String) !== JSON.stringify(resolved(before), String)
        const late = Object.entries(firings).filter(([, date]) => date > knownUntil)
        if (changed)
          assert.ok(before.absenceAssumptions.some(({ event }) => late.some(([id]) => id === event)))
      },
    ),
    { numRuns: 3_000 },
  )
})

const aChain = fc.record({
  startDate: fc.integer({ min: 0, max: 1_500 }).map((n) => formatDay(parseDay('2024-01-01')! + n)),
  quantity: fc.bigInt({ min: 1n, max: 1_000_000n }),
  links: fc.array(
    fc.record({
      twentieths: fc.integer({ min: 1, max: 5 }),
      length: fc.integer({ min: 0, max: 7 }),
      type: fc.constantFrom('DAYS', 'MONTHS'),
      occurrences: fc.constantFrom(1, 2, 4, 5, 10),
      day: fc.constantFrom('VESTING_START_DAY_OR_LAST_DAY_OF_MONTH', '01', '31_OR_LAST_DAY_OF_MONTH'),
    }),
    { minLength: 1, maxLength: 4 },
  ),
})

test('a chain says the same in OCF 2: statements vest what conditions did', () => {
  let compared = 0
  fc.assert(
    fc.property(aChain, ({ startDate, quantity, links }) => {
      const conditions = [
        start('l0'),
        ...links.map(({ twentieths, length, type, occurrences, day }, index) => ({
          id: `l${index}`,
          ...part(twentieths, 20 * occurrences),
          trigger: {
            type: 'VESTING_SCHEDULE_RELATIVE',
            period: { length, type, occurrences, ...(type === 'MONTHS' ? { day_of_month: day } : {}) },
            relative_to_condition_id: index === 0 ? 'start' : `l${index - 1}`,
          },
          next_condition_ids: index === links.length - 1 ? [] : [`l${index + 1}`],
        })),
      ]
      const graph = parseGraph(conditions)
      let statements: readonly unknown[]
      try {
        const template = { graph: conditions }
        statements = exportVestingTerms({ id: 'x', template, allocation: 'CUMULATIVE_ROUND_DOWN' }).statements
      } catch (error) {
        if (error instanceof Fault) return
        throw error
      }
      compared += 1
      const { installments } = scheduleFromJson({ template: statements, quantity, runtime: { startDate } })
      assert.deepEqual(
        resolved(answerOf(graph, { quantity, startDate })),
        installments.map((one) => [one.date, one.quantity]),
      )
    }),
    { numRuns: 1_000 },
  )
  assert.ok(compared > 200, `only ${compared} could be compared`)
})

const aTemplate = fc.array(
  fc.record({
    percentage: fc.constantFrom('0.1', '0.2', '0.25'),
    occurrences: fc.integer({ min: 1, max: 12 }),
    period: fc.integer({ min: 0, max: 5 }),
    period_type: fc.constantFrom('DAYS', 'MONTHS', 'YEARS'),
    policy: fc.constantFrom(...DAY_POLICIES),
    cliff: fc.option(
      fc.record({ length: fc.integer({ min: 0, max: 15 }), percentage: fc.constantFrom('0', '0.3', '1') }),
    ),
  }),
  { minLength: 1, maxLength: 4 },
)

test('a chain says the same in OCF 1.2: conditions vest what statements did', () => {
  let compared = 0
  fc.assert(
    fc.property(aTemplate, aChain, fc.boolean(), (list, { startDate, quantity }, isWhole) => {
      const template = list.map(({ percentage, policy, cliff, ...grid }, index) => ({
        order: index + 1,
        percentage: isWhole && list.length === 1 ? '1' : percentage,
        schedule: {
          ...grid,
          vesting_day_of_month: policy,
          ...(cliff && { cliff: { ...cliff, period_type: grid.period_type } }),
        },
      }))
      let conditions: readonly unknown[]
      let expected: [string, bigint][]
      try {
        const facts = { template, quantity, runtime: { startDate } }
        expected = scheduleFromJson(facts).installments.map((one) => [one.date, one.quantity])
        conditions = exportGraphTerms({
          id: 'x',
          name: 'x',
          template,
          allocation: 'CUMULATIVE_ROUND_DOWN',
        }).vesting_conditions
      } catch (error) {
        if (error instanceof Fault) return
        throw error
      }
      compared += 1
      assert.deepEqual(resolved(answerOf(parseGraph(conditions), { quantity, startDate })), expected)
    }),
    { numRuns: 3_000 },
  )
  assert.ok(compared > 200, `only ${compared} could be compared`)
})
