import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Fault, type FaultCode } from '#base/fault.ts'
import { addDays } from '#base/time.ts'
import {
  anyAmendments,
  anyDate,
  anyGraph,
  anyLife,
  anyPauses,
  EVENTS,
  firings,
} from '../../test/support/lives.ts'
import type { Firing } from '../../test/support/lives.ts'
import type { Life, Timeline } from './life.ts'
import { timeline } from './life.ts'
import { replan } from './replan.ts'
import type { Installment } from './schedule.ts'

const REFUSED: readonly FaultCode[] = [
  'cliff_without_rest',
  'over_allocated',
  'unreachable_condition',
  'empty_window',
  'impossible_event',
]

/** Some random cliffs leave their statement no rest, and many a random graph makes no sense: those lives are none. */
function answer(life: Life, asOf: string): Timeline | null {
  try {
    return timeline(life, asOf)
  } catch (error) {
    if (error instanceof Fault && REFUSED.includes(error.code)) return null
    throw error
  }
}

function told(life: Life, asOf: string): Timeline {
  const result = answer(life, asOf)
  if (result) return result
  fc.pre(false)
  throw new Error('not reached')
}

const sum = (items: readonly { readonly quantity: bigint }[]): bigint =>
  items.reduce((total, { quantity }) => total + quantity, 0n)
const texts = (items: readonly Installment[]): string[] =>
  items.map(({ date, quantity }) => `${date} ${quantity}`)

function assertWithin(part: readonly Installment[], whole: readonly Installment[]): void {
  const left = texts(whole)
  for (const one of texts(part)) {
    const index = left.indexOf(one)
    assert.notEqual(index, -1, `${one} is not among ${texts(whole).join(', ')}`)
    left.splice(index, 1)
  }
}

const eventsOf = (life: Life): readonly Firing[] => life.runtime.eventFirings ?? []
const withFirings = (life: Life, more: readonly Firing[]): Life => {
  const known = new Set(eventsOf(life).map(({ event_id }) => event_id))
  const fresh = more.filter(({ event_id }) => !known.has(event_id))
  return { ...life, runtime: { ...life.runtime, eventFirings: [...eventsOf(life), ...fresh] } }
}
const later = (dates: readonly Firing[], asOf: string): Firing[] =>
  dates.map((one) =>
    one.date > asOf ? one : { ...one, date: addDays(asOf, 1 + (one.date.charCodeAt(9) % 7)) },
  )

test('whatever happens, all tranches together are the quantity, none is empty, and dates ascend', () => {
  fc.assert(
    fc.property(anyLife, anyDate, (life, asOf) => {
      const { tranches, resolvesTo, vested, upcoming, unresolved, impossible } = told(life, asOf)
      assert.equal(sum(tranches), life.quantity)
      assert.equal(vested + upcoming + unresolved + impossible, life.quantity)
      assert.equal(sum(resolvesTo.installments), resolvesTo.total)
      assert.ok(tranches.every(({ quantity }) => quantity > 0n))
      const dates = resolvesTo.installments.map(({ date }) => date)
      assert.deepEqual(dates, dates.toSorted())
      if (life.runtime.grantDate) assert.ok(dates.every((date) => date >= life.runtime.grantDate!))
    }),
    { numRuns: 400 },
  )
})

const someLife: fc.Arbitrary<Life> = fc.oneof(
  { weight: 3, arbitrary: anyLife },
  { weight: 1, arbitrary: fc.tuple(anyLife, anyGraph).map(([life, template]) => ({ ...life, template })) },
)

test('what can be stored stays whatever fires later', () => {
  fc.assert(
    fc.property(
      someLife,
      anyAmendments,
      anyDate,
      firings(EVENTS),
      anyDate,
      (life, changes, asOf, more, then) => {
        const whole = { ...life, amendments: changes }
        const { storable } = told(whole, asOf)
        const after = told(withFirings(whole, later(more, asOf)), then > asOf ? then : addDays(asOf, 30))
        assertWithin(storable.installments, after.resolvesTo.installments)
      },
    ),
    { numRuns: 1_500 },
  )
})

test('an event that is not told of as an assumption changes nothing', () => {
  fc.assert(
    fc.property(someLife, anyAmendments, anyDate, firings(EVENTS), (life, changes, asOf, more) => {
      const whole = { ...life, amendments: changes }
      const before = told(whole, asOf)
      const listed = before.absenceAssumptions
      const unlisted = more.filter(({ event_id, date }) => {
        const own = listed.filter(({ event }) => event === event_id)
        return date > asOf ? !own.some((one) => one.later) : own.length === 0
      })
      const after = told(withFirings(whole, unlisted), asOf)
      assert.deepEqual(after.resolvesTo, before.resolvesTo)
    }),
    { numRuns: 1_000 },
  )
})

test('time that passes without an event changes nothing', () => {
  fc.assert(
    fc.property(someLife, anyAmendments, anyDate, anyDate, (life, amendments, one, other) => {
      fc.pre(!(life.pauses ?? []).some(({ to }) => to === null))
      const whole = { ...life, amendments }
      assert.deepEqual(told(whole, one).resolvesTo, told(whole, other).resolvesTo)
    }),
    { numRuns: 500 },
  )
})

test('what has vested stays whatever is decided later: pauses, amendments, leaving', () => {
  fc.assert(
    fc.property(anyLife, anyPauses, anyAmendments, anyDate, anyDate, (life, pauses, changes, asOf, on) => {
      fc.pre(!life.leaving)
      const open = (life.pauses ?? []).some(({ to }) => to === null)
      fc.pre(!open)
      const before = told(life, asOf)
      const shift = (date: string): string => (date > asOf ? date : addDays(asOf, 1))
      const last = (life.pauses ?? []).reduce((day, { to }) => (to! > day ? to! : day), asOf)
      const more = pauses.filter(({ from }) => from > last)
      const after = told(
        {
          ...life,
          pauses: [...(life.pauses ?? []), ...more],
          amendments: changes.filter(({ from }) => from > asOf),
          leaving: { on: shift(on), unvested: 'forfeit' },
        },
        asOf,
      )
      const soFar = ({ resolvesTo }: Timeline): Installment[] =>
        resolvesTo.installments.filter(({ date }) => date <= asOf)
      assert.deepEqual(texts(soFar(after)), texts(soFar(before)))
    }),
    { numRuns: 500 },
  )
})

test('after any number of changes what is planned and what has vested make up the curve', () => {
  fc.assert(
    fc.property(
      anyLife,
      fc.array(fc.tuple(anyDate, anyAmendments, anyPauses), { maxLength: 4 }),
      (life, steps) => {
        let vested = 0n
        for (const [asOf, amendments, pauses] of steps.toSorted((a, b) => (a[0] < b[0] ? -1 : 1))) {
          const now = told({ ...life, amendments, pauses }, asOf)
          const plan = replan(vested, now)
          assert.ok(plan.every(({ quantity }) => quantity > 0n))
          const total = now.resolvesTo.total
          assert.equal(vested + sum(plan), total > vested ? total : vested)
          vested += sum(plan.filter(({ date }) => date <= asOf))
        }
      },
    ),
    { numRuns: 300 },
  )
})
